# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What can be wrong with an environment, as data: what is changed in a good one, which properties fail then, and what they name."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass

TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
INTERNET = {"GatewayId": {"Ref": "NetworkInternetGateway"}}
CHECKED = {
    "HealthCheckIntervalSeconds": 30,
    "HealthCheckTimeoutSeconds": 5,
    "HealthyThresholdCount": 2,
    "UnhealthyThresholdCount": 3,
}
ANYBODY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}]}
READING = "ManagedPolicyExecution.PolicyDocument.Statement.1"
ARTIFACTS = "BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault"
TRAIL_POLICY = "StorageBucketPolicyTrail.PolicyDocument.Statement.1"
OPERATE = "GovernanceRoleOperate.AssumeRolePolicyDocument.Statement.0"
# What a policy says that denies everything to who has no second factor.
WITHOUT = {
    "Effect": "Deny",
    "Action": "*",
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}
CONFIG = "GovernanceRoleConfig.AssumeRolePolicyDocument.Statement.0"


# As readers tell texts with ids in them; what is the shell's own is marked.
COMMIT = "${!CODEBUILD_RESOLVED_SOURCE_VERSION}"
REGISTRY = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/shop-prod/orders"
OWN_REGISTRY = "${StorageRepositoryOrders.RepositoryUri}"


@dataclass(frozen=True)
class Mutation:
    """One change of a good environment."""

    about: str
    steps: tuple
    fails: frozenset
    named: str

    @property
    def number(self):
        """Return the property that it is about."""
        return int(self.about.partition(" ")[0])


def at(about, *steps, also=(), named=""):
    """Say what is changed, beginning with the number of the property that it spoils; also: others that fail with it."""
    return Mutation(about, steps, frozenset({int(about.partition(" ")[0]), *also}), named)


def fine(about, *steps):
    """Say what is changed and still right, beginning with the number of the property that it is about."""
    return Mutation(about, steps, frozenset(), "")


# Steps


def put(path, value):
    """Set a property, by logical id and path."""
    return lambda environment: _set(environment.template["Resources"], _of_properties(path), value)


def cut(path):
    """Remove a property, or a resource when there is only its logical id."""
    return lambda environment: _set(environment.template["Resources"], _of_properties(path), _NOTHING)


def add(logical, kind, copied="", **properties):
    """Add a resource, with the properties and the tags of another one where nothing else is said."""

    def step(environment):
        resources = environment.template["Resources"]
        like = json.loads(json.dumps(resources[copied])) if copied else {"Properties": {}, "Metadata": {"Component": "added"}}
        like["Properties"].update(deepcopy(properties))
        like["Metadata"]["Component"] = "added"
        resources[logical] = {**like, "Type": kind or like["Type"]}

    return step


def told(path, value):
    """Say something else in the inventory, or in what the account tells of ids."""
    name, _dot, rest = path.partition(".")

    def step(environment):
        if rest:
            _set(getattr(environment, name), rest.split("."), value)
        else:
            setattr(environment, name, deepcopy(value))

    return step


def tag(logical, key, value):
    """Give a resource another tag; None takes it away."""

    def step(environment):
        resource = environment.template["Resources"][logical]
        tags = resource["Properties"].get("Tags") or resource["Metadata"]["Tags"]
        tags[:] = [each for each in tags if each["Key"] != key] + ([{"Key": key, "Value": value}] if value else [])

    return step


def only(*names):
    """Leave some services only, in the account and in the inventory."""

    def step(environment):
        gone = {*environment.services} - {*names}
        resources = environment.template["Resources"].items()
        kept = {logical: each for logical, each in resources if each["Metadata"]["Component"] not in gone}
        environment.template["Resources"] = kept
        environment.services = {name: environment.services[name] for name in names}

    return step


_NOTHING = object()


def _of_properties(path):
    logical, *rest = path.split(".")
    return [logical, "Properties", *rest] if rest else [logical]


def _set(where, path, value):
    *path, last = path
    for name in path:
        where = where[int(name)] if isinstance(where, list) else where.setdefault(name, {})
    last = int(last) if isinstance(where, list) else last
    value = value if value is _NOTHING else deepcopy(value)  # what one test spoils is not another's
    if value is _NOTHING:
        del where[last]
    elif isinstance(where, list) and last == len(where):
        where.append(value)
    else:
        where[last] = value


def buildspec(commands, phase="post_build"):
    """Return a buildspec."""
    return json.dumps({"version": 0.2, "phases": {phase: {"commands": commands}}})


def pushing(*tags):
    """Return commands that push an image under some tags."""
    shortened = "COMMIT=$(echo $CODEBUILD_RESOLVED_SOURCE_VERSION | cut -c 1-12)"
    return [shortened, *(f"docker push $REPOSITORY:{tag}" for tag in tags)]


# Kafka is meant by its group, and gets in by it.
KAFKA_IN = (
    told("kafka.security_group", "sg-0123456789abcdef0"),
    cut("OrdersSecurityGroupIngress1.CidrIp"),
    put("OrdersSecurityGroupIngress1.SourceSecurityGroupId", "sg-0123456789abcdef0"),
)
ALL_TAGS = ("$COMMIT", "$ENVIRONMENT-$COMMIT", "latest")

MUTATIONS = [
    # Services
    at("1 no pipeline", cut("OrdersPipeline"), also={4, 15}, named="pipeline shop-prod-orders"),
    at("1 no build", cut("OrdersProject"), also={2, 13, 14, 15, 48}, named="build shop-prod-orders-image"),
    at("1 no log group", cut("OrdersLogGroup"), named="log group /ecs/prod/orders"),
    at("1 no task role", cut("OrdersRoleTask"), also={4, 43, 54}, named="role shop-prod-orders-task"),
    at("1 no execution role", cut("OrdersRoleExecution"), also={43, 54}, named="role shop-prod-orders-execution"),
    at("1 no task definition", cut("OrdersTaskDefinition"), also={2, 26, 29, 44}, named="task definition orders-prod"),
    at(
        "2 variable of the runtime",
        put("OrdersTaskDefinition.ContainerDefinitions.0.Environment.0.Value", "development"),
        named="OrdersTaskDefinition",
    ),
    at("2 no variable", put("AccountsTaskDefinition.ContainerDefinitions.0.Environment", []), named="AccountsTaskDefinition"),
    at(
        "2 image of another runtime",
        put("OrdersProject.Environment.EnvironmentVariables.0.Value", "python:3.13"),
        named="OrdersProject",
    ),
    at(
        "2 image that only begins so",
        put("OrdersProject.Environment.EnvironmentVariables.0.Value", "x/node-red:4"),
        named="OrdersProject",
    ),
    at("2 no image", cut("OrdersProject.Environment.EnvironmentVariables.0"), named="OrdersProject"),
    at("2 unknown runtime", told("services.orders.service_runtime", "ruby"), named="orders"),
    fine("2 image by digest", put("OrdersProject.Environment.EnvironmentVariables.0.Value", "mirror:5000/node@sha256:0")),
    at("3 no rule", cut("StorefrontListenerRule"), also={39}, named="StorefrontTargetGroup"),
    at("3 no target group", cut("StorefrontTargetGroup"), also={33, 37, 39}, named="target group storefront-prod"),
    at(
        "3 internal with target group",
        add("OrdersTargetGroup", None, "StorefrontTargetGroup", Name="orders-prod"),
        named="OrdersTargetGroup",
    ),
    at("4 ARN of the service", told("physical.OrdersService.arn", None), named="orders service_arn"),
    at(
        "4 ARN of the repository",
        told("physical.StorageRepositoryOrders.arn", "arn:aws:ecr:nowhere"),
        named="orders repository_url",
    ),
    at("4 ARN of the task role", told("physical.OrdersRoleTask", {}), named="orders task_role_arn"),
    at("4 no security group", told("physical.OrdersSecurityGroup.id", ""), named="orders security_group_id"),
    at("16 half of the tasks go", put("OrdersService.DeploymentConfiguration.MinimumHealthyPercent", 50), named="OrdersService"),
    at("16 nothing said", cut("OrdersService.DeploymentConfiguration.MinimumHealthyPercent"), also={25}, named="OrdersService"),
    fine("16 traffic is shifted", put("OrdersService.DeploymentConfiguration.Strategy", "CANARY")),
    at("21 twice", add("OrdersServiceTwice", None, "OrdersService"), named="OrdersServiceTwice"),
    at("21 another name", put("OrdersService.ServiceName", "order"), also={1, 4, 35, 42}, named="ECS service orders"),
    at("22 no such CPU", put("OrdersTaskDefinition.Cpu", "300"), named="OrdersTaskDefinition"),
    at("22 no such pair", put("OrdersTaskDefinition.Memory", "512"), named="OrdersTaskDefinition"),
    at("22 no memory", cut("OrdersTaskDefinition.Memory"), named="OrdersTaskDefinition"),
    fine("22 sixteen processors", put("OrdersTaskDefinition.Cpu", "16384"), put("OrdersTaskDefinition.Memory", "32768")),
    at("23 no target", cut("OrdersScalableTarget"), named="scalable target of orders"),
    at("23 no policy", cut("OrdersScalingPolicy"), named="OrdersScalableTarget"),
    at(
        "23 policy of another target",
        put("OrdersScalingPolicy.ScalingTargetId.Ref", "AccountsScalableTarget"),
        named="OrdersScalableTarget",
    ),
    at(
        "23 by requests",
        put(
            "OrdersScalingPolicy.TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType",
            "ALBRequestCountPerTarget",
        ),
        named="OrdersScalableTarget",
    ),
    at("24 no tasks", put("OrdersService.DesiredCount", 0), named="OrdersService"),
    at("24 nothing said", cut("OrdersService.DesiredCount"), named="OrdersService"),
    at("25 no maximum", cut("OrdersService.DeploymentConfiguration.MaximumPercent"), named="OrdersService"),
    at("25 nothing can move", put("OrdersService.DeploymentConfiguration.MaximumPercent", 100), named="OrdersService"),
    at("25 more than AWS allows", put("OrdersService.DeploymentConfiguration.MaximumPercent", 400), named="OrdersService"),
    at("28 bridge", put("OrdersTaskDefinition.NetworkMode", "bridge"), named="OrdersTaskDefinition"),
    at("28 nothing said", cut("OrdersTaskDefinition.NetworkMode"), named="OrdersTaskDefinition"),
    at("37 not registered", put("StorefrontService.LoadBalancers", []), named="StorefrontService"),
    at(
        "37 somebody else's",
        put("StorefrontService.LoadBalancers.0.TargetGroupArn.Ref", "AccountsTargetGroup"),
        named="StorefrontService",
    ),
    at("37 another port", put("StorefrontService.LoadBalancers.0.ContainerPort", 80), named="StorefrontService"),
    at(
        "42 registered",
        put("OrdersService.LoadBalancers", [{"TargetGroupArn": {"Ref": "AccountsTargetGroup"}}]),
        named="OrdersService",
    ),
    # Images
    at(
        "7 not scanned",
        put("StorageRepositoryOrders.ImageScanningConfiguration.ScanOnPush", False),
        named="StorageRepositoryOrders",
    ),
    at("7 nothing said", cut("StorageRepositoryOrders.ImageScanningConfiguration"), named="StorageRepositoryOrders"),
    at("17 none", cut("StorageRepositoryOrders"), also={1, 4}, named="repository shop-prod/orders"),
    at("17 twice", add("Orders2", None, "StorageRepositoryOrders", RepositoryName="old/orders"), named="StorageRepositoryOrders"),
    at(
        "17 without the environment",
        put("StorageRepositoryOrders.RepositoryName", "orders"),
        also={1, 4},
        named="StorageRepositoryOrders",
    ),
    at("18 mutable", put("StorageRepositoryOrders.ImageTagMutability", "MUTABLE"), named="StorageRepositoryOrders"),
    at("18 nothing said", cut("StorageRepositoryOrders.ImageTagMutability"), named="StorageRepositoryOrders"),
    at(
        "18 everything may move",
        put("StorageRepositoryOrders.ImageTagMutabilityExclusionFilters.0.ImageTagMutabilityExclusionFilterValue", "*"),
        named="StorageRepositoryOrders",
    ),
    fine(
        "18 nothing may move",
        put("StorageRepositoryOrders.ImageTagMutability", "IMMUTABLE"),
        cut("StorageRepositoryOrders.ImageTagMutabilityExclusionFilters"),
    ),
    at("19 no policy", cut("StorageRepositoryOrders.LifecyclePolicy"), named="StorageRepositoryOrders"),
    at(
        "19 after two weeks",
        put(
            "StorageRepositoryOrders.LifecyclePolicy.LifecyclePolicyText",
            '{"rules": [{"selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days",'
            ' "countNumber": 14}, "action": {"type": "expire"}}]}',
        ),
        named="StorageRepositoryOrders",
    ),
    at("20 everybody", put("StorageRepositoryOrders.RepositoryPolicyText", ANYBODY), named="StorageRepositoryOrders"),
    at(
        "20 everybody of AWS",
        put("StorageRepositoryOrders.RepositoryPolicyText", ANYBODY),
        put("StorageRepositoryOrders.RepositoryPolicyText.Statement.0.Principal", {"AWS": ["*"]}),
        named="StorageRepositoryOrders",
    ),
    at(
        "20 everybody with TLS",
        put("StorageRepositoryOrders.RepositoryPolicyText", ANYBODY),
        put("StorageRepositoryOrders.RepositoryPolicyText.Statement.0.Condition", {"Bool": {"aws:SecureTransport": "true"}}),
        named="StorageRepositoryOrders",
    ),
    fine(
        "20 everybody of the organization",
        put("StorageRepositoryOrders.RepositoryPolicyText", ANYBODY),
        put("StorageRepositoryOrders.RepositoryPolicyText.Statement.0.Condition", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
    ),
    # Network
    at(
        "8 private leads to the internet",
        put("NetworkRoutePrivateAAnywhere.GatewayId", {"Ref": "NetworkInternetGateway"}),
        also={27},
        named="NetworkSubnetPrivateA",
    ),
    at("8 private leads nowhere", cut("NetworkRoutePrivateAAnywhere"), named="NetworkSubnetPrivateA"),
    at(
        "8 public leads to a NAT gateway",
        cut("NetworkRoutePublicAAnywhere.GatewayId"),
        put("NetworkRoutePublicAAnywhere.NatGatewayId", {"Ref": "NetworkNatGatewayB"}),
        named="NetworkSubnetPublicA",
    ),
    at("8 main route table", cut("NetworkSubnetRouteTableAssociationPrivateA"), also={27}, named="NetworkSubnetPrivateA"),
    at("8 no tier", tag("NetworkSubnetPrivateA", "Tier", None), also={34}, named="NetworkSubnetPrivateA"),
    at("8 NAT gateway in private", put("NetworkNatGatewayA.SubnetId.Ref", "NetworkSubnetPrivateA"), named="NetworkNatGatewayA"),
    at(
        "8 load balancer in private", put("ComputeLoadBalancer.Subnets.0.Ref", "NetworkSubnetPrivateA"), named="ComputeLoadBalancer"
    ),
    at("8 load balancer elsewhere", put("ComputeLoadBalancer.Subnets", ["subnet-0123456789abcdef0"]), named="ComputeLoadBalancer"),
    fine(
        "8 load balancer by mappings",
        cut("ComputeLoadBalancer.Subnets"),
        put("ComputeLoadBalancer.SubnetMappings", [{"SubnetId": {"Ref": "NetworkSubnetPublicA"}}]),
    ),
    fine(
        "8 nobody from outside",
        put("ComputeLoadBalancer.Scheme", "internal"),
        put("ComputeLoadBalancer.Subnets.0.Ref", "NetworkSubnetPrivateA"),
    ),
    at(
        "27 tasks in public",
        put("OrdersService.NetworkConfiguration.AwsvpcConfiguration.Subnets.0.Ref", "NetworkSubnetPublicA"),
        also={8},
        named="OrdersService",
    ),
    at(
        "27 tasks elsewhere",
        put("OrdersService.NetworkConfiguration.AwsvpcConfiguration.Subnets", ["subnet-1"]),
        also={8},
        named="OrdersService",
    ),
    at("34 one zone", put("NetworkSubnetPrivateB.AvailabilityZone", {"Fn::Sub": "${AWS::Region}a"}), named="NetworkVPC"),
    # Security groups
    at("10 another port", add("Open", None, "NetworkSecurityGroupLoadBalancerIngress0", FromPort=22, ToPort=22), named="Open"),
    at(
        "10 a range of ports",
        put("NetworkSecurityGroupLoadBalancerIngress0.ToPort", 8443),
        named="NetworkSecurityGroupLoadBalancerIngress0",
    ),
    at(
        "10 all protocols",
        put("NetworkSecurityGroupLoadBalancerIngress0.IpProtocol", "-1"),
        named="NetworkSecurityGroupLoadBalancerIngress0",
    ),
    at(
        "10 a service",
        put("AccountsSecurityGroupIngress0.CidrIp", "0.0.0.0/0"),
        cut("AccountsSecurityGroupIngress0.SourceSecurityGroupId"),
        also={35},
        named="AccountsSecurityGroupIngress0",
    ),
    at(
        "10 half of the internet",
        add("Open", None, "NetworkSecurityGroupLoadBalancerIngress0", FromPort=8080, ToPort=8080, CidrIp="128.0.0.0/1"),
        named="Open",
    ),
    at(
        "10 IPv6",
        add(
            "Open",
            "AWS::EC2::SecurityGroupIngress",
            GroupId={"Ref": "OrdersSecurityGroup"},
            IpProtocol="tcp",
            FromPort=3010,
            ToPort=3010,
            CidrIpv6="::/0",
        ),
        also={35},
        named="Open",
    ),
    at(
        "10 written in the group",
        put(
            "NetworkSecurityGroupServices.SecurityGroupIngress",
            [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}],
        ),
        also={35},
        named="NetworkSecurityGroupServices",
    ),
    fine("10 redirect", add("Redirect", None, "NetworkSecurityGroupLoadBalancerIngress0", FromPort=80, ToPort=80)),
    at(
        "35 public lets in services",
        add("More", None, "AccountsSecurityGroupIngress0", SourceSecurityGroupId={"Ref": "NetworkSecurityGroupServices"}),
        named="More",
    ),
    at("35 public on another port", put("AccountsSecurityGroupIngress0.FromPort", 1), named="AccountsSecurityGroupIngress0"),
    at("35 public lets in nobody", cut("AccountsSecurityGroupIngress0"), named="AccountsSecurityGroup"),
    at(
        "35 internal lets in the load balancer",
        add("More", None, "OrdersSecurityGroupIngress0", SourceSecurityGroupId={"Ref": "NetworkSecurityGroupLoadBalancer"}),
        named="More",
    ),
    at("35 internal not Kafka", cut("OrdersSecurityGroupIngress1"), named="OrdersSecurityGroup"),
    at("35 internal not services", cut("OrdersSecurityGroupIngress0"), named="OrdersSecurityGroup"),
    at("35 by UDP", put("OrdersSecurityGroupIngress0.IpProtocol", "udp"), named="OrdersSecurityGroupIngress0"),
    at("35 no way to Kafka", cut("NetworkSecurityGroupServicesEgress1"), named="OrdersSecurityGroup"),
    at(
        "35 another port of Kafka",
        put("NetworkSecurityGroupServicesEgress1.FromPort", 9095),
        put("NetworkSecurityGroupServicesEgress1.ToPort", 9095),
        named="OrdersSecurityGroup",
    ),
    at("35 part of Kafka", put("NetworkSecurityGroupServicesEgress1.CidrIp", "198.51.100.0/28"), named="OrdersSecurityGroup"),
    at("35 another broker", told("kafka.brokers.2", "b3.kafka.example.com:9096"), named="OrdersSecurityGroup"),
    at(
        "35 the shared group alone",
        put("OrdersService.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups", [{"Ref": "NetworkSecurityGroupServices"}]),
        named="OrdersSecurityGroup",
    ),
    at(
        "35 a group of somebody else",
        put("OrdersService.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups.2", "sg-1"),
        named="security groups of orders",
    ),
    at("35 no brokers", told("kafka", {"brokers": [], "networks": ["198.51.100.0/26"]}), named="Kafka"),
    at("35 Kafka nowhere", told("kafka.networks", []), named="Kafka"),
    at("35 the group of Kafka", told("kafka.security_group", "sg-0123456789abcdef0"), named="OrdersSecurityGroupIngress1"),
    fine(
        "35 the group of Kafka, as it is meant",
        told("kafka.security_group", "sg-0123456789abcdef0"),
        cut("OrdersSecurityGroupIngress1.CidrIp"),
        put("OrdersSecurityGroupIngress1.SourceSecurityGroupId", "sg-0123456789abcdef0"),
        cut("NetworkSecurityGroupServicesEgress1.CidrIp"),
        put("NetworkSecurityGroupServicesEgress1.DestinationSecurityGroupId", "sg-0123456789abcdef0"),
    ),
    # Load balancing
    at("6 old policy", put("ComputeListenerHTTPS443.SslPolicy", "ELBSecurityPolicy-2016-08"), named="ComputeListenerHTTPS443"),
    at(
        "6 TLS 1.1",
        put("ComputeListenerHTTPS443.SslPolicy", "ELBSecurityPolicy-TLS13-1-1-2021-06"),
        named="ComputeListenerHTTPS443",
    ),
    at("6 nothing said", cut("ComputeListenerHTTPS443.SslPolicy"), named="ComputeListenerHTTPS443"),
    fine("6 TLS 1.3 only", put("ComputeListenerHTTPS443.SslPolicy", "ELBSecurityPolicy-TLS13-1-3-2021-06")),
    at("33 another path", put("StorefrontTargetGroup.HealthCheckPath", "/"), named="StorefrontTargetGroup"),
    at("33 nobody asks", put("StorefrontTargetGroup.HealthCheckEnabled", False), also={38}, named="StorefrontTargetGroup"),
    at("33 no command", cut("StorefrontTaskDefinition.ContainerDefinitions.0.HealthCheck"), named="StorefrontTaskDefinition"),
    at(
        "33 command that is none",
        put("StorefrontTaskDefinition.ContainerDefinitions.0.HealthCheck.Command", ["NONE"]),
        named="StorefrontTaskDefinition",
    ),
    *(at(f"38 no {name}", cut(f"StorefrontTargetGroup.{name}"), named="StorefrontTargetGroup") for name in CHECKED),
    at("38 waits too long", put("StorefrontTargetGroup.HealthCheckTimeoutSeconds", 30), named="StorefrontTargetGroup"),
    at(
        "39 the same host",
        put("StorefrontListenerRule.Conditions.0.HostHeaderConfig.Values", ["accounts.prod.shop.example.com"]),
        named="StorefrontListenerRule",
    ),
    at("39 everything", put("StorefrontListenerRule.Conditions", []), named="StorefrontListenerRule"),
    at(
        "39 not by TLS",
        add("Plain", None, "ComputeListenerHTTPS443", Protocol="HTTP", Port=80),
        put("StorefrontListenerRule.ListenerArn.Ref", "Plain"),
        named="rule for storefront",
    ),
    fine(
        "39 the same host, another path",
        put(
            "StorefrontListenerRule.Conditions",
            [
                {"Field": "host-header", "HostHeaderConfig": {"Values": ["accounts.prod.shop.example.com"]}},
                {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/shop/*"]}},
            ],
        ),
    ),
    at("40 another port", put("ComputeListenerHTTPS443.Port", 8443), named="ComputeLoadBalancer"),
    at("40 no certificate", put("ComputeListenerHTTPS443.Certificates", []), named="ComputeListenerHTTPS443"),
    at(
        "40 certificate of IAM",
        put("ComputeListenerHTTPS443.Certificates.0.CertificateArn", "arn:aws:iam::123456789012:server-certificate/x"),
        named="ComputeListenerHTTPS443",
    ),
    at("40 no TLS at all", put("ComputeListenerHTTPS443.Protocol", "HTTP"), also={6, 39}, named="ComputeLoadBalancer"),
    at("40 no load balancer", cut("ComputeLoadBalancer"), also={10, 31, 35}, named="load balancer"),
    fine(
        "40 certificate of somebody else",
        put(
            "ComputeListenerHTTPS443.Certificates.0.CertificateArn",
            {"Fn::Sub": "arn:${AWS::Partition}:acm:${AWS::Region}:${AWS::AccountId}:certificate/1"},
        ),
    ),
    at("41 none", put("StorefrontTargetGroup.TargetGroupAttributes.0.Value", "0"), named="StorefrontTargetGroup"),
    fine("41 what AWS fills in", put("StorefrontTargetGroup.TargetGroupAttributes", [])),
    # Delivery
    at("12 GitHub", put("SourceConnection.ProviderType", "GitHub"), named="OrdersPipeline"),
    at(
        "12 somebody else's connection",
        put("OrdersPipeline.Stages.0.Actions.0.Configuration.ConnectionArn", "arn:aws:codeconnections:us-east-1:1:connection/1"),
        named="OrdersPipeline",
    ),
    at("12 from a bucket", put("OrdersPipeline.Stages.0.Actions.0.ActionTypeId.Provider", "S3"), named="OrdersPipeline"),
    at("12 no source", put("OrdersPipeline.Stages.0.Actions", []), named="OrdersPipeline"),
    at(
        "13 another builder",
        put("OrdersPipeline.Stages.1.Actions.0.ActionTypeId.Provider", "Jenkins"),
        also={15},
        named="OrdersPipeline",
    ),
    at(
        "13 unknown project",
        put("OrdersPipeline.Stages.1.Actions.0.Configuration.ProjectName", "other"),
        also={15},
        named="OrdersPipeline",
    ),
    at("13 nothing builds", put("OrdersPipeline.Stages.1.Actions", []), also={15}, named="OrdersPipeline"),
    *(
        at(
            f"14 without {one}",
            put("OrdersProject.Source.BuildSpec", buildspec(pushing(*({*ALL_TAGS} - {one})))),
            also=also,
            named="OrdersProject",
        )
        for one, also in zip(ALL_TAGS, ((), {48}, ()), strict=True)
    ),
    at(
        "14 before it is tested",
        put("OrdersProject.Source.BuildSpec", buildspec(pushing(*ALL_TAGS), "build")),
        also={48},
        named="OrdersProject",
    ),
    at("14 in the repository", put("OrdersProject.Source.BuildSpec", "buildspec.yml"), also={48}, named="OrdersProject"),
    fine("14 line by line", put("OrdersProject.Source.BuildSpec", buildspec(pushing(*ALL_TAGS)))),
    fine(
        "14 all tags at once",
        put(
            "OrdersProject.Source.BuildSpec",
            buildspec(
                [
                    "C=${CODEBUILD_RESOLVED_SOURCE_VERSION:0:12}",
                    *(f"docker tag built $REPOSITORY:{tag}" for tag in ("$C", "${ENVIRONMENT}-${C}", "latest")),
                    "docker push --all-tags $REPOSITORY",
                ]
            ),
        ),
    ),
    fine(
        "14 with references",
        put(
            "OrdersProject.Source.BuildSpec",
            {
                "Fn::Sub": buildspec(
                    [
                        f"docker push {REGISTRY}:{COMMIT}",
                        f"docker push {OWN_REGISTRY}:${{!ENVIRONMENT}}-{COMMIT}",
                        f"docker push {OWN_REGISTRY}",
                    ]
                )
            },
        ),
    ),
    at(
        "15 somebody else's build",
        put("OrdersPipeline.Stages.1.Actions.0.Configuration.ProjectName", "shop-prod-accounts-image"),
        named="OrdersPipeline",
    ),
    at("15 twice", add("OrdersPipelineTwice", None, "OrdersPipeline"), named="OrdersPipelineTwice"),
    at(
        "48 another environment",
        put("OrdersProject.Environment.EnvironmentVariables.1.Value", "qa"),
        also={14},
        named="OrdersProject",
    ),
    fine(
        "48 told by the pipeline",
        cut("OrdersProject.Environment.EnvironmentVariables.1"),
        put("OrdersPipeline.Stages.1.Actions.0.Configuration.EnvironmentVariables", '[{"name": "ENVIRONMENT", "value": "prod"}]'),
    ),
    # Secrets
    at(
        "26 somebody else's",
        put("OrdersTaskDefinition.ContainerDefinitions.0.Secrets.0.ValueFrom.Ref", "AccountsSecret0"),
        named="OrdersTaskDefinition",
    ),
    at(
        "26 in another variable",
        put("OrdersTaskDefinition.ContainerDefinitions.0.Secrets.0.Name", "KEY"),
        also={44},
        named="OrdersTaskDefinition",
    ),
    fine(
        "26 a field of it",
        put("OrdersTaskDefinition.ContainerDefinitions.0.Secrets.0.ValueFrom", {"Fn::Sub": "${OrdersSecret0}:key::"}),
    ),
    at(
        "44 plain text",
        put("OrdersTaskDefinition.ContainerDefinitions.0.Environment.1", {"Name": "SIGNING_KEY", "Value": "x"}),
        named="OrdersTaskDefinition",
    ),
    at(
        "44 plain text in a second container",
        put(
            "OrdersTaskDefinition.ContainerDefinitions.1",
            {"Name": "sidecar", "Environment": [{"Name": "SIGNING_KEY", "Value": "x"}]},
        ),
        also={29},
        named="OrdersTaskDefinition",
    ),
    at("43 every secret", put(f"Orders{READING}.Resource", "*"), named="OrdersRoleExecution"),
    at(
        "43 every secret but one",
        cut(f"Orders{READING}.Resource"),
        put(f"Orders{READING}.NotResource", {"Ref": "AccountsSecret0"}),
        named="OrdersRoleExecution",
    ),
    at(
        "43 by a wildcard",
        put(
            "OrdersManagedPolicyTask.PolicyDocument.Statement.1", {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}
        ),
        named="OrdersRoleTask",
    ),
    at(
        "43 by all but some",
        put("OrdersManagedPolicyTask.PolicyDocument.Statement.1", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
        named="OrdersRoleTask",
    ),
    at(
        "43 somebody else's",
        put("OrdersManagedPolicyTask.PolicyDocument.Statement.0.Resource.1", {"Ref": "AccountsSecret0"}),
        named="OrdersRoleTask",
    ),
    at("43 not its own", put("OrdersRoleTask.ManagedPolicyArns", []), also={54}, named="OrdersRoleTask"),
    at(
        "43 none to read",
        put("StorefrontRoleTask.ManagedPolicyArns", [{"Ref": "OrdersManagedPolicyTask"}]),
        named="StorefrontRoleTask",
    ),
    at(
        "43 a policy of AWS",
        put("StorefrontRoleTask.ManagedPolicyArns", [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/SecretsManagerReadWrite"}]),
        named="StorefrontRoleTask",
    ),
    at(
        "43 in the role",
        put(
            "StorefrontRoleTask.Policies",
            [{"PolicyName": "more", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}],
        ),
        named="StorefrontRoleTask",
    ),
    at("45 no schedule", cut("OrdersSecret0RotationSchedule"), named="OrdersSecret0"),
    at("45 no tag", tag("AccountsSecret0", "Rotation", None), named="AccountsSecret0"),
    at("45 no reason", put("AccountsSecret0.Description", "SESSION_KEY."), named="AccountsSecret0"),
    # Encryption
    at("5 log group", cut("OrdersLogGroup.KmsKeyId"), named="OrdersLogGroup"),
    at("5 key of AWS", put("OrdersSecret0.KmsKeyId", "alias/aws/secretsmanager"), named="OrdersSecret0"),
    at(
        "5 somebody else's key",
        put("MessagingTopicWarning.KmsMasterKeyId", "arn:aws:kms:us-east-1:1:key/1"),
        named="MessagingTopicWarning",
    ),
    at("5 storage of tasks", cut("ComputeCluster.Configuration"), named="ComputeCluster"),
    at(
        "5 repository",
        put("StorageRepositoryOrders.EncryptionConfiguration", {"EncryptionType": "AES256"}),
        named="StorageRepositoryOrders",
    ),
    at("5 artifacts", cut("OrdersPipeline.ArtifactStore.EncryptionKey"), named="OrdersPipeline"),
    at(
        "5 bucket with a key of S3",
        put(f"StorageBucketArtifacts.{ARTIFACTS}", {"SSEAlgorithm": "AES256"}),
        named="StorageBucketArtifacts",
    ),
    at("5 bucket without a key", cut(f"StorageBucketArtifacts.{ARTIFACTS}.KMSMasterKeyID"), named="StorageBucketArtifacts"),
    at("5 copy of a secret", put("OrdersSecret0.ReplicaRegions", [{"Region": "us-west-2"}]), named="OrdersSecret0"),
    fine("5 by its alias", put("OrdersLogGroup.KmsKeyId", "alias/shop-prod-logs")),
    at("52 no key", cut("MonitoringTrail.KMSKeyId"), also={5}, named="MonitoringTrail"),
    at("52 does not record", put("MonitoringTrail.IsLogging", False), named="MonitoringTrail"),
    at("52 no trail", cut("MonitoringTrail"), also={53}, named="trail"),
    at("53 no versions", cut("StorageBucketTrail.VersioningConfiguration"), named="StorageBucketTrail"),
    at("53 versions stopped", put("StorageBucketTrail.VersioningConfiguration.Status", "Suspended"), named="StorageBucketTrail"),
    at("53 no lock", cut("StorageBucketTrail.ObjectLockConfiguration"), named="StorageBucketTrail"),
    at("53 no retention", cut("StorageBucketTrail.ObjectLockConfiguration.Rule"), named="StorageBucketTrail"),
    at("53 may be deleted", cut(TRAIL_POLICY), named="StorageBucketTrail"),
    at(
        "53 versions may be deleted",
        put(f"{TRAIL_POLICY}.Action", ["s3:DeleteBucket", "s3:DeleteObject"]),
        named="StorageBucketTrail",
    ),
    at("53 the bucket may be deleted", cut(f"{TRAIL_POLICY}.Resource.0"), named="StorageBucketTrail"),
    at(
        "53 denied to some", put(f"{TRAIL_POLICY}.Condition", {"ArnNotLike": {"aws:PrincipalArn": "x"}}), named="StorageBucketTrail"
    ),
    at("53 denied to one", put(f"{TRAIL_POLICY}.Principal", {"AWS": "arn:aws:iam::1:role/x"}), named="StorageBucketTrail"),
    at("53 somebody else's bucket", put("MonitoringTrail.S3BucketName", "elsewhere"), named="MonitoringTrail"),
    at("53 no rule", cut("GovernanceConfigRuleTrailNeedsMfa"), named="Config rule S3_BUCKET_MFA_DELETE_ENABLED"),
    fine(
        "53 for years", put("StorageBucketTrail.ObjectLockConfiguration.Rule.DefaultRetention", {"Mode": "COMPLIANCE", "Years": 1})
    ),
    # Observing
    at("9 a month", put("OrdersLogGroup.RetentionInDays", 30), named="OrdersLogGroup"),
    at("9 nothing said", cut("NetworkLogGroup.RetentionInDays"), named="NetworkLogGroup"),
    at("9 less than the inventory wants", told("services.orders.service_log_days", 365), named="OrdersLogGroup"),
    at("11 off", put("ComputeCluster.ClusterSettings.0.Value", "disabled"), named="ComputeCluster"),
    at("11 nothing said", put("ComputeCluster.ClusterSettings", []), named="ComputeCluster"),
    fine("11 enhanced", put("ComputeCluster.ClusterSettings.0.Value", "enhanced")),
    at(
        "29 somebody else's",
        put("OrdersTaskDefinition.ContainerDefinitions.0.LogConfiguration.Options.awslogs-group", "/ecs/prod/accounts"),
        named="OrdersTaskDefinition",
    ),
    at("29 nowhere", cut("OrdersTaskDefinition.ContainerDefinitions.0.LogConfiguration"), named="OrdersTaskDefinition"),
    at(
        "29 without the environment",
        put("OrdersTaskDefinition.ContainerDefinitions.0.LogConfiguration.Options.awslogs-group", "/ecs/orders"),
        named="OrdersTaskDefinition",
    ),
    *(
        at(f"30 no {name}", cut(f"OrdersAlarm{name.capitalize()}"), named=f"alarm shop-prod-orders-{name}")
        for name in ("cpu", "memory", "tasks")
    ),
    at("30 about somebody else", put("OrdersAlarmCpu.Dimensions.1.Value", "accounts"), named="OrdersAlarmCpu"),
    at("30 about something else", put("OrdersAlarmCpu.MetricName", "MemoryUtilization"), named="OrdersAlarmCpu"),
    at("30 tells nobody", cut("OrdersAlarmCpu.AlarmActions"), named="OrdersAlarmCpu"),
    fine(
        "30 calculated",
        cut("OrdersAlarmTasks.MetricName"),
        cut("OrdersAlarmTasks.Dimensions"),
        put(
            "OrdersAlarmTasks.Metrics",
            [
                {"Id": "missing", "Expression": "wanted - running"},
                {
                    "Id": "running",
                    "MetricStat": {
                        "Metric": {
                            "MetricName": "RunningTaskCount",
                            "Dimensions": [
                                {"Name": "ClusterName", "Value": "shop-prod"},
                                {"Name": "ServiceName", "Value": "orders"},
                            ],
                        }
                    },
                },
            ],
        ),
    ),
    at("31 off", put("ComputeLoadBalancer.LoadBalancerAttributes.1.Value", "false"), named="ComputeLoadBalancer"),
    at("31 nothing said", put("ComputeLoadBalancer.LoadBalancerAttributes", []), named="ComputeLoadBalancer"),
    at(
        "5 a bucket that receives no logs",
        cut("ComputeLoadBalancer.LoadBalancerAttributes.0"),
        cut("StorageBucketArtifacts.LoggingConfiguration"),
        also={31},
        named="StorageBucketLogs",
    ),
    at(
        "31 somebody else's bucket",
        put("ComputeLoadBalancer.LoadBalancerAttributes.0.Value", "elsewhere"),
        named="ComputeLoadBalancer",
    ),
    at("31 not encrypted", cut("StorageBucketLogs.BucketEncryption"), also={5}, named="ComputeLoadBalancer"),
    at("32 no rule", cut("OrdersNotificationRule"), named="OrdersPipeline"),
    at("32 switched off", put("OrdersNotificationRule.Status", "DISABLED"), named="OrdersPipeline"),
    at("32 about nothing", put("OrdersNotificationRule.EventTypeIds", []), named="OrdersPipeline"),
    at("32 to nobody", put("OrdersNotificationRule.Targets", []), named="OrdersPipeline"),
    at(
        "32 to somebody else",
        put("OrdersNotificationRule.Targets.0.TargetAddress", "arn:aws:sns:us-east-1:1:x"),
        named="OrdersPipeline",
    ),
    at("36 none", cut("NetworkFlowLog"), named="NetworkVPC"),
    at("36 some traffic", put("NetworkFlowLog.TrafficType", "REJECT"), named="NetworkFlowLog"),
    at("36 not encrypted", cut("NetworkLogGroup.KmsKeyId"), also={5}, named="NetworkFlowLog"),
    at("36 somewhere else", put("NetworkFlowLog.LogGroupName", "/elsewhere"), named="NetworkFlowLog"),
    at("56 none", cut("GovernanceConfigurationRecorder"), named="Config recorder"),
    at(
        "56 some types",
        put("GovernanceConfigurationRecorder.RecordingGroup", {"AllSupported": False, "IncludeGlobalResourceTypes": True}),
        named="GovernanceConfigurationRecorder",
    ),
    at(
        "56 not IAM",
        put("GovernanceConfigurationRecorder.RecordingGroup.IncludeGlobalResourceTypes", False),
        named="GovernanceConfigurationRecorder",
    ),
    at("56 stopped", put("GovernanceConfigurationRecorder.StartedOnCreate", False), named="GovernanceConfigurationRecorder"),
    at("56 delivers nothing", cut("GovernanceDeliveryChannel"), named="Config delivery channel"),
    # Identities
    at("50 no boundary", cut("OrdersRoleTask.PermissionsBoundary"), named="OrdersRoleTask"),
    at("50 somebody else's boundary", put("OrdersRoleTask.PermissionsBoundary", "arn:aws:iam::1:policy/x"), named="OrdersRoleTask"),
    at("50 without a second factor", cut(f"{OPERATE}.Condition"), also={54}, named="GovernanceRoleOperate"),
    at(
        "50 for everybody",
        put("OrdersRoleTask.AssumeRolePolicyDocument.Statement.0.Principal", "*"),
        also={54},
        named="OrdersRoleTask",
    ),
    fine(
        "50 a build of another account",
        put(f"{CONFIG}.Principal", {"AWS": "arn:aws:iam::210987654321:role/shop-orders-build"}),
    ),
    fine(
        "50 builds of another account",
        put(f"{CONFIG}.Principal", {"AWS": "arn:aws:iam::210987654321:root"}),
        put(
            f"{CONFIG}.Condition",
            {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::210987654321:role/shop-*-build"}},
        ),
    ),
    fine(
        "50 a role that only a service takes on",
        put(f"{CONFIG}.Principal", {"AWS": {"Fn::GetAtt": ["OrdersRoleBuild", "Arn"]}}),
    ),
    at(
        "54 if there can be one",
        put(f"{OPERATE}.Condition", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
        also={50},
        named="GovernanceManagedPolicyOperate",
    ),
    at("54 nobody", cut("GovernanceRoleOperate"), cut("GovernanceManagedPolicyOperate"), named="role for people"),
    at("54 a policy for anybody", add("Loose", None, "GovernanceManagedPolicyOperate", ManagedPolicyName="loose"), named="Loose"),
    at(
        "54 through a role",
        put(f"{CONFIG}.Principal", {"AWS": {"Fn::GetAtt": ["GovernanceRoleOperate", "Arn"]}}),
        put("GovernanceRoleConfig.ManagedPolicyArns", [{"Ref": "GovernanceManagedPolicyOperate"}]),
        also={50},
        named="GovernanceManagedPolicyOperate",
    ),
    fine(
        "54 a policy for anybody with a second factor",
        add("Strict", None, "GovernanceManagedPolicyOperate", ManagedPolicyName="strict"),
        put("Strict.PolicyDocument.Statement.0.Condition", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ),
    fine(
        "54 a policy that denies without",
        add("Strict", None, "GovernanceManagedPolicyOperate", ManagedPolicyName="strict"),
        put(
            "Strict.PolicyDocument.Statement.1",
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
            },
        ),
    ),
    # Environments
    at(
        "46 nothing differs",
        told("others.develop", {"cidr": "10.10.0.0/16", "log_days": 90, "nat_gateways": 2, "deletion_protection": True}),
        named="prod and develop",
    ),
    at("46 alone", told("others", {}), also={49}, named="other environments"),
    fine("46 sizes differ", told("others.develop", {"cidr": "10.10.0.0/16", "services": {"orders": {"service_cpu": 512}}})),
    at("47 twice", add("Second", None, "ComputeCluster", ClusterName="shop-prod-2"), named="Second"),
    at("47 without the environment", put("ComputeCluster.ClusterName", "shop"), named="ComputeCluster"),
    at("47 in another cluster", put("OrdersService.Cluster", "arn:aws:ecs:us-east-1:1:cluster/x"), named="OrdersService"),
    at("49 the same addresses", told("others.qa.cidr", "10.40.0.0/16"), named="NetworkVPC"),
    at("49 some of them", told("others.qa.cidr", "10.40.128.0/20"), named="NetworkVPC"),
    at("49 unknown addresses", told("others.qa.cidr", ""), named="NetworkVPC"),
    at("51 another environment", tag("OrdersService", "Environment", "qa"), also={55}, named="OrdersService"),
    at("51 no tag", tag("OrdersService", "Environment", None), also={55}, named="OrdersService"),
    at("51 on a map", put("OrdersNotificationRule.Tags.Environment", "qa"), also={55}, named="OrdersNotificationRule"),
    at("51 no tags at all", cut("NetworkVPC.Tags"), also={55}, named="NetworkVPC"),
    *(
        at(f"55 no {name}", tag("GovernanceManagedPolicyOperate", name, None), named="GovernanceManagedPolicyOperate")
        for name in ("Owner", "CostCenter", "Compliance")
    ),
    at("55 another owner", tag("OrdersService", "Owner", "Somebody"), named="OrdersService"),
    fine("55 the inventory does not say which", told("tags", {}), tag("OrdersService", "Owner", "Somebody")),
    # What else the judges look at: the second half of a condition, somebody else's of the same kind, what is said in another way
    fine(
        "2 in another order",
        put("OrdersProject.Environment.EnvironmentVariables.3", {"Name": "A", "Value": "x"}),
        put("OrdersProject.Environment.EnvironmentVariables.0", {"Name": "BEFORE", "Value": "x"}),
        put("OrdersProject.Environment.EnvironmentVariables.4", {"Name": "BASE_IMAGE", "Value": "node:22"}),
    ),
    fine("3 nothing public", only("orders")),
    fine("3 nothing internal", only("accounts", "storefront")),
    fine(
        "16 traffic is shifted, whatever the minimum",
        put("OrdersService.DeploymentConfiguration.Strategy", "LINEAR"),
        put("OrdersService.DeploymentConfiguration.MinimumHealthyPercent", 50),
    ),
    at("22 in words", put("OrdersTaskDefinition.Cpu", "1 vCPU"), named="OrdersTaskDefinition"),
    at("37 another container", put("StorefrontService.LoadBalancers.0.ContainerName", "sidecar"), named="StorefrontService"),
    at(
        "18 plainly mutable",
        put("StorageRepositoryOrders.ImageTagMutability", "MUTABLE"),
        cut("StorageRepositoryOrders.ImageTagMutabilityExclusionFilters"),
        named="StorageRepositoryOrders",
    ),
    at(
        "41 though nothing is public",
        add("Left", None, "StorefrontTargetGroup", Name="left"),
        put("Left.TargetGroupAttributes.0.Value", "0"),
        only("orders"),
        named="Left",
    ),
    at("41 no number", put("StorefrontTargetGroup.TargetGroupAttributes.0.Value", "never"), named="StorefrontTargetGroup"),
    fine("33 the inventory does not say on which path", told("services.storefront.service_health_path", "")),
    at(
        "33 no path",
        told("services.storefront.service_health_path", ""),
        cut("StorefrontTargetGroup.HealthCheckPath"),
        named="StorefrontTargetGroup",
    ),
    at("38 never well", put("StorefrontTargetGroup.HealthyThresholdCount", 0), named="StorefrontTargetGroup"),
    at(
        "39 a listener of somebody else",
        put("StorefrontListenerRule.ListenerArn", "arn:aws:elasticloadbalancing:us-east-1:1:listener/x"),
        named="rule for storefront",
    ),
    at("40 a second load balancer", add("Second", None, "ComputeLoadBalancer", Name="second"), named="Second"),
    at(
        "48 told to another build",
        cut("OrdersProject.Environment.EnvironmentVariables.1"),
        put(
            "OrdersPipeline.Stages.1.Actions.1",
            {
                "Name": "Other",
                "ActionTypeId": {"Category": "Test", "Provider": "CodeBuild"},
                "Configuration": {"ProjectName": "other", "EnvironmentVariables": '[{"name": "ENVIRONMENT", "value": "prod"}]'},
            },
        ),
        also={14},
        named="OrdersProject",
    ),
    at("14 no YAML", put("OrdersProject.Source.BuildSpec", "{"), also={48}, named="OrdersProject"),
    fine(
        "43 denied besides",
        put(
            "OrdersManagedPolicyTask.PolicyDocument.Statement.1",
            {"Effect": "Deny", "Action": "secretsmanager:*", "Resource": {"Ref": "AccountsSecret0"}},
        ),
    ),
    at("45 a schedule without rules", cut("OrdersSecret0RotationSchedule.RotationRules"), named="OrdersSecret0"),
    at(
        "27 some tasks elsewhere",
        put("OrdersService.NetworkConfiguration.AwsvpcConfiguration.Subnets.2", "subnet-1"),
        also={8},
        named="OrdersService",
    ),
    at("8 load balancer partly elsewhere", put("ComputeLoadBalancer.Subnets.2", "subnet-1"), named="ComputeLoadBalancer"),
    at("34 a second network", add("Second", None, "NetworkVPC", CidrBlock="10.41.0.0/16"), also={36}, named="Second"),
    at(
        "10 all protocols, as AWS says it",
        put("NetworkSecurityGroupLoadBalancerIngress0.IpProtocol", "-1"),
        cut("NetworkSecurityGroupLoadBalancerIngress0.FromPort"),
        cut("NetworkSecurityGroupLoadBalancerIngress0.ToPort"),
        named="NetworkSecurityGroupLoadBalancerIngress0",
    ),
    at(
        "10 UDP",
        put("NetworkSecurityGroupLoadBalancerIngress0.IpProtocol", "udp"),
        named="NetworkSecurityGroupLoadBalancerIngress0",
    ),
    fine(
        "35 everything out",
        put("NetworkSecurityGroupServicesEgress1.IpProtocol", "-1"),
        cut("NetworkSecurityGroupServicesEgress1.FromPort"),
        cut("NetworkSecurityGroupServicesEgress1.ToPort"),
        put("NetworkSecurityGroupServicesEgress1.CidrIp", "0.0.0.0/0"),
    ),
    at(
        "35 a way out of somebody else",
        put("NetworkSecurityGroupServicesEgress1.GroupId.Ref", "NetworkSecurityGroupLoadBalancer"),
        named="OrdersSecurityGroup",
    ),
    at("35 out by UDP", put("NetworkSecurityGroupServicesEgress1.IpProtocol", "udp"), named="OrdersSecurityGroup"),
    at(
        "35 out to other addresses",
        cut("NetworkSecurityGroupServicesEgress1.CidrIp"),
        put("NetworkSecurityGroupServicesEgress1.CidrIpv6", "::/0"),
        named="OrdersSecurityGroup",
    ),
    *(
        at(
            f"35 the group of Kafka, out to {about}",
            *KAFKA_IN,
            cut("NetworkSecurityGroupServicesEgress1.CidrIp"),
            put(f"NetworkSecurityGroupServicesEgress1.{name}", value),
            named="OrdersSecurityGroup",
        )
        for about, name, value in (
            ("another group", "DestinationSecurityGroupId", "sg-1"),
            ("addresses", "CidrIp", "198.51.100.0/26"),
        )
    ),
    fine("35 the group of Kafka, out to anywhere", *KAFKA_IN, put("NetworkSecurityGroupServicesEgress1.CidrIp", "0.0.0.0/0")),
    at("53 no days", cut("StorageBucketTrail.ObjectLockConfiguration.Rule.DefaultRetention.Days"), named="StorageBucketTrail"),
    at("53 no mode", cut("StorageBucketTrail.ObjectLockConfiguration.Rule.DefaultRetention.Mode"), named="StorageBucketTrail"),
    at(
        "53 another rule",
        put("GovernanceConfigRuleTrailNeedsMfa.Source.SourceIdentifier", "ENCRYPTED_VOLUMES"),
        named="Config rule S3_BUCKET_MFA_DELETE_ENABLED",
    ),
    at(
        "53 another bucket's policy",
        put("StorageBucketPolicyTrail.Bucket", {"Fn::Sub": "shop-prod-logs-${AWS::AccountId}"}),
        named="StorageBucketTrail",
    ),
    at(
        "53 about another bucket",
        put(f"{TRAIL_POLICY}.Resource", [{"Fn::GetAtt": ["StorageBucketLogs", "Arn"]}, {"Fn::Sub": "${StorageBucketLogs.Arn}/*"}]),
        named="StorageBucketTrail",
    ),
    fine("53 about everything", put(f"{TRAIL_POLICY}.Resource", "*")),
    at("30 in another cluster", put("OrdersAlarmCpu.Dimensions.0.Value", "shop-qa"), named="OrdersAlarmCpu"),
    fine("56 all, as it was said before", cut("GovernanceConfigurationRecorder.RecordingGroup.RecordingStrategy")),
    fine("56 all, as it is said now", cut("GovernanceConfigurationRecorder.RecordingGroup.AllSupported")),
    fine(
        "50 denied to everybody",
        put(
            "OrdersRoleTask.AssumeRolePolicyDocument.Statement.1", {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
        ),
    ),
    at(
        "50 builds and people",
        put(f"{CONFIG}.Principal", {"AWS": "arn:aws:iam::210987654321:root"}),
        put(f"{CONFIG}.Condition", {"ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::1:role/x-build", "arn:aws:iam::1:user/me"]}}),
        named="GovernanceRoleConfig",
    ),
    at(
        "50 a build in another condition",
        put(f"{CONFIG}.Principal", {"AWS": "arn:aws:iam::210987654321:root"}),
        put(f"{CONFIG}.Condition", {"ArnLike": {"aws:SourceArn": "arn:aws:iam::1:role/x-build"}}),
        named="GovernanceRoleConfig",
    ),
    at("27 nowhere", put("OrdersService.NetworkConfiguration.AwsvpcConfiguration.Subnets", []), also={8}, named="OrdersService"),
    at("8 load balancer nowhere", put("ComputeLoadBalancer.Subnets", []), named="ComputeLoadBalancer"),
    at(
        "18 immutable but for some", put("StorageRepositoryOrders.ImageTagMutability", "IMMUTABLE"), named="StorageRepositoryOrders"
    ),
    *(
        case(
            f"46 only {key} {'differs' if differs else 'is told, and the same'}",
            told("others.develop", {"cidr": "10.10.0.0/16", key: value}),
            **more,
        )
        for key, same, other in (("log_days", 90, 30), ("nat_gateways", 2, 1), ("deletion_protection", True, False))
        for value, differs, case, more in ((same, False, at, {"named": "prod and develop"}), (other, True, fine, {}))
    ),
    *(
        at(
            f"46 {about}",
            told("others.develop", {"cidr": "10.10.0.0/16", "services": {"orders": {"service_cpu": cpu}}}),
            named="prod and develop",
        )
        for about, cpu in (("the same size", 1024), ("the same size as a text", "1024"), ("an unknown size", None))
    ),
    at(
        "46 neither is protected",
        put("ComputeLoadBalancer.LoadBalancerAttributes.2.Value", "false"),
        told("others.develop", {"cidr": "10.10.0.0/16", "deletion_protection": False}),
        named="prod and develop",
    ),
    at(
        "46 no load balancer to protect",
        only("orders"),
        cut("ComputeLoadBalancer"),
        cut("ComputeListenerHTTPS443"),
        told("others.develop", {"cidr": "10.10.0.0/16", "deletion_protection": False}),
        also={10},
        named="prod and develop",
    ),
    at("47 another name", put("ComputeCluster.ClusterName", "other-prod"), named="ComputeCluster"),
    at("47 twice by one name", add("Second", None, "ComputeCluster"), named="Second"),
    at(
        "47 not after the environment",
        told("name", "qa"),
        also={1, 3, 14, 29, 33, 37, 39, 48, 51},
        named="ComputeCluster",
    ),
    fine("49 not production", told("production", False), told("others.qa.production", True)),
    at(
        "49 not production, and in its addresses",
        told("production", False),
        told("others.qa", {"production": True, "cidr": "10.40.0.0/16", "log_days": 30}),
        named="NetworkVPC",
    ),
    at("49 no production is known", told("production", False), named="production"),
    at("55 an empty one", told("tags", {}), put("OrdersNotificationRule.Tags.Owner", ""), named="OrdersNotificationRule"),
    fine(
        "20 denied to everybody",
        put("StorageRepositoryOrders.RepositoryPolicyText", ANYBODY),
        put("StorageRepositoryOrders.RepositoryPolicyText.Statement.0.Effect", "Deny"),
    ),
    fine(
        "20 another account",
        put("StorageRepositoryOrders.RepositoryPolicyText", ANYBODY),
        put("StorageRepositoryOrders.RepositoryPolicyText.Statement.0.Principal", {"AWS": "arn:aws:iam::210987654321:root"}),
    ),
    at("53 allowed to everybody", put(f"{TRAIL_POLICY}.Effect", "Allow"), named="StorageBucketTrail"),
    at(
        "43 all but one besides",
        put(
            "OrdersManagedPolicyTask.PolicyDocument.Statement.1",
            {"Effect": "Allow", "Action": "secretsmanager:*", "NotResource": "x"},
        ),
        named="OrdersRoleTask",
    ),
    *(
        at(
            f"54 a policy that {about}",
            add("Loose", None, "GovernanceManagedPolicyOperate", ManagedPolicyName="loose"),
            put("Loose.PolicyDocument.Statement.1", {**WITHOUT, **more}),
            named="Loose",
        )
        for about, more in (
            ("denies some things", {"Action": "ec2:*"}),
            ("denies about some things", {"Resource": "arn:aws:s3:::x"}),
            ("allows without", {"Effect": "Allow"}),
            ("denies under another condition", {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
        )
    ),
    fine(
        "54 a policy that denies all but signing in",
        add("Strict", None, "GovernanceManagedPolicyOperate", ManagedPolicyName="strict"),
        put(
            "Strict.PolicyDocument.Statement.1",
            {**{key: value for key, value in WITHOUT.items() if key != "Action"}, "NotAction": "iam:EnableMFADevice"},
        ),
    ),
]
