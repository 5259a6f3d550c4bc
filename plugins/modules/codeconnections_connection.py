#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: codeconnections_connection
version_added: 0.1.0
short_description: Manage connections to Git providers
description:
  - Creates and removes AWS CodeConnections (formerly CodeStar) connections, over which pipelines read from Git providers.
  - A new connection is C(PENDING) until a person signs in at the provider in the AWS console; no API can do that. Until then the
    module warns with the address of the page, and whatever uses the connection fails.
  - Names are not unique on AWS. The module finds a connection by O(name) and O(provider_type), and fails when there are two.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the connection, up to 32 characters.
    type: str
    required: true
  provider_type:
    description:
      - Where the repositories are. It cannot be changed.
      - Installed providers (V(GitHubEnterpriseServer), V(GitLabSelfManaged)) need O(host_arn).
    type: str
    choices: [AzureDevOps, Bitbucket, GitHub, GitHubEnterpriseServer, GitLab, GitLabSelfManaged]
    required: true
  host_arn:
    description: ARN of the host that stands for an installed provider. It cannot be changed.
    type: str
  wait_for:
    description:
      - V(created) is content with a connection that waits for a person.
      - V(available) waits until the person has signed in, at most O(wait_timeout) seconds.
    type: str
    choices: [created, available]
    default: created
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A connection to GitHub, which a person authorises afterwards
  slipway.aws.codeconnections_connection:
    name: shop
    provider_type: GitHub
    tags:
      Project: Shop
  register: github

- name: Stop here until somebody has signed in
  slipway.aws.codeconnections_connection:
    name: shop
    provider_type: GitHub
    wait_for: available
    wait_timeout: 1800

- name: No connection any more
  slipway.aws.codeconnections_connection:
    name: shop
    provider_type: GitHub
    state: absent
"""

RETURN = r"""
connection:
  description: The connection; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN, which goes into the source action of a pipeline.
      type: str
      sample: arn:aws:codeconnections:eu-west-1:123456789012:connection/7d1f0c52-8a9b-4b3e-9d6b-0a1b2c3d4e5f
    status:
      description: C(PENDING) until a person has signed in, then C(AVAILABLE); C(ERROR) when that failed.
      type: str
      sample: PENDING
    console_url:
      description: Page of the console on which a person signs in.
      type: str
    provider_type:
      description: Where the repositories are.
      type: str
      sample: GitHub
    host_arn:
      description: ARN of the host of an installed provider.
      type: str
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.console import address
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_INSTALLED = ("GitHubEnterpriseServer", "GitLabSelfManaged")


class Connection(Resource):
    """A connection. AWS never makes it usable by itself, so PENDING is a good end unless somebody wants to wait."""

    service = "codeconnections"
    noun = "connection"
    missing = ("ResourceNotFoundException",)
    immutable = ("HostArn",)
    outputs = ("arn", "status", "console_url")

    def validate(self):
        faults, provider, host = [], self.params["provider_type"], self.params["host_arn"]
        if len(self.name) > 32:
            faults.append(f"name {self.name!r} has {len(self.name)} characters, AWS allows 32.")
        if self.params["state"] == "present" and provider in _INSTALLED and not host:
            faults.append(f"{provider} is installed by its users: host_arn has to say which installation is meant.")
        if host and provider not in _INSTALLED:
            faults.append(f"{provider} has no hosts: leave out host_arn.")
        return faults

    def find(self):
        listed = self.pages("list_connections", "Connections", ProviderTypeFilter=self.params["provider_type"])
        found = [connection for connection in listed if connection["ConnectionName"] == self.name]
        if len(found) > 1:
            arns = ", ".join(connection["ConnectionArn"] for connection in found)
            self.fail(f"There are {len(found)} connections {self.name} to {found[0]['ProviderType']}: {arns}. Remove all but one.")
        return self._seen(found[0]) if found else None

    def _seen(self, connection):
        arn = connection["ConnectionArn"]
        tags = self.read("list_tags_for_resource", ResourceArn=arn)
        if tags is None:  # it was removed after it was listed
            return None
        service, region, account, resource = arn.split(":")[2:]
        page = f"codesuite/settings/{account}/{region}/{service}/connections/{resource.split('/')[-1]}"
        known = {"arn": arn, "status": connection["ConnectionStatus"], "console_url": address(self.client, page)}
        return {**connection, **known, "Tags": from_form(tags.get("Tags"))}

    def want(self, have):
        # AWS wants either the provider or the host, and knows a host's provider.
        provider = {} if self.params["host_arn"] else {"ProviderType": self.params["provider_type"]}
        return {"ConnectionName": self.name, "HostArn": self.params["host_arn"], **provider}

    def create(self, want):
        self.write("create_connection", **want)

    def ready(self, have):
        if have["status"] == "ERROR":
            self.fail(f"connection {self.name} is in error: remove it with state=absent, create it anew and sign in again.")
        if have["status"] != "PENDING":
            return True
        self.module.warn(
            f"connection {self.name} waits for a person: open {have['console_url']} and update the pending connection."
        )
        return self.params["wait_for"] == "created"

    def _late(self, have, goal):
        if (have or {}).get("status") != "PENDING" or goal == "gone":
            return super()._late(have, goal)
        return self.fail(
            f"connection {self.name} was not authorised within {self.params['wait_timeout']} seconds. Open {have['console_url']},"
            " update the pending connection, and run the same command again."
        )

    def delete(self, have):
        self.write("delete_connection", tolerate=self.missing, ConnectionArn=have["arn"])


def main():
    Connection.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
