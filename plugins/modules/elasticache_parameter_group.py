#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: elasticache_parameter_group
version_added: 0.1.0
short_description: Manage ElastiCache parameter groups
description:
  - Creates, changes and removes parameter groups of ElastiCache, for every family that AWS has.
  - Only parameters that differ are sent. A parameter that is no longer declared gets its default back.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.elasticache_parameter_group
    description: Takes no family after C(redis6.x), and sends all parameters in every run.
  - module: slipway.aws.elasticache_replication_group
    description: What uses the parameters.
options:
  name:
    description:
      - Name of the group. AWS stores it in lower case, so it has to be given that way.
    type: str
    required: true
  cache_parameter_group_family:
    description:
      - Family of engine versions that the group fits, for example V(redis7) or V(valkey8). It cannot be changed later.
      - Needed to create a group.
    type: str
  description:
    description:
      - What the group is for. AWS wants one and cannot change it later; left out, a new group is described by its name.
    type: str
  parameters:
    description:
      - Parameters by name. V(true) and V(false) are written as the parameter wants them, C(yes) and C(no) or C(1) and C(0).
      - Some parameters are effective after a reboot of the nodes only; RV(parameter_group.requires_reboot) names them.
    type: dict
  purge_parameters:
    description: Whether parameters that are set and not in O(parameters) get their defaults back.
    type: bool
    default: true
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keys are evicted when memory is full
  slipway.aws.elasticache_parameter_group:
    name: shop-dev
    cache_parameter_group_family: redis7
    parameters:
      maxmemory-policy: allkeys-lru

- name: A group for replication groups with shards
  slipway.aws.elasticache_parameter_group:
    name: shop-production
    cache_parameter_group_family: valkey8
    description: Sessions of the shop
    parameters:
      cluster-enabled: true
      notify-keyspace-events: Ex
    tags:
      Project: Shop

- name: No parameter group any more
  slipway.aws.elasticache_parameter_group:
    name: shop-dev
    state: absent
"""

RETURN = r"""
parameter_group:
  description: The parameter group; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the group.
      type: str
    cache_parameter_group_family:
      description: Its family.
      type: str
      sample: redis7
    parameters:
      description: What is set, and what is declared.
      type: dict
    requires_reboot:
      description: Those of the parameters that are effective after a reboot of the nodes only.
      type: list
      elements: str
    tags:
      description: Its tags.
      type: dict
"""

import re
from difflib import get_close_matches

from ansible_collections.slipway.aws.plugins.module_utils.elasticache import name_faults, tags_of
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource

_AT_ONCE = 20  # parameters that AWS takes in one call
# A change of parameters takes AWS a moment, in which it takes no other.
_PENDING = {"InvalidCacheParameterGroupState": "pending changes"}


def _text(value, row):
    """Return a value as the parameter wants it."""
    if isinstance(value, bool):
        return ("yes" if value else "no") if "yes" in row.get("AllowedValues", "") else str(int(value))
    return str(value)


class ParameterGroup(Resource):
    """A parameter group. AWS lists all parameters of its family; those that somebody set, or declares here, are compared."""

    service = "elasticache"
    noun = "parameter group"
    missing = ("CacheParameterGroupNotFound", "CacheParameterGroupNotFoundFault")
    immutable = ("CacheParameterGroupFamily", "Description")
    verbatim = ("Parameters",)
    outputs = ("arn",)

    def __init__(self, module):
        super().__init__(module)
        self.declared = self.params["parameters"]
        self.whole = ("Parameters",) if self.params["purge_parameters"] else ()

    def validate(self):
        faults, family = name_faults(self.name, 255), self.params["cache_parameter_group_family"]
        if family and not re.fullmatch(r"[a-z]+[0-9]+(\.([0-9]+|x))?", family):
            faults.append(f"cache_parameter_group_family is a name such as redis7, redis6.x or valkey8, not {family}.")
        odd = sorted(name for name, value in (self.declared or {}).items() if value is None or isinstance(value, (dict, list)))
        if odd:
            faults.append(f"parameters wants one value for each name; leave a parameter out to reset it: {', '.join(odd)}.")
        return faults

    def find(self):
        found = self.read("describe_cache_parameter_groups", CacheParameterGroupName=self.name)
        if not found or not found["CacheParameterGroups"]:
            return None
        group = found["CacheParameterGroups"][0]
        rows = self.pages("describe_cache_parameters", "Parameters", CacheParameterGroupName=self.name)
        known = {row["ParameterName"]: row for row in rows}
        ours = {name: row for name, row in known.items() if row.get("Source") == "user" or name in (self.declared or {})}
        return {
            **group,
            "Parameters": {name: row.get("ParameterValue", "") for name, row in ours.items()},
            "RequiresReboot": sorted(name for name, row in ours.items() if row.get("ChangeType") == "requires-reboot"),
            "known": known,
            "arn": group["ARN"],
            "Tags": tags_of(self, group["ARN"]),
        }

    def want(self, have):
        family = self.params["cache_parameter_group_family"]
        if have is None and not family:
            self.fail(f"parameter group {self.name} does not exist, and to create it cache_parameter_group_family has to be given.")
        text = self.params["description"] or (self.name if have is None else None)
        want = self.request("CreateCacheParameterGroup", CacheParameterGroupName=self.name, Description=text)
        if self.declared is not None:
            want["Parameters"] = self._values(have["known"] if have else self._defaults(family))
        return want

    def _defaults(self, family):
        defaults = self.pages("describe_engine_default_parameters", "EngineDefaults", CacheParameterGroupFamily=family)
        return {row["ParameterName"]: row for row in (defaults or {}).get("Parameters", [])}

    def _values(self, known):
        """Return the declared values as texts; a name that the family does not have is refused before anything is sent."""
        for name in self.declared:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else "the family does not have it."
                self.fail(f"parameter group {self.name}: parameter {name} is unknown, {hint}")
            if not known[name].get("IsModifiable", True):
                self.fail(f"parameter group {self.name}: AWS lets nobody change parameter {name}. Leave it out.")
        return {name: _text(value, known[name]) for name, value in self.declared.items()}

    def create(self, want):
        values = want.pop("Parameters", {})
        self.write("create_cache_parameter_group", **want)
        self._send("modify_cache_parameter_group", [{"ParameterName": n, "ParameterValue": v} for n, v in values.items()])

    def update(self, have, changes):
        values, present = changes["Parameters"], have["Parameters"]
        new = [{"ParameterName": n, "ParameterValue": v} for n, v in values.items() if present.get(n) != v]
        self._send("modify_cache_parameter_group", new)
        if self.params["purge_parameters"]:
            gone = [{"ParameterName": name} for name in present if name not in values]
            self._send("reset_cache_parameter_group", gone, ResetAllParameters=False)

    def _send(self, operation, rows, **more):
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            self.write(operation, patience=_PENDING, CacheParameterGroupName=self.name, ParameterNameValues=part, **more)

    def delete(self, have):
        self.write("delete_cache_parameter_group", tolerate=self.missing, CacheParameterGroupName=self.name)

    def view(self, have):
        return super().view({key: value for key, value in (have or {}).items() if key != "known"})


def main():
    ParameterGroup.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
