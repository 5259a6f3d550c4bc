# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a container service needs around it, made with plain API calls: cluster, roles, task definition, load balancer."""

from __future__ import annotations

import json
from functools import cached_property

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK

IMAGE = "public.ecr.aws/nginx/nginx:1.27"
ACCOUNT = "123456789012"


class Meddling:
    """The account's time, in which somebody does something while the module waits."""

    monotonic = staticmethod(CLOCK.seconds)

    def __init__(self, act):
        self.acts = [act]

    def sleep(self, seconds):
        """Let time pass, and the first time something happen."""
        CLOCK.advance(seconds)
        if self.acts:
            self.acts.pop()()


class Containers:
    """An account with everything that a service of the name ``web`` needs."""

    def __init__(self, aws, balanced=False):
        self.aws = aws
        self.ecs.create_cluster(clusterName="shop", capacityProviders=["FARGATE", "FARGATE_SPOT"])
        for role in ("execution", "infrastructure"):
            self.iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
        starting = {"Effect": "Allow", "Action": ["ecr:*", "secretsmanager:GetSecretValue", "ssm:GetParameters"], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [starting]})
        self.iam.put_role_policy(RoleName="execution", PolicyName="start", PolicyDocument=policy)
        self.logs.create_log_group(logGroupName="/ecs/web")
        if balanced:
            self.balance()

    def __getattr__(self, name):
        """Return a client of the service of that name; making one takes long enough to wait until it is needed."""
        services = {"ecs": "ecs", "elb": "elbv2", "logs": "logs", "alarms": "cloudwatch", "iam": "iam", "ec2": "ec2"}
        if name not in services:
            raise AttributeError(name)
        setattr(self, name, self.aws.client(services[name]))
        return getattr(self, name)

    @cached_property
    def network(self):
        """Return the ids of two subnets and of a security group, in the default VPC."""
        subnets = self.ec2.describe_subnets()["Subnets"][:2]
        vpc = subnets[0]["VpcId"]
        group = self.ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
        return {"vpc": vpc, "subnets": [subnet["SubnetId"] for subnet in subnets], "group": group}

    @property
    def awsvpc(self):
        """Return the network configuration of a service."""
        return {"awsvpcConfiguration": {"subnets": self.network["subnets"], "securityGroups": [self.network["group"]]}}

    def balance(self):
        """Make a load balancer with two target groups and a rule for production and one for tests."""
        balancer = self.elb.create_load_balancer(Name="shop", Subnets=self.network["subnets"])["LoadBalancers"][0]
        self.blue, self.green = (self._group(name) for name in ("blue", "green"))
        self.rules = [self._rule(balancer["LoadBalancerArn"], port) for port in (80, 8080)]

    def _group(self, name):
        made = self.elb.create_target_group(
            Name=name, Protocol="HTTP", Port=8000, VpcId=self.network["vpc"], TargetType="ip", HealthCheckIntervalSeconds=10
        )
        arn = made["TargetGroups"][0]["TargetGroupArn"]
        self.elb.modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}]
        )
        return arn

    def _rule(self, balancer, port):
        answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
        made = self.elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=answer)
        groups = [{"TargetGroupArn": self.blue, "Weight": 100}, {"TargetGroupArn": self.green, "Weight": 0}]
        return self.elb.create_rule(
            ListenerArn=made["Listeners"][0]["ListenerArn"],
            Priority=10,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        )["Rules"][0]["RuleArn"]

    @property
    def balancers(self):
        """Return the load balancers of a service that shifts traffic."""
        return [
            {
                "targetGroupArn": self.blue,
                "containerName": "web",
                "containerPort": 8000,
                "advancedConfiguration": {
                    "alternateTargetGroupArn": self.green,
                    "productionListenerRule": self.rules[0],
                    "testListenerRule": self.rules[1],
                    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/infrastructure",
                },
            }
        ]

    def define(self, image=IMAGE, family="web", task_role=None, **more):
        """Register a task definition, with ``more`` for its container; return ``family:revision``."""
        log = {"awslogs-group": "/ecs/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs"}
        container = {
            "name": "web",
            "image": image,
            "portMappings": [{"containerPort": 8000}],
            "logConfiguration": {"logDriver": "awslogs", "options": log},
            **more,
        }
        made = self.ecs.register_task_definition(
            family=family,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
            containerDefinitions=[container],
            **({"taskRoleArn": task_role} if task_role else {}),
        )["taskDefinition"]
        return f"{family}:{made['revision']}"

    def create(self, definition=None, **more):
        """Create the service; return it."""
        given = {
            "cluster": "shop",
            "serviceName": "web",
            "taskDefinition": definition or self.define(),
            "desiredCount": 2,
            "launchType": "FARGATE",
            "networkConfiguration": self.awsvpc,
            **more,
        }
        return self.ecs.create_service(**given)["service"]

    def update(self, **more):
        """Change the service; return it."""
        return self.ecs.update_service(cluster="shop", service="web", **more)["service"]

    @property
    def service(self):
        """Return the service as it is now."""
        return self.ecs.describe_services(cluster="shop", services=["web"], include=["TAGS"])["services"][0]

    @property
    def deployment(self):
        """Return the newest service deployment as it is now."""
        newest = self.ecs.list_service_deployments(cluster="shop", service="web")["serviceDeployments"][0]
        found = self.ecs.describe_service_deployments(serviceDeploymentArns=[newest["serviceDeploymentArn"]])
        return found["serviceDeployments"][0]

    def pass_time(self, minutes=0, until=None, at_most=180):
        """Put the clock forward: by minutes, or until the newest service deployment has a status or a stage."""
        CLOCK.advance(60 * minutes)
        for _minute in range(at_most * 12 if until else 0):
            deployment = self.deployment
            if until in (deployment["status"], deployment.get("lifecycleStage")):
                return deployment
            CLOCK.advance(5)
        if until:
            raise AssertionError(f"never {until}: {deployment}")
        return None

    def weights(self, rule=0):
        """Return the weights of the two target groups in the production rule, or with 1 in the test rule."""
        action = self.elb.describe_rules(RuleArns=[self.rules[rule]])["Rules"][0]["Actions"][-1]
        weights = {group["TargetGroupArn"]: group["Weight"] for group in action["ForwardConfig"]["TargetGroups"]}
        return weights[self.blue], weights[self.green]

    def health(self, group):
        """Return the states of the targets of a target group."""
        found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return sorted(target["TargetHealth"]["State"] for target in found)

    def tasks(self, status="RUNNING"):
        """Return the tasks of the service."""
        arns = self.ecs.list_tasks(cluster="shop", serviceName="web", desiredStatus=status)["taskArns"]
        return self.ecs.describe_tasks(cluster="shop", tasks=arns)["tasks"] if arns else []

    def revision(self):
        """Return the revisions that the running tasks have."""
        return {task["taskDefinitionArn"].rsplit("/", 1)[-1] for task in self.tasks() if task["lastStatus"] == "RUNNING"}
