# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Names and types of properties, from answers in which nothing is missing: the emulated account does not have everything."""

from __future__ import annotations

import boto3
import pytest

from ansible_collections.slipway.aws.plugins.module_utils import task_definitions
from ansible_collections.slipway.aws.plugins.module_utils.readers import acm, ecs, elbv2, rds, route53
from ansible_collections.slipway.aws.plugins.module_utils.template import _tidy
from ansible_collections.slipway.aws.tests.support.samples import sample
from ansible_collections.slipway.aws.tests.support.schemas import valid

BACKUP = "arn:aws:rds:eu-west-1:123456789012:auto-backup:ab-1"


def service():
    return ecs._service({**sample("ecs", "Service"), "deployments": [{**sample("ecs", "Deployment"), "status": "PRIMARY"}]})


def definition():
    shape = boto3.client("ecs").meta.service_model.shape_for("RegisterTaskDefinitionRequest")
    told = {name: value for name, value in sample("ecs", "RegisterTaskDefinitionRequest").items() if name != "tags"}
    return ecs.definition(task_definitions.canonical(shape, told))


def instance():
    replications = [{"DBInstanceAutomatedBackupsArn": BACKUP}]
    return rds._instance({**sample("rds", "DBInstance"), "DBInstanceAutomatedBackupsReplications": replications})


def certificate():
    described = {**sample("acm", "CertificateDetail"), "Type": "AMAZON_ISSUED", "DomainValidationOptions": []}
    return acm._certificate(None, "arn", described)[2]


def rule():
    described = sample("elbv2", "Rule")
    return {
        "Actions": elbv2._actions(described["Actions"]),
        "Conditions": [elbv2._condition(each) for each in described["Conditions"]],
        "Priority": 1,
        "Transforms": described["Transforms"],
    }


MADE = {
    "AWS::CertificateManager::Certificate": certificate,
    "AWS::ECS::Service": service,
    "AWS::ECS::TaskDefinition": definition,
    "AWS::ElasticLoadBalancingV2::ListenerRule": rule,
    "AWS::RDS::DBInstance": instance,
    "AWS::Route53::RecordSet": lambda: route53._record(sample("route53", "ResourceRecordSet"), "shop.example", "Z1"),
}


@pytest.mark.parametrize("kind", MADE)
def test_all_that_aws_can_tell_has_the_names_and_types_of_the_schema(kind, aws):
    faults = valid(kind, _tidy(kind, MADE[kind]()))
    assert [fault for fault in faults if "Additional properties" in fault or "is not of type" in fault] == []
