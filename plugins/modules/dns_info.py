#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_info
version_added: 0.1.0
short_description: Find a public zone and a certificate in it
description:
  - Finds the zone that the role M(slipway.aws.dns) built, and a certificate that ACM has issued for it.
author: slipway.aws maintainers (@slipway)
options:
  certificate:
    description: The name that a certificate is for. It has to be issued; with O(wait_timeout) the task waits until it is.
    type: str
  certificate_region:
    description: The region of the certificate, if not the one of the task.
    type: str
  wait_timeout:
    description: How many seconds to wait for the certificate.
    type: int
    default: 0
extends_documentation_fragment:
  - slipway.aws.resource.finder
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Find the zone
  slipway.aws.dns_info:
    name: dev.shop.example.com
  register: dns

- name: Wait up to ten minutes for a certificate that CloudFront can use
  slipway.aws.dns_info:
    name: dev.shop.example.com
    certificate: "*.dev.shop.example.com"
    certificate_region: us-east-1
    wait_timeout: 600
"""

RETURN = r"""
exists:
  description: Whether it was found.
  returned: always
  type: bool
zone_id:
  description: Id of the zone.
  returned: when it exists
  type: str
  sample: Z0123456789ABCDEFGHIJ
name_servers:
  description: The servers that the parent zone has to delegate to.
  returned: when it exists
  type: list
  elements: str
certificate_arn:
  description: ARN of the certificate.
  returned: when a certificate was asked for
  type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder

_ALL_KEYS = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]


class Dns(Finder):
    """A zone is known by its domain, a certificate by the name it is for."""

    noun = "public zone"
    component = "dns"

    def look(self):
        route53, domain = self.api("route53"), self.params["name"].rstrip(".") + "."
        zones = route53.pages("list_hosted_zones", "HostedZones")
        mine = [zone for zone in zones if zone["Name"] == domain and not zone["Config"].get("PrivateZone")]
        if not mine:
            return None
        zone = route53.read("get_hosted_zone", Id=mine[0]["Id"])
        found = {"zone_id": mine[0]["Id"].rsplit("/", 1)[-1], "name_servers": sorted(zone["DelegationSet"]["NameServers"])}
        if self.params["certificate"]:
            found["certificate_arn"] = self._certificate(found["name_servers"])
        return found

    def _certificate(self, servers):
        acm, domain = self.api("acm", region=self.params["certificate_region"]), self.params["certificate"]
        state = None
        for _look in acm.looks(self.params["wait_timeout"]):
            rows = acm.pages("list_certificates", "CertificateSummaryList", Includes={"keyTypes": _ALL_KEYS})
            mine = [acm.read("describe_certificate", CertificateArn=r["CertificateArn"]) for r in rows if r["DomainName"] == domain]
            states = {each["Certificate"]["Status"]: each["Certificate"]["CertificateArn"] for each in mine}
            if "ISSUED" in states:
                return states["ISSUED"]
            # One that expired or timed out may stand beside the one that is on its way.
            state = "PENDING_VALIDATION" if "PENDING_VALIDATION" in states else next(iter(states), None)
            if state != "PENDING_VALIDATION":
                break
        if state is None:
            return self.module.fail_json(msg=self.lack(f"No certificate for {domain}"))
        return self.module.fail_json(
            msg=f"The certificate for {domain} is {state}. ACM issues it when the parent zone delegates {self.params['name']} to"
            f" {', '.join(servers)}: ask whoever owns the parent, then run the same command again."
        )


def main():
    Dns.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
