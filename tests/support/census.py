# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Everything there is in an account, as each service itself lists it: ARN → tags, or None where AWS has no tags.

The tagging API would be shorter, but it does not know what was never tagged, and that is what a test has to find.
"""

from __future__ import annotations

import boto3

from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_KINDS = []


def _kind(function):
    _KINDS.append(function)
    return function


def _pages(service, operation, key, region=None, **parameters):
    client = boto3.client(service, region_name=region)
    if client.can_paginate(operation):
        answer = client.get_paginator(operation).paginate(**parameters).build_full_result()
    else:
        answer = getattr(client, operation)(**parameters)
    found = answer
    for part in key.split("."):
        found = (found or {}).get(part, [])
    return found


def census():
    """Return all resources of the account in the region of the environment, and the global ones."""
    return {arn: None if tags is None else from_form(tags) for kind in _KINDS for arn, tags in kind()}


def of(kind):
    """Return the resources whose ARN contains a text such as ``:security-group/``."""
    return {arn: tags for arn, tags in census().items() if kind in arn}


@_kind
def ec2():
    """List the network, without the VPC that AWS makes in every account."""
    default = [vpc["VpcId"] for vpc in _pages("ec2", "describe_vpcs", "Vpcs") if vpc["IsDefault"]]
    for operation, key, name, identifier in (
        ("describe_vpcs", "Vpcs", "vpc", "VpcId"),
        ("describe_subnets", "Subnets", "subnet", "SubnetId"),
        ("describe_internet_gateways", "InternetGateways", "internet-gateway", "InternetGatewayId"),
        ("describe_route_tables", "RouteTables", "route-table", "RouteTableId"),
        ("describe_network_acls", "NetworkAcls", "network-acl", "NetworkAclId"),
        ("describe_security_groups", "SecurityGroups", "security-group", "GroupId"),
        ("describe_vpc_endpoints", "VpcEndpoints", "vpc-endpoint", "VpcEndpointId"),
        ("describe_flow_logs", "FlowLogs", "vpc-flow-log", "FlowLogId"),
        ("describe_addresses", "Addresses", "elastic-ip", "AllocationId"),
        ("describe_nat_gateways", "NatGateways", "natgateway", "NatGatewayId"),
    ):
        for thing in _pages("ec2", operation, key):
            if thing.get("VpcId") not in default and not _made_by_aws(thing):
                yield f"arn:aws:ec2:::{name}/{thing[identifier]}", thing.get("Tags", [])


def _made_by_aws(thing):
    """Tell what comes and goes with a VPC by itself: its main route table, its first ACL; and what is only remembered."""
    main = any(link.get("Main") for link in thing.get("Associations", []))
    gone = thing.get("State") in ("deleted", "deleting")
    return main or gone or thing.get("IsDefault", False)


@_kind
def keys():
    """List customer keys; those that wait for their deletion are gone for everybody but AWS."""
    kms = boto3.client("kms")
    for row in _pages("kms", "list_keys", "Keys"):
        key = kms.describe_key(KeyId=row["KeyId"])["KeyMetadata"]
        if key["KeyManager"] == "CUSTOMER" and key["KeyState"] != "PendingDeletion":
            tags = kms.list_resource_tags(KeyId=row["KeyId"])["Tags"]
            yield row["KeyArn"], [{"Key": tag["TagKey"], "Value": tag["TagValue"]} for tag in tags]


@_kind
def identities():
    """List roles and own policies."""
    iam = boto3.client("iam")
    for role in _pages("iam", "list_roles", "Roles"):
        if not role["Path"].startswith("/aws-service-role/"):
            yield role["Arn"], iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
    for policy in _pages("iam", "list_policies", "Policies", Scope="Local"):
        yield policy["Arn"], iam.list_policy_tags(PolicyArn=policy["Arn"])["Tags"]


@_kind
def buckets():
    """List buckets."""
    s3 = boto3.client("s3")
    for bucket in _pages("s3", "list_buckets", "Buckets"):
        try:
            tags = s3.get_bucket_tagging(Bucket=bucket["Name"])["TagSet"]
        except s3.exceptions.ClientError:
            tags = []  # a bucket without tags is an error to S3
        yield f"arn:aws:s3:::{bucket['Name']}", tags


@_kind
def repositories():
    """List image repositories."""
    ecr = boto3.client("ecr")
    for repository in _pages("ecr", "describe_repositories", "repositories"):
        arn = repository["repositoryArn"]
        yield arn, ecr.list_tags_for_resource(resourceArn=arn)["tags"]


@_kind
def log_groups():
    """List log groups."""
    logs = boto3.client("logs")
    for group in _pages("logs", "describe_log_groups", "logGroups"):
        arn = group["arn"].removesuffix(":*")
        yield arn, logs.list_tags_for_resource(resourceArn=arn)["tags"]


@_kind
def secrets():
    """List secrets, but not those that another service owns: their tags are that service's."""
    for secret in _pages("secretsmanager", "list_secrets", "SecretList"):
        if not secret.get("OwningService"):
            yield secret["ARN"], secret.get("Tags", [])


@_kind
def databases():
    """List RDS."""
    rds = boto3.client("rds")
    for instance in _pages("rds", "describe_db_instances", "DBInstances"):
        yield instance["DBInstanceArn"], instance.get("TagList", [])
    for key, operation, arn in (
        ("DBSubnetGroups", "describe_db_subnet_groups", "DBSubnetGroupArn"),
        ("DBParameterGroups", "describe_db_parameter_groups", "DBParameterGroupArn"),
    ):
        for thing in _pages("rds", operation, key):
            yield thing[arn], rds.list_tags_for_resource(ResourceName=thing[arn])["TagList"]


@_kind
def containers():
    """List ECS."""
    ecs = boto3.client("ecs")
    for cluster in _pages("ecs", "list_clusters", "clusterArns"):
        yield cluster, ecs.list_tags_for_resource(resourceArn=cluster)["tags"]
        for service in _pages("ecs", "list_services", "serviceArns", cluster=cluster):
            yield service, ecs.list_tags_for_resource(resourceArn=service)["tags"]
    for definition in _pages("ecs", "list_task_definitions", "taskDefinitionArns"):
        yield definition, ecs.list_tags_for_resource(resourceArn=definition)["tags"]
    for target in _pages("application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs"):
        scaling = boto3.client("application-autoscaling")
        arn = target["ScalableTargetARN"]
        yield arn, scaling.list_tags_for_resource(ResourceARN=arn)["Tags"]


@_kind
def balancers():
    """List load balancers with listeners and rules, and target groups."""
    found = []
    for balancer in _pages("elbv2", "describe_load_balancers", "LoadBalancers"):
        found.append(balancer["LoadBalancerArn"])
        for listener in _pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=balancer["LoadBalancerArn"]):
            found.append(listener["ListenerArn"])
            rules = _pages("elbv2", "describe_rules", "Rules", ListenerArn=listener["ListenerArn"])
            found += [rule["RuleArn"] for rule in rules if not rule["IsDefault"]]
    found += [group["TargetGroupArn"] for group in _pages("elbv2", "describe_target_groups", "TargetGroups")]
    for arn in found:
        yield arn, boto3.client("elbv2").describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]


@_kind
def names():
    """List certificates and zones."""
    acm, route53 = boto3.client("acm"), boto3.client("route53")
    for row in _pages("acm", "list_certificates", "CertificateSummaryList"):
        yield row["CertificateArn"], acm.list_tags_for_certificate(CertificateArn=row["CertificateArn"])["Tags"]
    for zone in _pages("route53", "list_hosted_zones", "HostedZones"):
        identifier = zone["Id"].rsplit("/", 1)[-1]
        tags = route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=identifier)["ResourceTagSet"]["Tags"]
        yield f"arn:aws:route53:::hostedzone/{identifier}", tags


@_kind
def edge():
    """List CloudFront and its web ACLs."""
    cloudfront, waf = boto3.client("cloudfront"), boto3.client("wafv2", region_name="us-east-1")
    for row in _pages("cloudfront", "list_distributions", "DistributionList.Items"):
        yield row["ARN"], cloudfront.list_tags_for_resource(Resource=row["ARN"])["Tags"]
    for row in cloudfront.list_origin_access_controls()["OriginAccessControlList"].get("Items", []):
        yield f"arn:aws:cloudfront:::origin-access-control/{row['Id']}", None
    for row in waf.list_web_acls(Scope="CLOUDFRONT")["WebACLs"]:
        yield row["ARN"], waf.list_tags_for_resource(ResourceARN=row["ARN"])["TagInfoForResource"]["TagList"]


@_kind
def delivery():
    """List pipelines, builds, connections and who is told."""
    for row in _pages("codepipeline", "list_pipelines", "pipelines"):
        pipeline = boto3.client("codepipeline")
        arn = pipeline.get_pipeline(name=row["name"])["metadata"]["pipelineArn"]
        yield arn, pipeline.list_tags_for_resource(resourceArn=arn)["tags"]
    names_of_projects = _pages("codebuild", "list_projects", "projects")
    if names_of_projects:
        for project in boto3.client("codebuild").batch_get_projects(names=names_of_projects)["projects"]:
            yield project["arn"], project.get("tags", [])
    connections = boto3.client("codeconnections")
    for row in connections.list_connections()["Connections"]:
        yield row["ConnectionArn"], connections.list_tags_for_resource(ResourceArn=row["ConnectionArn"])["Tags"]
    for row in _pages("codestar-notifications", "list_notification_rules", "NotificationRules"):
        yield row["Arn"], boto3.client("codestar-notifications").list_tags_for_resource(Arn=row["Arn"])["Tags"]


@_kind
def watching():
    """List topics, alarms, dashboards, rules about events and trails."""
    sns, cloudwatch, trails = boto3.client("sns"), boto3.client("cloudwatch"), boto3.client("cloudtrail")
    events = boto3.client("events")
    for rule in _pages("events", "list_rules", "Rules"):
        if not rule.get("ManagedBy"):
            yield rule["Arn"], events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
    for topic in _pages("sns", "list_topics", "Topics"):
        yield topic["TopicArn"], sns.list_tags_for_resource(ResourceArn=topic["TopicArn"])["Tags"]
    for alarm in _pages("cloudwatch", "describe_alarms", "MetricAlarms"):
        if not alarm["AlarmName"].startswith("TargetTracking-"):  # those belong to Application Auto Scaling
            yield alarm["AlarmArn"], cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    for dashboard in _pages("cloudwatch", "list_dashboards", "DashboardEntries"):
        yield dashboard["DashboardArn"], None
    for trail in trails.describe_trails()["trailList"]:
        arn = trail["TrailARN"]
        yield arn, trails.list_tags(ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"]


@_kind
def records():
    """List the recorder of AWS Config with its channel, and the rules, without those that are on their way out."""
    config = boto3.client("config")
    for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
        yield recorder["arn"], config.list_tags_for_resource(ResourceArn=recorder["arn"])["Tags"]
    for channel in config.describe_delivery_channels()["DeliveryChannels"]:
        yield f"arn:aws:config:::delivery-channel/{channel['name']}", None
    for rule in _pages("config", "describe_config_rules", "ConfigRules"):
        if not rule["ConfigRuleState"].startswith("DELETING"):
            arn = rule["ConfigRuleArn"]
            yield arn, config.list_tags_for_resource(ResourceArn=arn)["Tags"]


@_kind
def backups():
    """List vaults and plans."""
    backup = boto3.client("backup")
    for key, operation, name in (
        ("BackupVaultList", "list_backup_vaults", "BackupVaultArn"),
        ("BackupPlansList", "list_backup_plans", "BackupPlanArn"),
    ):
        for row in _pages("backup", operation, key):
            yield row[name], backup.list_tags(ResourceArn=row[name])["Tags"]
