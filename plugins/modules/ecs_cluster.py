#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_cluster
version_added: 0.1.0
short_description: Manage ECS clusters
description:
  - Creates, changes and removes Amazon ECS clusters with their settings, capacity providers, exec logging and tags.
  - What is left out is left as it is; in particular the capacity providers are never purged by omission.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.ecs_cluster
    description: >-
      Manages capacity providers only, and by default removes them when they are left out. It knows neither Container Insights,
      logging of ECS Exec, the namespace of Service Connect nor tags.
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
  container_insights:
    description:
      - What CloudWatch Container Insights collects. V(enhanced) adds metrics per task and container.
    type: str
    choices: [disabled, enabled, enhanced]
  configuration:
    description: Where the sessions of ECS Exec are logged, and what encrypts them and the tasks' ephemeral storage.
    type: dict
    suboptions:
      execute_command_configuration:
        description: Encryption and logging of ECS Exec.
        type: dict
        suboptions:
          kms_key_id:
            description: ARN of the KMS key that encrypts the channel between client and container.
            type: str
          logging:
            description: Where sessions are logged; V(OVERRIDE) means in the places that C(log_configuration) names.
            type: str
            choices: [NONE, DEFAULT, OVERRIDE]
          log_configuration:
            description: Log group and bucket for V(OVERRIDE).
            type: dict
            suboptions:
              cloud_watch_log_group_name:
                description: Name of the log group. ECS does not create it.
                type: str
              cloud_watch_encryption_enabled:
                description: Whether the log group has to be encrypted.
                type: bool
              s3_bucket_name:
                description: Name of the bucket. ECS does not create it.
                type: str
              s3_encryption_enabled:
                description: Whether the objects have to be encrypted.
                type: bool
              s3_key_prefix:
                description: Folder in the bucket.
                type: str
      managed_storage_configuration:
        description: Encryption of storage that ECS manages.
        type: dict
        suboptions:
          kms_key_id:
            description: ARN of the KMS key for managed EBS volumes.
            type: str
          fargate_ephemeral_storage_kms_key_id:
            description: ARN of the KMS key for the ephemeral storage of Fargate tasks.
            type: str
  service_connect_namespace:
    description: ARN of the Cloud Map namespace that services of this cluster use by default. V("") removes it.
    type: str
  capacity_providers:
    description: All capacity providers of the cluster, for example V([FARGATE, FARGATE_SPOT]); the order does not matter.
    type: list
    elements: str
  default_capacity_provider_strategy:
    description: How tasks are spread over the capacity providers when a service says nothing itself.
    type: list
    elements: dict
    suboptions:
      capacity_provider:
        description: Name of the capacity provider.
        type: str
        required: true
      weight:
        description: Its share of the tasks beyond the base.
        type: int
        default: 0
      base:
        description: How many tasks at least run on it; only one capacity provider may have a base.
        type: int
        default: 0
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A cluster that measures its tasks
  slipway.aws.ecs_cluster:
    name: shop-production
    container_insights: enhanced
    tags:
      Project: Shop

- name: Two thirds on Spot, and exec sessions on record
  slipway.aws.ecs_cluster:
    name: shop-dev
    capacity_providers: [FARGATE, FARGATE_SPOT]
    default_capacity_provider_strategy:
      - capacity_provider: FARGATE
        weight: 1
        base: 1
      - capacity_provider: FARGATE_SPOT
        weight: 2
    configuration:
      execute_command_configuration:
        kms_key_id: arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
        logging: OVERRIDE
        log_configuration:
          cloud_watch_log_group_name: /ecs/shop-dev/exec
          cloud_watch_encryption_enabled: true

- name: No cluster any more
  slipway.aws.ecs_cluster:
    name: shop-dev
    state: absent
"""

RETURN = r"""
cluster:
  description: The cluster; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the cluster.
      type: str
      sample: arn:aws:ecs:eu-west-1:123456789012:cluster/shop-dev
    status:
      description: Status of the cluster.
      type: str
      sample: ACTIVE
    capacity_providers:
      description: Its capacity providers.
      type: list
      elements: str
    running_tasks_count:
      description: How many tasks run in it.
      type: int
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_PROVIDERS = ("capacityProviders", "defaultCapacityProviderStrategy")


class Cluster(Resource):
    """A cluster. Its capacity providers have an operation of their own and are changed by nothing else."""

    service = "ecs"
    noun = "cluster"
    missing = ("ClusterNotFoundException",)
    unordered = (*_PROVIDERS, "settings")
    outputs = ("arn", "status")

    def validate(self):
        rule = "AWS takes up to 255 letters, digits, hyphens and _"
        faults, strategy = (
            formats.misnamed("name", self.name, r"[\w-]{1,255}", rule),
            self.params["default_capacity_provider_strategy"] or [],
        )
        for step in strategy:
            faults += formats.out_of_range(0, 1000, weight=step["weight"]) + formats.out_of_range(0, 100000, base=step["base"])
        if sum(bool(step["base"]) for step in strategy) > 1:
            faults.append("default_capacity_provider_strategy: only one capacity provider may have a base.")
        execute = (self.params["configuration"] or {}).get("execute_command_configuration") or {}
        if execute.get("logging") == "OVERRIDE" and not execute.get("log_configuration"):
            faults.append("logging OVERRIDE needs log_configuration, which names the log group or the bucket.")
        return faults

    def find(self):
        parts = ["CONFIGURATIONS", "SETTINGS", "TAGS"]
        found = self.read("describe_clusters", clusters=[self.name], include=parts)["clusters"]
        have = next((cluster for cluster in found if cluster["status"] != "INACTIVE"), None)
        if have is None:
            return None
        namespace = have.get("serviceConnectDefaults", {"namespace": ""})
        return {**have, "serviceConnectDefaults": namespace, "arn": have["clusterArn"], "Tags": from_form(have.pop("tags", []))}

    def want(self, have):
        insights, namespace = self.params["container_insights"], self.params["service_connect_namespace"]
        return self.request(
            "CreateCluster",
            clusterName=self.name,
            settings=insights and [{"name": "containerInsights", "value": insights}],
            serviceConnectDefaults=None if namespace is None else {"namespace": namespace},
        )

    def ready(self, have):
        if have["status"] == "FAILED":
            self.fail(
                f"cluster {self.name} failed: look at its capacity providers, {', '.join(have['capacityProviders']) or 'none'}."
            )
        return have["status"] == "ACTIVE" and have.get("attachmentsStatus") != "UPDATE_IN_PROGRESS"

    def create(self, want):
        self.write("create_cluster", **want)

    def update(self, have, changes):
        providers = {key: changes.pop(key, have.get(key, [])) for key in _PROVIDERS} if changes.keys() & set(_PROVIDERS) else {}
        if changes:
            self.write("update_cluster", cluster=self.name, **changes)
        if providers:
            self.write("put_cluster_capacity_providers", cluster=self.name, **providers)

    def delete(self, have):
        self.write("delete_cluster", tolerate=self.missing, cluster=self.name)


def main():
    Cluster.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
