# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The registry of resource types: the schemas that cfn-lint carries, and what Cloud Control does with a model by them."""

from __future__ import annotations

import copy
import json
import re
import secrets
import uuid
from functools import cache

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation

_ACTIONS = ("create", "read", "update", "delete", "list")
_KINDS = {
    "object": "JSONObject",
    "array": "JSONArray",
    "string": "String",
    "integer": "Integer",
    "number": "Number",
    "boolean": "Boolean",
}


@cache
def schema_of(type_name):
    """Return the schema of a type, or None. The regions differ in which types they have, and hardly in the types."""
    # Loading cfn-lint takes most of a second, which only those pay who ask.
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError  # pylint: disable=import-outside-toplevel

    try:
        return PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema
    except ResourceNotFoundError:
        return None


def known(call, action):
    """Return the schema of the type that a call names, if Cloud Control does that with it."""
    name = call.params["TypeName"]
    schema = schema_of(name)
    if schema is None:
        raise AwsError("TypeNotFoundException", f"The type '{name}' cannot be found.")
    if action not in schema.get("handlers", {}):
        raise AwsError("UnsupportedActionException", f"Resource type {name} does not support {action.upper()} action")
    return schema


# Paths


def paths(schema, kind):
    """Return the paths of the properties of a kind, as tuples: readOnly, writeOnly, createOnly."""
    return [tuple(pointer.split("/")[2:]) for pointer in schema.get(f"{kind}Properties", ())]


def pick(value, path):
    """Return everything that stands at a path, with its place."""
    if not path:
        return [((), value)]
    if path[0] == "*" and isinstance(value, (list, dict)):
        members = enumerate(value) if isinstance(value, list) else value.items()
        return [((key, *place), found) for key, item in members for place, found in pick(item, path[1:])]
    if isinstance(value, dict) and path[0] in value:
        return [((path[0], *place), found) for place, found in pick(value[path[0]], path[1:])]
    return []


def without(model, unwanted):
    """Return a copy of a model without what stands at some paths."""
    model = copy.deepcopy(model)
    for path in unwanted:
        for place, _value in pick(model, path):
            parent = model
            for key in place[:-1]:
                parent = parent[key]
            if isinstance(parent, dict):
                parent.pop(place[-1], None)
    return model


def changed(schema, kind, before, after):
    """Return the pointers of the properties of a kind that differ between two models."""
    return ["/properties/" + "/".join(path) for path in paths(schema, kind) if pick(before, path) != pick(after, path)]


# Validation


def check(schema, model):
    """Refuse a model that the schema does not allow, in the words of AWS."""
    faults = [text for error in _validator(schema["typeName"]).iter_errors(model) for text in _said(error)]
    if faults:
        raise AwsError("ValidationException", f"Model validation failed ({chr(10).join(sorted(faults))})")


@cache
def _validator(type_name):
    from jsonschema import Draft7Validator, validators  # pylint: disable=import-outside-toplevel

    kind = validators.extend(Draft7Validator, {"pattern": _pattern})
    schema = {key: value for key, value in schema_of(type_name).items() if key not in ("handlers", "$schema", "$id")}
    return kind({"type": "object", **schema})


def _pattern(validator, pattern, instance, _schema):
    from jsonschema import ValidationError  # pylint: disable=import-outside-toplevel

    if not validator.is_type(instance, "string"):
        return
    try:
        fits = re.search(pattern, instance)
    except re.error:  # a few are in the dialect of Java
        return
    if not fits:
        yield ValidationError(f"{instance} does not match {pattern}")


def _said(error):
    where = "/".join(["#", *(str(key) for key in error.absolute_path)])
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return [f"{where}: required key [{name}] not found" for name in missing]
    if error.validator == "additionalProperties" and error.validator_value is False:
        extra = error.instance.keys() - error.schema.get("properties", {}).keys()
        return [f"{where}: extraneous key [{name}] is not permitted" for name in sorted(extra)]
    if error.validator == "type" and isinstance(error.validator_value, str):
        found = next(kind for kind in ("boolean", *_KINDS) if _is(error.instance, kind))
        return [f"{where}: expected type: {_KINDS[error.validator_value]}, found: {_KINDS[found]}"]
    return [f"{where}: failed validation constraint for keyword [{error.validator}]"]


def _is(value, kind):
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": float, "boolean": bool}
    return isinstance(value, types[kind])


# Identifiers and what AWS sets


def identifiers(schema):
    """Return the names of the properties of every identifier; the first is the primary one."""
    groups = [schema["primaryIdentifier"], *schema.get("additionalIdentifiers", ())]
    return [[pointer.rsplit("/", 1)[-1] for pointer in group] for group in groups]


def identifier_of(schema, model):
    """Return the primary identifier of a complete model."""
    return "|".join(str(model[name]) for name in identifiers(schema)[0])


def completed(place, schema, model):
    """Return a model with what AWS sets itself: names that were left out, and what is read-only."""
    model, kind = copy.deepcopy(model), schema["typeName"].split("::")
    for names in identifiers(schema)[:1]:
        for name in names:
            if name not in model and not _is_read_only(schema, name):
                model[name] = f"{kind[-1]}-{secrets.token_hex(6)}"
    named = next((str(model[name]) for name in (f"{kind[-1]}Name", "Name") if name in model), uuid.uuid4().hex[:10])
    fresh = uuid.uuid4().hex[:10]
    for name, *deeper in paths(schema, "readOnly"):
        if not deeper and name not in model:
            value = _value(place, kind, name, _resolved(schema, name), named, fresh)
            if value is not None:
                model[name] = value
    return model


def _is_read_only(schema, name):
    return (name,) in paths(schema, "readOnly")


def _resolved(schema, name):
    node = schema["properties"].get(name, {})
    while "$ref" in node:
        node = schema["definitions"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def _value(place, kind, name, node, named, fresh):
    """Return a value for a property that AWS sets, or None for one whose form cannot be guessed."""
    if name.endswith("Arn"):
        part = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind[-1]).lower()
        return place.arn(f"{part}/{named}", service=kind[1].lower())
    if name.endswith(("Date", "Time", "At")):
        return f"{CLOCK.now():%Y-%m-%dT%H:%M:%SZ}"
    if name.endswith(("Endpoint", "URL", "Url")):
        return f"https://{fresh}.{kind[1].lower()}.{place.region}.amazonaws.com"
    simple = {"string": fresh, "integer": 0, "number": 0, "boolean": False}
    return simple.get(node.get("type") if isinstance(node.get("type"), str) else None)


# The registry of CloudFormation


@operation("cloudformation", "DescribeType")
def describe_type(call):
    name = call.params["TypeName"]
    if call.params.get("Type", "RESOURCE") != "RESOURCE":
        raise AwsError("NotImplemented", "The emulated registry has resource types, no modules and no hooks.")
    schema = schema_of(name)
    if schema is None:
        raise AwsError("TypeNotFoundException", f"The type '{name}' cannot be found.")
    handlers = schema.get("handlers", {})
    return {
        "Arn": f"arn:aws:cloudformation:{call.region}::type/resource/{name.replace('::', '-')}",
        "Type": "RESOURCE",
        "TypeName": name,
        "Description": schema.get("description", ""),
        "Schema": json.dumps(schema),
        "ProvisioningType": "FULLY_MUTABLE" if "update" in handlers else "IMMUTABLE" if handlers else "NON_PROVISIONABLE",
        "DeprecatedStatus": "LIVE",
        "Visibility": "PUBLIC",
    }
