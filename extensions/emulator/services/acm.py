# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Certificates that are issued when their validation records stand in a public zone of the account, and not otherwise.

moto keeps the certificates and issues every one of them after a minute. Here ACM looks at DNS, as AWS does: a certificate without
its records stays PENDING_VALIDATION and times out after three days.
"""

from __future__ import annotations

import hashlib

from moto.acm.models import CertBundle, acm_backends
from moto.route53.models import route53_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation

RECORDS_AFTER = 5  # seconds until DescribeCertificate knows the validation records
LOOKS_AFTER = 30  # seconds until ACM looks at DNS for the first time
GIVES_UP_AFTER = 72 * 3600
LISTED_BY_DEFAULT = ("RSA_1024", "RSA_2048")

# Functions (account, arn of a certificate) -> ARNs of what uses it; the services that take certificates add theirs.
USERS = []


def certificate(account, region, arn):
    """Return moto's object of a certificate, or None when there is none in this region."""
    bundle = acm_backends[account][region]._certificates.get(arn)
    if bundle is not None:
        bundle.check()
    return bundle


def covers(bundle, domain):
    """Tell whether a certificate is valid for a domain: by the name itself or by a wildcard for one label."""
    names = {bundle.common_name, *bundle.sans}
    return domain in names or "*." + domain.partition(".")[2] in names


def validation_record(account, domain):
    """Return the CNAME that proves a domain to ACM: the same for a name and its wildcard, in all regions of an account."""
    base = domain.removeprefix("*.")
    key = hashlib.sha256(f"{account}/{base}".encode()).hexdigest()
    return {"Name": f"_{key[:32]}.{base}.", "Type": "CNAME", "Value": f"_{key[32:]}.slipway.acm-validations.aws."}


def _stands(account, record):
    for zone in route53_backends[account]["aws"].zones.values():
        for present in zone.rrsets if not zone.private_zone else ():
            same = present.name.rstrip(".").lower() == record["Name"].rstrip(".").lower() and present.type == "CNAME"
            if same and [value.rstrip(".") for value in present.records] == [record["Value"].rstrip(".")]:
                return True
    return False


def _account(bundle):
    return bundle.arn.split(":")[4]


def _names(bundle):
    """Return the names in the order of the request: the first one is the certificate's domain name."""
    return list(dict.fromkeys([bundle.common_name, *getattr(bundle, "requested_names", bundle.sans)]))


def _check(bundle):
    """Bring the status up to date. Imported and private certificates are issued from the start."""
    if bundle.status != "PENDING_VALIDATION":
        return
    age = CLOCK.seconds() - getattr(bundle, "requested_at", CLOCK.seconds())
    if age > GIVES_UP_AFTER:
        bundle.status = "VALIDATION_TIMED_OUT"
    elif age >= LOOKS_AFTER and _proved(bundle):
        bundle.status = "ISSUED"
        bundle.issued_at = CLOCK.now()


def _proved(bundle):
    by_dns = getattr(bundle, "validation_method", "DNS") == "DNS"
    return by_dns and all(_stands(_account(bundle), validation_record(_account(bundle), name)) for name in _names(bundle))


_describe = CertBundle.describe


def _described(bundle):
    """Return what AWS tells about a certificate; moto's record is the same for all names and its users are never removed."""
    found = _describe(bundle)["Certificate"]
    found["SubjectAlternativeNames"] = _names(bundle)
    found["InUseBy"] = users(bundle)
    if bundle.type == "AMAZON_ISSUED":
        found["KeyAlgorithm"] = getattr(bundle, "key_algorithm", found["KeyAlgorithm"])
        found["RenewalEligibility"] = "ELIGIBLE" if found["InUseBy"] else "INELIGIBLE"
        found["DomainValidationOptions"] = [_validation(bundle, name) for name in _names(bundle)]
    if bundle.status != "ISSUED":
        for unknown in ("IssuedAt", "NotBefore", "NotAfter", "Serial", "Issuer"):
            found.pop(unknown, None)
    elif hasattr(bundle, "issued_at"):
        found["IssuedAt"] = bundle.issued_at.timestamp()
    return {"Certificate": found}


def _validation(bundle, name):
    states = {"ISSUED": "SUCCESS", "PENDING_VALIDATION": "PENDING_VALIDATION"}
    method = getattr(bundle, "validation_method", "DNS")
    status = states.get(bundle.status, "FAILED")
    told = {"DomainName": name, "ValidationDomain": name, "ValidationStatus": status, "ValidationMethod": method}
    if method == "DNS" and CLOCK.seconds() - getattr(bundle, "requested_at", -RECORDS_AFTER) >= RECORDS_AFTER:
        told["ResourceRecord"] = validation_record(_account(bundle), name)
    return told


CertBundle.check = _check
CertBundle.describe = _described


def users(bundle):
    """Return the ARNs of everything that uses a certificate now."""
    return [arn for who in USERS for arn in who(_account(bundle), bundle.arn)]


@operation("acm", "RequestCertificate")
def request_certificate(call):
    if call.params.get("ManagedBy"):
        raise AwsError("NotImplemented", "Certificates that CloudFront manages are not emulated.")
    answer = call.forward()
    bundle = acm_backends[call.account][call.region]._certificates[answer["CertificateArn"]]
    if not hasattr(bundle, "requested_at"):  # a repeated idempotency token answers with the certificate that is there
        bundle.requested_at = CLOCK.seconds()
        bundle.validation_method = call.params.get("ValidationMethod", "EMAIL")
        bundle.requested_names = call.params.get("SubjectAlternativeNames", [])
        bundle.key_algorithm = call.params.get("KeyAlgorithm", "RSA_2048")
    return answer


@operation("acm", "ListCertificates")
def list_certificates(call):
    statuses, includes = call.params.get("CertificateStatuses"), call.params.get("Includes", {})
    unknown = sorted(includes.keys() - {"keyTypes"})
    if unknown:
        raise AwsError("NotImplemented", f"The emulated ListCertificates does not filter by {', '.join(unknown)}.")
    wanted = includes.get("keyTypes", LISTED_BY_DEFAULT)
    listed = []
    for bundle in list(acm_backends[call.account][call.region]._certificates.values()):
        bundle.check()
        found = bundle.describe()["Certificate"]
        if found["KeyAlgorithm"] in wanted and (not statuses or found["Status"] in statuses):
            listed.append(_summary(found))
    start, size = int(call.params.get("NextToken", 0)), call.params.get("MaxItems", 100)
    more = {"NextToken": str(start + size)} if start + size < len(listed) else {}
    return {"CertificateSummaryList": listed[start : start + size], **more}


def _summary(found):
    names = found["SubjectAlternativeNames"]
    kept = ("CertificateArn", "DomainName", "Status", "Type", "KeyAlgorithm", "NotBefore", "NotAfter", "CreatedAt", "IssuedAt")
    return {
        **{key: found[key] for key in kept if key in found},
        "SubjectAlternativeNameSummaries": names[:100],
        "HasAdditionalSubjectAlternativeNames": len(names) > 100,
        "InUse": bool(found["InUseBy"]),
        "RenewalEligibility": found["RenewalEligibility"],
    }


@operation("acm", "UpdateCertificateOptions")
def update_certificate_options(call):
    bundle = certificate(call.account, call.region, call.params["CertificateArn"])
    if bundle is None:
        raise AwsError("ResourceNotFoundException", f"Could not find certificate {call.params['CertificateArn']}.")
    if bundle.status != "ISSUED":
        raise AwsError("InvalidStateException", f"Certificate {bundle.arn} is not in a valid state for this operation.")
    bundle.cert_options.update(call.params["Options"])


@operation("acm", "DeleteCertificate")
def delete_certificate(call):
    bundle = certificate(call.account, call.region, call.params["CertificateArn"])
    if bundle is not None and users(bundle):
        raise AwsError("ResourceInUseException", f"Certificate {bundle.arn} in account {call.account} is in use.")
    return call.forward()
