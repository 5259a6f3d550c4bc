# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""ecs: each cause of a failure that ECS tells has a next step, which names what it is about."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils import ecs

DEFINITION = {
    "executionRoleArn": "arn:aws:iam::123456789012:role/orders-execution",
    "containerDefinitions": [
        {"name": "sidecar", "image": "proxy:1"},
        {"name": "orders", "image": "orders@sha256:1", "logConfiguration": {"options": {"awslogs-group": "/ecs/orders"}}},
    ],
}
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:orders/key-AbCdEf"
USER = "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/orders-execution/1 is not authorized to perform"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            f"failed to fetch secret {SECRET}: ResourceNotFoundException: Secrets Manager can't find it",
            f"Create secret {SECRET} with",
        ),
        (f"fetch secret {SECRET} from secrets manager: ResourceNotFoundException: no", f"Create secret {SECRET} with"),
        (f"{SECRET}: AccessDeniedException: Access to KMS is not allowed", "Role orders-execution may not decrypt"),
        (
            f"fetch secret {SECRET} from secrets manager: {USER}: secretsmanager:GetSecretValue on resource: {SECRET} because no",
            f"Role orders-execution lacks secretsmanager:GetSecretValue on {SECRET}.",
        ),
        (
            "CannotPullContainerError: failed with status code [manifests 1]: 403 Forbidden",
            "on the repository of proxy:1 or orders@",
        ),
        ("CannotPullContainerError: pull access denied for orders", "Role orders-execution lacks ecr:BatchGetImage"),
        ("CannotPullContainerError: failed to resolve ref orders: orders: not found", "Push proxy:1 or orders@sha256:1 again"),
        ("unable to pull registry auth: dial tcp 1.2.3.4:443: i/o timeout", "security groups need egress"),
        ("The following parameters are invalid: /orders/key", "Create parameter /orders/key,"),
        ("retrieved secret from Secrets Manager did not contain json key user", "Put key user into"),
        ("The specified log group does not exist.", "Create log group /ecs/orders."),
        ("ECS was unable to assume the role 'arn:a:role/b' that", "assume role arn:a:role/b."),
        ("Task failed ELB health checks in (target-group x)", "Look at log group /ecs/orders, and whether"),
        ("Essential container in task exited", "Look at log group /ecs/orders, mend the image"),
        ("(service orders) was unable to place a task. Reason: Capacity is unavailable at this time.", "another capacity provider"),
    ],
)
def test_a_cause_has_a_next_step(said, words):
    assert words in ecs.remedy(said, DEFINITION)


def test_what_is_unknown_has_none():
    assert ecs.remedy("Something else", DEFINITION) == ""


def test_without_a_task_definition_the_step_is_named_all_the_same():
    assert ecs.remedy("Essential container in task exited").startswith("Look at log group of the container")
