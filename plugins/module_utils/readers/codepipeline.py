# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Pipelines."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pascal, pick, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

unordered(
    "AWS::CodePipeline::Pipeline",
    "ArtifactStores",
    "Triggers",
    "Triggers.GitConfiguration.Push.Branches.Excludes",
    "Triggers.GitConfiguration.Push.Branches.Includes",
    "Variables",
)
defaults("AWS::CodePipeline::Pipeline", ExecutionMode="SUPERSEDED", PipelineType="V1")

_NAMES = ("artifactStore", "executionMode", "name", "pipelineType", "roleArn", "stages", "triggers", "variables")


@reader("AWS::CodePipeline::Pipeline")
def pipelines(account):
    """Find pipelines. AWS masks what is secret in the configuration of an action itself."""
    api = account.api("codepipeline", ("PipelineNotFoundException", "ResourceNotFoundException"))
    names = [each["name"] for each in api.pages("list_pipelines", "pipelines")]
    start = f"arn:{account.partition}:codepipeline:{account.region}:{account.account_id}:"
    tags = side_by_side(lambda name: api.pages("list_tags_for_resource", "tags", resourceArn=f"{start}{name}"), names)
    for name, carried in zip(names, tags, strict=True):
        found = carried and account.ours(carried) and api.read("get_pipeline", name=name)
        if found:
            # Its role says which pipeline may use it, and a reference there would make a circle: the ARN stays a text.
            known = {"arn": f"{start}{name}"}
            yield Found("AWS::CodePipeline::Pipeline", name, _pipeline(found["pipeline"]), carried, name, told=known)


def _pipeline(told):
    stores = [{"Region": region, "ArtifactStore": pascal(store)} for region, store in (told.get("artifactStores") or {}).items()]
    return {**pascal(pick(told, *_NAMES), verbatim=("configuration",)), "ArtifactStores": stores}
