# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Certificates of the emulated account are issued by what stands in DNS, not by the passing of time."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK


@pytest.fixture(autouse=True)
def _still(monkeypatch):
    """Let time pass only when the test says so."""
    monkeypatch.setattr(CLOCK, "speed", 0.0)


@pytest.fixture
def pending(aws):
    """A function that requests a certificate and one that describes it."""
    acm = aws.client("acm")

    def request(*names, **more):
        options = {"DomainName": names[0], "ValidationMethod": "DNS", **more}
        if len(names) > 1:
            options["SubjectAlternativeNames"] = list(names[1:])
        arn = acm.request_certificate(**options)["CertificateArn"]
        return lambda: acm.describe_certificate(CertificateArn=arn)["Certificate"]

    return request


def write(aws, zone, record):
    sets = {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}
    changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": sets}]}
    aws.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)


def test_records_appear_some_seconds_after_the_request(pending):
    look = pending("shop.example")
    assert "ResourceRecord" not in look()["DomainValidationOptions"][0]
    CLOCK.advance(5)
    assert look()["DomainValidationOptions"][0]["ResourceRecord"]["Type"] == "CNAME"


def test_issued_when_all_records_stand_and_not_before(aws, pending):
    zone = aws.client("route53").create_hosted_zone(Name="shop.example", CallerReference="1")["HostedZone"]["Id"]
    look = pending("shop.example", "api.shop.example", "*.shop.example")
    CLOCK.advance(3600)
    assert look()["Status"] == "PENDING_VALIDATION"
    assert "IssuedAt" not in look()
    first, second, third = (option["ResourceRecord"] for option in look()["DomainValidationOptions"])
    assert first == third
    write(aws, zone, first)
    assert look()["Status"] == "PENDING_VALIDATION"
    write(aws, zone, second)
    assert look()["Status"] == "ISSUED"
    assert {option["ValidationStatus"] for option in look()["DomainValidationOptions"]} == {"SUCCESS"}


def test_a_wrong_value_proves_nothing(aws, pending):
    zone = aws.client("route53").create_hosted_zone(Name="shop.example", CallerReference="1")["HostedZone"]["Id"]
    look = pending("shop.example")
    CLOCK.advance(60)
    write(aws, zone, {**look()["DomainValidationOptions"][0]["ResourceRecord"], "Value": "other.acm-validations.aws."})
    assert look()["Status"] == "PENDING_VALIDATION"


def test_lists_are_filtered_as_on_aws(aws, pending):
    acm = aws.client("acm")
    pending("shop.example", KeyAlgorithm="EC_prime256v1")
    pending("other.example")
    assert [each["DomainName"] for each in acm.list_certificates()["CertificateSummaryList"]] == ["other.example"]
    found = acm.list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})["CertificateSummaryList"]
    assert [each["KeyAlgorithm"] for each in found] == ["EC_prime256v1"]
    assert acm.list_certificates(CertificateStatuses=["ISSUED"])["CertificateSummaryList"] == []
