# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a value in a template speaks of: Ref, Fn::GetAtt, Fn::Sub and Fn::Join instead of ids."""

from __future__ import annotations

import json
import re

# Not ${AWS::Region}, which is no resource, and not ${!Name}, which is a text that only looks like one.
_IN_SUB = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")


def mentioned(value):
    """Yield the logical ids that a value speaks of, at any depth, in its order."""
    if isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        elif "Fn::GetAtt" in value:
            yield _attribute(value)[0]
        elif "Fn::Sub" in value:
            yield from _IN_SUB.findall(_sub(value))
        else:
            value = list(value.values())
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from mentioned(each)


def spelled(value):
    """Return the text of a value, in which references stand as ${...}: what can be compared and searched."""
    if isinstance(value, dict):
        if "Ref" in value:
            return f"${{{value['Ref']}}}"
        if "Fn::GetAtt" in value:
            return "${" + ".".join(_attribute(value)) + "}"
        if "Fn::Sub" in value:
            return _sub(value).replace("${!", "${")
        if "Fn::Join" in value:
            between, parts = value["Fn::Join"]
            return between.join(spelled(each) for each in parts)
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def listed(value):
    """Return a value as a list: AWS stores a list of one as its element."""
    return value if isinstance(value, list) else [] if value is None else [value]


def dig(value, path, default=None):
    """Return what stands at a dotted path, or a default."""
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return default if value is None else value


def _attribute(value):
    told = value["Fn::GetAtt"]
    return told.split(".", 1) if isinstance(told, str) else [str(each) for each in told]


def _sub(value):
    told = value["Fn::Sub"]
    return told if isinstance(told, str) else told[0]
