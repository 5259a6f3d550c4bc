#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_dashboard
version_added: 0.1.0
short_description: Manage CloudWatch dashboards
description:
  - Creates, changes and removes dashboards. The body is compared as data, so spaces and the order of keys make no change.
  - What AWS finds odd in a body and accepts nevertheless becomes a warning.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the dashboard, letters, digits, hyphens and underscores.
    type: str
    required: true
  body:
    description:
      - The dashboard as AWS wants it, as a structure or as JSON, with a list of C(widgets). Names inside are AWS's own.
    type: json
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: How the shop is
  slipway.aws.cloudwatch_dashboard:
    name: shop-dev
    body:
      widgets:
        - type: metric
          width: 12
          height: 6
          properties:
            title: Requests
            region: eu-west-1
            stat: Sum
            period: 60
            metrics:
              - [AWS/ApplicationELB, RequestCount, LoadBalancer, app/shop-dev/50dc6c495c0c9188]

- name: A dashboard from a template
  slipway.aws.cloudwatch_dashboard:
    name: shop-dev-cost
    body: "{{ lookup('ansible.builtin.template', 'cost.json.j2') }}"

- name: No dashboard any more
  slipway.aws.cloudwatch_dashboard:
    name: shop-dev-cost
    state: absent
"""

RETURN = r"""
dashboard:
  description: The dashboard; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the dashboard.
      type: str
      sample: arn:aws:cloudwatch::123456789012:dashboard/shop-dev
    dashboard_body:
      description: Its body.
      type: dict
"""

import re

from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource


class Dashboard(Resource):
    """A dashboard: a name and a document."""

    service = "cloudwatch"
    noun = "dashboard"
    missing = ("DashboardNotFoundError", "ResourceNotFound")
    documents = ("DashboardBody",)
    outputs = ("arn",)

    def validate(self):
        faults = []
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", self.name):
            faults.append(f"name {self.name} has to be of letters, digits, hyphens and underscores, at most 255.")
        if self.params["state"] == "present" and not self.params["body"]:
            faults.append("body is needed: a dashboard is nothing else.")
        return faults

    def find(self):
        found = self.read("get_dashboard", DashboardName=self.name)
        if not found:
            return None
        return {"DashboardName": self.name, "DashboardBody": parsed(found["DashboardBody"]), "arn": found["DashboardArn"]}

    def want(self, have):
        return {"DashboardName": self.name, "DashboardBody": self.params["body"]}

    def create(self, want):
        answer = self.write("put_dashboard", **want)
        for told in answer.get("DashboardValidationMessages", []):
            self.module.warn(f"dashboard {self.name}: {told.get('DataPath', '')}: {told.get('Message', '')}".replace(": :", ":"))

    def update(self, have, changes):
        self.create({"DashboardName": self.name, **changes})

    def delete(self, have):
        self.write("delete_dashboards", tolerate=self.missing, DashboardNames=[self.name])


def main():
    Dashboard.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
