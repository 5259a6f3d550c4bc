#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: acm_certificate_request
version_added: 0.1.0
short_description: Request public certificates and prove the domain by DNS
description:
  - Requests certificates from AWS Certificate Manager, writes the records that prove the domain into a Route 53 zone, and waits
    until the certificate is issued.
  - A certificate is known by its domain name, its further names and, where given, its key algorithm. AWS can change none of them,
    so other names make a new certificate beside the old one, which goes on working; RV(certificate.previous_arns) has it.
  - CloudFront takes certificates of the region C(us-east-1) only.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.acm_certificate
    description: Imports certificates that were issued elsewhere. It neither requests one from ACM nor proves a domain.
options:
  name:
    description: Domain name of the certificate; V(*.shop.example) covers one level of names below.
    type: str
    required: true
  subject_alternative_names:
    description:
      - Further names. The order does not matter, and the domain name need not be repeated.
      - With O(state=absent), only the certificate with exactly these names is removed; left out, all certificates for O(name).
    type: list
    elements: str
  key_algorithm:
    description: Kind of key. AWS takes V(RSA_2048) when it is left out.
    type: str
    choices: [RSA_2048, RSA_3072, RSA_4096, EC_prime256v1, EC_secp384r1, EC_secp521r1]
  certificate_transparency_logging:
    description: Whether the certificate is recorded in public logs. Browsers refuse certificates that are not.
    type: bool
  hosted_zone:
    description:
      - Name or id of the public Route 53 zone into which the validation records are written. All names have to lie in it.
      - The records stay there, as AWS needs them for every renewal; when they are missing they are written again.
      - With O(state=absent) they are removed, unless another certificate of the account has the same domain in any region.
      - Left out, the records are yours to write; then a run that requests a certificate returns at once, and a later run waits.
    type: str
  arn:
    description: With O(state=absent), the one certificate to remove, for example from RV(certificate.previous_arns).
    type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A certificate for the load balancer
  slipway.aws.acm_certificate_request:
    name: shop.example
    subject_alternative_names: ['*.shop.example']
    hosted_zone: shop.example
    tags:
      Project: Shop

- name: One for CloudFront, whose records somebody else writes
  slipway.aws.acm_certificate_request:
    name: www.shop.example
    key_algorithm: EC_prime256v1
    region: us-east-1
  register: www

- name: The records
  ansible.builtin.debug:
    var: www.certificate.resource_records

- name: Remove what a certificate with other names replaced
  slipway.aws.acm_certificate_request:
    name: shop.example
    arn: "{{ item }}"
    state: absent
  loop: "{{ shop.certificate.previous_arns }}"

- name: No certificate any more
  slipway.aws.acm_certificate_request:
    name: shop.example
    hosted_zone: shop.example
    state: absent
"""

RETURN = r"""
certificate:
  description: The certificate; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the certificate.
      type: str
      sample: arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012
    status:
      description: V(PENDING_VALIDATION) until AWS has seen the records, then V(ISSUED).
      type: str
    subject_alternative_names:
      description: All its names.
      type: list
      elements: str
    resource_records:
      description: The records that prove its names; a name and its wildcard share one.
      type: list
      elements: dict
      sample: [{name: _3f1d.shop.example., type: CNAME, value: _9a2c.acm-validations.aws.}]
    previous_arns:
      description: ARNs of other certificates that were requested for the same domain name.
      type: list
      elements: str
    tags:
      description: Its tags.
      type: dict
"""

import uuid

from ansible_collections.slipway.aws.plugins.module_utils import formats, validation
from ansible_collections.slipway.aws.plugins.module_utils.aws import retrying
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_ALIVE = ("PENDING_VALIDATION", "ISSUED")
_REMEDY = {
    "CAA_ERROR": "A CAA record of the domain does not allow amazon.com: add it.",
    "VALIDATION_TIMED_OUT": "Its validation records did not stand in DNS for three days: remove it, then request it anew.",
}


class Certificate(Resource):
    """A certificate that AWS issues. Its validation records are part of it when a hosted zone is given."""

    service = "acm"
    noun = "certificate"
    missing = ("ResourceNotFoundException",)
    unordered = ("SubjectAlternativeNames", "MissingRecords")
    outputs = ("arn", "status")
    arn = None  # of the certificate that this run requested: lists do not know it at once

    def __init__(self, module):
        super().__init__(module)
        self.zone = validation.Zone(module) if self.params["hosted_zone"] else None

    @property
    def names(self):
        """Return all names that are asked for."""
        return sorted(
            {name.rstrip(".").lower() for name in (self.params["name"], *(self.params["subject_alternative_names"] or []))}
        )

    def validate(self):
        zone, faults = (self.params["hosted_zone"] or "").rstrip(".").lower(), []
        outside = [name for name in self.names if "." in zone and name != zone and not name.endswith(f".{zone}")]
        if outside:
            faults.append(f"{', '.join(outside)} does not lie in the zone {zone}: request it apart, with its own hosted_zone.")
        faults += formats.malformed("domain", name=self.name, subject_alternative_names=self.params["subject_alternative_names"])
        if self.params["arn"] and self.params["state"] == "present":
            faults.append("arn is for state=absent: a certificate to be there is known by its names.")
        return faults

    def find(self):
        if self.zone and self.zone.zone is None and self.params["state"] == "present" and not self.check:
            self.fail(f"certificate {self.name}: there is no public hosted zone {self.params['hosted_zone']}. Create it first.")
        listed = [] if self.arn else self._listed(self.client)
        same = [each for each in listed if each["DomainName"].lower() == self.params["name"].rstrip(".").lower()]
        described = [self._described(each["CertificateArn"]) for each in same] if not self.arn else [self._described(self.arn)]
        found = [each for each in described if each and self._is_meant(each)]
        if not found:
            self.previous = [each["CertificateArn"] for each in described if each]
            return None
        self.doomed = found
        have = sorted(found, key=lambda each: (each["Status"] != "ISSUED", -each["CreatedAt"].timestamp()))[0]
        others = [each["CertificateArn"] for each in described if each and each is not have]
        return self._completed(have, others or getattr(self, "previous", []))

    def _listed(self, client):
        kinds = client.meta.service_model.shape_for("KeyAlgorithm").enum  # left out, AWS lists RSA up to 2048 bits only
        statuses = {"CertificateStatuses": list(_ALIVE)} if self.params["state"] == "present" else {}
        collect = client.get_paginator("list_certificates").paginate(Includes={"keyTypes": kinds}, **statuses)
        listed = self._guarded("list_certificates", (), retrying()(lambda: collect.build_full_result()["CertificateSummaryList"]))
        return [each for each in listed if each.get("Type") == "AMAZON_ISSUED"]

    def _described(self, arn):
        answer = self.read("describe_certificate", CertificateArn=arn)
        return answer and answer["Certificate"]

    def _is_meant(self, found):
        wanted, arn = self.params["key_algorithm"], self.params["arn"]
        if self.params["state"] == "absent" and self.params["subject_alternative_names"] is None:
            return arn in (None, found["CertificateArn"])
        algorithm = found.get("KeyAlgorithm", "").replace("-", "_")
        return sorted(name.lower() for name in found["SubjectAlternativeNames"]) == self.names and wanted in (None, algorithm)

    def _completed(self, found, others):
        arn = found["CertificateArn"]
        tags = (self.read("list_tags_for_certificate", CertificateArn=arn) or {}).get("Tags", [])
        records = validation.records_of(found)
        missing = [record["Name"] for record in records if self.zone and self.zone.zone and not self.zone.present(record)]
        return {
            **found,
            "KeyAlgorithm": found.get("KeyAlgorithm", "").replace("-", "_"),
            "ResourceRecords": records,
            "MissingRecords": missing,
            "PreviousArns": others,
            "arn": arn,
            "status": found["Status"],
            "Tags": from_form(tags),
        }

    def want(self, have):
        logging = self.params["certificate_transparency_logging"]
        preference = {True: "ENABLED", False: "DISABLED"}.get(logging)
        return {
            "DomainName": self.params["name"].rstrip(".").lower(),
            "SubjectAlternativeNames": self.names,
            "KeyAlgorithm": self.params["key_algorithm"],
            "Options": preference and {"CertificateTransparencyLoggingPreference": preference},
            "MissingRecords": [] if self.zone else None,
        }

    def create(self, want):
        want.pop("MissingRecords", None)
        if self.names == [want["DomainName"]]:
            del want["SubjectAlternativeNames"]
        token = uuid.uuid4().hex  # one per run: a repeated call is the same request, a certificate after a removal is another one
        self.arn = self.write("request_certificate", ValidationMethod="DNS", IdempotencyToken=token, **want)["CertificateArn"]
        self._write_records()

    def _write_records(self):
        """Write the records as soon as AWS knows them, which takes some seconds."""
        for _look in self.looks(60):
            have = self.find()
            if have and len(have["ResourceRecords"]) == len({validation.base(name) for name in have["SubjectAlternativeNames"]}):
                break
        else:
            self.fail(f"certificate {self.name} has no validation records after a minute. Run the same command again.")
        self._upsert(have)

    def _upsert(self, have):
        missing = [record for record in have["ResourceRecords"] if record["Name"] in have["MissingRecords"]]
        if missing:
            self.zone.write_records(missing)

    def update(self, have, changes):
        if "MissingRecords" in changes:
            self._upsert(have)
        if "Options" in changes:
            self.write("update_certificate_options", CertificateArn=have["arn"], Options=changes["Options"])

    def settle_present(self, visible_only=False):
        # Without a zone it is the caller who writes the records, and he gets them from our result.
        return super().settle_present(visible_only or (self.arn is not None and self.zone is None))

    def ready(self, have):
        if have["status"] not in _ALIVE:
            reason = have.get("FailureReason", have["status"])
            self.fail(f"certificate {self.name} was not issued: {reason}. {_REMEDY.get(reason, 'AWS does not say more.')}")
        # A pending certificate without its records needs an update, not patience.
        return have["status"] == "ISSUED" or bool(self.zone and have["MissingRecords"])

    def delete(self, have):
        records = self._own_records() if self.zone and self.zone.zone else []
        for each in self.doomed:
            # A load balancer or a distribution lets go of its certificate some time after it is gone.
            patience = {"ResourceInUseException": "in use"}
            self.write("delete_certificate", tolerate=self.missing, patience=patience, CertificateArn=each["CertificateArn"])
        if records:
            self.zone.delete_records(records)

    def _own_records(self):
        """Return the records that no other certificate needs: AWS gives a domain the same one in all regions of an account."""
        records = {record["Name"]: record for each in self.doomed for record in validation.records_of(each)}
        kept = {validation.base(name) for name in self._other_names()} if records else set()
        return [record for name, record in records.items() if validation.bare(name).partition(".")[2] not in kept]

    def _other_names(self):
        doomed = [each["CertificateArn"] for each in self.doomed]
        for region in validation.Regions(self.module).names():
            for each in self._listed(self.module.client("acm", region=region)):
                if each["CertificateArn"] not in doomed:
                    yield from (each["DomainName"], *each.get("SubjectAlternativeNameSummaries", []))


def main():
    Certificate.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
