# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What tests of the delivery modules need in the account first."""

from __future__ import annotations

import json
from copy import deepcopy

from moto.sns.models import sns_backends

from ansible_collections.slipway.aws.extensions.emulator.services import codeconnections
from ansible_collections.slipway.aws.plugins.filter.pipeline import buildspec


def role(aws, name, service):
    """Create a role that a service may use; return its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]


def mighty_role(aws, name, service):
    """Create a role that a service may use and that may do everything; return its ARN."""
    arn = role(aws, name, service)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    aws.client("iam").put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=json.dumps(policy))
    return arn


# A pipeline in three stages, as the options of the module name them.
CONNECTION = "arn:aws:codeconnections:us-east-1:123456789012:connection/7d1f0c52-8a9b-4b3e-9d6b-0a1b2c3d4e5f"
SOURCE = {
    "name": "Source",
    "actions": [
        {
            "name": "GitHub",
            "action_type_id": {"category": "Source", "provider": "CodeStarSourceConnection"},
            "namespace": "GitHub",
            "configuration": {"ConnectionArn": CONNECTION, "FullRepositoryId": "shop/shop", "BranchName": "main"},
            "output_artifacts": [{"name": "Source"}],
        }
    ],
}
BUILD = {
    "name": "Build",
    "actions": [
        {
            "name": "Image",
            "action_type_id": {"category": "Build", "provider": "CodeBuild"},
            "configuration": {"ProjectName": "shop-image"},
            "input_artifacts": [{"name": "Source"}],
            "output_artifacts": [{"name": "Image"}],
        }
    ],
}
DEPLOY = {
    "name": "Deploy",
    "actions": [
        {
            "name": "Site",
            "action_type_id": {"category": "Deploy", "provider": "S3"},
            "configuration": {"BucketName": "shop-site", "Extract": True},
            "input_artifacts": [{"name": "Image"}],
        }
    ],
}


# What makes an image, tests it, pushes it and says so, and can do all that a second time for the same commit.
PUSHED = "aws ecr describe-images --repository-name shop/web --image-ids imageTag=$COMMIT"
IMAGE = {
    "install": ["npm ci"],
    "commands": [
        "URL=123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web",
        "COMMIT=$CODEBUILD_RESOLVED_SOURCE_VERSION",
        "aws ecr get-login-password | docker login --username AWS --password-stdin ${URL%%/*}",
        "docker pull $URL:$COMMIT || docker build --tag $URL:$COMMIT .",
        "npm test",
        "trivy image --exit-code 1 --severity HIGH,CRITICAL $URL:$COMMIT",
    ],
    "afterwards": [
        "docker tag $URL:$COMMIT $URL:latest",
        f"{PUSHED} > /dev/null || docker push $URL:$COMMIT",
        "docker push $URL:latest",
        f"DIGEST=$({PUSHED} --query 'imageDetails[0].imageDigest' --output text)",
        """printf '[{"name":"%s","imageUri":"%s"}]' web $URL@$DIGEST > imagedefinitions.json""",
    ],
    "artifacts": {"files": ["imagedefinitions.json"]},
}


def approval(stage="Approve", action="Release", **more):
    """Return a stage with a manual approval."""
    kind = {"category": "Approval", "provider": "Manual"}
    return {"name": stage, "actions": [{"name": action, "action_type_id": kind, **more}]}


def pipeline(aws, name="shop", stages=None, source=None, build=None, **options):
    """Create a pipeline with everything it needs in the account: connection, project, bucket, roles."""
    client = aws.client("codeconnections")
    connection = client.create_connection(ConnectionName=name, ProviderType="GitHub")["ConnectionArn"]
    codeconnections.authorise(connection)
    project = {
        "name": "shop-image",
        "source": {"type": "CODEPIPELINE", **({"buildspec": buildspec(build)} if build else {})},
        "environment": {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "compute_type": "BUILD_GENERAL1_SMALL"},
    }
    aws.run("codebuild_project", **project, service_role=role(aws, f"{name}-build", "codebuild"))
    aws.client("s3").create_bucket(Bucket="shop-site")
    first = deepcopy(source or SOURCE)
    if source is None:
        first["actions"][0]["configuration"]["ConnectionArn"] = connection
    made = aws.run(
        "codepipeline",
        name=name,
        role_arn=mighty_role(aws, f"{name}-pipeline", "codepipeline"),
        artifact_store={"location": "shop-artifacts"},
        stages=[first, *(stages or [BUILD, DEPLOY])],
        **options,
    )
    assert not made.failed, made.msg
    return made.pipeline


def topic(aws, name, open_to="codestar-notifications"):
    """Create a topic to which a service may publish; return its ARN."""
    arn = aws.client("sns").create_topic(Name=name)["TopicArn"]
    principal = {"Service": f"{open_to}.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "SNS:Publish", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return arn


def messages(arn):
    """Return what was published to a topic."""
    region, account = arn.split(":")[3:5]
    return [notification[1] for notification in sns_backends[account][region].topics[arn].sent_notifications]


# A service that CodeDeploy deploys to, with its load balancer.


def register(aws, image="shop:1"):
    """Register a version of the task definition; return its ARN."""
    container = {"name": "web", "image": image, "portMappings": [{"containerPort": 8000}], "essential": True}
    definition = aws.client("ecs").register_task_definition(
        family="shop",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=role_of(aws, "shop-execution", "ecs-tasks"),
        containerDefinitions=[container],
    )
    return definition["taskDefinition"]["taskDefinitionArn"]


def role_of(aws, name, service):
    """Return the ARN of a role that may do everything, which is created the first time."""
    names = [one["RoleName"] for one in aws.client("iam").list_roles()["Roles"]]
    return f"arn:aws:iam::123456789012:role/{name}" if name in names else mighty_role(aws, name, service)


def blue_green(aws, count=2):
    """Create a service with the CODE_DEPLOY controller; return the options of its deployment group and the listener's ARN."""
    ec2, balancing, ecs = aws.client("ec2"), aws.client("elbv2"), aws.client("ecs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = (("10.0.0.0/24", "us-east-1a"), ("10.0.1.0/24", "us-east-1b"))
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=c, AvailabilityZone=z)["Subnet"]["SubnetId"] for c, z in zones]
    balancer = balancing.create_load_balancer(Name="shop", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    target = {"Protocol": "HTTP", "Port": 8000, "VpcId": vpc, "TargetType": "ip"}
    blue, green = (balancing.create_target_group(Name=f"shop-{c}", **target)["TargetGroups"][0] for c in ("blue", "green"))
    listeners = [
        balancing.create_listener(
            LoadBalancerArn=balancer,
            Port=port,
            Protocol="HTTP",
            DefaultActions=[{"Type": "forward", "TargetGroupArn": blue["TargetGroupArn"]}],
        )["Listeners"][0]["ListenerArn"]
        for port in (80, 8080)
    ]
    balancing.create_rule(
        ListenerArn=listeners[1],
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/never"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": green["TargetGroupArn"]}],
    )
    ecs.create_cluster(clusterName="shop")
    ecs.create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition=register(aws),
        desiredCount=count,
        launchType="FARGATE",
        deploymentController={"type": "CODE_DEPLOY"},
        loadBalancers=[{"targetGroupArn": blue["TargetGroupArn"], "containerName": "web", "containerPort": 8000}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
    )
    pair = {
        "target_groups": [{"name": "shop-blue"}, {"name": "shop-green"}],
        "prod_traffic_route": {"listener_arns": [listeners[0]]},
        "test_traffic_route": {"listener_arns": [listeners[1]]},
    }
    group = {
        "name": "web",
        "application_name": "shop",
        "service_role_arn": role(aws, "shop-deploy", "codedeploy"),
        "ecs_services": [{"cluster_name": "shop", "service_name": "web"}],
        "load_balancer_info": {"target_group_pair_info_list": [pair]},
    }
    return group, listeners[0]


def done(aws, module, **options):
    """Run a module that has to work; return its result."""
    result = aws.run(module, **options)
    assert not result.failed, result.msg
    return result


def rests(aws, module, **options):
    """Run a module that has to work, change nothing and send nothing; return its result."""
    with aws.recorded() as sent:
        result = done(aws, module, **options)
    assert (result.changed, sent.writes) == (False, []), result.get("diff")
    return result
