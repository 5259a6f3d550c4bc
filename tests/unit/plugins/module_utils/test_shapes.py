# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Names and types of the API, from botocore's models."""

from __future__ import annotations

from datetime import datetime, timezone

import botocore.session
import pytest

from ansible_collections.slipway.aws.plugins.module_utils.shapes import UnknownMemberError, from_api, snake, to_api


def shape(service, operation):
    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("DBProxyName", "db_proxy_name"),
        ("KMSKeyId", "kms_key_id"),
        ("VpcSecurityGroupIds", "vpc_security_group_ids"),
        ("MultiAZ", "multi_az"),
        ("EnableIAMDatabaseAuthentication", "enable_iam_database_authentication"),
        ("clusterName", "cluster_name"),
    ],
)
def test_names_are_written_as_all_collections_write_them(name, written):
    assert snake(name) == written


def test_names_are_those_of_the_model():
    given = {"db_proxy_name": "shop", "engine_family": "MYSQL", "require_tls": True, "vpc_subnet_ids": ["a"]}
    assert to_api(shape("rds", "CreateDBProxy"), given) == {
        "DBProxyName": "shop",
        "EngineFamily": "MYSQL",
        "RequireTLS": True,
        "VpcSubnetIds": ["a"],
    }


def test_keys_of_maps_are_the_users_own():
    logs = {"log_driver": "awslogs", "options": {"awslogs-group": "g", "Mixed_Case": 1}}
    container = {"name": "app", "log_configuration": logs}
    sent = to_api(shape("ecs", "RegisterTaskDefinition"), {"container_definitions": [container]})
    assert sent["containerDefinitions"][0]["logConfiguration"]["options"] == {"awslogs-group": "g", "Mixed_Case": "1"}


def test_types_are_those_of_the_model():
    sent = to_api(shape("ecs", "RegisterTaskDefinition"), {"cpu": 256, "container_definitions": [{"cpu": "10", "essential": True}]})
    assert sent == {"cpu": "256", "containerDefinitions": [{"cpu": 10, "essential": True}]}


def test_what_is_none_is_left_out():
    assert to_api(shape("ecs", "CreateCluster"), {"cluster_name": "shop", "settings": None}) == {"clusterName": "shop"}


def test_the_apis_own_names_are_taken_as_well():
    assert to_api(shape("ecs", "CreateCluster"), {"clusterName": "shop"}) == {"clusterName": "shop"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cluster_nam": "shop"}, "cluster_nam is unknown, did you mean cluster_name?"),
        ({"settings": [{"nam": "x"}]}, "settings[0].nam is unknown, did you mean name?"),
        ({"xyz": 1}, "xyz is unknown, allowed: capacity_providers"),
    ],
)
def test_an_unknown_name_is_answered_with_what_there_is(given, words):
    with pytest.raises(UnknownMemberError) as fault:
        to_api(shape("ecs", "CreateCluster"), given)
    assert words in str(fault.value)


def test_answers_become_plain_data():
    moment = datetime(2026, 1, 2, tzinfo=timezone.utc)
    answer = {"DBInstances": [{"MultiAZ": True, "InstanceCreateTime": moment}], "ResponseMetadata": {}}
    assert from_api(answer) == {"db_instances": [{"multi_az": True, "instance_create_time": moment.isoformat()}]}


def test_names_of_the_users_stay():
    assert from_api({"Tags": {"CostCenter": "QA"}, "Other": {"CostCenter": 1}}, ("Tags",)) == {
        "tags": {"CostCenter": "QA"},
        "other": {"cost_center": 1},
    }
