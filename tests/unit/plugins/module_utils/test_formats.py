# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Forms of values: what AWS takes passes, and what is not known yet as well. What is refused stands in refusals.py."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils import formats

UNKNOWN = "(known after apply)"


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("account", "123456789012"),
        ("arn", "arn:aws:s3:::shop-logs"),
        ("arn", "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/shop:*"),
        ("domain", "shop.example.com."),
        ("domain", "*.shop.example.com"),
        ("domain", "_dmarc.shop.example"),
        ("function", "arn:aws:lambda:eu-west-1:123456789012:function:rotate:live"),
        ("region", "us-gov-west-1"),
        ("region", "ap-southeast-7"),
        ("role", "arn:aws-us-gov:iam::123456789012:role/service/shop"),
        ("subnet", "subnet-0123456789abcdef0"),
        ("vpc", "vpc-0123456789abcdef0"),
    ],
)
def test_what_aws_writes_passes(form, value):
    assert formats.malformed(form, option=value) == []
    assert formats.malformed(form, option=[value, None, UNKNOWN]) == []


def test_every_malformed_element_is_named():
    assert formats.malformed("subnet", subnet_ids=["subnet-1", "a", "b"]) == [
        "subnet_ids 'a' is not the id of a subnet.",
        "subnet_ids 'b' is not the id of a subnet.",
    ]


@pytest.mark.parametrize("value", ["rate(1 hour)", "rate(12 hours)", "cron(0 3 * * ? *)", "cron(0 16 ? * 2#1 *)", None, UNKNOWN])
def test_schedules(value):
    assert formats.no_schedule("schedule", value) == []


@pytest.mark.parametrize(
    "value", ["rate(1 hours)", "rate(0 days)", "rate(5 minute)", "cron(0 3 * * *)", "cron(0 3 ? * ? *)", "0 3 * * *"]
)
def test_what_is_no_schedule(value):
    assert "schedule" in formats.no_schedule("schedule", value)[0]


def test_more_than_the_two_kinds_can_be_allowed():
    assert formats.no_schedule("schedule", "at(2030-01-01T00:00:00)", r"at\(.+\)") == []


@pytest.mark.parametrize(
    ("value", "right"), [("10.0.0.0/8", True), ("0.0.0.0/0", True), ("10.0.0.1/8", False), ("10.0.0.0", False), ("::/0", False)]
)
def test_networks(value, right):
    assert (formats.no_network("cidr", value) == []) is right


def test_ranges_are_closed():
    assert formats.out_of_range(1, 3, a=1, b=3, c=None) == []
    assert formats.out_of_range(1, 3, a=0, b=4) == [
        "a is 0, it has to be between 1 and 3.",
        "b is 4, it has to be between 1 and 3.",
    ]
    assert formats.out_of_range(1, None, a=0) == ["a is 0, it has to be 1 or more."]


def test_names_that_are_not_known_yet_pass():
    assert formats.misnamed("name", UNKNOWN, r"[a-z]+", "small letters") == []
    assert formats.misnamed("name", "Shop", r"[a-z]+", "small letters") == ["name 'Shop' cannot be: small letters."]
