#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: recovery_info
version_added: 0.1.0
short_description: Judge an environment that is built to replace another in a second region
description:
  - Compares what two regions have, and tells whether the promises about a recovery are kept.
  - Images and secrets of the replaced environment are copied in time (RPO), the services run and are well, and that within the time
    that is promised (RTO).
  - It asks both regions. When the other one cannot be reached, there is nothing to compare with, and it fails.
  - Nothing is changed, and values of secrets are not read.
author: slipway.aws maintainers (@slipway)
options:
  replaces:
    description: What the names of the replaced environment begin with, for example V(shop-prod).
    type: str
    required: true
  replaced_region:
    description: The region of the replaced environment.
    type: str
    required: true
  cluster:
    description: Name of the cluster on which the services run here.
    type: str
    required: true
  services:
    description: Names of the services that have to run.
    type: list
    elements: str
    required: true
  began:
    description: When the recovery began, in seconds since 1970.
    type: float
    required: true
  rto_minutes:
    description: Within how many minutes after O(began) everything has to run.
    type: int
    default: 240
  rpo_minutes:
    description: What is older than so many minutes has to be here; what is younger may be lost. V(0) allows no loss.
    type: int
    default: 60
extends_documentation_fragment:
  - slipway.aws.resource.info
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Judge what was built in the second region
  slipway.aws.recovery_info:
    replaces: shop-prod
    replaced_region: eu-west-1
    cluster: shop-recovery
    services: [orders, stock]
    began: "{{ began }}"
    region: eu-central-1
  register: judged

- name: End when a promise is not kept
  ansible.builtin.assert:
    that: judged.recovery.holds
    fail_msg: "{{ judged.recovery.headline }}"
"""

RETURN = r"""
recovery:
  description: The verdicts.
  returned: always
  type: dict
  contains:
    holds:
      description: Whether all promises are kept.
      type: bool
    headline:
      description: All of it in a sentence.
      type: str
      sample: "shop-prod could be replaced in eu-central-1 as promised: 26 of 26 promises are kept, 34 minutes after it began"
    minutes:
      description: How many minutes it took.
      type: int
    verdicts:
      description: Every promise, with what it is about, whether it holds, and what was seen.
      type: list
      elements: dict
      sample: [{promise: secret, name: shop-prod/orders/signing-key, holds: true, evidence: its copy in eu-central-1 is in step}]
"""

import time

from ansible_collections.slipway.aws.plugins.module_utils import recovery
from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder


class Recovery(Finder):
    """Two regions side by side."""

    noun = "recovery"

    def run(self):
        asked = self.params
        faults = self._faults()
        if faults:
            self.module.fail_json(msg=" ".join(faults))
        here, home = (recovery.Region(self.api, name) for name in (self.module.region, asked["replaced_region"]))
        told = (here, home, asked["replaces"], asked["rpo_minutes"])
        copies = [*recovery.images(*told), *recovery.secrets(*told)]
        if not copies:
            self.module.fail_json(
                msg=f"No repository and no secret in {home.name} begins with {asked['replaces']}/: there is nothing to recover."
                " Look at replaces and replaced_region."
            )
        verdicts = [
            *copies,
            *recovery.services(here, asked["cluster"], asked["services"]),
            *recovery.duration(asked["began"], asked["rto_minutes"]),
        ]
        kept = sum(each["holds"] for each in verdicts)
        minutes = round((time.time() - asked["began"]) / 60)
        holds = kept == len(verdicts)
        could = "could" if holds else "could not"
        told = f"{asked['replaces']} {could} be replaced in {here.name} as promised"
        headline = f"{told}: {kept} of {len(verdicts)} promises are kept, {minutes} minutes after it began"
        self.module.exit_json(
            changed=False, recovery={"holds": holds, "headline": headline, "minutes": minutes, "verdicts": verdicts}
        )

    def _faults(self):
        faults = []
        if self.params["replaced_region"] == self.module.region:
            faults.append("replaced_region is the region of the task: the recovery is judged in the other one.")
        if not self.params["services"]:
            faults.append("services is empty: nothing would have to run.")
        if self.params["began"] > time.time():
            faults.append("began is in the future.")
        faults += [f"{name} is less than 0." for name in ("began", "rto_minutes", "rpo_minutes") if self.params[name] < 0]
        return faults


def main():
    Recovery.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
