# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""acm_certificate_request: validation records, waiting, which certificate is meant."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK


@pytest.fixture
def zone(aws):
    return aws.client("route53").create_hosted_zone(Name="shop.example", CallerReference="1")["HostedZone"]["Id"]


def cnames(aws, zone):
    sets = aws.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return [each["Name"] for each in sets if each["Type"] == "CNAME"]


def request(aws, **more):
    return aws.run("acm_certificate_request", **{"name": "shop.example", "hosted_zone": "shop.example", **more})


def test_a_name_and_its_wildcard_share_one_record(aws, zone):
    with aws.recorded() as sent:
        made = request(aws, subject_alternative_names=["*.shop.example", "*.api.shop.example"])
    assert made.certificate["status"] == "ISSUED"
    changes = sent.parameters("ChangeResourceRecordSets")["ChangeBatch"]["Changes"]
    assert {change["Action"] for change in changes} == {"UPSERT"}
    assert len(changes) == len(made.certificate["resource_records"]) == 2


def test_the_key_types_that_aws_hides_are_found_again(aws, zone):
    made = request(aws, key_algorithm="EC_prime256v1")
    with aws.recorded() as sent:
        again = request(aws, key_algorithm="EC_prime256v1")
    assert again.certificate["arn"] == made.certificate["arn"]
    assert sent.writes == []
    assert aws.client("acm").list_certificates()["CertificateSummaryList"] == []  # what AWS lists by default


def test_other_names_make_another_certificate_and_both_arns_are_told(aws, zone):
    old = request(aws)
    new = request(aws, subject_alternative_names=["www.shop.example"])
    assert new.changed
    assert new.certificate["arn"] != old.certificate["arn"]
    assert new.certificate["previous_arns"] == [old.certificate["arn"]]
    again = request(aws, subject_alternative_names=["www.shop.example"])
    assert (again.changed, again.certificate["previous_arns"]) == (False, [old.certificate["arn"]])
    request(aws, arn=old.certificate["arn"], state="absent")
    assert len(cnames(aws, zone)) == 2, "the new certificate still needs the record of the old one"
    assert request(aws, subject_alternative_names=["www.shop.example"]).certificate["previous_arns"] == []


def test_records_that_another_region_needs_stay(aws, zone):
    request(aws)
    request(aws, region="eu-west-1")
    assert len(cnames(aws, zone)) == 1
    request(aws, state="absent")
    assert len(cnames(aws, zone)) == 1
    request(aws, state="absent", region="eu-west-1")
    assert cnames(aws, zone) == []


def test_missing_records_are_written_again(aws, zone):
    request(aws)
    route53 = aws.client("route53")
    record = next(r for r in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"] if r["Type"] == "CNAME")
    route53.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]}
    )
    predicted = request(aws, check=True)
    assert predicted.diff["before"]["missing_records"] == [record["Name"]]
    assert request(aws).changed
    assert cnames(aws, zone) == [record["Name"]]


def test_without_a_zone_the_records_are_returned_at_once_and_a_later_run_waits(aws, zone, monkeypatch):
    monkeypatch.setattr(CLOCK, "speed", 0.0)
    started = CLOCK.seconds()
    made = request(aws, hosted_zone=None)
    assert CLOCK.seconds() - started < 60
    assert made.certificate["status"] == "PENDING_VALIDATION"
    record = made.certificate["resource_records"][0]
    late = request(aws, hosted_zone=None, wait_timeout=120)
    assert late.failed
    assert "is not ready after 120 seconds (status PENDING_VALIDATION)" in late.msg
    sets = {"Name": record["name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["value"]}]}
    aws.client("route53").change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": sets}]}
    )
    waited = request(aws, hosted_zone=None)
    assert (waited.changed, waited.certificate["status"]) == (False, "ISSUED")


def test_a_run_that_died_between_request_and_records_is_picked_up(aws, zone):
    arn = aws.client("acm").request_certificate(DomainName="shop.example", ValidationMethod="DNS")["CertificateArn"]
    CLOCK.advance(60)
    result = request(aws)
    assert (result.changed, result.certificate["arn"], result.certificate["status"]) == (True, arn, "ISSUED")


def test_a_zone_that_is_not_there(aws):
    assert request(aws, check=True).changed
    result = request(aws)
    assert result.failed
    assert "there is no public hosted zone shop.example. Create it first." in result.msg
    assert aws.client("acm").list_certificates()["CertificateSummaryList"] == []


def test_private_zones_prove_nothing(aws, zone):
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws.client("route53").create_hosted_zone(
        Name="shop.example",
        CallerReference="2",
        VPC={"VPCRegion": "us-east-1", "VPCId": vpc},
        HostedZoneConfig={"PrivateZone": True},
    )
    assert request(aws).certificate["status"] == "ISSUED"
    assert len(cnames(aws, zone)) == 1


def test_two_zones_of_the_same_name_are_not_guessed_at(aws, zone):
    aws.client("route53").create_hosted_zone(Name="shop.example", CallerReference="2")
    result = request(aws)
    assert result.failed
    assert "2 public hosted zones are named shop.example" in result.msg


def test_a_certificate_that_was_not_proved_in_time_fails_with_the_remedy(aws):
    made = request(aws, hosted_zone=None, wait=False)
    CLOCK.advance(73 * 3600)
    status = aws.client("acm").describe_certificate(CertificateArn=made.certificate["arn"])["Certificate"]["Status"]
    assert status == "VALIDATION_TIMED_OUT"
    again = request(aws, hosted_zone=None, wait=False)  # a dead certificate is not taken for the wanted one
    assert again.certificate["arn"] != made.certificate["arn"]
