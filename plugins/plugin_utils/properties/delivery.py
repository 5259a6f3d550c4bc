# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Pipelines: where the source comes from, who builds it, and what the images are called."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.plugin_utils.properties.buildspecs import COMMIT, pushed_tags
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import CONNECTION, PIPELINE, PROJECT, missing
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import dig, spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import prop

_HIDDEN = "its commands stand in the repository of the source, where nobody here can read them"


def _actions(pipeline, category):
    """Return the actions of a category."""
    every = [action for stage in pipeline.get("Stages", []) for action in stage.get("Actions", [])]
    return [each for each in every if dig(each, "ActionTypeId.Category") == category]


@prop(12, "CodeConnections authentication", controls=("IA-2", "CC8.1"))
def from_bitbucket(environment):
    """Every pipeline fetches its source by a connection of the environment to Bitbucket, and by nothing else."""
    pipelines, faults = environment.some(PIPELINE, "pipeline")
    yield from faults
    for each in pipelines:
        sources = _actions(each, "Source")
        told = [_provider(environment, one) for one in sources]
        yield each.judged(sources and all(one == "Bitbucket" for one in told), f"source: {', '.join(told) or 'none'}")


def _provider(environment, action):
    """Return who keeps the source that an action fetches."""
    kind = dig(action, "ActionTypeId.Provider")
    if kind != "CodeStarSourceConnection":
        return f"{kind}, without a connection"
    found = environment.target(dig(action, "Configuration.ConnectionArn"), CONNECTION)
    return found.get("ProviderType", "a host of its own") if found else "a connection that is not the environment's"


@prop(13, "CodeBuild integration", controls=("CC8.1",))
def built_by_codebuild(environment):
    """Every pipeline builds, with projects of CodeBuild that are there."""
    pipelines, faults = environment.some(PIPELINE, "pipeline")
    yield from faults
    for each in pipelines:
        builds = _actions(each, "Build")
        told = [_project(environment, one) for one in builds]
        names = [spelled(dig(one, "Configuration.ProjectName")) or dig(one, "ActionTypeId.Provider") for one in builds]
        yield each.judged(builds and all(told), f"built by {', '.join(names) or 'nobody'}")


def _project(environment, action):
    if dig(action, "ActionTypeId.Provider") != "CodeBuild":
        return None
    return environment.target(dig(action, "Configuration.ProjectName"), PROJECT)


@prop(14, "Multi-tag image pushing", controls=("CM-2", "CC8.1"))
def tagged_three_times(environment):
    """The build of every service pushes its image, after everything else, under the commit, under the environment with the commit,
    and as latest."""
    for service in environment.every_service:
        if not service.project:
            yield missing(f"build {service.prefix}-image")
            continue
        tags = pushed_tags(service.project, service.pipeline)
        yield service.project.judged({COMMIT, f"{environment.name}-{COMMIT}", "latest"} <= {*(tags or ())}, _told(tags))


def _told(tags):
    return _HIDDEN if tags is None else f"pushes {', '.join(tags) or 'nothing'}"


@prop(15, "Pipeline per service", controls=("CM-2", "CC8.1"))
def own_pipeline(environment):
    """Every service has exactly one pipeline, with a name of its own, and that one runs the build of the service."""
    for service in environment.every_service:
        found = environment.called(PIPELINE, service.prefix)
        if not found:
            yield missing(f"pipeline {service.prefix}")
        for each in found:
            projects = [_project(environment, one) for one in _actions(each, "Build")]
            names = ", ".join(one.name for one in projects if one)
            right = len(found) == 1 and service.project in projects and service.project
            yield each.judged(right, f"builds {names or 'nothing'}, one of {len(found)} with this name")


@prop(48, "Environment-tagged images", controls=("CM-2", "CC8.1"))
def named_after_the_environment(environment):
    """The build of every service knows its environment, and pushes an image whose tag begins with it."""
    for service in environment.every_service:
        if not service.project:
            yield missing(f"build {service.prefix}-image")
            continue
        tags = pushed_tags(service.project, service.pipeline)
        own = [tag for tag in tags or () if tag.startswith(f"{environment.name}-")]
        yield service.project.judged(own, _told(tags))
