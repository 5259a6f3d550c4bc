# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, policy
from ansible_collections.slipway.aws.plugins.module_utils.template import meant, template
from ansible_collections.slipway.aws.tests.support.schemas import valid

ACCOUNT = "123456789012"


def made(*found):
    resources, physical = template(list(found), "shop-dev", ACCOUNT)
    return resources["Resources"], physical


def test_a_policy_has_one_form_however_aws_stores_it():
    one = {"Statement": [{"Action": ["s3:Put*", "s3:Get*"], "Principal": {"AWS": ["arn:x"]}, "Resource": "*"}]}
    other = '{"Statement": {"Action": ["s3:Get*", "s3:Put*"], "Principal": {"AWS": "arn:x"}, "Resource": ["*"]}}'
    assert policy(one) == policy(other)
    assert policy("") is None


def test_statements_keep_their_order():
    assert [each["Sid"] for each in policy({"Statement": [{"Sid": "b"}, {"Sid": "a"}]})["Statement"]] == ["b", "a"]


def test_what_is_meant_stays_though_it_is_empty():
    meant("AWS::Our::Test", "Allow")
    resources, _physical = made(Found("AWS::Our::Test", "1", {"Action": {"Allow": {}, "Block": {}}}))
    assert resources["Test"]["Properties"] == {"Action": {"Allow": {}}}


def test_an_arn_is_not_found_in_a_longer_name_or_a_pattern():
    topic = Found("AWS::SNS::Topic", f"arn:aws:sns:us-east-1:{ACCOUNT}:shop-dev", {}, name="shop-dev")
    texts = {"Own": f"{topic.id}:1 and {topic.id}", "Longer": f"{topic.id}-eu", "Pattern": f"{topic.id}*"}
    resources, _physical = made(topic, Found("AWS::Our::Test", "1", texts))
    start = "arn:${AWS::Partition}:sns:us-east-1:${AWS::AccountId}:shop-dev"
    assert resources["Test"]["Properties"] == {
        "Own": {"Fn::Sub": "${Topic}:1 and ${Topic}"},
        "Longer": {"Fn::Sub": f"{start}-eu"},
        "Pattern": {"Fn::Sub": f"{start}*"},
    }


def test_what_has_another_text_for_itself_is_found_by_it():
    thing = Found(
        "AWS::Our::Thing", "arn:aws:new:thing/1", {}, name="a", forms={"arn:aws:old:thing/1": lambda logical: {"Fn::X": logical}}
    )
    resources, _physical = made(thing, Found("AWS::Our::Test", "1", {"Both": ["arn:aws:old:thing/1", "arn:aws:new:thing/1"]}))
    assert resources["Test"]["Properties"] == {"Both": [{"Fn::X": "ThingA"}, {"Ref": "ThingA"}]}


def test_the_account_is_no_part_of_a_logical_id():
    resources, physical = made(Found("AWS::S3::Bucket", f"shop-dev-logs-{ACCOUNT}", {}, name=f"shop-dev-logs-{ACCOUNT}"))
    assert list(resources) == ["BucketLogs"]
    assert physical["BucketLogs"]["id"] == f"shop-dev-logs-{ACCOUNT}"


def test_properties_are_held_to_the_schema():
    assert valid("AWS::S3::BucketPolicy", {"Bucket": {"Ref": "Photos"}, "PolicyDocument": {}}) == []
    faults = {
        "is a required property": {"Bucket": "photos"},
        "'Color' was unexpected": {"Bucket": "photos", "PolicyDocument": {}, "Color": "red"},
        "is not of type": {"Bucket": 1, "PolicyDocument": {}},
    }
    for words, properties in faults.items():
        assert words in " ".join(valid("AWS::S3::BucketPolicy", properties))
    assert "is not one of" in valid("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "On"}})[0]
    assert "Arn" in valid("AWS::S3::Bucket", {"Arn": "arn:aws:s3:::photos"})[0]
