# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Resources of any type: how one is known again, what a patch has, and what is said when AWS cannot do it."""

from __future__ import annotations

import json

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.plugins.module_utils.cloudcontrol import Schema, patch, without

FARGATE = {"Type": "FARGATE", "MaxvCpus": 16, "Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
BATCH = {
    "type_name": "AWS::Batch::ComputeEnvironment",
    "properties": {"ComputeEnvironmentName": "shop", "Type": "MANAGED", "ComputeResources": FARGATE},
}
API = {"type_name": "AWS::ApiGatewayV2::Api", "match": {"Name": "shop"}, "properties": {"ProtocolType": "HTTP"}}
MONITOR = {
    "type_name": "AWS::CE::AnomalyMonitor",
    "match": {"MonitorName": "services"},
    "properties": {"MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"},
}
BEANSTALK = {
    "type_name": "AWS::ElasticBeanstalk::Environment",
    "properties": {
        "EnvironmentName": "shop",
        "ApplicationName": "shop",
        "Description": "web",
        "OptionSettings": [
            {"Namespace": "aws:elasticbeanstalk:environment", "OptionName": "EnvironmentType", "Value": "SingleInstance"}
        ],
    },
}
FILTER = {
    "type_name": "AWS::InspectorV2::Filter",
    "match": {"Name": "accepted"},
    "properties": {
        "FilterAction": "SUPPRESS",
        "FilterCriteria": {"VulnerabilityId": [{"Comparison": "EQUALS", "Value": "CVE-2024-1"}]},
    },
}


@pytest.fixture
def resource(aws):
    """Return a function that runs the module and returns the result and what was sent."""

    def run(options, check=False, **more):
        with aws.recorded() as sent:
            result = aws.run("cloudcontrol_resource", check=check, **{**options, **more})
        return result, sent

    return run


def does(outcome):
    result, sent = outcome
    assert not result.failed, result.msg
    assert result.warnings == []
    return result, sent


def operations(sent):
    return json.loads(sent.parameters("UpdateResource")["PatchDocument"])


def changed(options, **properties):
    return {**options, "properties": {**options["properties"], **properties}}


# The optional services of the documents


@pytest.mark.parametrize("options", [BATCH, API, MONITOR, BEANSTALK, FILTER], ids=lambda options: options["type_name"])
def test_an_optional_service_is_made_once_and_removed(resource, options):
    made, sent = does(resource(options))
    assert made.changed
    assert sent.writes == ["CreateResource"]
    assert made.resource["identifier"]
    again, sent = does(resource(options))
    assert (again.changed, sent.writes) == (False, [])
    assert again.resource["identifier"] == made.resource["identifier"]
    removed, _sent = does(resource(options, state="absent"))
    assert (removed.changed, removed.resource) == (True, {})
    assert not does(resource(options, state="absent"))[0].changed


# How a resource is known again


def test_a_name_in_the_properties_needs_no_list(resource):
    does(resource(BEANSTALK))
    _again, sent = does(resource(BEANSTALK))
    assert sent.operations == ["DescribeType", "GetResource"]
    assert sent.parameters("GetResource")["Identifier"] == "shop"


def test_a_name_that_is_a_second_identifier_needs_no_list_either(resource):
    does(resource(BATCH))
    _again, sent = does(resource(BATCH))
    assert sent.operations == ["DescribeType", "GetResource"]
    assert sent.parameters("GetResource")["Identifier"] == '{"ComputeEnvironmentName": "shop"}'


def test_a_resource_is_found_before_the_list_has_it(resource, aws):
    first, _sent = does(resource(API))
    assert aws.client("cloudcontrol").list_resources(TypeName=API["type_name"])["ResourceDescriptions"] == []
    again, sent = does(resource(API))
    assert (again.changed, sent.writes) == (False, [])
    assert again.resource["identifier"] == first.resource["identifier"]
    CLOCK.advance(60)
    assert "ListResourceRequests" not in does(resource(API))[1].operations


def test_a_run_that_did_not_wait_is_picked_up(resource):
    begun, _sent = does(resource(API, wait=False))
    assert begun.resource["identifier"] == "(known after apply)"
    again, sent = does(resource(API))
    assert sent.writes == []
    assert again.resource["properties"]["Name"] == "shop"


def test_two_that_match_are_not_one(resource, aws):
    does(resource(API))
    client = aws.client("cloudcontrol")
    client.create_resource(TypeName=API["type_name"], DesiredState=json.dumps({"Name": "shop", "ProtocolType": "HTTP"}))
    CLOCK.advance(90)
    result, sent = resource(API)
    assert result.failed
    assert "2 resources" in result.msg
    assert "identifier" in result.msg
    assert sent.writes == []


def test_without_a_name_the_question_is_which_one(resource):
    result, sent = resource({**API, "match": None})
    assert result.failed
    assert "AWS makes ApiId" in result.msg
    assert sent.writes == []


def test_an_identifier_of_nothing_creates_nothing(resource):
    result, sent = resource({"type_name": API["type_name"], "identifier": "abc", "properties": {"Name": "shop"}})
    assert result.failed
    assert "Leave identifier out" in result.msg
    assert sent.writes == []


def test_an_existing_resource_is_changed_by_its_identifier(resource):
    made, _sent = does(resource(API))
    options = {"type_name": API["type_name"], "identifier": made.resource["identifier"], "properties": {"Description": "web"}}
    assert does(resource(options))[0].changed
    assert not does(resource(options))[0].changed


def test_a_list_that_needs_its_parent_is_asked_with_it(resource):
    route = {
        "type_name": "AWS::ApiGatewayV2::Route",
        "match": {"ApiId": "abc", "RouteKey": "GET /"},
        "properties": {"AuthorizationType": "NONE"},
    }
    does(resource(route))
    _again, sent = does(resource(route))
    assert json.loads(sent.parameters("ListResources")["ResourceModel"]) == {"ApiId": "abc"}


# What is compared and sent


def test_a_patch_has_what_differs_and_nothing_else(resource):
    does(resource(changed(API, CorsConfiguration={"AllowOrigins": ["https://a.example"], "MaxAge": 60}, Description="web")))
    _result, sent = does(resource(changed(API, CorsConfiguration={"MaxAge": 90}, Description="web", Version="2")))
    assert operations(sent) == [
        {"op": "replace", "path": "/CorsConfiguration/MaxAge", "value": 90},
        {"op": "add", "path": "/Version", "value": "2"},
    ]


def test_what_is_left_out_stays(resource):
    does(resource(changed(API, Description="web")))
    again, sent = does(resource(API))
    assert (again.changed, sent.writes) == (False, [])
    assert again.resource["properties"]["Description"] == "web"


def test_unset_removes_a_property_once(resource):
    does(resource(changed(API, Description="web")))
    foreseen, _sent = does(resource(API, check=True, unset=["Description"]))
    removed, sent = does(resource(API, unset=["Description"]))
    assert operations(sent) == [{"op": "remove", "path": "/Description"}]
    assert foreseen.diff == removed.diff
    assert "Description" not in removed.resource["properties"]
    assert does(resource(API, unset=["Description"]))[1].writes == []


def test_write_only_properties_are_never_compared_and_go_along_with_every_patch(resource):
    does(resource(BEANSTALK))
    other = [{**BEANSTALK["properties"]["OptionSettings"][0], "Value": "LoadBalanced"}]
    again, sent = does(resource(changed(BEANSTALK, OptionSettings=other)))
    assert (again.changed, sent.writes) == (False, [])
    _result, sent = does(resource(changed(BEANSTALK, OptionSettings=other, Description="shop")))
    assert operations(sent) == [
        {"op": "replace", "path": "/Description", "value": "shop"},
        {"op": "add", "path": "/OptionSettings", "value": other},
    ]


def test_write_only_properties_are_sent_again_on_request(resource):
    does(resource(BEANSTALK))
    for check in (True, False):
        result, sent = does(resource(BEANSTALK, check=check, update_write_only="always"))
        assert result.changed
        assert sent.writes == ([] if check else ["UpdateResource"])
    assert [operation["path"] for operation in operations(sent)] == ["/OptionSettings"]


def test_write_only_properties_are_in_no_result(resource):
    foreseen, _sent = does(resource(BEANSTALK, check=True))
    made, _sent = does(resource(BEANSTALK))
    assert foreseen.resource["properties"]["OptionSettings"] == "********"
    assert "SingleInstance" not in json.dumps([foreseen, made], default=str)


def test_lists_that_are_sets_are_compared_as_sets(resource):
    does(resource(changed(BEANSTALK, Tags=[{"Key": "Project", "Value": "Shop"}, {"Key": "Owner", "Value": "QA"}])))
    again, sent = does(resource(changed(BEANSTALK, Tags=[{"Key": "Owner", "Value": "QA"}, {"Key": "Project", "Value": "Shop"}])))
    assert (again.changed, sent.writes) == (False, [])


def test_numbers_and_words_take_the_type_of_the_schema(resource):
    made, _sent = does(resource(changed(API, DisableExecuteApiEndpoint="true", Version=2, CorsConfiguration={"MaxAge": "60"})))
    properties = made.resource["properties"]
    assert (properties["DisableExecuteApiEndpoint"], properties["Version"], properties["CorsConfiguration"]) == (
        True,
        "2",
        {"MaxAge": 60},
    )


def test_a_document_is_compared_as_data(resource):
    custom = {
        **MONITOR,
        "properties": {"MonitorType": "CUSTOM", "MonitorSpecification": {"Tags": {"Key": "Project", "Values": ["Shop"]}}},
    }
    does(resource(custom))
    text = '{ "Tags": {"Values": ["Shop"], "Key": "Project"} }'
    again, sent = does(resource(changed(custom, MonitorSpecification=text)))
    assert (again.changed, sent.writes) == (False, [])


def test_a_property_that_cannot_change_is_named(resource):
    does(resource(MONITOR))
    result, sent = resource(changed(MONITOR, MonitorDimension="LINKED_ACCOUNT"))
    assert result.failed
    assert "MonitorDimension is 'SERVICE', wanted 'LINKED_ACCOUNT'" in result.msg
    assert "replace=true" in result.msg
    assert sent.writes == []


def test_a_nested_property_that_cannot_change_is_named_and_its_neighbours_can(resource):
    tier = {"Name": "WebServer", "Type": "Standard", "Version": "1.0"}
    does(resource(changed(BEANSTALK, Tier=tier)))
    _result, sent = does(resource(changed(BEANSTALK, Tier={**tier, "Version": "2.0"})))
    assert {"op": "replace", "path": "/Tier/Version", "value": "2.0"} in operations(sent)
    result, _sent = resource(changed(BEANSTALK, Tier={**tier, "Name": "Worker"}))
    assert "Tier.Name is 'WebServer', wanted 'Worker'" in result.msg


def test_replacing_removes_first_as_names_are_taken(resource):
    does(resource(BEANSTALK))
    result, sent = does(resource(changed(BEANSTALK, CNAMEPrefix="shop"), replace=True))
    assert result.changed
    assert sent.writes == ["DeleteResource", "CreateResource"]


# What goes wrong


def test_the_message_of_a_failed_request_is_in_the_error(resource, aws):
    client = aws.client("cloudcontrol")
    client.create_resource(TypeName=BATCH["type_name"], DesiredState=json.dumps(BATCH["properties"]))
    CLOCK.advance(60)
    aws.fault("cloudcontrol", "GetResource", code="ResourceNotFoundException", message="not yet")
    result, _sent = resource(BATCH)
    assert result.failed
    assert "AWS could not create it" in result.msg
    assert "already exists" in result.msg
    assert result.error["code"] == "AlreadyExists"
    assert "give its identifier" in result.msg


def test_a_type_that_nobody_knows(resource):
    result, sent = resource({"type_name": "AWS::Batch::Jobs", "match": {"Name": "x"}})
    assert result.failed
    assert "type_name: AWS knows no resource type AWS::Batch::Jobs" in result.msg
    assert sent.operations == ["DescribeType"]


def test_a_type_that_only_cloudformation_manages(resource):
    result, _sent = resource({"type_name": "AWS::CloudFormation::WaitCondition", "match": {"Count": 1}})
    assert result.failed
    assert "Cloud Control cannot manage" in result.msg


def test_a_denied_call_names_the_permission_that_iam_knows(resource, aws):
    aws.fault("cloudcontrol", "CreateResource", "denied")
    result, _sent = resource(API)
    assert "Allow the caller cloudformation:CreateResource" in result.msg


def test_another_operation_in_progress_is_waited_for(resource, aws):
    made, _sent = does(resource(API))
    change = json.dumps([{"op": "add", "path": "/Version", "value": "1"}])
    identifier = made.resource["identifier"]
    aws.client("cloudcontrol").update_resource(TypeName=API["type_name"], Identifier=identifier, PatchDocument=change)
    result, _sent = does(resource(changed(API, Description="web")))
    assert result.changed
    assert result.resource["properties"]["Description"] == "web"


def test_what_is_gone_already_is_no_failure_to_delete(resource, aws):
    made, _sent = does(resource(API))
    aws.client("cloudcontrol").delete_resource(TypeName=API["type_name"], Identifier=made.resource["identifier"])
    removed, _sent = does(resource(API, state="absent"))
    assert removed.resource == {}


# The schema and the patch, as data

SCHEMA = {
    "typeName": "Shop::Cloud::Thing",
    "primaryIdentifier": ["/properties/ApiId", "/properties/Id"],
    "properties": {"Ports": {"type": "array", "insertionOrder": False}, "Steps": {"type": "array"}},
    "handlers": {"update": {}},
}


def test_a_compound_identifier_has_its_parts_in_the_order_of_the_schema():
    assert Schema(SCHEMA).identifier({"Id": "r1", "ApiId": "abc"}) == "abc|r1"
    assert Schema(SCHEMA).identifier({"ApiId": "abc"}) is None


def test_what_is_write_only_and_create_only_is_in_no_patch():
    kinds = {"writeOnlyProperties": ["/properties/Secret", "/properties/Engine"]}
    kinds["createOnlyProperties"] = ["/properties/Engine/Name"]
    wanted = {"Secret": "x", "Engine": {"Name": "a"}, "Size": 1}
    assert Schema({**SCHEMA, **kinds}).updatable(wanted) == {"Secret": "x", "Engine": {}, "Size": 1}
    kinds["createOnlyProperties"] = ["/properties/Engine"]
    assert Schema({**SCHEMA, **kinds}).updatable(wanted) == {"Secret": "x", "Size": 1}


def test_only_lists_without_an_order_are_sets():
    assert Schema(SCHEMA).unordered == {"Ports", "Tags"}


def test_pointers_are_escaped():
    assert patch({}, {"a/b~c": 1}, frozenset()) == [{"op": "add", "path": "/a~1b~0c", "value": 1}]


def test_paths_lead_through_lists_and_maps():
    value = {"A": [{"b": 1, "c": 2}, {"b": 3}], "D": {"x": {"b": 4, "c": 5}}}
    assert without(value, [("A", "*", "b"), ("D", "*", "c")]) == {"A": [{"c": 2}, {}], "D": {"x": {"b": 4}}}
