#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: guardduty_detector
version_added: 0.1.0
short_description: Manage the GuardDuty detector of a region
description:
  - Switches Amazon GuardDuty on in a region, changes its protection plans, and switches it off again.
  - A region has one detector at most, so it needs no name; it is found wherever it came from. What is left out is left as it is.
author: slipway.aws maintainers (@slipway)
options:
  enable:
    description:
      - Whether it looks. V(false) suspends it, which keeps its findings; V(true) when it is created without a word about it.
    type: bool
  finding_publishing_frequency:
    description:
      - How soon a finding that occurs again is sent to EventBridge once more; new ones are sent within five minutes.
      - AWS takes V(SIX_HOURS) when it is created without a word about it.
    type: str
    choices: [FIFTEEN_MINUTES, ONE_HOUR, SIX_HOURS]
  features:
    description:
      - Protection plans to switch on or off. A plan that is left out stays as it is; a new detector has most of them on.
      - Flow logs, DNS logs and CloudTrail's events are always looked at.
    type: list
    elements: dict
    suboptions:
      name:
        description:
          - Name of the plan.
          - V(RUNTIME_MONITORING) includes V(EKS_RUNTIME_MONITORING), and AWS lets only one of them be enabled. When the former is
            enabled, the latter is disabled first.
        type: str
        required: true
        choices:
          - S3_DATA_EVENTS
          - EKS_AUDIT_LOGS
          - EBS_MALWARE_PROTECTION
          - RDS_LOGIN_EVENTS
          - LAMBDA_NETWORK_LOGS
          - EKS_RUNTIME_MONITORING
          - RUNTIME_MONITORING
          - AI_PROTECTION
          - AI_ANALYST
      status:
        description: Whether it is on.
        type: str
        choices: [ENABLED, DISABLED]
        default: ENABLED
      additional_configuration:
        description: What else the plan does; it is switched off together with the plan.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: Name of what it does, for example V(ECS_FARGATE_AGENT_MANAGEMENT), which adds the agent to Fargate tasks.
            type: str
            required: true
            choices: [EKS_ADDON_MANAGEMENT, ECS_FARGATE_AGENT_MANAGEMENT, EC2_AGENT_MANAGEMENT, RDS_DATA_RISK]
          status:
            description: Whether it is on.
            type: str
            choices: [ENABLED, DISABLED]
            default: ENABLED
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: GuardDuty looks, and says soon what it sees again
  slipway.aws.guardduty_detector:
    finding_publishing_frequency: FIFTEEN_MINUTES
    tags:
      Project: Shop

- name: It looks into containers on Fargate too, and at no EKS audit logs
  slipway.aws.guardduty_detector:
    features:
      - name: RUNTIME_MONITORING
        additional_configuration:
          - name: ECS_FARGATE_AGENT_MANAGEMENT
      - name: EKS_AUDIT_LOGS
        status: DISABLED

- name: No GuardDuty in this region any more, and no findings
  slipway.aws.guardduty_detector:
    state: absent
"""

RETURN = r"""
detector:
  description: The detector; empty when it is absent.
  returned: always
  type: dict
  contains:
    id:
      description: Its id.
      type: str
      sample: 12abc34d567e8fa901bc2d34e56789f0
    arn:
      description: Its ARN.
      type: str
      sample: arn:aws:guardduty:eu-west-1:123456789012:detector/12abc34d567e8fa901bc2d34e56789f0
    enable:
      description: Whether it looks.
      type: bool
    features:
      description: All its protection plans with their status, in the form of the option.
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_ALWAYS = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")
_RUNTIME = "RUNTIME_MONITORING"
_EKS_RUNTIME = "EKS_RUNTIME_MONITORING"


def _by_name(features):
    """Return the features that can be managed as a dictionary: those that nobody asked for do not disturb the comparison."""
    return {
        feature["Name"]: {"Status": feature["Status"], "AdditionalConfiguration": _statuses(feature)}
        for feature in features
        if feature["Name"] not in _ALWAYS
    }


def _statuses(feature):
    return {detail["Name"]: detail["Status"] for detail in feature.get("AdditionalConfiguration") or []}


def _listed(features):
    """Return features as the API and the option want them."""
    found = []
    for name, feature in features.items():
        details = [{"Name": detail, "Status": on} for detail, on in feature["AdditionalConfiguration"].items()]
        found.append({"Name": name, "Status": feature["Status"], **({"AdditionalConfiguration": details} if details else {})})
    return found


class Detector(Resource):
    """The detector of a region. An update names the features that change, and leaves the others alone."""

    service = "guardduty"
    noun = "detector"
    outputs = ("arn", "id")

    @property
    def name(self):
        return f"of {self.client.meta.region_name}"

    def validate(self):
        features = self.params["features"] or []
        names = [feature["name"] for feature in features]
        faults = [f"features: {name} is given twice." for name in sorted({name for name in names if names.count(name) > 1})]
        if {feature["name"] for feature in features if feature["status"] == "ENABLED"} >= {_RUNTIME, _EKS_RUNTIME}:
            faults.append(f"features: {_RUNTIME} includes {_EKS_RUNTIME}, and only one of them can be enabled.")
        for feature in features:
            on = [detail["name"] for detail in feature["additional_configuration"] if detail["status"] == "ENABLED"]
            if on and feature["status"] == "DISABLED":
                faults.append(f"features: {', '.join(on)} cannot be enabled while {feature['name']} is disabled.")
        return faults

    def find(self):
        found = self.pages("list_detectors", "DetectorIds")
        if not found:
            return None
        have = self.read("get_detector", DetectorId=found[0])
        _arn, partition, _iam, _region, account, _role = have["ServiceRole"].split(
            ":"
        )  # a detector itself does not say whose it is
        return {
            "id": found[0],
            "arn": f"arn:{partition}:guardduty:{self.client.meta.region_name}:{account}:detector/{found[0]}",
            "Enable": have["Status"] == "ENABLED",
            "status": have["Status"],
            "FindingPublishingFrequency": have.get("FindingPublishingFrequency"),
            "Features": _by_name(have.get("Features", [])),
            "Tags": from_form(have.get("Tags", {})),
        }

    def want(self, have):
        request = self.request("CreateDetector")
        if have is None:
            request.setdefault("Enable", True)
        if "Features" in request:
            request["Features"] = self._features(_by_name(request["Features"]), have["Features"] if have else {})
        return request

    @staticmethod
    def _features(wanted, present):
        """Complete the wanted features by what follows: details go off with their plan, and one runtime plan for the other."""

        def status(name):
            return present.get(name, {}).get("Status")

        if wanted.get(_RUNTIME, {}).get("Status") == "ENABLED" == status(_EKS_RUNTIME) and status(_RUNTIME) != "ENABLED":
            wanted.setdefault(_EKS_RUNTIME, {"Status": "DISABLED", "AdditionalConfiguration": {}})
        for name, feature in wanted.items():
            if feature["Status"] == "DISABLED":
                off = dict.fromkeys(present.get(name, {}).get("AdditionalConfiguration", {}), "DISABLED")
                feature["AdditionalConfiguration"] = {**feature["AdditionalConfiguration"], **off}
        return wanted

    def create(self, want):
        first, then = self._steps(want)
        identity = self.write("create_detector", **first)["DetectorId"]
        if then:
            self.write("update_detector", DetectorId=identity, **then)

    def update(self, have, changes):
        for step in self._steps(changes):
            if step:
                self.write("update_detector", DetectorId=have["id"], **step)

    @staticmethod
    def _steps(wanted):
        """Return what is sent first and what is sent then: no request may name both runtime plans, and the old one goes first."""
        if "Features" not in wanted:
            return wanted, {}
        features = dict(wanted["Features"])
        later = {}
        if {_RUNTIME, _EKS_RUNTIME} <= features.keys():
            last = max((_RUNTIME, _EKS_RUNTIME), key=lambda name: features[name]["Status"] == "ENABLED")
            later = {last: features.pop(last)}
        return {**wanted, "Features": _listed(features)}, {"Features": _listed(later)} if later else {}

    def delete(self, have):
        self.write("delete_detector", DetectorId=have["id"])

    def view(self, have):
        features = {"Features": _listed(have["Features"])} if have and "Features" in have else {}
        return super().view({**(have or {}), **features})


def main():
    Detector.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
