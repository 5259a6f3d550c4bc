# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What people do to a built environment by hand, and how the drift is told: a function each, with what has to be found."""

from __future__ import annotations

import json

import boto3

NAME, ACCOUNT = "test-data-tool-dev", "123456789012"
DRIFTS = []


def drift(action, logical, path="", left=False):
    """Declare a drift: action, logical id and property that detect_drift tells; left when it is none of ours to repair."""

    def declare(function):
        DRIFTS.append({"do": function, "action": action, "logical": logical, "path": path, "left": left})
        return function

    return declare


def client(service):
    return boto3.client(service)


def _one(service, operation, key, **parameters):
    return getattr(client(service), operation)(**parameters)[key][0]


def _tagged(name):
    return [{"Name": "tag:Name", "Values": [f"{NAME}{name}"]}]


def _group(name):
    return _one("ec2", "describe_security_groups", "SecurityGroups", Filters=_tagged(f"-{name}"))["GroupId"]


def _vpc():
    return _one("ec2", "describe_vpcs", "Vpcs", Filters=_tagged(""))["VpcId"]


def _table():
    return _one("ec2", "describe_route_tables", "RouteTables", Filters=_tagged("-public"))["RouteTableId"]


def _acl(tier):
    return _one("ec2", "describe_network_acls", "NetworkAcls", Filters=_tagged(f"-{tier}"))["NetworkAclId"]


# Network


@drift("delete", "NetworkSecurityGroupIngressServiceTcp22100008")
def a_door_is_opened():
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    client("ec2").authorize_security_group_ingress(GroupId=_group("service"), IpPermissions=[rule])


@drift("create", "NetworkSecurityGroupEgressServiceTcp3306Database")
def the_way_to_the_database_is_closed():
    inside = [{"Name": "group-id", "Values": [_group("service")]}]
    rules = client("ec2").describe_security_group_rules(Filters=inside)["SecurityGroupRules"]
    rule = next(each for each in rules if each["IsEgress"] and each.get("FromPort") == 3306)
    client("ec2").revoke_security_group_egress(GroupId=_group("service"), SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])


@drift("create", "NetworkRoutePublicAnywhere")
def the_way_to_the_internet_is_removed():
    client("ec2").delete_route(RouteTableId=_table(), DestinationCidrBlock="0.0.0.0/0")


@drift("update", "NetworkSubnetPublicA", "MapPublicIpOnLaunch")
def addresses_are_given_out():
    subnet = _one("ec2", "describe_subnets", "Subnets", Filters=_tagged("-public-a"))["SubnetId"]
    client("ec2").modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})


@drift("update", "NetworkVPC", "EnableDnsHostnames")
def names_are_turned_off():
    client("ec2").modify_vpc_attribute(VpcId=_vpc(), EnableDnsHostnames={"Value": False})


@drift("update", "NetworkInternetGateway", "Tags.Owner")
def somebody_else_owns_it():
    gateway = _one("ec2", "describe_internet_gateways", "InternetGateways", Filters=_tagged(""))["InternetGatewayId"]
    client("ec2").create_tags(Resources=[gateway], Tags=[{"Key": "Owner", "Value": "Somebody"}])


@drift("delete", "NetworkNetworkAclEntryPublicIngress50")
def an_acl_lets_more_in():
    asked = {"RuleNumber": 50, "Protocol": "-1", "RuleAction": "allow", "Egress": False, "CidrBlock": "10.0.0.0/8"}
    client("ec2").create_network_acl_entry(NetworkAclId=_acl("public"), **asked)


@drift("create", "NetworkNetworkAclEntryIsolatedEgress100")
def an_acl_lets_less_out():
    client("ec2").delete_network_acl_entry(NetworkAclId=_acl("isolated"), RuleNumber=100, Egress=True)


@drift("update", "NetworkVPCEndpointLogs", "PrivateDnsEnabled")
def an_endpoint_loses_its_name():
    service = [{"Name": "service-name", "Values": ["com.amazonaws.us-east-1.logs"]}]
    endpoint = _one("ec2", "describe_vpc_endpoints", "VpcEndpoints", Filters=service)["VpcEndpointId"]
    client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=False)


# Logs, keys, permissions


@drift("update", "BackendLogGroupEcsDevBackend", "RetentionInDays")
def logs_are_kept_longer():
    client("logs").put_retention_policy(logGroupName="/ecs/dev/backend", retentionInDays=365)


@drift("update", "PipelineLogGroupCodebuildTestDataToolDev", "KmsKeyId")
def logs_lose_their_key():
    client("logs").disassociate_kms_key(logGroupName=f"/codebuild/{NAME}")


@drift("update", "BackendRoleTask", "Policies")
def a_role_may_do_more():
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    client("iam").put_role_policy(RoleName=f"{NAME}-backend-task", PolicyName="more", PolicyDocument=json.dumps(allowed))


@drift("update", "BackendManagedPolicyExecution", "PolicyDocument.Statement")
def a_policy_is_widened():
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{NAME}-backend-execution"
    client("iam").create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(allowed), SetAsDefault=True)


@drift("update", "BackendRoleExecution", "ManagedPolicyArns")
def a_role_may_do_less():
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{NAME}-backend-execution"
    client("iam").detach_role_policy(RoleName=f"{NAME}-backend-execution", PolicyArn=arn)


@drift("update", "BackupRole", "AssumeRolePolicyDocument.Statement")
def a_role_trusts_somebody_else():
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}]}
    client("iam").update_assume_role_policy(RoleName=f"{NAME}-backup", PolicyDocument=json.dumps(trust))


@drift("update", "PipelineRoleBuild", "Tags.CostCenter")
def a_tag_is_removed():
    client("iam").untag_role(RoleName=f"{NAME}-build", TagKeys=["CostCenter"])


@drift("update", "SecurityKeyData", "EnableKeyRotation")
def a_key_no_longer_turns():
    client("kms").disable_key_rotation(KeyId=_one("kms", "list_aliases", "Aliases")["TargetKeyId"])


# Storage


@drift("update", "StorageBucketArtifacts", "PublicAccessBlockConfiguration")
def a_bucket_may_be_public():
    client("s3").delete_public_access_block(Bucket=f"{NAME}-artifacts-{ACCOUNT}")


@drift("update", "StorageBucketTrail", "VersioningConfiguration.Status")
def a_bucket_keeps_no_versions():
    state = {"Status": "Suspended"}
    client("s3").put_bucket_versioning(Bucket=f"{NAME}-trail-{ACCOUNT}", VersioningConfiguration=state)


@drift("update", "StorageBucketLogs", "LifecycleConfiguration")
def a_bucket_keeps_everything():
    client("s3").delete_bucket_lifecycle(Bucket=f"{NAME}-logs-{ACCOUNT}")


@drift("create", "StorageBucketPolicyArtifacts")
def a_bucket_takes_plain_http():
    client("s3").delete_bucket_policy(Bucket=f"{NAME}-artifacts-{ACCOUNT}")


@drift("update", "StorageRepositoryBackend", "LifecyclePolicy.LifecyclePolicyText")
def images_pile_up():
    client("ecr").delete_lifecycle_policy(repositoryName=f"{NAME}/backend")


@drift("update", "StorageRepositoryBackend", "ImageTagMutability")
def tags_of_images_can_move():
    client("ecr").put_image_tag_mutability(repositoryName=f"{NAME}/backend", imageTagMutability="MUTABLE")


# Data


@drift("update", "DatabaseDBInstance", "BackupRetentionPeriod")
def backups_are_kept_for_a_day():
    client("rds").modify_db_instance(DBInstanceIdentifier=NAME, BackupRetentionPeriod=1, ApplyImmediately=True)


@drift("update", "DatabaseDBParameterGroup", "Parameters.long_query_time")
def a_parameter_is_changed():
    wanted = [{"ParameterName": "long_query_time", "ParameterValue": "9", "ApplyMethod": "immediate"}]
    client("rds").modify_db_parameter_group(DBParameterGroupName=NAME, Parameters=wanted)


@drift("update", "BackupBackupPlan", "BackupPlan.BackupPlanRule")
def backups_are_deleted_early():
    plan = _one("backup", "list_backup_plans", "BackupPlansList")["BackupPlanId"]
    known = client("backup").get_backup_plan(BackupPlanId=plan)["BackupPlan"]
    rule = {name: value for name, value in known["Rules"][0].items() if name != "RuleId"}
    changed = {"BackupPlanName": known["BackupPlanName"], "Rules": [{**rule, "Lifecycle": {"DeleteAfterDays": 1}}]}
    client("backup").update_backup_plan(BackupPlanId=plan, BackupPlan=changed)


@drift("create", "BackupBackupSelectionPlatform")
def nothing_is_backed_up():
    plan = _one("backup", "list_backup_plans", "BackupPlansList")["BackupPlanId"]
    chosen = _one("backup", "list_backup_selections", "BackupSelectionsList", BackupPlanId=plan)["SelectionId"]
    client("backup").delete_backup_selection(BackupPlanId=plan, SelectionId=chosen)


@drift("update", "DatabaseRotationSchedule", "RotationRules")
def a_password_turns_less_often():
    arn = client("rds").describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"][0]["MasterUserSecret"]["SecretArn"]
    client("secretsmanager").rotate_secret(SecretId=arn, RotationRules={"AutomaticallyAfterDays": 365}, RotateImmediately=False)


# Runtime and edge


@drift("update", "ComputeCluster", "ClusterSettings")
def the_cluster_is_watched_less():
    off = [{"name": "containerInsights", "value": "disabled"}]
    client("ecs").update_cluster_settings(cluster=NAME, settings=off)


@drift("update", "BackendService", "DesiredCount", left=True)
def scaling_starts_a_second_task():
    client("ecs").update_service(cluster=NAME, service="backend", desiredCount=2)


@drift("update", "BackendScalableTarget", "MaxCapacity")
def scaling_may_go_further():
    about = {"ServiceNamespace": "ecs", "ResourceId": f"service/{NAME}/backend", "ScalableDimension": "ecs:service:DesiredCount"}
    client("application-autoscaling").register_scalable_target(**about, MinCapacity=1, MaxCapacity=50)


def _balancer():
    return _one("elbv2", "describe_load_balancers", "LoadBalancers", Names=[NAME])["LoadBalancerArn"]


def _listener():
    return _one("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=_balancer())["ListenerArn"]


@drift("update", "ComputeListenerHTTPS443", "SslPolicy")
def old_tls_is_taken():
    client("elbv2").modify_listener(ListenerArn=_listener(), SslPolicy="ELBSecurityPolicy-2016-08")


@drift("update", "ComputeLoadBalancer", "LoadBalancerAttributes")
def broken_headers_are_passed_on():
    off = [{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"}]
    client("elbv2").modify_load_balancer_attributes(LoadBalancerArn=_balancer(), Attributes=off)


@drift("update", "BackendTargetGroupDev", "HealthCheckPath")
def health_is_asked_elsewhere():
    group = _one("elbv2", "describe_target_groups", "TargetGroups", Names=["backend-dev"])["TargetGroupArn"]
    client("elbv2").modify_target_group(TargetGroupArn=group, HealthCheckPath="/")


@drift("update", "DnsRecordSetApiA", "AliasTarget.EvaluateTargetHealth")
def a_name_is_changed():
    zone = _one("route53", "list_hosted_zones", "HostedZones")["Id"]
    records = client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    record = next(each for each in records if each["Name"].startswith("api."))
    record["AliasTarget"]["EvaluateTargetHealth"] = False
    change = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)


@drift("create", "DnsRecordSetAppAAAA")
def a_name_is_removed():
    zone = _one("route53", "list_hosted_zones", "HostedZones")["Id"]
    records = client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    record = next(each for each in records if (each["Name"][:4], each["Type"]) == ("app.", "AAAA"))
    change = {"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
    client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)


# Delivery and operations


@drift("update", "PipelineProjectImage", "TimeoutInMinutes")
def a_build_may_take_longer():
    client("codebuild").update_project(name=f"{NAME}-image", timeoutInMinutes=480)


@drift("create", "MonitoringAlarmErrors")
def an_alarm_is_removed():
    client("cloudwatch").delete_alarms(AlarmNames=[f"{NAME}-errors"])


@drift("update", "MonitoringAlarmTestDataToolDevCpu", "Threshold")
def an_alarm_comes_later():
    alarm = _one("cloudwatch", "describe_alarms", "MetricAlarms", AlarmNames=[f"{NAME}-{NAME}-cpu"])
    kept = ("AlarmName", "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods", "ComparisonOperator")
    kept += ("AlarmDescription", "AlarmActions", "OKActions", "TreatMissingData")
    client("cloudwatch").put_metric_alarm(**{name: alarm[name] for name in kept if name in alarm}, Threshold=99.0)


@drift("update", "MonitoringDashboardCost", "DashboardBody")
def a_dashboard_is_emptied():
    client("cloudwatch").put_dashboard(DashboardName=f"{NAME}-cost", DashboardBody=json.dumps({"widgets": []}))


@drift("update", "MonitoringTopicPolicyAlarms", "PolicyDocument.Statement")
def everybody_may_send_alarms():
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:{NAME}-alarms"
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)


@drift("update", "MonitoringTrail", "IsLogging")
def nothing_is_recorded():
    client("cloudtrail").stop_logging(Name=NAME)


@drift("delete", "MonitoringAlarmExtra", left=True)
def an_alarm_is_added():
    tags = {"Project": "TestDataManagement", "Environment": "dev", "Component": "monitoring"}
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    told = {"Namespace": "Shop", "MetricName": "x", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0}
    client("cloudwatch").put_metric_alarm(AlarmName=f"{NAME}-extra", ComparisonOperator="GreaterThanThreshold", Tags=pairs, **told)
