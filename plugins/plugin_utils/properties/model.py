# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An environment as the properties judge it: what was read back from the account, and what its inventory says.

Resources are known by the names that the roles give them, and by the references between them; nothing asks AWS.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from ansible_collections.slipway.aws.plugins.filter.service import target_group_names
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import dig, listed, mentioned, spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import Judged

ALARM = "AWS::CloudWatch::Alarm"
ALIAS = "AWS::KMS::Alias"
BUCKET = "AWS::S3::Bucket"
CERTIFICATE = "AWS::CertificateManager::Certificate"
CLUSTER = "AWS::ECS::Cluster"
CONNECTION = "AWS::CodeConnections::Connection"
KEY = "AWS::KMS::Key"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LOG_GROUP = "AWS::Logs::LogGroup"
POLICY = "AWS::IAM::ManagedPolicy"
PIPELINE = "AWS::CodePipeline::Pipeline"
PROJECT = "AWS::CodeBuild::Project"
REPOSITORY = "AWS::ECR::Repository"
ROLE = "AWS::IAM::Role"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
SCALABLE = "AWS::ApplicationAutoScaling::ScalableTarget"
SECRET = "AWS::SecretsManager::Secret"
SECURITY_GROUP = "AWS::EC2::SecurityGroup"
SERVICE = "AWS::ECS::Service"
SUBNET = "AWS::EC2::Subnet"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
TOPIC = "AWS::SNS::Topic"
TRAIL = "AWS::CloudTrail::Trail"
VPC = "AWS::EC2::VPC"

# Where people's name of a resource stands.
_NAMES = {
    ALARM: "AlarmName",
    ALIAS: "AliasName",
    BUCKET: "BucketName",
    CLUSTER: "ClusterName",
    LOAD_BALANCER: "Name",
    LOG_GROUP: "LogGroupName",
    PIPELINE: "Name",
    POLICY: "ManagedPolicyName",
    PROJECT: "Name",
    REPOSITORY: "RepositoryName",
    ROLE: "RoleName",
    SECRET: "Name",
    SECURITY_GROUP: "GroupName",
    SERVICE: "ServiceName",
    TARGET_GROUP: "Name",
    TASK_DEFINITION: "Family",
    TOPIC: "TopicName",
    TRAIL: "TrailName",
}


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource of a template."""

    logical: str
    kind: str
    properties: dict
    metadata: dict

    def get(self, path, default=None):
        """Return what stands at a dotted path of its properties, or a default."""
        return dig(self.properties, path, default)

    @property
    def name(self):
        """Return what people call it."""
        return spelled(self.properties.get(_NAMES.get(self.kind, "Name")))

    @property
    def tags(self):
        """Return its tags, which stand under one of several names, as a list or as a map, as a map."""
        for name, value in {**self.properties, **self.metadata}.items():
            if name.endswith("Tags") and isinstance(value, (dict, list)):
                return value if isinstance(value, dict) else {each["Key"]: each.get("Value", "") for each in value}
        return {}

    def judged(self, holds, evidence):
        """Return a judgement of it."""
        return Judged(self.logical, bool(holds), evidence)


@dataclass
class Environment:
    """What a judge needs to know of an environment."""

    name: str  # develop, test, qa or prod
    platform: str  # what names begin with, for example shop-develop
    template: dict
    physical: dict  # what each logical id stands for in the account, {logical: {"id": ..., "arn": ...}}
    production: bool = False
    services: dict = field(default_factory=dict)  # {name: its options, as the inventory says them}
    kafka: dict = field(default_factory=dict)  # {"brokers": ["host:9094"], "security_group": id or "", "networks": [cidr]}
    tags: dict = field(default_factory=dict)  # what every resource has to carry, {name: value}
    log_days: int = 0  # how long logs of services are kept, where the service itself says nothing else
    others: dict = field(default_factory=dict)  # the other environments of the platform, {name: facts as in environments.facts()}

    @cached_property
    def everything(self):
        """Return all resources by logical id."""
        return {
            logical: Resource(logical, each["Type"], each.get("Properties", {}), each.get("Metadata", {}))
            for logical, each in sorted(self.template["Resources"].items())
        }

    def resources(self, *kinds):
        """Return the resources of some kinds."""
        return [each for kind in kinds for each in self._by_kind.get(kind, ())]

    def called(self, kind, name):
        """Return the resources of a kind with a name, which may hold references."""
        return [each for each in self.resources(kind) if each.name and each.name == spelled(name)]

    def one(self, kind, name):
        """Return the resource of a kind with a name, or None."""
        return next(iter(self.called(kind, name)), None)

    def target(self, value, *kinds):
        """Return the resource that a value means, by reference, by its id or ARN, or by its name; of these kinds, or None."""
        found = next((self.everything[each] for each in mentioned(value) if each in self.everything), None)
        if found is None and isinstance(value, str):
            found = self.everything.get(self._identities.get(value))
        if found is not None:
            return found if not kinds or found.kind in kinds else None
        return next((each for kind in kinds for each in self.called(kind, value)), None)

    def targets(self, values, *kinds):
        """Return the resources that a list of values means, without what nobody here knows."""
        found = [self.target(value, *kinds) for value in listed(values)]
        return [each for each in found if each is not None]

    def key(self, value):
        """Return the customer key of the environment that a value means, by itself or by an alias, or None."""
        found = self.target(value, KEY, ALIAS)
        return self.target(found.get("TargetKeyId"), KEY) if found and found.kind == ALIAS else found

    def some(self, kind, what):
        """Return the resources of a kind, and a judgement when there are none although there have to be: (found, faults)."""
        found = self.resources(kind)
        return found, [] if found else [missing(what)]

    def service(self, name):
        """Return one of its services."""
        return Service(self, name, self.services[name])

    @cached_property
    def every_service(self):
        """Return all services that the inventory describes."""
        return [self.service(name) for name in sorted(self.services)]

    @property
    def public(self):
        """Return the services that the internet reaches."""
        return [each for each in self.every_service if each.public]

    @property
    def internal(self):
        """Return the services that only other services reach."""
        return [each for each in self.every_service if not each.public]

    @cached_property
    def _by_kind(self):
        kinds = {}
        for each in self.everything.values():
            kinds.setdefault(each.kind, []).append(each)
        return kinds

    @cached_property
    def _identities(self):
        told = [(text, logical) for logical, each in self.physical.items() for text in (each.get("id"), each.get("arn"))]
        return {text: logical for text, logical in told if text}


@dataclass(frozen=True, eq=False)
class Service:
    """One service, and where its resources are; those that are not there are None."""

    environment: Environment
    name: str
    options: dict

    @property
    def public(self):
        """Tell whether the internet reaches it."""
        return self.options.get("service_type") == "public"

    @property
    def port(self):
        """Return the port that its container listens on."""
        return int(self.options.get("service_port", 0))

    @property
    def secrets(self):
        """Return the names of its secrets by the variable that has them."""
        return {
            each["variable"]: f"{self.environment.platform}/{self.name}/{each['name']}"
            for each in self.options.get("service_secrets") or []
        }

    @property
    def prefix(self):
        """Return what the names of what it owns begin with."""
        return f"{self.environment.platform}-{self.name}"

    @property
    def family(self):
        """Return the name of its task definition and its rule."""
        return f"{self.name}-{self.environment.name}"

    @property
    def target_group_name(self):
        """Return the name of its target group, the first one when traffic is shifted."""
        return target_group_names(self.family)[0]

    @property
    def log_group_name(self):
        """Return the name of its log group."""
        return f"/ecs/{self.environment.name}/{self.name}"

    @property
    def repository_name(self):
        """Return the name of its image repository."""
        return f"{self.environment.platform}/{self.name}"

    @property
    def ecs(self):
        """Return the ECS service."""
        return self.environment.one(SERVICE, self.name)

    @property
    def definition(self):
        """Return the task definition that it runs, or would run."""
        running = self.ecs and self.environment.target(self.ecs.get("TaskDefinition"), TASK_DEFINITION)
        return running or self.environment.one(TASK_DEFINITION, self.family)

    @property
    def containers(self):
        """Return the containers of the task definition."""
        return self.definition.get("ContainerDefinitions", []) if self.definition else []

    @property
    def container(self):
        """Return its own container, {} when there is none."""
        return next((each for each in self.containers if each.get("Name") == self.name), {})

    @property
    def variables(self):
        """Return the environment variables that stand in the task definition in plain text."""
        return {each["Name"]: each.get("Value") for one in self.containers for each in one.get("Environment", [])}

    @property
    def injected(self):
        """Return where the container's secret variables come from."""
        return {each["Name"]: each.get("ValueFrom") for each in self.container.get("Secrets", [])}

    @property
    def repository(self):
        """Return the image repository."""
        return self.environment.one(REPOSITORY, self.repository_name)

    @property
    def log_group(self):
        """Return the log group."""
        return self.environment.one(LOG_GROUP, self.log_group_name)

    @property
    def pipeline(self):
        """Return the pipeline."""
        return self.environment.one(PIPELINE, self.prefix)

    @property
    def project(self):
        """Return the build of its image."""
        return self.environment.one(PROJECT, f"{self.prefix}-image")

    @property
    def group(self):
        """Return its own security group."""
        return self.environment.one(SECURITY_GROUP, self.prefix)

    @property
    def target_group(self):
        """Return the target group."""
        return self.environment.one(TARGET_GROUP, self.target_group_name)

    def role(self, purpose):
        """Return one of its roles: execution, task, pipeline or build."""
        return self.environment.one(ROLE, f"{self.prefix}-{purpose}")

    @property
    def scalable_target(self):
        """Return what says between which numbers its tasks may be."""
        own = f"service/{self.environment.platform}/{self.name}"
        return next((each for each in self.environment.resources(SCALABLE) if spelled(each.get("ResourceId")) == own), None)

    @property
    def rules(self):
        """Return the rules of listeners that lead to its target group."""
        own = self.target_group
        return [each for each in self.environment.resources(RULE) if own and own.logical in mentioned(each.get("Actions"))]


def missing(what, why="there is none"):
    """Return the judgement of what has to be there and is not."""
    return Judged(what, False, why)
