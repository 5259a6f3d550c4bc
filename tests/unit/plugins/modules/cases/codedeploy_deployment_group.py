# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.delivery import blue_green, role

TOPIC = "arn:aws:sns:us-east-1:123456789012:shop"


def prepare(aws):
    role(aws, "other", "codedeploy")
    aws.run("codedeploy_application", name="shop")
    return blue_green(aws)[0]


def told(*events):
    return {"trigger_name": "chat", "trigger_target_arn": TOPIC, "trigger_events": list(events)}


def pair(*names, routes=("arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/1/2",)):
    groups = [{"name": name} for name in names]
    one = {"target_groups": groups, "prod_traffic_route": {"listener_arns": list(routes)}}
    return {"load_balancer_info": {"target_group_pair_info_list": [one]}}


def blue_green_with(ready=None, wait=None, kept=None):
    config = {}
    if ready:
        config["deployment_ready_option"] = {"action_on_timeout": ready, **({} if wait is None else {"wait_time_in_minutes": wait})}
    if kept is not None:
        config["terminate_blue_instances_on_deployment_success"] = {"termination_wait_time_in_minutes": kept}
    return {"blue_green_deployment_configuration": config}


ON = {"enabled": True}
CHAIN = Chain(
    prepare=prepare,
    create={},
    changes=[
        {"deployment_config_name": "CodeDeployDefault.ECSCanary10Percent5Minutes"},
        {"service_role_arn": "arn:aws:iam::123456789012:role/other"},
        blue_green_with(kept=60),
        blue_green_with("STOP_DEPLOYMENT", 30),
        {"alarm_configuration": {**ON, "alarms": [{"name": "shop-5xx"}, {"name": "shop-slow"}]}},
        {"auto_rollback_configuration": {**ON, "events": ["DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_FAILURE"]}},
        {"auto_rollback_configuration": {**ON, "events": ["DEPLOYMENT_FAILURE"]}},
        {"alarm_configuration": {"enabled": False, "alarms": []}},
        {"trigger_configurations": [told("DeploymentFailure", "DeploymentSuccess")]},
        {"trigger_configurations": [told("DeploymentFailure")]},
        {"trigger_configurations": []},
    ],
    invalid=[
        (pair("one", "one"), "two different target groups"),
        (pair("one", "two", routes=()), "prod_traffic_route has the ARN of one listener"),
        ({"load_balancer_info": {"target_group_pair_info_list": []}}, "one target group pair, not 0"),
        ({"load_balancer_info": {"target_groups": []}}, "load_balancer_info.target_groups is unknown"),
        (blue_green_with(kept=2881), "at most 2880"),
        (blue_green_with("STOP_DEPLOYMENT"), "how long somebody has to continue"),
        (blue_green_with("CONTINUE_DEPLOYMENT", 5), "the traffic moves at once"),
        ({"auto_rollback_configuration": ON}, "needs events"),
        ({"alarm_configuration": ON}, "needs alarms"),
        (
            {
                "auto_rollback_configuration": {**ON, "events": ["DEPLOYMENT_STOP_ON_ALARM"]},
                "alarm_configuration": {"enabled": False},
            },
            "needs an alarm_configuration that is enabled",
        ),
        ({"trigger_configurations": [told("DeploymentFailure")] * 11}, "up to ten triggers"),
        ({"ecs_services": []}, "deploys to one ECS service"),
        ({"deployment_config_name": "CodeDeployDefault.OneAtATime"}, "is not for ECS"),
    ],
    at_creation={"application_name", "ecs_services"},
    elsewhere={"load_balancer_info"},
)
