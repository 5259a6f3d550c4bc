# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Records: known without their value, and told apart when there are several of one name."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.route53_record import ALIAS


@pytest.fixture
def record(aws):
    """Return a function that runs the module in a zone that is there."""
    aws.client("route53").create_hosted_zone(Name="shop.example.com", CallerReference="1")

    def run(**options):
        return aws.run("route53_record", **{"name": "api.shop.example.com", "zone": "shop.example.com", "type": "A"} | options)

    return run


def rows(aws):
    route53 = aws.client("route53")
    zone = route53.list_hosted_zones()["HostedZones"][0]["Id"]
    found = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [row for row in found if row["Type"] not in ("NS", "SOA")]


def test_an_alias_is_removed_without_knowing_what_it_led_to(record, aws):
    record(alias_target=ALIAS)
    assert record(state="absent").changed
    assert rows(aws) == []
    assert not record(state="absent").changed


def test_records_of_one_name_are_told_apart(record, aws):
    for name, weight in (("one", 90), ("two", 10)):
        assert record(values=["192.0.2.1"], set_identifier=name, weight=weight).changed
    assert not record(values=["192.0.2.1"], set_identifier="two", weight=10).changed
    assert record(values=["192.0.2.1"], set_identifier="two", weight=20).changed
    assert sorted((row["SetIdentifier"], row["Weight"]) for row in rows(aws)) == [("one", 90), ("two", 20)]
    record(state="absent", set_identifier="one")
    assert [row["SetIdentifier"] for row in rows(aws)] == ["two"]


@pytest.mark.parametrize("how", [{"failover": "PRIMARY"}, {"latency_region": "eu-west-1"}])
def test_what_decides_between_records(record, how):
    assert record(values=["192.0.2.1"], set_identifier="one", **how).changed
    assert not record(values=["192.0.2.1"], set_identifier="one", **how).changed


def test_a_wildcard_is_found_again(record):
    record(name="*.shop.example.com", values=["192.0.2.1"])
    assert not record(name="*.shop.example.com", values=["192.0.2.1"]).changed


def test_a_neighbour_in_the_alphabet_is_not_it(record, aws):
    record(name="apj.shop.example.com", values=["192.0.2.1"])
    assert record(values=["192.0.2.2"]).changed
    assert len(rows(aws)) == 2


def test_the_name_that_route_53_gives_a_load_balancer_is_the_same(record, aws):
    dual = {**ALIAS, "dns_name": f"dualstack.{ALIAS['dns_name']}"}
    aws.run("route53_record", name="api.shop.example.com", zone="shop.example.com", type="A", alias_target=dual)
    assert not record(alias_target=ALIAS).changed


def test_without_a_zone_the_sentence_says_what_to_do(record):
    result = record(zone="other.example.com", values=["192.0.2.1"])
    assert result.failed
    assert "no hosted zone other.example.com" in result.msg
    assert not record(zone="other.example.com", state="absent").changed
