#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
version_added: 0.1.0
short_description: Refuse a faulty inventory before anything is called
description:
  - Checks the whole inventory against the options of the roles, the environment of the playbook and the account of the credentials,
    and reports all faults in one message that names file, line, key, value and what is allowed.
  - The account is asked for last, with one reading call (C(sts:GetCallerIdentity)), and only when nothing else is wrong.
  - Runs on the controller. Options of roles are read from their C(meta/argument_specs.yml), those of the platform from
    C(meta/platform.yml) of this collection.
author: slipway.aws maintainers (@slipway)
options:
  environment:
    description:
      - The environment that the playbook is for; the inventory has to be the one of this environment.
      - Left out, any environment will do.
    type: str
  destroys:
    description:
      - Whether the playbook destroys data. Then C(platform_confirm_destroy) has to name the environment.
    type: bool
    default: false
attributes:
  check_mode:
    description: It only looks, in check mode as well.
    support: full
  diff_mode:
    description: It changes nothing, so there is nothing to compare.
    support: none
  idempotent:
    description: It changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Check the inventory before anything is touched
  slipway.aws.preflight:
    environment: production
  run_once: true

- name: Check any inventory
  slipway.aws.preflight:
  run_once: true

- name: Ask for the word that confirms a teardown
  slipway.aws.preflight:
    destroys: true
  run_once: true
"""

RETURN = r"""
account:
  description: The account of the credentials.
  returned: success
  type: str
  sample: "123456789012"
environment:
  description: The environment of the inventory.
  returned: success
  type: str
  sample: dev
"""
