# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Parameter groups of ElastiCache, those of the customer and AWS's own defaults, which nobody can change."""

from __future__ import annotations

from ..calls import AwsError
from ..registry import operation, state_of
from .elasticache import GROUP, PARAMETERS, contradiction, new_name, refused, thing_of, things
from .elasticache_engines import FAMILIES, VERSIONS, parameter, takes

_SHOWN = ("CacheParameterGroupName", "CacheParameterGroupFamily", "Description", "IsGlobal", "ARN")
_IN_USE = "One or more cache clusters are still members of this parameter group {0}, so the group cannot be deleted."


def _defaults(call):
    for family in FAMILIES:
        kinds = [""] if family.startswith("memcached") else ["", ".cluster.on"]
        for kind in kinds:
            name = f"default.{family}{kind}"
            yield {
                "CacheParameterGroupName": name,
                "CacheParameterGroupFamily": family,
                "Description": f"Default parameter group for {family}{' with cluster mode on' if kind else ''}",
                "IsGlobal": False,
                "ARN": call.arn(f"parametergroup:{name}"),
                "Tags": [],
                "values": {"cluster-enabled": "yes"} if kind else {},
            }


def parameter_group(call, name):
    """Return a parameter group, the customer's or a default one."""
    default = next((each for each in _defaults(call) if each["CacheParameterGroupName"] == name), None)
    return default or thing_of(call, PARAMETERS, name)


def clustered(group):
    """Tell whether a parameter group is for replication groups with cluster mode."""
    return group["values"].get("cluster-enabled") == "yes"


def _own(call):
    name = call.params["CacheParameterGroupName"]
    if name.startswith("default."):
        raise AwsError("InvalidCacheParameterGroupState", f"The parameter group {name} is a default one and cannot be changed.")
    return thing_of(call, PARAMETERS, name)


def _shown(group):
    return {key: group[key] for key in _SHOWN}


@operation("elasticache", "CreateCacheParameterGroup")
def create(call):
    family = call.params["CacheParameterGroupFamily"]
    name = new_name(call, PARAMETERS, call.params["CacheParameterGroupName"], "CacheParameterGroupAlreadyExists")
    if family not in FAMILIES:
        refused(f"CacheParameterGroupFamily {family} is not a valid parameter group family.")
    things(call, PARAMETERS)[name] = group = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": family,
        "Description": call.params["Description"],
        "IsGlobal": False,
        "ARN": call.arn(f"{PARAMETERS}:{name}"),
        "Tags": call.params.get("Tags", []),
        "values": {},
    }
    return {"CacheParameterGroup": _shown(group)}


@operation("elasticache", "DescribeCacheParameterGroups")
def describe(call):
    name = call.params.get("CacheParameterGroupName")
    found = [parameter_group(call, name)] if name else [*_defaults(call), *things(call, PARAMETERS).values()]
    return _page(call, "CacheParameterGroups", [_shown(group) for group in found])


def _page(call, key, rows):
    """Return one page, whose marker is the number of its first row."""
    size, start = call.params.get("MaxRecords", 100), int(call.params.get("Marker") or 0)
    if not 20 <= size <= 100:
        refused("Invalid value for parameter MaxRecords. It must be between 20 and 100.")
    more = {"Marker": str(start + size)} if len(rows) > start + size else {}
    return {key: rows[start : start + size], **more}


@operation("elasticache", "DescribeCacheParameters")
def describe_parameters(call):
    group, source = parameter_group(call, call.params["CacheParameterGroupName"]), call.params.get("Source")
    if source not in (None, "user", "system", "engine-default"):
        refused(f"Source {source} is none of user, system and engine-default.")
    rows = []
    for name in FAMILIES[group["CacheParameterGroupFamily"]]:
        row = parameter(group["CacheParameterGroupFamily"], name)
        if name in group["values"]:
            row.update(ParameterValue=group["values"][name], Source="user")
        if source in (None, row["Source"]):
            rows.append(row)
    return _page(call, "Parameters", rows)


@operation("elasticache", "DescribeEngineDefaultParameters")
def describe_engine_defaults(call):
    family = call.params["CacheParameterGroupFamily"]
    if family not in FAMILIES:
        refused(f"CacheParameterGroupFamily {family} is not a valid parameter group family.")
    page = _page(call, "Parameters", [parameter(family, name) for name in FAMILIES[family]])
    return {"EngineDefaults": {"CacheParameterGroupFamily": family, **page}}


def _known(group, name):
    family = group["CacheParameterGroupFamily"]
    if name not in FAMILIES[family]:
        refused(f"Parameter {name} doesn't exist")
    return parameter(family, name)


@operation("elasticache", "ModifyCacheParameterGroup")
def modify(call):
    group, changes = _own(call), call.params["ParameterNameValues"]
    if not 1 <= len(changes) <= 20:
        contradiction("Between 1 and 20 parameters can be modified in a single request.")
    for change in changes:
        name, value = change["ParameterName"], change.get("ParameterValue", "")
        if not _known(group, name)["IsModifiable"]:
            refused(f"The parameter {name} cannot be modified.")
        if not takes(group["CacheParameterGroupFamily"], name, value):
            refused(f"The parameter value {value} is invalid for parameter {name}.")
    group["values"].update({change["ParameterName"]: change.get("ParameterValue", "") for change in changes})
    return {"CacheParameterGroupName": group["CacheParameterGroupName"]}


@operation("elasticache", "ResetCacheParameterGroup")
def reset(call):
    group, names = _own(call), [each["ParameterName"] for each in call.params.get("ParameterNameValues", [])]
    everything = call.params.get("ResetAllParameters", False)
    if bool(names) == bool(everything):
        contradiction("Either ResetAllParameters or the names of the parameters to reset must be given, and not both.")
    for name in names:
        _known(group, name)
    for name in list(group["values"]) if everything else names:
        group["values"].pop(name, None)
    return {"CacheParameterGroupName": group["CacheParameterGroupName"]}


@operation("elasticache", "DeleteCacheParameterGroup")
def delete(call):
    group = _own(call)
    name = group["CacheParameterGroupName"]
    if any(each["CacheParameterGroupName"] == name for each in state_of(call, GROUP).values()):
        raise AwsError("InvalidCacheParameterGroupState", _IN_USE.format(name))
    del things(call, PARAMETERS)[name]


@operation("elasticache", "DescribeCacheEngineVersions")
def describe_versions(call):
    wanted = {key: call.params.get(key) for key in ("Engine", "EngineVersion", "CacheParameterGroupFamily")}
    rows = [
        {
            "Engine": engine,
            "EngineVersion": version,
            "CacheParameterGroupFamily": family,
            "CacheEngineDescription": engine.title(),
            "CacheEngineVersionDescription": f"{engine} version {running}",
        }
        for engine, versions in VERSIONS.items()
        for version, (running, family) in versions.items()
    ]
    rows = [row for row in rows if all(value in (None, row[key]) for key, value in wanted.items())]
    if call.params.get("DefaultOnly"):
        rows = list({row["Engine"]: row for row in rows}.values())
    return _page(call, "CacheEngineVersions", rows)
