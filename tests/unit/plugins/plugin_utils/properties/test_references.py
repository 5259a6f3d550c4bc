# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who is meant by a value of a template."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import Environment
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.buildspecs import pushed_tags
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import BUCKET, KEY, POLICY, PROJECT, Resource
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import mentioned, spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import Judged, Property, prop

FORMER = {"Fn::Join": ["", [{"Fn::Sub": "arn:${AWS::Partition}:x/"}, {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Link"}]}]}]]}


@pytest.mark.parametrize(
    ("value", "found", "text"),
    [
        ("plain", [], "plain"),
        (443, [], "443"),
        (None, [], ""),
        ({"Ref": "Vpc"}, ["Vpc"], "${Vpc}"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, ["Role"], "${Role.Arn}"),
        ({"Fn::GetAtt": "Stack.Outputs.Arn"}, ["Stack"], "${Stack.Outputs.Arn}"),
        ({"Fn::Sub": "${Bucket.Arn}/*"}, ["Bucket"], "${Bucket.Arn}/*"),
        ({"Fn::Sub": ["${Bucket}/x", {}]}, ["Bucket"], "${Bucket}/x"),
        ({"Fn::Sub": "${AWS::Region}-${!tag}-${Key}"}, ["Key"], "${AWS::Region}-${tag}-${Key}"),
        ({"a": [{"Ref": "One"}, {"b": {"Ref": "Two"}}]}, ["One", "Two"], '{"a": [{"Ref": "One"}, {"b": {"Ref": "Two"}}]}'),
        ({"Fn::Join": ["/", [{"Ref": "One"}, "x"]]}, ["One"], "${One}/x"),
    ],
)
def test_references(value, found, text):
    assert list(mentioned(value)) == found
    assert spelled(value) == text


def test_a_text_made_of_parts_speaks_of_what_is_in_them():
    assert list(mentioned(FORMER)) == ["Link"]


def environment():
    resources = {
        "Data": {"Type": KEY, "Properties": {}},
        "DataAlias": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/data", "TargetKeyId": {"Ref": "Data"}}},
        "Logs": {"Type": BUCKET, "Properties": {"BucketName": {"Fn::Sub": "logs-${AWS::AccountId}"}}},
    }
    return Environment("dev", "shop-dev", {"Resources": resources}, {"Data": {"id": "1234", "arn": "arn:aws:kms:::key/1234"}})


@pytest.mark.parametrize(
    ("value", "kinds", "logical"),
    [
        ({"Ref": "Data"}, (), "Data"),
        ({"Ref": "Data"}, (KEY,), "Data"),
        ({"Ref": "Data"}, (BUCKET,), None),
        ({"Fn::Sub": "${Data.Arn}"}, (KEY,), "Data"),
        ("arn:aws:kms:::key/1234", (KEY,), "Data"),
        ("1234", (KEY, BUCKET), "Data"),
        ({"Fn::Sub": "logs-${AWS::AccountId}"}, (BUCKET,), "Logs"),
        ("logs", (BUCKET,), None),
        (None, (BUCKET,), None),
        ({"Ref": "AWS::NoValue"}, (BUCKET,), None),
    ],
)
def test_who_is_meant(value, kinds, logical):
    found = environment().target(value, *kinds)
    assert (found and found.logical) == logical


def test_keys_are_meant_by_their_aliases_too():
    assert environment().key("alias/data").logical == "Data"
    assert environment().key({"Ref": "DataAlias"}).logical == "Data"
    assert environment().key("alias/aws/s3") is None


@pytest.mark.parametrize(
    ("told", "beside"),
    [
        ({"Tags": [{"Key": "Owner", "Value": "us"}]}, {}),
        ({"PropagateTags": "SERVICE", "EnableECSManagedTags": True, "Tags": {"Owner": "us"}}, {}),
        ({"HostedZoneTags": [{"Key": "Owner", "Value": "us"}]}, {}),
        ({}, {"Tags": [{"Key": "Owner", "Value": "us"}]}),
    ],
)
def test_tags_stand_under_several_names(told, beside):
    assert Resource("Thing", POLICY, told, beside).tags == {"Owner": "us"}


def test_who_finds_nothing_has_not_proved_anything():
    told = Property(0, "Nothing", (), "", lambda _environment: []).verdict(environment())
    assert not told["holds"]
    assert told["judged"] == [{"resource": "nothing", "holds": False, "evidence": "there is nothing to judge"}]


def test_one_fault_is_enough():
    judged = [Judged("One", True, ""), Judged("Two", False, "")]
    assert not Property(0, "Some", (), "", lambda _environment: judged).verdict(environment())["holds"]


def test_no_number_is_there_twice():
    with pytest.raises(ValueError, match="property 1 is there twice: Module resource creation completeness, Again"):
        prop(1, "Again")(lambda _environment: [])


@pytest.mark.parametrize(
    ("buildspec", "tags"),
    [
        ("buildspec.yml", None),
        ("version: 0.2\nphases: {post_build: {commands: [docker push x/app:1]}}", ["1"]),
        ("version: 0.2\nphases: {post_build: {commands: docker push x/app}}", ["latest"]),
        ("version: 0.2\nphases: {build: {commands: [docker push x/app:1]}}", []),
        ("version: 0.2\nenv: {variables: {T: v1}}\nphases: {post_build: {commands: ['docker push x:5000/app:${T:-2}']}}", ["v1"]),
        ("version: 0.2\nphases: {post_build: {commands: ['docker push x/app:$UNKNOWN']}}", ["$UNKNOWN"]),
        (
            "version: 0.2\nphases: {post_build: {commands: ['for t in a b; do docker push x/app:${t}-$KNOWN; done']}}",
            ["a-1", "b-1"],
        ),
        ("version: 0.2\nphases: {post_build: {commands: ['docker push -a x/app', 'docker tag y x/app:3']}}", ["3"]),
    ],
)
def test_tags_that_a_build_pushes(buildspec, tags):
    variables = [{"Name": "KNOWN", "Value": "1"}]
    told = {"Source": {"BuildSpec": buildspec}, "Environment": {"EnvironmentVariables": variables}}
    assert pushed_tags(Resource("Build", PROJECT, told, {}), None) == tags
