# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The controls of NIST SP 800-53 and SOC 2 that the properties are evidence for, and what an auditor can look at besides."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import LOG_GROUP, PIPELINE, TRAIL
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import PROPERTIES

NIST, SOC = "NIST SP 800-53", "SOC 2"

# What is written down in an account, and by what.
EVIDENCE = {
    "calls of the API": (TRAIL,),
    "configurations over time": ("AWS::Config::ConfigurationRecorder",),
    "network traffic": ("AWS::EC2::FlowLog",),
    "logs of services and builds": (LOG_GROUP,),
    "alarms": ("AWS::CloudWatch::Alarm",),
    "history of deployments": (PIPELINE,),
    "inventories and plans in git": (),  # what was wanted, by whom, and since when: not in the account
}


@dataclass(frozen=True)
class Control:
    """One control."""

    framework: str
    title: str
    evidence: tuple  # names in EVIDENCE


CONTROLS = {
    "AC-2": Control(NIST, "Account Management", ("calls of the API", "configurations over time")),
    "AC-3": Control(NIST, "Access Enforcement", ("calls of the API", "configurations over time")),
    "AU-2": Control(NIST, "Event Logging", ("calls of the API", "network traffic", "logs of services and builds")),
    "AU-9": Control(NIST, "Protection of Audit Information", ("calls of the API", "logs of services and builds")),
    "CM-2": Control(NIST, "Baseline Configuration", ("inventories and plans in git", "configurations over time")),
    "IA-2": Control(NIST, "Identification and Authentication", ("calls of the API",)),
    "SC-7": Control(NIST, "Boundary Protection", ("network traffic", "configurations over time")),
    "SC-8": Control(NIST, "Transmission Confidentiality and Integrity", ("configurations over time",)),
    "SC-13": Control(NIST, "Cryptographic Protection", ("configurations over time",)),
    "SC-28": Control(NIST, "Protection of Information at Rest", ("configurations over time",)),
    "CC6.1": Control(SOC, "Logical access", ("calls of the API", "configurations over time")),
    "CC6.6": Control(SOC, "Encryption against threats from outside", ("configurations over time",)),
    "CC6.7": Control(SOC, "Transmission of information", ("network traffic", "configurations over time")),
    "CC7.2": Control(SOC, "Monitoring", ("alarms", "logs of services and builds", "configurations over time")),
    "CC8.1": Control(SOC, "Change management", ("history of deployments", "inventories and plans in git")),
}


def controls(environment=None, verdicts=()):
    """Return a row per control: which properties it rests on, whether they hold, and where the evidence is.

    Without an environment and its verdicts it is known neither whether they hold nor which resources write the evidence down.
    """
    held = {each["number"]: each["holds"] for each in verdicts}
    rows = []
    for name, control in CONTROLS.items():
        numbers = [each.number for each in sorted(PROPERTIES.values(), key=lambda each: each.number) if name in each.controls]
        rows.append(
            {
                "control": name,
                "framework": control.framework,
                "title": control.title,
                "properties": numbers,
                "failing": [number for number in numbers if held.get(number) is False],
                "holds": all(held.get(number) for number in numbers),
                "evidence": {kind: _written_by(environment, kind) for kind in control.evidence},
            }
        )
    return rows


def _written_by(environment, kind):
    """Return the resources that write a kind of evidence down; None when it is not in the account, or no account is known."""
    if not (environment and EVIDENCE[kind]):
        return None
    return [each.logical for each in environment.resources(*EVIDENCE[kind])]
