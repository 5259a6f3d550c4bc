# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A small environment of a platform of microservices as it is read back, in which all 56 properties hold: production of a shop.

Two public services and an internal one. Every call returns a new one, which a test may spoil.
"""

from __future__ import annotations

import json

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import Environment

NAME, PLATFORM, ACCOUNT, REGION = "prod", "shop-prod", "123456789012", "us-east-1"
TAGS = {
    "Application": "Shop",
    "Compliance": "NIST-SOC2",
    "CostCenter": "Commerce",
    "Environment": NAME,
    "ManagedBy": "slipway.aws",
    "Owner": "Platform-Team",
    "Project": "Shop",
}
KAFKA = {
    "brokers": ["b1.kafka.example.com:9094", "b2.kafka.example.com:9094"],
    "security_group": "",
    "networks": ["198.51.100.0/26"],
}
_SIZES = {"service_cpu": 1024, "service_memory_mb": 2048, "service_tasks": 3, "service_tasks_max": 10, "service_log_days": 90}
SERVICES = {
    "accounts": {
        **_SIZES,
        "service_type": "public",
        "service_runtime": "python",
        "service_port": 8000,
        "service_health_path": "/health",
        "service_secrets": [{"variable": "SESSION_KEY", "name": "session-key", "rotation": "it would sign everybody out"}],
    },
    "orders": {
        **_SIZES,
        "service_type": "internal",
        "service_runtime": "nodejs",
        "service_port": 3010,
        "service_secrets": [{"variable": "SIGNING_KEY", "name": "signing-key", "rotation": "it rotates"}],
    },
    "storefront": {
        **_SIZES,
        "service_type": "public",
        "service_runtime": "nodejs",
        "service_port": 3000,
        "service_health_path": "/health",
        "service_secrets": [],
    },
}
_SMALLER = {**_SIZES, "service_cpu": 256, "service_memory_mb": 512, "service_tasks": 1, "service_tasks_max": 2}
OTHERS = {
    name: {
        "cidr": f"10.{number}.0.0/16",
        "log_days": 30,
        "nat_gateways": 1,
        "deletion_protection": False,
        "production": False,
        "services": dict.fromkeys(SERVICES, _SMALLER),
    }
    for number, name in ((10, "develop"), (20, "test"), (30, "qa"))
}
_VARIABLES = {"nodejs": ("NODE_ENV", "production", "node:22-alpine"), "python": ("PYTHONUNBUFFERED", "1", "python:3.13-slim")}
_TAG_MAPS = ("AWS::CodeStarNotifications::NotificationRule",)
_TAGGED_BESIDE = ("AWS::IAM::ManagedPolicy", "AWS::Config::ConfigurationRecorder", "AWS::Config::ConfigRule")
# Kinds in the sample that AWS does not tag.
_UNTAGGED = (
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Config::DeliveryChannel",
    "AWS::EC2::Route",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::KMS::Alias",
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::RotationSchedule",
)


def environment():
    """Return the environment."""
    resources = {}
    for component, logical, kind, properties, more in _everything():
        resources[logical] = _resource(component, kind, properties, more)
    template = json.loads(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}))
    physical = {logical: _physical(logical, each) for logical, each in template["Resources"].items()}
    inventory = json.loads(json.dumps({"services": SERVICES, "kafka": KAFKA, "tags": TAGS, "others": OTHERS}))
    return Environment(NAME, PLATFORM, template, physical, production=True, log_days=90, **inventory)


def _resource(component, kind, properties, tags):
    carried = {} if kind in _UNTAGGED else {**TAGS, "Component": component, **tags}
    metadata = {"Component": component}
    if carried and kind in _TAGGED_BESIDE:
        metadata["Tags"] = _pairs(carried)
    elif carried:
        properties = {**properties, "Tags": carried if kind in _TAG_MAPS else _pairs(carried)}
    return {"Type": kind, "Properties": properties, "Metadata": metadata}


def _pairs(tags):
    return [{"Key": name, "Value": value} for name, value in sorted(tags.items())]


def _physical(logical, resource):
    """Return what AWS would have called it; where a test looks, as AWS does."""
    told, kind = resource["Properties"], resource["Type"]
    arns = {
        "AWS::ECS::Service": f"ecs:{REGION}:{ACCOUNT}:service/{PLATFORM}/{told.get('ServiceName')}",
        "AWS::ECR::Repository": f"ecr:{REGION}:{ACCOUNT}:repository/{told.get('RepositoryName')}",
        "AWS::IAM::Role": f"iam::{ACCOUNT}:role/{told.get('RoleName')}",
        "AWS::CodePipeline::Pipeline": f"codepipeline:{REGION}:{ACCOUNT}:{told.get('Name')}",
    }
    arn = f"arn:aws:{arns[kind]}" if kind in arns else None
    return {"id": told.get("Name") or told.get("RoleName") or arn or f"id-of-{logical}", "arn": arn}


def _everything():
    """Yield (component, logical id, type, properties, tags of its own)."""
    yield from _security()
    yield from _network()
    yield from _storage()
    yield from _compute()
    yield from _operations()
    yield from _people()
    for name, options in SERVICES.items():
        yield from _service(name, name.capitalize(), options)
        yield from _pipeline(name, name.capitalize(), options)


def _ref(logical):
    return {"Ref": logical}


def _att(logical, name="Arn"):
    return {"Fn::GetAtt": [logical, name]}


def _sub(text):
    return {"Fn::Sub": text}


def _document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _trusted(service):
    return _document({"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"})


def _role(component, logical, name, trust, *policies):
    told = {
        "RoleName": f"{PLATFORM}-{name}",
        "AssumeRolePolicyDocument": trust,
        "ManagedPolicyArns": list(policies),
        "PermissionsBoundary": _ref("SecurityManagedPolicyBoundary"),
    }
    return component, logical, "AWS::IAM::Role", told, {}


def _policy(component, logical, name, *statements):
    told = {"ManagedPolicyName": f"{PLATFORM}-{name}", "PolicyDocument": _document(*statements)}
    return component, logical, "AWS::IAM::ManagedPolicy", told, {}


def _security():
    for name in ("data", "logs"):
        key = f"SecurityKey{name.capitalize()}"
        owner = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
        yield "security", key, "AWS::KMS::Key", {"EnableKeyRotation": True, "KeyPolicy": _document(owner)}, {}
        alias = {"AliasName": f"alias/{PLATFORM}-{name}", "TargetKeyId": _ref(key)}
        yield "security", f"SecurityAlias{name.capitalize()}", "AWS::KMS::Alias", alias, {}
    yield _policy(
        "security", "SecurityManagedPolicyBoundary", "boundary", {"Effect": "Allow", "NotAction": ["account:*"], "Resource": "*"}
    )


def _network():
    yield "network", "NetworkVPC", "AWS::EC2::VPC", {"CidrBlock": "10.40.0.0/16", "EnableDnsSupport": True}, {}
    yield "network", "NetworkInternetGateway", "AWS::EC2::InternetGateway", {}, {}
    for number, (tier, zone) in enumerate([(tier, zone) for tier in ("public", "private") for zone in "ab"]):
        name = f"{tier.capitalize()}{zone.upper()}"
        told = {
            "VpcId": _ref("NetworkVPC"),
            "CidrBlock": f"10.40.{number}.0/24",
            "AvailabilityZone": _sub(f"${{AWS::Region}}{zone}"),
        }
        yield "network", f"NetworkSubnet{name}", "AWS::EC2::Subnet", told, {"Tier": tier}
        yield "network", f"NetworkRouteTable{name}", "AWS::EC2::RouteTable", {"VpcId": _ref("NetworkVPC")}, {}
        link = {"RouteTableId": _ref(f"NetworkRouteTable{name}"), "SubnetId": _ref(f"NetworkSubnet{name}")}
        yield "network", f"NetworkSubnetRouteTableAssociation{name}", "AWS::EC2::SubnetRouteTableAssociation", link, {}
        ways = {
            "public": {"GatewayId": _ref("NetworkInternetGateway")},
            "private": {"NatGatewayId": _ref(f"NetworkNatGateway{zone.upper()}")},
        }
        route = {"RouteTableId": _ref(f"NetworkRouteTable{name}"), "DestinationCidrBlock": "0.0.0.0/0", **ways[tier]}
        yield "network", f"NetworkRoute{name}Anywhere", "AWS::EC2::Route", route, {}
        if tier == "public":
            told = {"SubnetId": _ref(f"NetworkSubnet{name}"), "ConnectivityType": "public"}
            yield "network", f"NetworkNatGateway{zone.upper()}", "AWS::EC2::NatGateway", told, {}
    yield _log_group("network", "NetworkLogGroup", f"/vpc/{PLATFORM}")
    flow = {
        "ResourceId": _ref("NetworkVPC"),
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogGroupName": f"/vpc/{PLATFORM}",
        "DeliverLogsPermissionArn": _att("NetworkRoleFlowLogs"),
    }
    yield "network", "NetworkFlowLog", "AWS::EC2::FlowLog", flow, {}
    yield _role("network", "NetworkRoleFlowLogs", "flow-logs", _trusted("vpc-flow-logs"))
    yield from _group("network", "LoadBalancer", "load_balancer", [("Ingress", 443, {"CidrIp": "0.0.0.0/0"})])
    out = [
        ("Egress", 3010, {"DestinationSecurityGroupId": _ref("NetworkSecurityGroupServices")}),
        ("Egress", 9094, {"CidrIp": KAFKA["networks"][0]}),
        ("Egress", 443, {"CidrIp": "0.0.0.0/0"}),
    ]
    yield from _group("network", "Services", "services", out)


def _group(component, word, name, rules):
    logical = f"{component.capitalize()}SecurityGroup{word}"
    told = {"GroupName": f"{PLATFORM}-{name}", "GroupDescription": name, "VpcId": _ref("NetworkVPC")}
    yield component, logical, "AWS::EC2::SecurityGroup", told, {}
    for number, (way, port, peer) in enumerate(rules):
        told = {"GroupId": _ref(logical), "IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}
        yield component, f"{logical}{way}{number}", f"AWS::EC2::SecurityGroup{way}", told, {}


def _log_group(component, logical, name):
    told = {"LogGroupName": name, "KmsKeyId": _att("SecurityKeyLogs"), "RetentionInDays": 90}
    return component, logical, "AWS::Logs::LogGroup", told, {}


def _storage():
    encrypted = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": _att("SecurityKeyData")}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 365}}}
    yield from _bucket("Logs", "logs", {"SSEAlgorithm": "AES256"}, {})
    yield from _bucket(
        "Artifacts", "artifacts", encrypted, {"LoggingConfiguration": {"DestinationBucketName": _bucket_name("logs")}}
    )
    yield from _bucket("Trail", "trail", encrypted, {"ObjectLockEnabled": True, "ObjectLockConfiguration": lock}, _nobody_deletes())
    untagged = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7}
    last = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}
    rules = [
        {"rulePriority": number, "selection": each, "action": {"type": "expire"}} for number, each in enumerate((untagged, last), 1)
    ]
    for name in SERVICES:
        told = {
            "RepositoryName": f"{PLATFORM}/{name}",
            "EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": _att("SecurityKeyData")},
            "ImageScanningConfiguration": {"ScanOnPush": True},
            "ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
            "ImageTagMutabilityExclusionFilters": [
                {"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": "latest"}
            ],
            "LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": rules})},
        }
        yield "storage", f"StorageRepository{name.capitalize()}", "AWS::ECR::Repository", told, {}


def _bucket_name(name):
    return _sub(f"{PLATFORM}-{name}-${{AWS::AccountId}}")


def _bucket(word, name, encryption, more, *statements):
    told = {
        "BucketName": _bucket_name(name),
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": encryption}]},
        "VersioningConfiguration": {"Status": "Enabled"},
        **more,
    }
    yield "storage", f"StorageBucket{word}", "AWS::S3::Bucket", told, {}
    tls = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": _within(f"StorageBucket{word}"),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Bucket": _bucket_name(name), "PolicyDocument": _document(tls, *statements)}
    yield "storage", f"StorageBucketPolicy{word}", "AWS::S3::BucketPolicy", policy, {}


def _within(bucket):
    return [_att(bucket), _sub(f"${{{bucket}.Arn}}/*")]


def _nobody_deletes():
    return {
        "Sid": "NobodyDeletes",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion"],
        "Resource": _within("StorageBucketTrail"),
    }


def _compute():
    told = {
        "ClusterName": PLATFORM,
        "ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}],
        "Configuration": {"ManagedStorageConfiguration": {"FargateEphemeralStorageKmsKeyId": _att("SecurityKeyData")}},
    }
    yield "compute", "ComputeCluster", "AWS::ECS::Cluster", told, {}
    attributes = {
        "access_logs.s3.bucket": _bucket_name("logs"),
        "access_logs.s3.enabled": "true",
        "deletion_protection.enabled": "true",
    }
    told = {
        "Name": PLATFORM,
        "Scheme": "internet-facing",
        "Type": "application",
        "SecurityGroups": [_ref("NetworkSecurityGroupLoadBalancer")],
        "Subnets": [_ref("NetworkSubnetPublicA"), _ref("NetworkSubnetPublicB")],
        "LoadBalancerAttributes": [{"Key": key, "Value": value} for key, value in attributes.items()],
    }
    yield "compute", "ComputeLoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", told, {}
    told = {"DomainName": "*.prod.shop.example.com", "ValidationMethod": "DNS"}
    yield "dns", "DnsCertificate", "AWS::CertificateManager::Certificate", told, {}
    told = {
        "LoadBalancerArn": _ref("ComputeLoadBalancer"),
        "Port": 443,
        "Protocol": "HTTPS",
        "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "Certificates": [{"CertificateArn": _ref("DnsCertificate")}],
        "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    }
    yield "compute", "ComputeListenerHTTPS443", "AWS::ElasticLoadBalancingV2::Listener", told, {}


def _operations():
    for name in ("critical", "warning", "pipeline"):
        told = {"TopicName": f"{PLATFORM}-{name}", "KmsMasterKeyId": _att("SecurityKeyLogs")}
        yield "messaging", f"MessagingTopic{name.capitalize()}", "AWS::SNS::Topic", told, {}
    trail = {
        "TrailName": PLATFORM,
        "IsLogging": True,
        "S3BucketName": _bucket_name("trail"),
        "KMSKeyId": _att("SecurityKeyLogs"),
        "IsMultiRegionTrail": True,
    }
    yield "monitoring", "MonitoringTrail", "AWS::CloudTrail::Trail", trail, {}
    recorder = {
        "Name": PLATFORM,
        "RoleARN": _att("GovernanceRoleConfig"),
        "RecordingGroup": {
            "AllSupported": True,
            "IncludeGlobalResourceTypes": True,
            "RecordingStrategy": {"UseOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
        },
        "StartedOnCreate": True,
    }
    yield "governance", "GovernanceConfigurationRecorder", "AWS::Config::ConfigurationRecorder", recorder, {}
    channel = {"Name": PLATFORM, "S3BucketName": _bucket_name("artifacts")}
    yield "governance", "GovernanceDeliveryChannel", "AWS::Config::DeliveryChannel", channel, {}
    rule = {
        "ConfigRuleName": f"{PLATFORM}-trail-needs-mfa",
        "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_MFA_DELETE_ENABLED"},
    }
    yield "governance", "GovernanceConfigRuleTrailNeedsMfa", "AWS::Config::ConfigRule", rule, {}
    yield _role("governance", "GovernanceRoleConfig", "config", _trusted("config"))
    connection = {"ConnectionName": PLATFORM, "ProviderType": "Bitbucket"}
    yield "source", "SourceConnection", "AWS::CodeConnections::Connection", connection, {}


def _people():
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": _sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
        "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
    looking = {"Effect": "Allow", "Action": ["ecs:UpdateService"], "Resource": "*"}
    yield _policy("governance", "GovernanceManagedPolicyOperate", "operate", looking)
    read_only = _sub("arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess")
    policies = (_ref("GovernanceManagedPolicyOperate"), read_only)
    yield _role("governance", "GovernanceRoleOperate", "operate", _document(trust), *policies)


def _service(name, word, options):
    public, port, variable = options["service_type"] == "public", options["service_port"], _VARIABLES[options["service_runtime"]]
    secrets = {each["variable"]: f"{word}Secret{number}" for number, each in enumerate(options["service_secrets"])}
    yield _log_group(name, f"{word}LogGroup", f"/ecs/{NAME}/{name}")
    for number, each in enumerate(options["service_secrets"]):
        yield from _secret(name, f"{word}Secret{number}", each)
    reading = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": [_ref(each) for each in secrets.values()]}
    pulling = {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": _att(f"StorageRepository{word}")}
    yield _policy(name, f"{word}ManagedPolicyExecution", f"{name}-execution", pulling, *([reading] if secrets else []))
    yield _role(name, f"{word}RoleExecution", f"{name}-execution", _trusted("ecs-tasks"), _ref(f"{word}ManagedPolicyExecution"))
    if secrets:
        yield _policy(name, f"{word}ManagedPolicyTask", f"{name}-task", reading)
    held = [_ref(f"{word}ManagedPolicyTask")] if secrets else []
    yield _role(name, f"{word}RoleTask", f"{name}-task", _trusted("ecs-tasks"), *held)
    container = {
        "Name": name,
        "Image": _sub(f"${{StorageRepository{word}.RepositoryUri}}@sha256:{'0' * 64}"),
        "PortMappings": [{"ContainerPort": port}],
        "Environment": [{"Name": variable[0], "Value": variable[1]}],
        "Secrets": [{"Name": key, "ValueFrom": _ref(value)} for key, value in secrets.items()],
        "HealthCheck": {"Command": ["CMD", "true"]},
        "LogConfiguration": {
            "LogDriver": "awslogs",
            "Options": {"awslogs-group": f"/ecs/{NAME}/{name}", "awslogs-region": _sub("${AWS::Region}")},
        },
    }
    told = {
        "Family": f"{name}-{NAME}",
        "Cpu": str(options["service_cpu"]),
        "Memory": str(options["service_memory_mb"]),
        "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "ExecutionRoleArn": _att(f"{word}RoleExecution"),
        "TaskRoleArn": _att(f"{word}RoleTask"),
        "ContainerDefinitions": [container],
    }
    yield name, f"{word}TaskDefinition", "AWS::ECS::TaskDefinition", told, {}
    callers = {
        "public": [{"SourceSecurityGroupId": _ref("NetworkSecurityGroupLoadBalancer")}],
        "internal": [{"SourceSecurityGroupId": _ref("NetworkSecurityGroupServices")}, {"CidrIp": KAFKA["networks"][0]}],
    }
    yield from _group(name, "", name, [("Ingress", port, each) for each in callers[options["service_type"]]])
    if public:
        yield from _address(name, word, options)
    behind = {"TargetGroupArn": _ref(f"{word}TargetGroup"), "ContainerName": name, "ContainerPort": port}
    told = {
        "ServiceName": name,
        "Cluster": _att("ComputeCluster"),
        "TaskDefinition": _ref(f"{word}TaskDefinition"),
        "DesiredCount": options["service_tasks"],
        "DeploymentConfiguration": {"MinimumHealthyPercent": 100, "MaximumPercent": 200, "Strategy": "ROLLING"},
        "LoadBalancers": [behind] if public else [],
        "EnableECSManagedTags": True,
        "PropagateTags": "SERVICE",
        "NetworkConfiguration": {
            "AwsvpcConfiguration": {
                "Subnets": [_ref("NetworkSubnetPrivateA"), _ref("NetworkSubnetPrivateB")],
                "SecurityGroups": [_ref(f"{word}SecurityGroup"), _ref("NetworkSecurityGroupServices")],
            }
        },
    }
    yield name, f"{word}Service", "AWS::ECS::Service", told, {}
    yield from _scaling(name, word, options)
    yield from _alarms(name, word)


def _secret(service, logical, said):
    rotates = said["rotation"] == "it rotates"
    told = {
        "Name": f"{PLATFORM}/{service}/{said['name']}",
        "Description": f"{said['variable']}." if rotates else f"{said['variable']}. No rotation: {said['rotation']}",
        "KmsKeyId": _att("SecurityKeyData"),
    }
    yield service, logical, "AWS::SecretsManager::Secret", told, {} if rotates else {"Rotation": "none"}
    if rotates:
        function = _sub(f"arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{PLATFORM}-rotate")
        schedule = {"SecretId": _ref(logical), "RotationRules": {"AutomaticallyAfterDays": 30}, "RotationLambdaARN": function}
        yield service, f"{logical}RotationSchedule", "AWS::SecretsManager::RotationSchedule", schedule, {}


def _address(name, word, options):
    told = {
        "Name": f"{name}-{NAME}",
        "Port": options["service_port"],
        "Protocol": "HTTP",
        "TargetType": "ip",
        "VpcId": _ref("NetworkVPC"),
        "HealthCheckEnabled": True,
        "HealthCheckPath": options["service_health_path"],
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 3,
        "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    }
    yield name, f"{word}TargetGroup", "AWS::ElasticLoadBalancingV2::TargetGroup", told, {}
    told = {
        "ListenerArn": _ref("ComputeListenerHTTPS443"),
        "Priority": options["service_port"],
        "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": [f"{name}.prod.shop.example.com"]}}],
        "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": _ref(f"{word}TargetGroup")}]}}],
    }
    yield name, f"{word}ListenerRule", "AWS::ElasticLoadBalancingV2::ListenerRule", told, {}


def _scaling(name, word, options):
    told = {
        "ResourceId": f"service/{PLATFORM}/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ServiceNamespace": "ecs",
        "MinCapacity": options["service_tasks"],
        "MaxCapacity": options["service_tasks_max"],
    }
    yield name, f"{word}ScalableTarget", "AWS::ApplicationAutoScaling::ScalableTarget", told, {}
    following = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}, "TargetValue": 70}
    told = {
        "PolicyName": f"{name}-{NAME}-cpu",
        "PolicyType": "TargetTrackingScaling",
        "ScalingTargetId": _ref(f"{word}ScalableTarget"),
        "TargetTrackingScalingPolicyConfiguration": following,
    }
    yield name, f"{word}ScalingPolicy", "AWS::ApplicationAutoScaling::ScalingPolicy", told, {}


def _alarms(name, word):
    rows = {
        "cpu": ("CPUUtilization", "Warning"),
        "memory": ("MemoryUtilization", "Warning"),
        "tasks": ("RunningTaskCount", "Critical"),
    }
    for ending, (metric, topic) in rows.items():
        told = {
            "AlarmName": f"{PLATFORM}-{name}-{ending}",
            "AlarmActions": [_ref(f"MessagingTopic{topic}")],
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "MetricName": metric,
            "Dimensions": [{"Name": "ClusterName", "Value": PLATFORM}, {"Name": "ServiceName", "Value": name}],
        }
        yield name, f"{word}Alarm{ending.capitalize()}", "AWS::CloudWatch::Alarm", told, {}


def _pipeline(name, word, options):
    own, registry = f"{PLATFORM}-{name}", _sub(f"${{StorageRepository{word}.RepositoryUri}}")
    variables = {"BASE_IMAGE": f"public.ecr.aws/docker/library/{_VARIABLES[options['service_runtime']][2]}", "ENVIRONMENT": NAME}
    each_tag = 'docker tag built "$REPOSITORY:$tag"; docker push "$REPOSITORY:$tag"'
    pushing = [
        "COMMIT=$(echo $CODEBUILD_RESOLVED_SOURCE_VERSION | cut -c 1-12)",
        f'for tag in "$COMMIT" "$ENVIRONMENT-$COMMIT" latest; do {each_tag}; done',
    ]
    phases = {"build": {"commands": ["docker build -t built ."]}, "post_build": {"commands": pushing}}
    told = {
        "Name": f"{own}-image",
        "Artifacts": {"Type": "CODEPIPELINE"},
        "ServiceRole": _att(f"{word}RoleBuild"),
        "Source": {"Type": "CODEPIPELINE", "BuildSpec": json.dumps({"version": 0.2, "phases": phases})},
        "Environment": {
            "Type": "LINUX_CONTAINER",
            "ComputeType": "BUILD_GENERAL1_SMALL",
            "Image": "aws/codebuild/standard:7.0",
            "EnvironmentVariables": [{"Name": key, "Value": value} for key, value in {**variables, "REPOSITORY": registry}.items()],
        },
    }
    yield name, f"{word}Project", "AWS::CodeBuild::Project", told, {}
    yield _role(name, f"{word}RolePipeline", f"{name}-pipeline", _trusted("codepipeline"))
    yield _role(name, f"{word}RoleBuild", f"{name}-build", _trusted("codebuild"))
    source = {"ConnectionArn": _ref("SourceConnection"), "FullRepositoryId": f"shop/{name}", "BranchName": "main"}
    stages = [
        {"Name": "Source", "Actions": [_action("Source", "CodeStarSourceConnection", source)]},
        {"Name": "Build", "Actions": [_action("Build", "CodeBuild", {"ProjectName": f"{own}-image"})]},
        {"Name": "Deploy", "Actions": [_action("Deploy", "ECS", {"ClusterName": PLATFORM, "ServiceName": name})]},
    ]
    store = {"Type": "S3", "Location": _bucket_name("artifacts"), "EncryptionKey": {"Type": "KMS", "Id": _att("SecurityKeyData")}}
    told = {"Name": own, "RoleArn": _att(f"{word}RolePipeline"), "Stages": stages, "ArtifactStore": store}
    yield name, f"{word}Pipeline", "AWS::CodePipeline::Pipeline", told, {}
    told = {
        "Name": own,
        "DetailType": "FULL",
        "Resource": _sub(f"arn:${{AWS::Partition}}:codepipeline:${{AWS::Region}}:${{AWS::AccountId}}:{own}"),
        "EventTypeIds": ["codepipeline-pipeline-pipeline-execution-failed"],
        "Targets": [{"TargetType": "SNS", "TargetAddress": _ref("MessagingTopicPipeline")}],
    }
    yield name, f"{word}NotificationRule", "AWS::CodeStarNotifications::NotificationRule", told, {}


def _action(category, provider, configuration):
    kind = {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"}
    return {"Name": category, "ActionTypeId": kind, "Configuration": configuration}
