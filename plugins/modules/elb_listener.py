#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: elb_listener
version_added: 0.1.0
short_description: Manage listeners of load balancers
description:
  - Creates, changes and removes listeners with their certificates, TLS policy, mutual authentication, default actions and tags.
  - A listener is known by its load balancer and its port.
  - The weights of a default action that forwards are not touched as long as its target groups are the wanted ones, because ECS and
    CodeDeploy move them; see O(forward_weights).
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.elb_application_lb
    description: >-
      Manages listeners as a part of the load balancer. It compares only the first certificate, knows no mutual authentication, and
      sets weights back that ECS or CodeDeploy have moved.
  - module: slipway.aws.elb_listener_rule
    description: Manages the rules that come before the default action.
options:
  load_balancer:
    description: Name or ARN of the load balancer.
    type: str
    required: true
  port:
    description: Port that clients connect to.
    type: int
    required: true
  protocol:
    description: Protocol that clients speak. Needed to create the listener.
    type: str
    choices: [HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP, QUIC, TCP_QUIC]
  certificate_arn:
    description: ARN of the certificate for clients that ask for no name, or for one that no other certificate covers.
    type: str
  additional_certificate_arns:
    description:
      - ARNs of all further certificates; the one is used that fits the name a client asks for (SNI). Others are removed.
    type: list
    elements: str
  ssl_policy:
    description:
      - Name of the policy that says which TLS versions and ciphers clients may use.
      - V(ELBSecurityPolicy-TLS13-1-2-2021-06) wants TLS 1.2 or better. Left out when the listener is created, AWS takes
        V(ELBSecurityPolicy-2016-08), which allows TLS 1.0.
    type: str
  alpn_policy:
    description: Which HTTP versions a TLS listener negotiates.
    type: str
    choices: [HTTP1Only, HTTP2Only, HTTP2Optional, HTTP2Preferred, None]
  mutual_authentication:
    description: Whether clients show certificates as well.
    type: dict
    suboptions:
      mode:
        description: V(passthrough) hands the certificate to the targets, V(verify) checks it against a trust store.
        type: str
        required: true
        choices: ['off', passthrough, verify]
      trust_store_arn:
        description: ARN of the trust store for V(verify).
        type: str
      ignore_client_certificate_expiry:
        description: Whether expired certificates are accepted.
        type: bool
      advertise_trust_store_ca_names:
        description: Whether clients are told which authorities are trusted.
        type: str
        choices: ['on', 'off']
  default_actions:
    description:
      - What is done with requests that no rule matches, in order; in the names of the API, for example C(type=forward) with
        C(target_group_arn), C(type=redirect) with C(redirect_config).
    type: list
    elements: dict
  forward_weights:
    description:
      - V(ignore) leaves the weights of an action as they are while its target groups are the wanted ones, and brings in new
        target groups with weight 0. V(managed) sends the weights that are written down.
      - An action that is created always gets the weights that are written down.
    type: str
    choices: [ignore, managed]
    default: ignore
  client_secret:
    description:
      - Secret of an C(authenticate-oidc) action.
      - AWS never tells it, so a new secret alone is not noticed; it is sent with the next change of the actions.
    type: str
  attributes:
    description: Attributes by AWS's names, for example C(routing.http.response.server.enabled). Those that are left out stay.
    type: dict
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: HTTPS with TLS 1.2 or better; what no rule matches is not found
  slipway.aws.elb_listener:
    load_balancer: shop-dev
    port: 443
    protocol: HTTPS
    certificate_arn: arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012
    ssl_policy: ELBSecurityPolicy-TLS13-1-2-2021-06
    default_actions:
      - type: fixed-response
        fixed_response_config:
          status_code: 404

- name: Send everybody to HTTPS
  slipway.aws.elb_listener:
    load_balancer: shop-dev
    port: 80
    protocol: HTTP
    default_actions:
      - type: redirect
        redirect_config:
          protocol: HTTPS
          port: 443
          status_code: HTTP_301

- name: Two target groups, between which CodeDeploy moves the traffic
  slipway.aws.elb_listener:
    load_balancer: shop-dev
    port: 8443
    protocol: HTTP
    default_actions:
      - type: forward
        forward_config:
          target_groups:
            - target_group_arn: "{{ blue.target_group.arn }}"
              weight: 100
            - target_group_arn: "{{ green.target_group.arn }}"
              weight: 0

- name: No listener any more
  slipway.aws.elb_listener:
    load_balancer: shop-dev
    port: 8443
    state: absent
"""

RETURN = r"""
listener:
  description: The listener; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the listener.
      type: str
      sample: arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop-dev/50dc6c495c0c9188/f2f7dc8efc522ab2
    load_balancer_arn:
      description: ARN of its load balancer.
      type: str
    default_actions:
      description: Its default actions, each forward with its target groups and weights.
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import elb, formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_SECURE = ("HTTPS", "TLS")
_APART = ("AdditionalCertificates", "Attributes")


class Listener(Resource):
    """A listener. Its further certificates and its attributes have operations of their own."""

    service = "elbv2"
    noun = "listener"
    missing = ("LoadBalancerNotFound", "ListenerNotFound")
    unordered = ("TargetGroups",)
    verbatim = ("Attributes",)
    outputs = ("arn",)

    @property
    def name(self):
        """Return how messages call it: load balancer and port."""
        return f"{self.params['load_balancer'].split('/')[-2 if '/' in self.params['load_balancer'] else -1]}:{self.params['port']}"

    def validate(self):
        faults = elb.faults_of("default_actions", self.params["default_actions"])
        protocol = self.params["protocol"]
        faults += formats.out_of_range(1, 65535, port=self.params["port"])
        faults += formats.malformed("arn", certificate_arn=self.params["certificate_arn"])
        secure = [key for key in ("certificate_arn", "additional_certificate_arns", "ssl_policy") if self.params[key]]
        if protocol and protocol not in _SECURE and secure:
            faults.append(f"{', '.join(secure)}: only listeners with HTTPS or TLS have it, not {protocol}.")
        if self.params["alpn_policy"] and protocol not in (None, "TLS"):
            faults.append(f"alpn_policy: only TLS listeners have it, not {protocol}.")
        mutual = self.params["mutual_authentication"] or {}
        if mutual.get("mode") == "verify" and not mutual.get("trust_store_arn"):
            faults.append("mutual_authentication: mode verify needs trust_store_arn.")
        return faults

    def find(self):
        self.parent = elb.load_balancer_arn(self, self.params["load_balancer"])
        found = elb.listener_at(self, self.parent, self.params["port"])
        if found is None:
            return None
        arn = found["ListenerArn"]
        actions = elb.normal(found["DefaultActions"])
        tags = self.read("describe_tags", ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
        return {**found, "DefaultActions": actions, **self._apart(arn), "arn": arn, "Tags": from_form(tags)}

    def _apart(self, arn):
        """Return what other operations tell, as far as it is asked for."""
        apart = {}
        if self.params["additional_certificate_arns"] is not None:
            listed = self.pages("describe_listener_certificates", "Certificates", ListenerArn=arn)
            apart["AdditionalCertificates"] = sorted(each["CertificateArn"] for each in listed if not each.get("IsDefault"))
        if self.params["attributes"] is not None:
            pairs = self.read("describe_listener_attributes", ListenerArn=arn)["Attributes"]
            apart["Attributes"] = {pair["Key"]: pair.get("Value", "") for pair in pairs}
        return apart

    def want(self, have):
        if have is None:
            self._check_complete()
        shape = self.client.meta.service_model.operation_model("CreateListener").input_shape
        present = have["DefaultActions"] if have else ()
        certificate, alpn = self.params["certificate_arn"], self.params["alpn_policy"]
        additional, attributes = self.params["additional_certificate_arns"], self.params["attributes"]
        return {
            "Port": self.params["port"],
            "Protocol": self.params["protocol"],
            "SslPolicy": self.params["ssl_policy"],
            "Certificates": certificate and [{"CertificateArn": certificate}],
            "AlpnPolicy": alpn and [alpn],
            "MutualAuthentication": self.request("CreateListener").get("MutualAuthentication"),
            "DefaultActions": elb.wanted_actions(self.module, shape, "default_actions", present, f"listener {self.name}"),
            "AdditionalCertificates": None if additional is None else sorted({*additional} - {certificate}),
            "Attributes": attributes and {key: _text(value) for key, value in attributes.items()},
        }

    def _check_complete(self):
        lacking = [name for name in ("protocol", "default_actions") if not self.params[name]]
        if self.params["protocol"] in _SECURE and not self.params["certificate_arn"]:
            lacking.append("certificate_arn")
        lacking += elb.lacking_secret(self.params, "default_actions")
        if lacking:
            self.fail(f"listener {self.name} does not exist, and to create it {', '.join(lacking)} has to be given.")

    def create(self, want):
        if self.parent is None:
            self.fail(f"listener {self.name} cannot be created: its load balancer does not exist. Create the load balancer first.")
        apart = {key: want.pop(key) for key in _APART if key in want}
        want["DefaultActions"] = elb.with_secret(want["DefaultActions"], self.params["client_secret"])
        made = self.write("create_listener", LoadBalancerArn=self.parent, **want)["Listeners"][0]
        self._update_apart(made["ListenerArn"], {}, apart)

    def update(self, have, changes):
        apart = {key: changes.pop(key) for key in _APART if key in changes}
        if "DefaultActions" in changes:
            changes["DefaultActions"] = elb.with_secret(changes["DefaultActions"], self.params["client_secret"])
        if changes:
            self.write("modify_listener", ListenerArn=have["arn"], **changes)
        self._update_apart(have["arn"], have, apart)

    def _update_apart(self, arn, have, apart):
        known, wanted = (set(side.get("AdditionalCertificates", [])) for side in (have, apart))
        sides = {"add": wanted - known, "remove": known - wanted} if "AdditionalCertificates" in apart else {}
        for verb, arns in sides.items():
            if arns:
                entries = [{"CertificateArn": each} for each in sorted(arns)]
                self.write(f"{verb}_listener_certificates", ListenerArn=arn, Certificates=entries)
        present = have.get("Attributes", {})
        pairs = [{"Key": key, "Value": value} for key, value in apart.get("Attributes", {}).items() if present.get(key) != value]
        if pairs:
            self.write("modify_listener_attributes", ListenerArn=arn, Attributes=pairs)

    def delete(self, have):
        self.write("delete_listener", tolerate=self.missing, ListenerArn=have["arn"])


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def main():
    Listener.main(DOCUMENTATION, no_log=("client_secret",))


if __name__ == "__main__":
    main()
