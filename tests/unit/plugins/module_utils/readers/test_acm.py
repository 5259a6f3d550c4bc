# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support import edge
from ansible_collections.slipway.aws.tests.support.environment import OURS, PAIRS, read_back

CERTIFICATE, ZONE = "AWS::CertificateManager::Certificate", "AWS::Route53::HostedZone"
IMPORTED = "Custom::ImportedCertificate"


def zone(aws, tagged=True):
    client = aws.client("route53")
    made = client.create_hosted_zone(Name="shop.example", CallerReference="x")["HostedZone"]["Id"].rsplit("/", 1)[-1]
    if tagged:
        client.change_tags_for_resource(ResourceType="hostedzone", ResourceId=made, AddTags=PAIRS)
    return made


def request(aws, **more):
    options = {"name": "*.shop.example", "wait": False, "tags": OURS, **more}
    made = aws.run("acm_certificate_request", **options)
    assert made.changed, made.msg
    return made.certificate["arn"]


def test_a_certificate_comes_back_with_the_zone_that_proves_it(aws):
    where = zone(aws)
    request(aws, subject_alternative_names=["shop.example", "api.shop.example"], key_algorithm="EC_prime256v1", hosted_zone=where)
    proven = {"HostedZoneId": {"Ref": "StorageHostedZoneShopExample"}}
    names = ("*.shop.example", "api.shop.example", "shop.example")
    assert read_back(aws, CERTIFICATE) == {
        "StorageCertificateWildcardShopExample": {
            "CertificateExport": "DISABLED",
            "CertificateTransparencyLoggingPreference": "ENABLED",
            "DomainName": "*.shop.example",
            "DomainValidationOptions": [{"DomainName": name, **proven} for name in names],
            "KeyAlgorithm": "EC_prime256v1",
            "SubjectAlternativeNames": ["api.shop.example", "shop.example"],
            "Tags": PAIRS,
            "ValidationMethod": "DNS",
        }
    }


def test_without_its_record_a_certificate_names_no_zone(aws):
    where = zone(aws)
    request(aws, hosted_zone=where)
    client = aws.client("route53")
    records = client.list_resource_record_sets(HostedZoneId=where)["ResourceRecordSets"]
    gone = [{"Action": "DELETE", "ResourceRecordSet": each} for each in records if each["Type"] == "CNAME"]
    client.change_resource_record_sets(HostedZoneId=where, ChangeBatch={"Changes": gone})
    options = read_back(aws, CERTIFICATE)["StorageCertificateWildcardShopExample"]["DomainValidationOptions"]
    assert options == [{"DomainName": "*.shop.example"}]


def test_certificates_of_cloudfront_are_found_from_every_region(aws):
    request(aws, region="us-east-1")
    request(aws, region="eu-west-1")
    request(aws, region="eu-central-1")
    found = read_back(aws, CERTIFICATE, region="eu-west-1")
    assert sorted(found) == ["StorageCertificateWildcardShopExample", "StorageCertificateWildcardShopExampleUsEast1"]


def test_an_imported_certificate_has_a_form_of_its_own(aws):
    arn = edge.certificate(aws, "shop.example")
    client = aws.client("acm")
    client.add_tags_to_certificate(CertificateArn=arn, Tags=PAIRS)
    edge.certificate(aws, "other.example")
    found = aws.run("environment_template_info", tags={"Project": "Shop"}, platform="shop-dev").template["Resources"]
    assert {name: each["Type"] for name, each in found.items()} == {"StorageImportedCertificateShopExample": IMPORTED}
    assert found["StorageImportedCertificateShopExample"]["Properties"]["DomainName"] == "shop.example"
