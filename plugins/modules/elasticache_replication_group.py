#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: elasticache_replication_group
version_added: 0.1.0
short_description: Manage Valkey and Redis replication groups of ElastiCache
description:
  - Creates, changes and removes replication groups, with one shard or with many, and brings them to the wanted number of shards and
    replicas.
  - What AWS does by several operations, one after the other, is one task. What is left out is left as it is.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.elasticache
    description: Manages single cache clusters, without replicas, failover, encryption in transit or tokens, and without check mode.
  - module: slipway.aws.elasticache_parameter_group
    description: Settings of the engine.
  - module: slipway.aws.elasticache_subnet_group
    description: The subnets in which nodes stand.
notes:
  - The number of shards and of replicas and everything about access is always changed at once; AWS takes this occasion for changes
    that wait for the maintenance window.
options:
  name:
    description: Name of the group, up to 40 lower-case letters, digits and hyphens.
    type: str
    required: true
  replication_group_description:
    description: What the group is for. AWS wants one; left out, a new group is described by its name.
    type: str
  engine:
    description: Engine. Needed to create a group. V(redis) can become V(valkey), together with O(engine_version), and not go back.
    type: str
    choices: [redis, valkey]
  engine_version:
    description: Version, such as V(7.1); AWS adds the patch level. AWS does not go back to an older version.
    type: str
  cache_node_type:
    description: Size of the nodes, for example V(cache.t4g.small). Needed to create a group.
    type: str
  cluster_mode:
    description:
      - Whether keys are spread over shards. A group with several shards has it without saying so.
      - An existing group gets from V(disabled) to V(enabled) by way of V(compatible), in which clients of both kinds work.
    type: str
    choices: [disabled, compatible, enabled]
  num_node_groups:
    description:
      - Number of shards, 1 when a group is created without saying so. Keys move to other shards while the group works.
      - When shards are removed, those with the highest numbers go.
    type: int
  replicas_per_node_group:
    description: How many replicas each shard has, 0 to 5, 0 when a group is created without saying so.
    type: int
  node_group_configuration:
    description: Slots, replicas and zones of each shard, when the group is created. What differs later is left as it is.
    type: list
    elements: dict
    suboptions:
      node_group_id:
        description: Number of the shard, four digits.
        type: str
      slots:
        description: Its slots, for example V(0-8191), where a snapshot of another group demands them.
        type: str
      replica_count:
        description: How many replicas it has.
        type: int
      primary_availability_zone:
        description: Zone of its primary.
        type: str
      replica_availability_zones:
        description: Zones of its replicas.
        type: list
        elements: str
  preferred_cache_cluster_azs:
    description: Zones of the nodes of a group with one shard, the primary's first, when the group is created.
    type: list
    elements: str
  automatic_failover_enabled:
    description: Whether a replica takes over when its primary fails. O(multi_az_enabled) and cluster mode bring it along.
    type: bool
  multi_az_enabled:
    description: Whether replicas stand in other availability zones than their primary. It needs a replica in every shard.
    type: bool
  cache_parameter_group_name:
    description: Parameter group. AWS takes the default one of the engine version when it is left out.
    type: str
  cache_subnet_group_name:
    description: Subnet group. It cannot be changed later.
    type: str
  security_group_ids:
    description: Ids of all its security groups; the order does not matter.
    type: list
    elements: str
  port:
    description: Port. It cannot be changed later.
    type: int
  network_type:
    description: Kind of addresses of the nodes. It cannot be changed later.
    type: str
    choices: [ipv4, ipv6, dual_stack]
  ip_discovery:
    description: Kind of address that clients are told of.
    type: str
    choices: [ipv4, ipv6]
  at_rest_encryption_enabled:
    description: Whether what is on disk is encrypted. It cannot be changed later.
    type: bool
  kms_key_id:
    description: ARN, id or alias of the KMS key that encrypts what is on disk. It cannot be changed later.
    type: str
  transit_encryption_enabled:
    description: Whether connections are encrypted. Existing groups get there by way of O(transit_encryption_mode=preferred).
    type: bool
  transit_encryption_mode:
    description: Whether encryption is V(required), or clients without it are let in as well (V(preferred)).
    type: str
    choices: [preferred, required]
  auth_token:
    description:
      - Password that clients give, 16 to 128 characters. It needs O(transit_encryption_enabled).
      - AWS never gives it back, so it is sent when the group has none, and when O(auth_token_version) is a new one.
    type: str
  auth_token_version:
    description:
      - A name for the present token, such as the version of the secret it comes from. With a new one, O(auth_token) is brought in.
      - It is kept in the tag C(slipway:auth-token) of the group.
    type: str
  auth_token_update_strategy:
    description:
      - What becomes of the old token. V(ROTATE) leaves it valid beside the new one until a later run with V(SET).
      - V(SET) does both at once. A group that had no token can be used without one until V(SET).
    type: str
    choices: [ROTATE, SET]
    default: SET
  user_group_ids:
    description: The user group whose members may connect. It takes the place of a token, in one step; V([]) lets everybody in.
    type: list
    elements: str
  log_delivery_configurations:
    description: All logs that are delivered, one element for each log; what is not in the list is switched off.
    type: list
    elements: dict
    suboptions:
      log_type:
        description: The log. V(engine-log) needs version 6.2.
        type: str
        required: true
        choices: [slow-log, engine-log]
      destination_type:
        description: Where it goes.
        type: str
        required: true
        choices: [cloudwatch-logs, kinesis-firehose]
      destination_details:
        description: The log group or the delivery stream.
        type: dict
        required: true
        suboptions:
          cloud_watch_logs_details:
            description: C(log_group) is the name of the log group.
            type: dict
          kinesis_firehose_details:
            description: C(delivery_stream) is the name of the stream.
            type: dict
      log_format:
        description: Form of its lines.
        type: str
        choices: [json, text]
        default: json
  notification_topic_arn:
    description: ARN of the SNS topic that is told of events. V("") switches notifications off.
    type: str
  auto_minor_version_upgrade:
    description: Whether AWS brings newer minor versions in the maintenance window; they are then left alone.
    type: bool
  preferred_maintenance_window:
    description: When maintenance happens, for example V(sun:04:00-sun:05:00), in UTC.
    type: str
  snapshot_retention_limit:
    description: For how many days automatic snapshots are kept, 0 (none) to 35.
    type: int
  snapshot_window:
    description: When automatic snapshots are made, for example V(03:00-04:00), in UTC.
    type: str
  snapshot_name:
    description: Snapshot that fills the group when it is created.
    type: str
  snapshot_arns:
    description: ARNs of snapshots in S3 that fill the group when it is created.
    type: list
    elements: str
  data_tiering_enabled:
    description: Whether data moves between memory and SSD, for r6gd nodes, which demand it. It cannot be changed later.
    type: bool
  apply_immediately:
    description: Whether a new version or size is brought in at once and not in the maintenance window.
    type: bool
    default: false
  skip_final_snapshot:
    description: Whether O(state=absent) destroys the data for good.
    type: bool
    default: false
  final_snapshot_identifier:
    description: Name of the snapshot that O(state=absent) makes first, unless O(skip_final_snapshot=true).
    type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A cache with a replica that takes over
  slipway.aws.elasticache_replication_group:
    name: shop-dev
    engine: valkey
    engine_version: "8.0"
    cache_node_type: cache.t4g.small
    replicas_per_node_group: 1
    automatic_failover_enabled: true
    cache_subnet_group_name: shop-dev
    security_group_ids: [sg-0123456789abcdef0]
    at_rest_encryption_enabled: true
    transit_encryption_enabled: true

- name: Three shards in several zones, with a token that comes from a secret
  slipway.aws.elasticache_replication_group:
    name: shop-production
    engine: redis
    engine_version: "7.1"
    cache_node_type: cache.r7g.large
    cluster_mode: enabled
    num_node_groups: 3
    replicas_per_node_group: 2
    multi_az_enabled: true
    transit_encryption_enabled: true
    auth_token: "{{ secret.token }}"
    auth_token_version: "{{ secret.version }}"
    auth_token_update_strategy: ROTATE
    log_delivery_configurations:
      - log_type: slow-log
        destination_type: cloudwatch-logs
        destination_details:
          cloud_watch_logs_details:
            log_group: /elasticache/shop-production
    wait_timeout: 2400

- name: No cache any more, but what was in it
  slipway.aws.elasticache_replication_group:
    name: shop-dev
    final_snapshot_identifier: shop-dev-final
    state: absent
"""

RETURN = r"""
replication_group:
  description: The replication group; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the group.
      type: str
    status:
      description: Its status.
      type: str
      sample: available
    primary_endpoint:
      description: C(address) and C(port) for reading and writing, of a group with one shard.
      type: dict
    reader_endpoint:
      description: C(address) and C(port) of the replicas, of a group with one shard.
      type: dict
    configuration_endpoint:
      description: C(address) and C(port) for clients that know shards, of a group with cluster mode.
      type: dict
    members:
      description:
        - All nodes with C(cache_cluster_id), C(node_group_id), C(status), C(preferred_availability_zone), C(current_role) and
          C(endpoint).
      type: list
      elements: dict
    engine_version_actual:
      description: The version that runs, with its patch level.
      type: str
      sample: 8.0.1
    pending_modified_values:
      description: Changes that wait for the maintenance window.
      type: dict
    log_deliveries:
      description: The deliveries of logs with their C(status) and C(message).
      type: list
      elements: dict
    auth_token_version:
      description: Name of the token that was brought in last.
      type: str
    tags:
      description: Its tags, without the one that names the token.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import elasticache
from ansible_collections.slipway.aws.plugins.module_utils.elasticache_checks import change_faults, option_faults
from ansible_collections.slipway.aws.plugins.module_utils.kms_keys import Keys
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource

_AT_CREATION = ("AuthToken", "NodeGroupConfiguration", "PreferredCacheClusterAZs", "SnapshotArns", "SnapshotName")
_TOKEN = ("AuthTokenEnabled", "AuthTokenVersion", "AuthTokenUpdateStrategy")
# A group without anything, for what follows from the wishes for a new one.
_NOTHING = {
    "MultiAZEnabled": False,
    "AutomaticFailoverEnabled": False,
    "ReplicasPerNodeGroup": 0,
    "ClusterMode": None,
    "NumNodeGroups": 1,
}


class ReplicationGroup(Resource):
    """A replication group. Settings, shards, replicas and access have operations of their own, of which AWS takes one at a time."""

    service = "elasticache"
    noun = "replication group"
    missing = ("ReplicationGroupNotFoundFault",)
    immutable = ("AtRestEncryptionEnabled", "CacheSubnetGroupName", "DataTieringEnabled", "KmsKeyId", "NetworkType", "Port")
    unordered = ("LogDeliveryConfigurations", "SecurityGroupIds", "UserGroupIds")
    outputs = ("arn", "status", "PrimaryEndpoint", "ReaderEndpoint", "ConfigurationEndpoint")
    pauses = (5, 10, 15)

    def validate(self):
        return option_faults(self.params)

    def find(self):
        found = self.read("describe_replication_groups", ReplicationGroupId=self.name)
        if not found or not found["ReplicationGroups"]:
            return None
        group = found["ReplicationGroups"][0]
        clusters = self.pages("describe_cache_clusters", "CacheClusters", ShowCacheNodeInfo=True)
        have = elasticache.described(group, [each for each in clusters if each.get("ReplicationGroupId") == self.name])
        return {**have, **self._as_wanted(have), **self._tag_facts(group["ARN"])}

    def _tag_facts(self, arn):
        """Return the tags, and what one of them says about the token."""
        tags = elasticache.tags_of(self, arn)
        if tags is None:  # nobody can read or change them while the group is on its way: the next run compares them
            tags = {**self._tag_texts(), elasticache.TOKEN_TAG: self._token_tag(self.params["auth_token_update_strategy"])["Value"]}
        strategy, _blank, version = tags.pop(elasticache.TOKEN_TAG, "").partition(" ")
        return {"Tags": tags, "AuthTokenUpdateStrategy": strategy or None, "AuthTokenVersion": version or None}

    def _as_wanted(self, have):
        """Return what is called otherwise in the options than in AWS's answers, and is the same."""
        version, key, same = self.params["engine_version"], self.params["kms_key_id"], {}
        if version and have["EngineVersion"] and elasticache.same_version(have["EngineVersion"], version):
            same["EngineVersion"] = version
        if key and have.get("KmsKeyId"):
            reported = have["KmsKeyId"]
            alike = key.rsplit("/", 1)[-1] == reported.rsplit("/", 1)[-1]
            if alike or Keys(self.module).as_reported(key, reported) == reported:
                same["KmsKeyId"] = key
        if self.params["at_rest_encryption_enabled"] and have.get("StorageEncryptionType", "none") != "none":
            same["AtRestEncryptionEnabled"] = True  # AWS encrypts some groups that do not say so
        return same

    def want(self, have):
        want = self.request("CreateReplicationGroup", ReplicationGroupId=self.name)
        want = {key: value for key, value in want.items() if key not in _AT_CREATION}
        if want.get("MultiAZEnabled"):
            want.setdefault("AutomaticFailoverEnabled", True)
        if have is None:
            self._insist(change_faults(self._new(want), want))
            return want
        want.update(self._access(have))
        if have["status"] == "creating":
            return {key: value for key, value in want.items() if have.get(key) is not None}  # AWS does not tell everything yet
        if want.get("Engine", have["Engine"]) == have["Engine"] and elasticache.moved_on(have, want.get("EngineVersion")):
            del want["EngineVersion"]
        self._insist(change_faults(have, want))
        return want

    def _insist(self, faults):
        if faults:
            self.fail(f"replication group {self.name}: {' '.join(faults)}")

    def _new(self, want):
        """Complete the wishes for a new group, and return what they build on."""
        lacking = [name for name in ("cache_node_type", "engine") if not self.params[name]]
        if lacking:
            self.fail(f"replication group {self.name} does not exist, and to create it {' and '.join(lacking)} must be given.")
        rows = self.params["node_group_configuration"] or []
        want.setdefault("ReplicationGroupDescription", self.name)
        if not self.params["snapshot_name"]:  # a snapshot knows how many shards it comes from
            want.setdefault("NumNodeGroups", len(rows) or 1)
        if not rows:
            want.setdefault("ReplicasPerNodeGroup", 0)
        spread = want.get("NumNodeGroups", 1) > 1 or want.get("CacheParameterGroupName", "").endswith(".cluster.on")
        if spread or want.get("ClusterMode") in ("enabled", "compatible"):
            want.setdefault("AutomaticFailoverEnabled", True)
        counts = [row["replica_count"] for row in rows if row["replica_count"] is not None]
        return {**_NOTHING, "ReplicasPerNodeGroup": counts or 0, "ClusterMode": "enabled" if spread else "disabled"}

    def _access(self, have):
        """Return what has to become of token and user group."""
        p = self.params
        if p["user_group_ids"]:
            return {"AuthTokenEnabled": False}
        if p["auth_token"] is None:
            return {}
        want = {"AuthTokenEnabled": True, "AuthTokenVersion": p["auth_token_version"], "UserGroupIds": []}
        another = p["auth_token_version"] and p["auth_token_version"] != have["AuthTokenVersion"]
        if not have.get("AuthTokenEnabled") or another or have["AuthTokenUpdateStrategy"] == "ROTATE":
            want["AuthTokenUpdateStrategy"] = p["auth_token_update_strategy"]
        return want

    def ready(self, have):
        if have["status"] == "create-failed":
            self.fail(
                f"replication group {self.name} could not be created: the events of ElastiCache say why. Remove it and try again."
            )
        return elasticache.at_rest(have)

    def leaving(self, have):
        return have["status"] == "deleting"

    def create(self, want):
        given = self.request("CreateReplicationGroup")
        want.update({key: given[key] for key in _AT_CREATION if key in given})
        zones = self.params["preferred_cache_cluster_azs"]
        if zones:  # AWS wants to hear of nodes here, and of shards and replicas otherwise
            want.pop("NumNodeGroups", None)
            want.pop("ReplicasPerNodeGroup", None)
            want.update(PreferredCacheClusterAZs=zones, NumCacheClusters=len(zones))
        if self.params["auth_token_version"]:
            want["Tags"] = [*want.get("Tags", []), self._token_tag("SET")]
        self.write("create_replication_group", **{key: value for key, value in want.items() if value not in ("", [])})

    def update(self, have, changes):
        for number, (operation, parameters) in enumerate(self._steps(have, changes)):
            if number:
                self.settle_present()
            # AWS needs a moment after one change before it takes the next.
            self.write(operation, patience={"InvalidReplicationGroupState": ""}, **parameters)

    def _steps(self, have, changes):
        """Return all calls in an order in which each is allowed: replicas come first and go last, as failover needs them."""
        rest = dict(changes)
        replicas, shards = rest.pop("ReplicasPerNodeGroup", None), rest.pop("NumNodeGroups", None)
        access = {key: rest.pop(key) for key in (*_TOKEN, "UserGroupIds") if key in rest}
        sizes = [] if replicas is None else [elasticache.replica_step(have, replicas, more, shards) for more in (True, False)]
        scale = [("modify_replication_group_shard_configuration", elasticache.shard_change(have, shards))] if shards else []
        now = {"ReplicationGroupId": self.name, "ApplyImmediately": True}
        settings = {"ReplicationGroupId": self.name, "ApplyImmediately": self.params["apply_immediately"]}
        return [
            *[(operation, {**now, **more}) for operation, more in filter(None, sizes[:1])],
            *([("modify_replication_group", {**settings, **elasticache.modification(have, rest)})] if rest else []),
            *[(operation, {**now, **more}) for operation, more in scale],
            *self._access_steps(have, access, now),
            *[(operation, {**now, **more}) for operation, more in filter(None, sizes[1:])],
        ]

    def _access_steps(self, have, changes, now):
        groups = changes.get("UserGroupIds")
        if not changes.get("AuthTokenEnabled", have.get("AuthTokenEnabled")) or not changes.keys() & set(_TOKEN):
            return self._group_steps(have, changes, now, groups)
        token, steps = {**now, "AuthToken": self.params["auth_token"]}, []
        if changes.keys() & {"AuthTokenEnabled", "AuthTokenVersion"}:
            leave = {"RemoveUserGroups": True} if have["UserGroupIds"] else {}
            rotate = ("modify_replication_group", {**token, **leave, "AuthTokenUpdateStrategy": "ROTATE"})
            noted = self._noted(have, "ROTATE")
            # A first token is noted before it comes: should the run end here, the next one knows that the door still is open.
            steps += [rotate, noted] if have.get("AuthTokenEnabled") else [noted, rotate]
        if self.params["auth_token_update_strategy"] == "SET":
            steps += [("modify_replication_group", {**token, "AuthTokenUpdateStrategy": "SET"}), self._noted(have, "SET")]
        return steps

    def _group_steps(self, have, changes, now, groups):
        """Return the call that puts a user group in the place of another, of a token, or of nothing."""
        if groups is None:
            return []
        if not groups:
            return [("modify_replication_group", {**now, "RemoveUserGroups": True})]
        new = {**now, "UserGroupIdsToAdd": groups}
        if have["UserGroupIds"]:
            new["UserGroupIdsToRemove"] = have["UserGroupIds"]
        if changes.get("AuthTokenEnabled") is False:
            new["AuthTokenUpdateStrategy"] = "DELETE"
        forget = {"ResourceName": have["arn"], "TagKeys": [elasticache.TOKEN_TAG]}
        noted = [("remove_tags_from_resource", forget)] if have["AuthTokenUpdateStrategy"] else []
        return [("modify_replication_group", new), *noted]

    def _token_tag(self, strategy):
        return {"Key": elasticache.TOKEN_TAG, "Value": f"{strategy} {self.params['auth_token_version'] or ''}".strip()}

    def _noted(self, have, strategy):
        return "add_tags_to_resource", {"ResourceName": have["arn"], "Tags": [self._token_tag(strategy)]}

    def retag(self, have, add, remove):
        if not self.ready(self.find()):  # a group on its way takes no tags
            self.settle_present()
        super().retag(have, add, remove)

    def delete(self, have):
        if have["status"] != "create-failed" and not self.ready(have):
            self.settle_present()
        last = {} if self.params["skip_final_snapshot"] else {"FinalSnapshotIdentifier": self.params["final_snapshot_identifier"]}
        self.write("delete_replication_group", tolerate=self.missing, ReplicationGroupId=self.name, **last)

    def view(self, have):
        return super().view({key: value for key, value in (have or {}).items() if value is not None})


def main():
    ReplicationGroup.main(DOCUMENTATION, no_log=("auth_token",))


if __name__ == "__main__":
    main()
