# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Single edits of the inventory of test_data_tool/dev, and what a plan has to say of each: nothing more and nothing less.

Edits of one batch touch different things, so a batch is planned and run at once; batches build on each other.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field

import yaml

from ansible_collections.slipway.aws.tests.support.play import ROOT

DEV, ALL, BACKEND, PIPELINE = "group_vars/dev.yml", "group_vars/all.yml", "host_vars/backend.yml", "host_vars/pipeline.yml"
HOSTS = "dev.yml"
DEFINITION = {("replace", "BackendTaskDefinitionDev"), ("update", "BackendService")}
WORKER = [
    "WorkerListenerRuleDev",
    "WorkerLogGroupEcsDevWorker",
    "WorkerManagedPolicyExecution",
    "WorkerRoleExecution",
    "WorkerRoleTask",
    "WorkerScalableTarget",
    "WorkerScalingPolicyDevCpu",
    "WorkerScalingPolicyDevMemory",
    "WorkerService",
    "WorkerTargetGroupDev",
    "WorkerTaskDefinitionDev",
]


@dataclass
class Edit:
    """One edit: in which file, which key (a path through lists by name or number), its value or what makes one of the old value."""

    words: str
    file: str
    key: str
    value: object
    planned: set = field(default_factory=set)
    left: set = field(default_factory=set)  # what a run leaves in the account


def more(*items):
    """Return what appends to a list."""
    return lambda old: [*old, *items]


def less(name):
    """Return what takes an element, by its name, from a list."""
    return lambda old: [each for each in old if each != name and not (isinstance(each, dict) and each.get("name") == name)]


def inventory(folder):
    """Return the inventory of dev in a folder of its own."""
    shutil.copytree(ROOT / "inventories/test_data_tool", folder)
    return folder / "dev.yml"


def apply(folder, edit):
    """Make an edit in a copy of the inventory."""
    path = folder / edit.file
    content = yaml.safe_load(path.read_text())
    *way, last = edit.key.split(".")
    place = content
    for step in way:
        place = next(each for each in place if each["name"] == step) if isinstance(place, list) else place[step]
    if edit.value is None:
        del place[last]
    else:
        place[last] = edit.value(place.get(last)) if callable(edit.value) else edit.value
    path.write_text(yaml.safe_dump(content, sort_keys=False))


BATCHES = [
    [
        Edit("back up longer", DEV, "database_backup_days", 14, {("update", "DatabaseDBInstance")}),
        Edit("reach KMS inside", DEV, "network_endpoints", more("kms"), {("create", "NetworkVPCEndpointKms")}),
        Edit(
            "keep backups longer",
            DEV,
            "backup_rules",
            [{"name": "daily", "schedule": "cron(0 2 * * ? *)", "keep_days": 14}],
            {("update", "BackupBackupPlan")},
        ),
        Edit(
            "tell the operators",
            DEV,
            "monitoring_subscriptions",
            more({"protocol": "email", "endpoint": "ops@example.com"}),
            {("create", "MonitoringSubscriptionAlarmsEmailOpsExampleCom")},
        ),
        Edit("let it grow", DEV, "service_tasks_max", 4, {("update", "BackendScalableTarget")}),
        Edit("give it more memory", DEV, "service_memory_mb", 1024, DEFINITION),
        Edit("forget logs sooner", ALL, "storage_buckets.logs.expire_days", 60, {("update", "StorageBucketLogs")}),
        Edit("another image", ALL, "storage_repositories", more("worker"), {("create", "StorageRepositoryWorker")}),
        Edit(
            "another bucket",
            ALL,
            "storage_buckets",
            more({"name": "reports"}),
            {("create", "StorageBucketReports"), ("create", "StorageBucketPolicyReports")},
        ),
        Edit("log slower queries", ALL, "database_parameters.long_query_time", 5, {("update", "DatabaseDBParameterGroup")}),
        Edit(
            "another group",
            ALL,
            "network_security_groups",
            more({"name": "cache", "description": "Redis from the services", "ingress": [{"port": 6379, "from": "service"}]}),
            {("create", "NetworkSecurityGroupCache"), ("create", "NetworkSecurityGroupIngressCacheTcp6379Service")},
        ),
        Edit(
            "another certificate",
            ALL,
            "dns_certificates",
            more({"domain_name": "shop.{{ platform_domain }}", "region": "us-east-1"}),
            {("create", "DnsCertificateShopDevTestDataToolExampleCom")},
        ),
        Edit("ask elsewhere for health", BACKEND, "service_health_path", "/ready", {("update", "BackendTargetGroupDev")}),
        Edit("another priority", BACKEND, "service_rule_priority", 200, {("update", "BackendListenerRuleDev")}),
        Edit("a longer build", PIPELINE, "pipeline_builds.deploy.timeout_minutes", 90, {("update", "PipelineProjectDeploy")}),
        Edit(
            "another build",
            PIPELINE,
            "pipeline_builds",
            more({"name": "docs", "runtimes": {"python": "3.13"}, "commands": ["make docs"]}),
            {("create", "PipelineProjectDocs")},
        ),
        Edit("another name for a stage", PIPELINE, "pipeline_stages.Dev.name", "Development", {("update", "PipelinePipeline")}),
    ],
    [
        Edit("protect the load balancer", DEV, "compute_protected", True, {("update", "ComputeLoadBalancer")}),
        Edit("protect the database", DEV, "database_protected", True, {("update", "DatabaseDBInstance")}),
        Edit(
            "another secret",
            BACKEND,
            "service_secrets",
            more({"variable": "API_KEY", "name": "api-key", "rotation": "by its owner"}),
            DEFINITION | {("create", "BackendSecretApiKey"), ("update", "BackendManagedPolicyExecution")},
        ),
        Edit(
            "another key",
            ALL,
            "security_keys",
            more({"name": "queues", "used_by": ["notifications"]}),
            {("create", "SecurityKeyQueues"), ("create", "SecurityAliasQueues")},
        ),
        Edit(
            "fewer connections",
            ALL,
            "database_parameters",
            {"slow_query_log": 1, "long_query_time": 5, "log_output": "FILE", "require_secure_transport": 1, "max_connections": 90},
            {("update", "DatabaseDBParameterGroup")},
        ),
        Edit("a bucket less", ALL, "storage_buckets", less("reports"), left={"StorageBucketReports", "StorageBucketPolicyReports"}),
        Edit("an image less", ALL, "storage_repositories", less("worker"), left={"StorageRepositoryWorker"}),
        Edit("one endpoint less", DEV, "network_endpoints", less("kms"), left={"NetworkVPCEndpointKms"}),
        Edit(
            "a rule less",
            ALL,
            "network_security_groups.cache.ingress",
            [],
            {("delete", "NetworkSecurityGroupIngressCacheTcp6379Service")},
        ),
    ],
    [
        Edit(
            "another name for the application",
            ALL,
            "cdn_hostname",
            "www.{{ platform_domain }}",
            DEFINITION
            | {("update", "CdnDistribution"), ("update", "CdnWebACL")}
            | {("create", "DnsRecordSetWwwA"), ("create", "DnsRecordSetWwwAAAA")},
            left={"DnsRecordSetAppA", "DnsRecordSetAppAAAA"},
        ),
        Edit(
            "keep logs longer",
            DEV,
            "platform_log_days",
            14,
            {
                ("update", "BackendLogGroupEcsDevBackend"),
                ("update", "DatabaseLogGroupAwsRdsInstanceTestDataToolDevError"),
                ("update", "DatabaseLogGroupAwsRdsInstanceTestDataToolDevSlowquery"),
                ("update", "NetworkLogGroupVpcTestDataToolDev"),
                ("update", "PipelineLogGroupCodebuildTestDataToolDev"),
            },
        ),
        Edit(
            "a larger disk, so less of it is a fifth",
            DEV,
            "database_storage_gb",
            30,
            {("update", "DatabaseDBInstance"), ("update", "MonitoringAlarmTestDataToolDevStorage")},
        ),
        Edit("forget artifacts sooner", ALL, "storage_buckets.artifacts.expire_days", 7, {("update", "StorageBucketArtifacts")}),
        Edit("never fewer than two", DEV, "service_tasks", 2, {("update", "BackendScalableTarget")}, left={"BackendService"}),
        Edit("scale earlier", DEV, "service_cpu_target_percent", 50, {("update", "BackendScalingPolicyDevCpu")}),
        Edit(
            "weekly backups",
            DEV,
            "backup_rules",
            more({"name": "weekly", "schedule": "cron(0 3 ? * SUN *)", "keep_days": 60}),
            {("update", "BackupBackupPlan")},
        ),
        Edit(
            "let the service read a bucket",
            BACKEND,
            "service_permissions",
            [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::test-data/*"}],
            {("create", "BackendManagedPolicyTask"), ("update", "BackendRoleTask")},
        ),
        Edit(
            "somebody else deploys",
            ALL,
            "security_deployers",
            ["arn:aws:iam::{{ account_ids.staging }}:role/{{ platform_name }}-*-build"],
            {("update", "SecurityRoleDeploy")},
        ),
        Edit("complain later", DEV, "monitoring_task_failure_percent", 50, {("update", "MonitoringAlarmBackendTasks")}),
        Edit("no docker for images", PIPELINE, "pipeline_builds.image.docker", False, {("update", "PipelineProjectImage")}),
        Edit("a stage less", PIPELINE, "pipeline_stages", less("Approval"), {("update", "PipelinePipeline")}),
    ],
    [
        Edit("a larger database", DEV, "database_instance_class", "db.t3.small", {("update", "DatabaseDBInstance")}),
        Edit("another variable", BACKEND, "service_variables.LOG_LEVEL", "debug", DEFINITION),
        Edit("a build less", PIPELINE, "pipeline_builds", less("docs"), left={"PipelineProjectDocs"}),
        Edit(
            "build from elsewhere",
            PIPELINE,
            "pipeline_repository",
            "test-data-tool/tool",
            {("update", "PipelinePipeline"), ("update", "PipelineManagedPolicy")},
        ),
        Edit(
            "nobody is told by mail any more",
            DEV,
            "monitoring_subscriptions",
            [],
            left={"MonitoringSubscriptionAlarmsEmailOpsExampleCom", "MonitoringSubscriptionAlarmsEmailQaTeamExampleCom"},
        ),
        Edit("keys could be restored for longer, which none has to be", DEV, "security_key_deletion_days", 30),
        Edit("open the load balancer again", DEV, "compute_protected", False, {("update", "ComputeLoadBalancer")}),
        Edit(
            "reach DynamoDB inside", ALL, "network_gateway_endpoints", more("dynamodb"), {("create", "NetworkVPCEndpointDynamodb")}
        ),
        Edit("scale earlier on memory", DEV, "service_memory_target_percent", 60, {("update", "BackendScalingPolicyDevMemory")}),
        Edit(
            "a certificate less", ALL, "dns_certificates", lambda old: old[:1], left={"DnsCertificateShopDevTestDataToolExampleCom"}
        ),
        Edit(
            "keep the trail's objects for a year", ALL, "storage_buckets.trail.expire_days", 365, {("update", "StorageBucketTrail")}
        ),
        Edit("no plan in the pipeline", PIPELINE, "pipeline_builds.plan.timeout_minutes", 10, {("update", "PipelineProjectPlan")}),
    ],
    [
        Edit(
            "another service",
            HOSTS,
            "dev.children.services.hosts.worker",
            {
                "service_repository": "{{ storage_name }}/backend",
                "service_port": 8000,
                "service_health_path": "/health",
                "service_hostname": "worker.{{ platform_domain }}",
                "service_rule_priority": 300,
            },
            {("create", logical) for logical in (*WORKER, "DnsRecordSetWorkerA", "MonitoringAlarmWorkerTasks")}
            | {("update", "MonitoringDashboardApplication")},
        ),
        Edit(
            "a way to the internet",
            DEV,
            "network_nat_gateways",
            1,
            {
                ("create", "NetworkEIP0"),
                ("create", "NetworkNatGateway0"),
                ("create", "NetworkRoutePrivate0Anywhere"),
                ("create", "NetworkRouteTablePrivate0"),
                ("replace", "NetworkSubnetRouteTableAssociationPrivateA"),
                ("replace", "NetworkSubnetRouteTableAssociationPrivateB"),
                ("update", "NetworkVPCEndpointS3"),
            },
            left={"NetworkRouteTablePrivate"},
        ),
        Edit(
            "let in only one network",
            ALL,
            "network_security_groups.load_balancer.ingress",
            [{"port": 443, "from": "203.0.113.0/24"}],
            {
                ("create", "NetworkSecurityGroupIngressLoadBalancerTcp4432030113024"),
                ("delete", "NetworkSecurityGroupIngressLoadBalancerTcp443Anywhere"),
            },
        ),
        Edit("another processor", BACKEND, "service_architecture", "ARM64", DEFINITION),
        Edit(
            "a secret less",
            BACKEND,
            "service_secrets",
            less("jwt-secret"),
            DEFINITION | {("update", "BackendManagedPolicyExecution")},
            left={"BackendSecretJwtSecret"},
        ),
        Edit("a standby", DEV, "database_multi_az", True, {("update", "DatabaseDBInstance")}),
        Edit(
            "log every query",
            ALL,
            "database_log_exports",
            more("general"),
            {("update", "DatabaseDBInstance"), ("create", "DatabaseLogGroupAwsRdsInstanceTestDataToolDevGeneral")},
        ),
        Edit("a newer minor version", ALL, "database_engine_version", "8.4.6", {("update", "DatabaseDBInstance")}),
        Edit("one gateway less", ALL, "network_gateway_endpoints", less("dynamodb"), left={"NetworkVPCEndpointDynamodb"}),
        Edit(
            "back up less", ALL, "backup_selected_tags.Application", "TestDataTool", {("replace", "BackupBackupSelectionPlatform")}
        ),
        Edit("a key less", ALL, "security_keys", less("queues"), left={"SecurityKeyQueues", "SecurityAliasQueues"}),
    ],
    [
        Edit(
            "turn a service off",
            HOSTS,
            "dev.children.services.hosts.worker.service_state",
            "absent",
            {("delete", logical) for logical in (*WORKER, "DnsRecordSetWorkerA")},
        ),
    ],
]
