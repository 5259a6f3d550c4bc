# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back, untagged
from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.logs_log_group import key

GROUP, QUERY, FILTER = "AWS::Logs::LogGroup", "AWS::Logs::QueryDefinition", "AWS::Logs::MetricFilter"


@pytest.fixture
def group(aws):
    """Return a function that makes log groups of ours."""

    def make(name, **more):
        made = aws.run("logs_log_group", **{"name": name, "tags": OURS, **more})
        assert not made.failed, made.msg

    return make


def test_a_log_group(aws, group):
    arn = key(aws)
    aws.client("kms").tag_resource(KeyId=arn, Tags=[{"TagKey": "Project", "TagValue": "Shop"}])
    aws.client("kms").create_alias(AliasName="alias/shop-dev-logs", TargetKeyId=arn.rsplit("/", 1)[-1])
    group("/ecs/dev/web", kms_key_id=arn, retention_in_days=30, deletion_protection_enabled=True)
    group("/aws/cheap", log_group_class="INFREQUENT_ACCESS")
    read = read_back(aws, GROUP)
    assert read["StorageLogGroupEcsDevWeb"]["Tags"] == PAIRS
    assert {name: untagged(each) for name, each in read.items()} == {
        "StorageLogGroupEcsDevWeb": {
            "LogGroupName": "/ecs/dev/web",
            "KmsKeyId": {"Fn::GetAtt": ["KeyLogs", "Arn"]},
            "RetentionInDays": 30,
            "LogGroupClass": "STANDARD",
            "DeletionProtectionEnabled": True,
        },
        "StorageLogGroupAwsCheap": {
            "LogGroupName": "/aws/cheap",
            "LogGroupClass": "INFREQUENT_ACCESS",
            "DeletionProtectionEnabled": False,
        },
    }


def test_only_groups_of_ours_however_many_there_are(aws, group):
    group("/shop")
    for number in range(60):
        aws.client("logs").create_log_group(logGroupName=f"/bank/{number}", tags={"Project": "Bank"})
    with aws.recorded() as sent:
        assert list(read_back(aws, GROUP)) == ["StorageLogGroupShop"]
    assert sent.operations.count("DescribeLogGroups") == 2
    assert "ListTagsForResource" not in [each["operation"] for each in sent.entries if each["service"] == "logs"]


def test_saved_queries_about_groups_of_ours(aws, group):
    for name in ("/shop", "/shop/more"):
        group(name)
    aws.client("logs").create_log_group(logGroupName="/bank")
    query = {"query_string": "fields @message\n| limit 20"}
    aws.run("logs_query_definition", name="Shop/Errors", log_group_names=["/shop/more", "/shop"], **query)
    aws.run("logs_query_definition", name="Shop/Both", log_group_names=["/bank", "/shop"], **query)
    aws.run("logs_query_definition", name="Shop/Anywhere", **query)
    assert read_back(aws, QUERY) == {
        "StorageQueryDefinitionShopErrors": {
            "Name": "Shop/Errors",
            "QueryString": "fields @message\n| limit 20",
            "QueryLanguage": "CWLI",
            "LogGroupNames": ["/shop", "/shop/more"],
        }
    }


def test_metric_filters(aws, group):
    group("/shop")
    transformation = {"metricName": "Errors", "metricNamespace": "Shop", "metricValue": "1", "unit": "Count"}
    dimensioned = {**transformation, "dimensions": {"Path": "$.path"}}
    for name, pattern, metric in (("all", "", {**transformation, "defaultValue": 0}), ("errors", "{ $.level = 50 }", dimensioned)):
        wanted = {"filterName": name, "filterPattern": pattern, "metricTransformations": [metric]}
        aws.client("logs").put_metric_filter(logGroupName="/shop", **wanted)
    counted = {"MetricName": "Errors", "MetricNamespace": "Shop", "MetricValue": "1", "Unit": "Count"}
    read = read_back(aws, FILTER)
    assert read["StorageMetricFilterShopAll"] == {
        "FilterName": "all",
        "FilterPattern": "",
        "LogGroupName": "/shop",
        "MetricTransformations": [{**counted, "DefaultValue": 0}],
    }
    assert read["StorageMetricFilterShopErrors"]["MetricTransformations"] == [
        {**counted, "Dimensions": [{"Key": "Path", "Value": "$.path"}]}
    ]


def test_a_group_that_is_gone_takes_its_queries_along(aws, group):
    group("/shop")
    aws.run("logs_query_definition", name="Errors", log_group_names=["/shop"], query_string="fields @message")
    group("/shop", tags=None, state="absent")
    assert read_back(aws, GROUP, QUERY) == {}
