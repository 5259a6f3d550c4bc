# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the schema of a resource type says about its properties, and the JSON patch that leads from one state to another.

The schema is what AWS CloudFormation's registry has for every type that Cloud Control knows: which properties AWS alone sets, which
it never gives back, which can only be set at creation, and which lists are sets.
"""

from __future__ import annotations

import json
from difflib import get_close_matches

from ansible_collections.slipway.aws.plugins.module_utils import compare
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller

_DONE = ("SUCCESS", "FAILED", "CANCEL_COMPLETE")
_WORDS = {"true": True, "false": False}


class Types(Caller):
    """The registry of resource types."""

    service = "cloudformation"
    noun = "resource type"
    missing = ("TypeNotFoundException",)

    @property
    def name(self):
        """Return the type that messages speak of."""
        return self.params["type_name"]

    def schema(self):
        """Return what the registry knows about the type of the task."""
        found = self.read("describe_type", Type="RESOURCE", TypeName=self.name)
        if found is None:
            self.fail(f"type_name: AWS knows no resource type {self.name} in this region. Names are like AWS::Batch::JobQueue.")
        if found.get("ProvisioningType") == "NON_PROVISIONABLE":
            self.fail(f"type_name: Cloud Control cannot manage {self.name}, which CloudFormation alone can.")
        return Schema(json.loads(found["Schema"]))


class Schema:
    """The schema of one type. Paths are tuples of names, ``*`` stands for every element of a list or map."""

    def __init__(self, described):
        self.described = described
        self.read_only, self.write_only, self.create_only = (
            [_path(pointer) for pointer in described.get(f"{kind}Properties", ())]
            for kind in ("readOnly", "writeOnly", "createOnly")
        )
        self.identifiers = [[_path(each)[0] for each in group] for group in self._groups()]
        self.tags = _path(described.get("tagging", {}).get("tagProperty", "/properties/Tags"))[0]
        self.unordered = frozenset({self.tags, *_sets(described)})

    def _groups(self):
        return [self.described["primaryIdentifier"], *self.described.get("additionalIdentifiers", ())]

    def can(self, action):
        """Tell whether Cloud Control supports an action on the type."""
        return action in self.described.get("handlers", {})

    def identifier(self, properties):
        """Return what identifies a resource with these properties: the primary identifier, another one as JSON, or None."""
        for number, names in enumerate(self.identifiers):
            if all(properties.get(name) not in (None, "") for name in names):
                values = {name: str(properties[name]) for name in names}
                return json.dumps(values, sort_keys=True) if number else "|".join(values.values())
        return None

    def listed_by(self):
        """Return the names of the properties that a list has to be asked with."""
        return self.described.get("handlers", {}).get("list", {}).get("handlerSchema", {}).get("required", ())

    def shaped(self, properties):
        """Return properties as the schema types them, and sentences about those that it does not have or only AWS sets."""
        faults = [f"{'.'.join(path)} is set by AWS alone" for path in self.read_only if list(_at(properties, path))]
        return self._shape(self.described, properties, "properties", faults), faults

    def _shape(self, node, value, path, faults):
        node = self._resolved(node)
        if isinstance(value, dict) and node.get("type") != "string":
            return {
                key: self._shape(self._member(node, key, path, faults), item, f"{path}.{key}", faults)
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self._shape(node.get("items", {}), item, f"{path}[{number}]", faults) for number, item in enumerate(value)]
        return _typed(node.get("type"), value)

    def _resolved(self, node):
        while isinstance(node, dict) and node.get("$ref", "").startswith("#/definitions/"):
            node = self.described["definitions"][node["$ref"].rsplit("/", 1)[-1]]
        return node if isinstance(node, dict) else {}

    def _member(self, node, key, path, faults):
        known, maps = node.get("properties", {}), [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
        if key in known or not known or isinstance(maps[0], dict):
            return known.get(key) or (maps[0] if isinstance(maps[0], dict) else {})
        if maps[0] is False:
            near = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(sorted(known))}"
            faults.append(f"{path}.{key} is unknown, {hint}")
        return {}

    def readable(self, properties):
        """Return the properties that AWS gives back."""
        return without(properties, self.write_only)

    def updatable(self, properties):
        """Return the properties that may stand in a patch: what is write-only and create-only at once may not."""
        both = [path for path in self.write_only if any(path[: len(fixed)] == fixed for fixed in self.create_only)]
        both += [path for path in self.create_only if any(path[: len(hidden)] == hidden for hidden in self.write_only)]
        return without(properties, both)

    def locked(self, have, want):
        """Return path, present and wanted value of every property that would have to change and cannot."""
        found = []
        for path in self.create_only if self.can("update") else [(name,) for name in want]:
            path = path[: path.index("*")] if "*" in path else path
            wanted, present = next(_at(want, path), None), next(_at(have, path), None)
            if wanted is not None and not same(present, wanted, self.unordered):
                found.append((".".join(path), present, wanted))
        return found


def _path(pointer):
    return tuple(pointer.removeprefix("/properties/").split("/"))


def _sets(node):
    """Yield the names of all properties, at any depth, whose lists have no order."""
    if isinstance(node, dict):
        for name, member in node.get("properties", {}).items():
            if isinstance(member, dict) and member.get("insertionOrder") is False:
                yield name
        for member in node.values():
            yield from _sets(member)
    elif isinstance(node, list):
        for member in node:
            yield from _sets(member)


def _typed(kind, value):
    """Return a value in the type of the schema, where the two forms mean the same."""
    if kind == "string" and isinstance(value, (dict, list)):
        return compare.as_text(value)
    if kind == "string" and isinstance(value, (bool, int, float)):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind == "boolean" and isinstance(value, str):
        return _WORDS.get(value.lower(), value)
    if kind in ("integer", "number") and isinstance(value, str):
        try:
            return int(value) if kind == "integer" else float(value)
        except ValueError:
            return value  # AWS says what it wants instead
    return value


# Values and paths


def _at(value, path):
    """Yield the values that stand at a path."""
    if not path:
        yield value
    elif path[0] == "*" and isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _at(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def without(value, paths):
    """Return a copy of a value without what stands at some paths."""
    if isinstance(value, list):
        deeper = [path[1:] for path in paths if path[0] == "*" and len(path) > 1]
        return [without(item, deeper) for item in value]
    if not isinstance(value, dict):
        return value
    gone = {path[0] for path in paths if len(path) == 1}
    return {
        key: without(item, [path[1:] for path in paths if len(path) > 1 and path[0] in (key, "*")])
        for key, item in value.items()
        if key not in gone
    }


def plain(value):
    """Return a value in which JSON texts are data: AWS gives documents back as either, and spaces mean nothing in them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def same(have, want, unordered):
    """Tell whether the present value has everything that is wanted."""
    return not compare.difference({"it": plain(have)}, {"it": plain(want)}, unordered)


def patch(have, want, unordered, path=""):
    """Return the operations of a JSON patch (RFC 6902) that bring in what is wanted, as deep down as possible, and nothing else."""
    operations = []
    for key, wanted in want.items():
        pointer = f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"
        present = have.get(key)
        if wanted is None or (key in have and not compare.difference({key: plain(present)}, {key: plain(wanted)}, unordered)):
            continue
        if isinstance(wanted, dict) and isinstance(present, dict):
            operations += patch(present, wanted, unordered, pointer)
        else:
            operations.append({"op": "replace" if key in have else "add", "path": pointer, "value": wanted})
    return operations


def is_done(event):
    """Tell whether a request has ended, well or not."""
    return event["OperationStatus"] in _DONE
