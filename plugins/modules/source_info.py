#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: source_info
version_added: 0.1.0
short_description: Find a connection to where code comes from
description:
  - Finds what the role M(slipway.aws.source) built, by name.
  - A connection is found before a person has accepted it as well; RV(status) says so.
author: slipway.aws maintainers (@slipway)
options:
  provider_type:
    description: Where the repositories are.
    type: str
    choices: [AzureDevOps, Bitbucket, GitHub, GitHubEnterpriseServer, GitLab, GitLabSelfManaged]
    required: true
extends_documentation_fragment:
  - slipway.aws.resource.finder
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Find the connection to Bitbucket
  slipway.aws.source_info:
    name: shop-dev
    provider_type: Bitbucket
  register: source

- name: Say whether somebody has to accept it
  ansible.builtin.debug:
    msg: "{{ source.connection_arn }} is {{ source.status }}"
"""

RETURN = r"""
exists:
  description: Whether it was found.
  returned: always
  type: bool
connection_arn:
  description: ARN of the connection.
  returned: when it exists
  type: str
  sample: arn:aws:codeconnections:eu-west-1:123456789012:connection/7d1f0c52-8a9b-4b3e-9d6b-0a1b2c3d4e5f
status:
  description: C(PENDING) until a person has accepted it, then C(AVAILABLE); C(ERROR) when that failed or was taken back.
  returned: when it exists
  type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder


class Source(Finder):
    """A connection. AWS allows two of one name, and nobody could tell which is meant."""

    component = "source"

    @property
    def noun(self):
        return f"connection to {self.params['provider_type']}"

    def look(self):
        provider = self.params["provider_type"]
        listed = self.api("codeconnections").pages("list_connections", "Connections", ProviderTypeFilter=provider)
        found = [connection for connection in listed if connection["ConnectionName"] == self.name]
        if len(found) > 1:
            arns = ", ".join(connection["ConnectionArn"] for connection in found)
            self.module.fail_json(msg=f"There are {len(found)} connections named {self.name}: {arns}. Remove all but one.")
        return {"connection_arn": found[0]["ConnectionArn"], "status": found[0]["ConnectionStatus"]} if found else None


def main():
    Source.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
