# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Connections to where sources are kept."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader, side_by_side


@reader("AWS::CodeConnections::Connection")
def connections(account):
    """Find connections, also those that nobody has accepted yet."""
    api = account.api("codeconnections", ("ResourceNotFoundException",))
    listed = api.pages("list_connections", "Connections")
    tags = side_by_side(lambda one: api.read("list_tags_for_resource", ResourceArn=one["ConnectionArn"]), listed)
    for each, told in zip(listed, tags, strict=True):
        if told and account.ours(told.get("Tags")):
            arn, name = each["ConnectionArn"], each["ConnectionName"]
            # AWS takes either the host or the provider, which the host knows.
            properties = pick(each, "ConnectionName", "HostArn" if each.get("HostArn") else "ProviderType")
            found = Found("AWS::CodeConnections::Connection", arn, properties, told["Tags"], name, {"ConnectionArn": arn})
            found.forms[arn.replace(":codeconnections:", ":codestar-connections:")] = _by_its_former_name
            yield found


def _by_its_former_name(logical):
    """Return the ARN under the service's former name, by which permissions still speak of a connection."""
    start = "arn:${AWS::Partition}:codestar-connections:${AWS::Region}:${AWS::AccountId}:connection/"
    return {"Fn::Join": ["", [{"Fn::Sub": start}, {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": logical}]}]}]]}
