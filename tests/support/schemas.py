# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""AWS's resource schemas, as cfn-lint brings them: whether properties are what a type has."""

from __future__ import annotations

from cfnlint.jsonschema import StandardValidator
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

REGION = "us-east-1"


def valid(kind, properties):
    """Return what is wrong with the properties of a type, as sentences; nothing when all is well.

    Values that are references are not looked at: what they stand for is known only when the template is deployed. Custom::
    resources are ours, and have no schema.
    """
    if kind.startswith("Custom::"):
        return []
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    faults = [_sentence(error) for error in StandardValidator(schema).iter_errors(properties) if not _is_reference(error.instance)]
    written = [pointer.split("/")[2] for pointer in schema.get("readOnlyProperties", []) if pointer.count("/") == 2]
    return faults + [f"{name}: AWS alone sets it" for name in written if name in properties]


def _sentence(error):
    return f"{'.'.join(str(step) for step in error.path) or 'properties'}: {error.message}"


def _is_reference(value):
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))
