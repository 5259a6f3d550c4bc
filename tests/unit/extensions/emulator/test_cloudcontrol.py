# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cloud Control: requests that take their time, and what schemas forbid."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK

API, ENVIRONMENT = "AWS::ApiGatewayV2::Api", "AWS::ElasticBeanstalk::Environment"
SHOP = {"Name": "shop", "ProtocolType": "HTTP"}
WEB = {"EnvironmentName": "shop-web", "ApplicationName": "shop", "TemplateName": "blue"}


class Control:
    """What one asks of Cloud Control."""

    def __init__(self, aws):
        self.client = aws.client("cloudcontrol")

    def create(self, kind, state, **more):
        return self.client.create_resource(TypeName=kind, DesiredState=json.dumps(state), **more)["ProgressEvent"]

    def update(self, kind, identifier, *operations, **more):
        document = json.dumps(operations)
        return self.client.update_resource(TypeName=kind, Identifier=identifier, PatchDocument=document, **more)["ProgressEvent"]

    def delete(self, kind, identifier):
        return self.client.delete_resource(TypeName=kind, Identifier=identifier)["ProgressEvent"]

    def made(self, kind, state):
        event = self.create(kind, state)
        CLOCK.advance(90)  # made, and in the list
        return self.status(event)["Identifier"]

    def status(self, event):
        return self.client.get_resource_request_status(RequestToken=event["RequestToken"])["ProgressEvent"]

    def properties(self, kind, identifier):
        return json.loads(self.client.get_resource(TypeName=kind, Identifier=identifier)["ResourceDescription"]["Properties"])

    def listed(self, kind, **model):
        asked = {"ResourceModel": json.dumps(model)} if model else {}
        return [row["Identifier"] for row in self.client.list_resources(TypeName=kind, **asked)["ResourceDescriptions"]]


@pytest.fixture
def control(aws):
    return Control(aws)


def refusal(call, *options, **more):
    with pytest.raises(ClientError) as refused:
        call(*options, **more)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_request_goes_from_pending_to_success(control):
    event = control.create(API, SHOP)
    assert (event["OperationStatus"], "Identifier" in event) == ("PENDING", False)
    CLOCK.advance(5)
    event = control.status(event)
    assert event["OperationStatus"] == "IN_PROGRESS"
    assert refusal(control.properties, API, event["Identifier"])[0] == "ResourceNotFoundException"
    CLOCK.advance(30)
    assert control.status(event)["OperationStatus"] == "SUCCESS"
    assert control.properties(API, event["Identifier"])["ApiId"] == event["Identifier"]


def test_what_aws_sets_is_set(control):
    identifier = control.made("AWS::Batch::ComputeEnvironment", {"ComputeEnvironmentName": "shop", "Type": "UNMANAGED"})
    assert identifier == "arn:aws:batch:us-east-1:123456789012:compute-environment/shop"
    named = control.made("AWS::Batch::ConsumableResource", {"ResourceType": "REPLENISHABLE", "TotalQuantity": 1})
    assert named


def test_a_list_is_late_and_has_identifiers_only(control):
    event = control.create(API, SHOP)
    CLOCK.advance(22)
    assert control.status(event)["OperationStatus"] == "SUCCESS"
    assert control.listed(API) == []
    CLOCK.advance(60)
    assert control.listed(API) == [control.status(event)["Identifier"]]


def test_a_list_that_needs_its_parent_is_refused_without(control):
    route = control.made("AWS::ApiGatewayV2::Route", {"ApiId": "abc", "RouteKey": "GET /"})
    code, text = refusal(control.listed, "AWS::ApiGatewayV2::Route")
    assert (code, "ApiId" in text) == ("InvalidRequestException", True)
    assert control.listed("AWS::ApiGatewayV2::Route", ApiId="abc") == [route]
    assert control.listed("AWS::ApiGatewayV2::Route", ApiId="other") == []


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        (ENVIRONMENT, {}, "#: required key [ApplicationName] not found"),
        (API, {**SHOP, "Colour": "red"}, "#: extraneous key [Colour] is not permitted"),
        (API, {**SHOP, "CorsConfiguration": {"MaxAge": "60"}}, "#/CorsConfiguration/MaxAge: expected type: Integer, found: String"),
        ("AWS::CE::AnomalyMonitor", {"MonitorName": "x", "MonitorType": "ODD"}, "#/MonitorType: failed validation constraint"),
        (API, {**SHOP, "ApiId": "abc"}, "readOnlyProperties [/properties/ApiId]"),
    ],
)
def test_the_schema_is_held(control, kind, state, words):
    code, text = refusal(control.create, kind, state)
    assert code == "ValidationException"
    assert words in text


def test_types_that_are_not_there_or_cannot(control):
    assert refusal(control.create, "AWS::Batch::Jobs", {})[0] == "TypeNotFoundException"
    assert refusal(control.create, "AWS::CloudFormation::WaitCondition", {})[0] == "UnsupportedActionException"


def test_a_second_one_of_the_same_name_fails_later(control):
    control.made(ENVIRONMENT, WEB)
    event = control.create(ENVIRONMENT, WEB)
    CLOCK.advance(60)
    event = control.status(event)
    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "AlreadyExists")
    assert "already exists" in event["StatusMessage"]


def test_a_token_asks_once(control):
    first = control.create(API, SHOP, ClientToken="t1")
    assert control.create(API, SHOP, ClientToken="t1")["RequestToken"] == first["RequestToken"]
    assert refusal(control.create, API, {**SHOP, "Name": "other"}, ClientToken="t1")[0] == "ClientTokenConflictException"


def test_what_is_created_once_cannot_be_patched(control):
    control.made(ENVIRONMENT, WEB)
    code, text = refusal(control.update, ENVIRONMENT, "shop-web", {"op": "replace", "path": "/ApplicationName", "value": "other"})
    assert code == "NotUpdatableException"
    assert text == "Invalid patch update: createOnlyProperties [/properties/ApplicationName] cannot be updated"
    code, text = refusal(control.update, ENVIRONMENT, "shop-web", {"op": "add", "path": "/EndpointURL", "value": "x"})
    assert (code, "readOnlyProperties" in text) == ("ValidationException", True)


def test_what_is_never_given_back_is_lost_when_a_patch_leaves_it_out(control, aws):
    control.made(ENVIRONMENT, WEB)
    assert "TemplateName" not in control.properties(ENVIRONMENT, "shop-web")
    control.update(
        ENVIRONMENT,
        "shop-web",
        {"op": "add", "path": "/Description", "value": "x"},
        {"op": "add", "path": "/TemplateName", "value": "green"},
    )
    CLOCK.advance(60)
    assert control.properties(ENVIRONMENT, "shop-web")["Description"] == "x"
    assert (
        refusal(control.update, ENVIRONMENT, "shop-web", {"op": "replace", "path": "/TemplateName", "value": "red"})[0]
        == "ValidationException"
    )


def test_one_operation_at_a_time(control):
    control.made(ENVIRONMENT, WEB)
    change = {"op": "add", "path": "/Description", "value": "x"}
    event = control.update(ENVIRONMENT, "shop-web", change)
    assert refusal(control.delete, ENVIRONMENT, "shop-web")[0] == "ConcurrentOperationException"
    CLOCK.advance(60)
    assert control.status(event)["OperationStatus"] == "SUCCESS"
    control.delete(ENVIRONMENT, "shop-web")
    assert control.properties(ENVIRONMENT, "shop-web")
    CLOCK.advance(60)
    assert refusal(control.properties, ENVIRONMENT, "shop-web")[0] == "ResourceNotFoundException"


def test_deleting_nothing_fails_later(control):
    event = control.delete(ENVIRONMENT, "shop-web")
    CLOCK.advance(60)
    assert control.status(event)["ErrorCode"] == "NotFound"


def test_a_second_identifier_is_json(control):
    arn = control.made("AWS::Batch::ComputeEnvironment", {"ComputeEnvironmentName": "shop", "Type": "UNMANAGED"})
    kind, name = "AWS::Batch::ComputeEnvironment", json.dumps({"ComputeEnvironmentName": "shop"})
    assert control.properties(kind, name)["ComputeEnvironmentArn"] == arn
    assert refusal(control.properties, kind, json.dumps({"Type": "UNMANAGED"}))[0] == "ValidationException"


def test_a_cancelled_request_does_nothing(control):
    event = control.create(API, SHOP)
    control.client.cancel_resource_request(RequestToken=event["RequestToken"])
    CLOCK.advance(60)
    assert control.status(event)["OperationStatus"] == "CANCEL_COMPLETE"
    assert control.listed(API) == []


def test_requests_are_listed_by_what_they_are(control):
    event = control.create(API, SHOP)
    wanted = {"Operations": ["CREATE"], "OperationStatuses": ["PENDING"]}
    listed = control.client.list_resource_requests(ResourceRequestStatusFilter=wanted)["ResourceRequestStatusSummaries"]
    assert [each["RequestToken"] for each in listed] == [event["RequestToken"]]
    CLOCK.advance(60)
    assert control.client.list_resource_requests(ResourceRequestStatusFilter=wanted)["ResourceRequestStatusSummaries"] == []


def test_tags_are_in_the_index(control, aws):
    state = {"ComputeEnvironmentName": "shop", "Type": "UNMANAGED", "Tags": {"Project": "Shop"}}
    arn = control.made("AWS::Batch::ComputeEnvironment", state)
    control.listed(API)
    found = aws.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Project", "Values": ["Shop"]}])
    assert [row["ResourceARN"] for row in found["ResourceTagMappingList"]] == [arn]


def test_the_registry_has_the_schema(aws):
    answer = aws.client("cloudformation").describe_type(Type="RESOURCE", TypeName=API)
    assert json.loads(answer["Schema"])["primaryIdentifier"] == ["/properties/ApiId"]
    assert answer["ProvisioningType"] == "FULLY_MUTABLE"
    assert (
        refusal(aws.client("cloudformation").describe_type, Type="RESOURCE", TypeName="AWS::No::Type")[0] == "TypeNotFoundException"
    )
