# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Certificates, with the records that prove their names."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.readers import route53
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

unordered("AWS::CertificateManager::Certificate", "DomainValidationOptions", "SubjectAlternativeNames")
unordered("Custom::ImportedCertificate", "SubjectAlternativeNames")
defaults(
    "AWS::CertificateManager::Certificate",
    CertificateExport="DISABLED",
    CertificateTransparencyLoggingPreference="ENABLED",
    KeyAlgorithm="RSA_2048",
)
_ALIVE = ["PENDING_VALIDATION", "ISSUED"]
_OF_CLOUDFRONT = "us-east-1"


@reader("AWS::CertificateManager::Certificate")
def certificates(account):
    """Find certificates of the region, and those that CloudFront can use."""
    regions = [account.region, *([_OF_CLOUDFRONT] if account.partition == "aws" else [])]
    for region in dict.fromkeys(regions):
        api = account.api("acm", ("ResourceNotFoundException",), None if region == account.region else region)
        for arn, tags in _ours(account, api):
            described = (api.read("describe_certificate", CertificateArn=arn) or {}).get("Certificate")
            if described:
                name = described["DomainName"].replace("*", "wildcard") + ("" if region == account.region else f" {region}")
                yield Found(*_certificate(account, arn, described), tags, name, told={"region": region})


def _ours(account, api):
    kinds = api.client.meta.service_model.shape_for("KeyAlgorithm").enum  # left out, AWS lists RSA up to 2048 bits only
    asked = {"Includes": {"keyTypes": kinds}, "CertificateStatuses": _ALIVE}
    arns = [each["CertificateArn"] for each in api.pages("list_certificates", "CertificateSummaryList", **asked)]
    tags = side_by_side(lambda arn: (api.read("list_tags_for_certificate", CertificateArn=arn) or {}).get("Tags"), arns)
    return [pair for pair in zip(arns, tags, strict=True) if account.ours(pair[1])]


def _certificate(account, arn, described):
    """Return kind, id and properties. No schema knows a certificate that was issued elsewhere and imported."""
    names = {
        "DomainName": described["DomainName"],
        "SubjectAlternativeNames": [each for each in described["SubjectAlternativeNames"] if each != described["DomainName"]],
        "KeyAlgorithm": described.get("KeyAlgorithm", "").replace("-", "_"),
    }
    if described.get("Type") == "IMPORTED":
        return "Custom::ImportedCertificate", arn, names
    options, proofs = described.get("Options", {}), described.get("DomainValidationOptions", [])
    properties = {
        **names,
        **pick(described, "CertificateAuthorityArn"),
        **pick(options, "CertificateTransparencyLoggingPreference", CertificateExport="Export"),
        "DomainValidationOptions": [_proof(account, each) for each in proofs if each.get("ResourceRecord")],
        "ValidationMethod": next((each.get("ValidationMethod") for each in proofs), None),
    }
    return "AWS::CertificateManager::Certificate", arn, properties


def _proof(account, option):
    """Return a name with the hosted zone that proves it: the record is part of the certificate, as its random name is AWS's."""
    proof = option["ResourceRecord"]["Name"].rstrip(".")
    near = [each for each in route53.zones(account) if f".{proof}".endswith(f".{each['Name'].rstrip('.')}")]
    proving = [
        each["Id"] for each in near if any(_is(record, proof) for record in route53.records(account, route53.short(each["Id"])))
    ]
    return {"DomainName": option["DomainName"], "HostedZoneId": route53.short(proving[0]) if proving else None}


def _is(record, name):
    return record["Name"].rstrip(".") == name and route53.proves_a_domain(record)
