# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a build does, as its buildspec says it."""

from __future__ import annotations

import json
import re

import yaml

from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import dig, listed, spelled

COMMIT = "<commit>"  # stands for the commit, or the beginning of it, in a tag
_COMMIT_OF_BUILD = "CODEBUILD_RESOLVED_SOURCE_VERSION"
_LOOP = re.compile(r"for (\w+) in ([^;]+);\s*do\s+(.*?);?\s*done", re.DOTALL)
_ASSIGNED = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$", re.MULTILINE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)[^}]*\}|(\w+))")
_PUSH = re.compile(r"docker (?:image )?push\s+(--all-tags\s+|-a\s+)?(?:--?\w+\s+)*([^\s;&|]+)")
_TAG = re.compile(r"docker (?:image )?tag\s+\S+\s+([^\s;&|]+)")


def pushed_tags(project, pipeline, phase="post_build"):
    """Return the tags under which a phase of a build pushes images, with what is known in the place of variables.

    None when the buildspec is not the project's own, so that nobody here can read it.
    """
    spec = _spec(project)
    if spec is None:
        return None
    known = variables(project, pipeline) | _assigned(spec)
    script = _unrolled("\n".join(_commands(spec, phase)))
    places = []
    for everything, place in _PUSH.findall(script):
        places += _TAG.findall(script) if everything else [place]
    return [_tag_of(_filled(place, known)) for place in places]


def variables(project, pipeline=None):
    """Return what a build knows from its project, and from the action of the pipeline that starts it."""
    rows = list(project.get("Environment.EnvironmentVariables", []))
    for stage in pipeline.get("Stages", []) if pipeline else []:
        for action in stage.get("Actions", []):
            told = action.get("Configuration", {})
            if told.get("ProjectName") == project.get("Name") and told.get("EnvironmentVariables"):
                given = json.loads(spelled(told["EnvironmentVariables"]))
                rows += [{"Name": each["name"], "Value": each["value"]} for each in given]
    return {each["Name"]: spelled(each.get("Value")) for each in rows}


def _spec(project):
    try:
        told = yaml.safe_load(spelled(project.get("Source.BuildSpec")))
    except yaml.YAMLError:
        return None
    return told if isinstance(told, dict) else None  # the path of a file in the repository is a text


def _commands(spec, phase):
    return [str(each) for each in listed(dig(spec, f"phases.{phase}.commands"))]


def _assigned(spec):
    """Return the variables that the commands of any phase set; one that is made of the commit stands for it."""
    text = "\n".join(command for phase in spec.get("phases", {}) for command in _commands(spec, phase))
    rows = _ASSIGNED.findall(text) + list((dig(spec, "env.variables") or {}).items())
    return {name: COMMIT if _COMMIT_OF_BUILD in str(value) else str(value).strip("\"'") for name, value in rows}


def _unrolled(script):
    """Return a script without its loops: their commands once for each value."""

    def turns(hit):
        name, values, commands = hit.groups()
        return "\n".join(_VARIABLE.sub(lambda one, value=value: _turn(one, name, value), commands) for value in values.split())

    return _LOOP.sub(turns, script)


def _turn(hit, name, value):
    return value.strip("\"'") if name in hit.groups() else hit[0]


def _filled(text, known):
    """Return a text with known variables filled in, also those that others are made of."""
    known = {**known, _COMMIT_OF_BUILD: COMMIT}
    for _depth in range(4):
        text = _VARIABLE.sub(lambda hit: known.get(hit[1] or hit[2], hit[0]), text)
    return text.strip("\"'")


def _tag_of(place):
    """Return the tag of an image's address; without one, it is latest."""
    return place.rpartition("/")[2].partition(":")[2].strip("\"'") or "latest"
