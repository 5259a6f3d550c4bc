#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: database_info
version_added: 0.1.0
short_description: Find a database and the secret with its password
description:
  - Finds the database that the role M(slipway.aws.database) built, by name. The password itself is not read.
author: slipway.aws maintainers (@slipway)
extends_documentation_fragment:
  - slipway.aws.resource.finder
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Find the database
  slipway.aws.database_info:
    name: shop-dev
  register: database

- name: Say where it is
  ansible.builtin.debug:
    msg: "{{ database.address }}:{{ database.port }}, password in {{ database.secret_arn }}"
"""

RETURN = r"""
exists:
  description: Whether it was found.
  returned: always
  type: bool
address:
  description: Host name of the database.
  returned: when it exists
  type: str
port:
  description: Its port.
  returned: when it exists
  type: int
schema:
  description: Name of its first database.
  returned: when it exists
  type: str
secret_arn:
  description: ARN of the secret with C(username) and C(password).
  returned: when it exists
  type: str
allocated_storage_gb:
  description: Its storage in GiB.
  returned: when it exists
  type: int
"""

from ansible_collections.slipway.aws.plugins.module_utils.finders.database import Database


def main():
    Database.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
