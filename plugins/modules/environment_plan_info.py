#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: environment_plan_info
version_added: 0.1.0
short_description: Say what a run would create, change, replace and delete
description:
  - Rehearses a playbook with the inventory of this run on an emulated account that is empty, private and thrown away, reads back
    what it has built there, and compares it with what the account has. Both are read as
    M(slipway.aws.environment_template_info) reads.
  - Nothing is written to the account. Without an account (O(live=false)) everything that is described is new; with O(revision) the
    inventory is compared with itself as it was.
  - A digest stands for the changes. Plans with the same changes have the same digest, which tells an approved plan from others.
  - Runs on the controller, which needs C(moto) for the emulated account. Findings of C(cfn-lint) and C(checkov) are part of a plan
    where these are installed.
author: slipway.aws maintainers (@slipway)
options:
  platform:
    description: Name of the platform.
    type: str
    required: true
  environment:
    description: Name of the environment.
    type: str
    required: true
  account:
    description: The account that the environment lives in. The rehearsal uses the same id.
    type: str
    required: true
  region:
    description: The region that the environment lives in.
    type: str
    required: true
  playbook:
    description: Path of the playbook that is planned.
    type: str
    required: true
  revision:
    description: A git revision of the inventory to compare with, for example V(main). Then no account is read.
    type: str
    default: ""
  live:
    description: Whether to compare with the account of the credentials.
    type: bool
    default: true
  drift:
    description: Whether to tell what has happened to the account, and who is right, instead of what a run would do.
    type: bool
    default: false
  components:
    description: Show changes of these components only; all when it is empty.
    type: list
    elements: str
    default: []
  exceptions:
    description:
      - Differences that are right although nobody describes them. Each has a C(type), a C(property) and a C(reason), and may have a
        C(logical) id; all but the reason may hold wildcards.
    type: list
    elements: dict
    default: []
  accepted:
    description: Path of a file with the findings that are accepted, each with C(rule) and C(reason).
    type: str
    default: ""
  file:
    description: Path to write the plan to, as JSON. Beside it stand the same for people (C(.md)) and for code hosts (C(.sarif)).
    type: str
    default: ""
attributes:
  check_mode:
    description: It changes nothing, in check mode as well.
    support: full
  diff_mode:
    description: The plan is the difference.
    support: none
  idempotent:
    description: It changes nothing.
    support: full
seealso:
  - module: slipway.aws.environment_template_info
    description: Reads one environment.
"""

EXAMPLES = r"""
- name: Plan dev
  slipway.aws.environment_plan_info:
    platform: shop
    environment: dev
    account: "123456789012"
    region: eu-west-1
    playbook: playbooks/dev.yml
  register: planned

- name: Say what a merge request changes
  slipway.aws.environment_plan_info:
    platform: shop
    environment: production
    account: "123456789012"
    region: eu-west-1
    playbook: playbooks/production.yml
    revision: origin/main
    file: plan.json

- name: See whether somebody has changed production by hand
  slipway.aws.environment_plan_info:
    platform: shop
    environment: production
    account: "123456789012"
    region: eu-west-1
    playbook: playbooks/production.yml
    drift: true

- name: Plan without an account
  slipway.aws.environment_plan_info:
    platform: shop
    environment: dev
    account: "123456789012"
    region: eu-west-1
    playbook: playbooks/dev.yml
    live: false
"""

RETURN = r"""
plan:
  description: The plan, as it stands in O(file).
  returned: success
  type: dict
  contains:
    digest:
      description: What the plan is approved by.
      type: str
    counts:
      description: How many resources are created, updated, replaced, deleted, and unknown before it runs.
      type: dict
    changes:
      description: The changes, with C(action), C(component), C(type), C(logical), C(id) and C(properties).
      type: list
      elements: dict
    left:
      description: Differences that a run leaves alone, each with its C(reason).
      type: list
      elements: dict
    assumptions:
      description: What the rehearsal had to assume, as sentences.
      type: list
      elements: str
    findings:
      description: What scanners say, C(open) and C(accepted).
      type: dict
"""
