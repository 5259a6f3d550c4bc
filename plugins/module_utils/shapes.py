# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Between Ansible's snake_case and the API's own names, guided by botocore's models.

Guessing names from their letters fails on ``DBProxyName``, ``KMSKeyId`` or an environment variable called ``DB_HOST``. The model
knows which names are its own (members of structures) and which belong to the user (keys of maps), and what type a value has.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from functools import cache

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict

_NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


class UnknownMemberError(ValueError):
    """A name that the API does not have."""


@cache
def snake(name):
    """Return the snake_case form of one API name, as all Ansible collections for AWS write it."""
    return next(iter(camel_dict_to_snake_dict({name: None})))


def members(shape):
    """Return the API names of a structure by their snake_case form."""
    return {snake(name): name for name in shape.members}


def to_api(shape, value, path=""):
    """Return the value as the API wants it: names from the model, numbers and strings as the model types them, ``None`` left out.

    Raises UnknownMemberError for a name that the model does not have, with the nearest one that it has.
    """
    if value is None:
        return None
    convert = {"structure": _structure, "list": _list, "map": _map}.get(shape.type_name)
    return convert(shape, value, path) if convert else _scalar(shape, value)


def _structure(shape, value, path):
    if shape.is_document_type or not isinstance(value, dict):
        return value
    names, result = members(shape), {}
    for key, item in value.items():
        name = names.get(key) or (key if key in shape.members else None)
        if name is None:
            raise UnknownMemberError(_unknown(key, path, names))
        if item is not None:
            result[name] = to_api(shape.members[name], item, f"{path}.{key}" if path else key)
    return result


def _unknown(key, path, names):
    near = get_close_matches(str(key), names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(sorted(names))}"
    return f"{f'{path}.' if path else ''}{key} is unknown, {hint}"


def _list(shape, value, path):
    items = value if isinstance(value, (list, tuple)) else [value]
    return [to_api(shape.member, item, f"{path}[{index}]") for index, item in enumerate(items)]


def _map(shape, value, path):
    return {str(key): to_api(shape.value, item, f"{path}.{key}") for key, item in value.items()}


def _scalar(shape, value):
    if shape.type_name == "string" and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if shape.type_name in _NUMBERS and isinstance(value, str):
        return _NUMBERS[shape.type_name](value)
    return value


def from_api(value, verbatim=()):
    """Return an answer of the API with snake_case names and plain data; what stands under a ``verbatim`` name keeps its names.

    Ansible's camel_dict_to_snake_dict forgets its ignore_list inside lists and nested dictionaries.
    """
    if isinstance(value, dict):
        known = {key: item for key, item in value.items() if key != "ResponseMetadata"}
        return {snake(key): _plain(item) if key in verbatim else from_api(item, verbatim) for key, item in known.items()}
    if isinstance(value, (list, tuple)):
        return [from_api(item, verbatim) for item in value]
    return _plain(value)


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
