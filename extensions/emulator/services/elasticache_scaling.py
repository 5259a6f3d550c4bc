# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""More and fewer nodes: replicas and shards, each by an operation of its own."""

from __future__ import annotations

from ..registry import operation
from .elasticache import GROUP, be, contradiction, refused, thing_of
from .elasticache_groups import at_rest
from .elasticache_members import clustered, new_node, shown, spread, zones_of

REPLICAS, SHARDS = 180, 400  # account seconds


def _group(call):
    group = thing_of(call, GROUP, call.params["ReplicationGroupId"])
    at_rest(group, "modification")
    if call.params["ApplyImmediately"] is not True:
        refused("ApplyImmediately=false is not supported.")
    return group


def _counts(call, group):
    """Return how many replicas each shard shall have, with the zones for new ones."""
    rows, count = call.params.get("ReplicaConfiguration", []), call.params.get("NewReplicaCount")
    if bool(rows) == (count is not None):
        contradiction("Either NewReplicaCount or ReplicaConfiguration must be given, and not both.")
    known = {shard["id"]: shard for shard in group["shards"]}
    if not rows:
        return [(shard, count, []) for shard in group["shards"]]
    unknown = [row["NodeGroupId"] for row in rows if row["NodeGroupId"] not in known]
    if unknown:
        refused(f"Node group {unknown[0]} not found.")
    return [(known[row["NodeGroupId"]], row["NewReplicaCount"], row.get("PreferredAvailabilityZones", [])) for row in rows]


@operation("elasticache", "IncreaseReplicaCount")
def increase(call):
    group = _group(call)
    zones, fresh = zones_of(call, group["CacheSubnetGroupName"]), []
    counts = _counts(call, group)
    for shard, count, _places in counts:
        if count > 5:
            refused("The number of replicas per node group must be within 0 and 5.")
        if count <= len(shard["nodes"]) - 1:
            refused(f"The number of replicas of node group {shard['id']} is not increased by {count}.")
    for shard, count, places in counts:
        while len(shard["nodes"]) - 1 < count:
            place = places[len(shard["nodes"])] if len(shard["nodes"]) < len(places) else None
            fresh.append(new_node(group, shard, zones, place))
            fresh[-1]["status"] = "creating"
    be(group, "modifying", REPLICAS, lambda: [node.pop("status") for node in fresh])
    return {"ReplicationGroup": shown(group)}


def _can_lose(group, shard, count):
    """Raise what AWS raises when a shard cannot be brought down to a number of replicas."""
    if count >= len(shard["nodes"]) - 1:
        refused(f"The number of replicas of node group {shard['id']} is not decreased by {count}.")
    if not count and group["AutomaticFailoverEnabled"] and not clustered(group):
        refused("Must have at least 1 replica when cluster mode is disabled with auto failover enabled.")
    if not count and group["MultiAZEnabled"]:
        refused("Must have at least 1 replica when Multi-AZ is enabled.")


@operation("elasticache", "DecreaseReplicaCount")
def decrease(call):
    group = _group(call)
    counts = _counts(call, group)
    for shard, count, _places in counts:
        _can_lose(group, shard, count)
    leaving = []
    for shard, count, _places in counts:
        replicas = [node for node in shard["nodes"] if node["role"] == "replica"]
        leaving += [(shard, node) for node in replicas[count:]]
    for _shard, node in leaving:
        node["status"] = "deleting"

    def gone():
        for shard, node in leaving:
            shard["nodes"].remove(node)
        kept = [node["id"] for shard in group["shards"] for node in shard["nodes"]]
        if group.get("SnapshottingClusterId") not in (None, *kept):
            group["SnapshottingClusterId"] = kept[0]

    be(group, "modifying", REPLICAS, gone)
    return {"ReplicationGroup": shown(group)}


@operation("elasticache", "ModifyReplicationGroupShardConfiguration")
def reshard(call):
    group = _group(call)
    count, present = call.params["NodeGroupCount"], [shard["id"] for shard in group["shards"]]
    if group["ClusterMode"] != "enabled":
        contradiction("The shard configuration can only be modified with cluster mode enabled.")
    if not 1 <= count <= 500 or count == len(present):
        refused(f"NodeGroupCount {count} does not change the number of node groups.")
    if count < len(present):
        return _fewer(call, group, count, present)
    places = {
        number: row.get("PreferredAvailabilityZones", [])
        for number, row in enumerate(call.params.get("ReshardingConfiguration", []))
    }
    return _more(call, group, count, list(places.values()))


def _more(call, group, count, places):
    zones, replicas = zones_of(call, group["CacheSubnetGroupName"]), len(group["shards"][0]["nodes"])
    fresh = []
    while len(group["shards"]) + len(fresh) < count:
        taken = {shard["id"] for shard in [*group["shards"], *fresh]}
        shard = {"id": next(f"{n:04}" for n in range(1, 1000) if f"{n:04}" not in taken), "slots": "", "nodes": []}
        wanted = places[len(fresh)] if len(fresh) < len(places) else []
        for number in range(replicas):
            new_node(group, shard, zones, wanted[number] if number < len(wanted) else None)
        fresh.append(shard)

    def arrive():
        group["shards"] = sorted([*group["shards"], *fresh], key=lambda shard: shard["id"])
        spread(group)

    be(group, "modifying", SHARDS, arrive)
    return {"ReplicationGroup": shown(group)}


def _fewer(call, group, count, present):
    remove, retain = call.params.get("NodeGroupsToRemove", []), call.params.get("NodeGroupsToRetain", [])
    if bool(remove) == bool(retain):
        contradiction("Either NodeGroupsToRemove or NodeGroupsToRetain must be given to decrease the number of node groups.")
    leaving = remove or [name for name in present if name not in retain]
    unknown = [name for name in [*remove, *retain] if name not in present]
    if unknown:
        refused(f"Node group {unknown[0]} not found.")
    if len(present) - len(leaving) != count:
        contradiction("NodeGroupCount and the node groups to remove or to retain differ.")

    def gone():
        group["shards"] = [shard for shard in group["shards"] if shard["id"] not in leaving]
        spread(group)

    be(group, "modifying", SHARDS, gone)
    return {"ReplicationGroup": shown(group)}
