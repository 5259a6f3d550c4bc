# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Answers of AWS in which nothing is missing, made from botocore's models."""

from __future__ import annotations

from datetime import datetime, timezone

import boto3

_SCALARS = {"boolean": True, "integer": 60, "long": 60, "float": 60.0, "double": 60.0, "blob": b"x"}


def sample(service, name):
    """Return a structure of a service's model with every member that it can have."""
    return _filled(boto3.client(service).meta.service_model.shape_for(name), ())


def _filled(shape, above):
    if shape.name in above:  # a structure that holds its own kind ends there
        return None
    kind = shape.type_name
    if kind == "structure":
        found = {name: _filled(member, (*above, shape.name)) for name, member in shape.members.items()}
        return {name: value for name, value in found.items() if value is not None}
    if kind == "list":
        return [_filled(shape.member, (*above, shape.name))]
    if kind == "map":
        return {"Key": "value"}
    if kind == "timestamp":
        return datetime(2026, 1, 1, tzinfo=timezone.utc)
    return shape.enum[0] if getattr(shape, "enum", None) else _SCALARS.get(kind, "60")
