#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: logs_query_definition
version_added: 0.1.0
short_description: Manage saved queries of CloudWatch Logs Insights
description:
  - Creates, changes and removes saved queries. They have no tags.
  - AWS allows several queries of one name; this module keeps to one and fails when there are more.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the query. Slashes make folders in the console, for example V(shop-dev/find errors).
    type: str
    required: true
  query_string:
    description: The query.
    type: str
  query_language:
    description: Language of the query. AWS takes V(CWLI), its own, when it is left out.
    type: str
    choices: [CWLI, SQL, PPL]
  log_group_names:
    description: All log groups that are searched. The order does not matter. SQL names its log groups in the query itself.
    type: list
    elements: str
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What went wrong lately
  slipway.aws.logs_query_definition:
    name: shop-dev/find errors
    log_group_names: [/ecs/dev/orders, /ecs/dev/payments]
    query_string: |
      fields @timestamp, @logStream, @message
      | filter @message like /ERROR/
      | sort @timestamp desc
      | limit 100

- name: One log group more
  slipway.aws.logs_query_definition:
    name: shop-dev/find errors
    log_group_names: [/ecs/dev/orders, /ecs/dev/payments, /ecs/dev/shipping]

- name: No query any more
  slipway.aws.logs_query_definition:
    name: shop-dev/find errors
    state: absent
"""

RETURN = r"""
query_definition:
  description: The query; empty when it is absent.
  returned: always
  type: dict
  contains:
    query_definition_id:
      description: Id of the query.
      type: str
    query_string:
      description: The query.
      type: str
    log_group_names:
      description: The log groups that are searched.
      type: list
      elements: str
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource


class QueryDefinition(Resource):
    """A saved query. AWS replaces it as a whole, so a change repeats what is there."""

    service = "logs"
    noun = "query definition"
    missing = ("ResourceNotFoundException",)
    unordered = ("logGroupNames",)
    outputs = ("queryDefinitionId",)

    def validate(self):
        p = self.params
        faults = formats.misnamed("name", self.name, r".+", "AWS takes 1 to 255 characters", longest=255)
        if len(p["log_group_names"] or []) > 50:
            faults.append(f"log_group_names has {len(p['log_group_names'])} names, AWS allows 50.")
        if len(p["query_string"] or "") > 10000:
            faults.append(f"query_string has {len(p['query_string'])} characters, AWS allows 10000.")
        return faults

    def find(self):
        listed = self.pages("describe_query_definitions", "queryDefinitions", queryDefinitionNamePrefix=self.name)
        found = [each for each in listed if each["name"] == self.name]
        if len(found) > 1:
            ids = ", ".join(each["queryDefinitionId"] for each in found)
            self.fail(f"{len(found)} queries are named {self.name}: {ids}. Remove all but one in the console.")
        return {"logGroupNames": [], **found[0]} if found else None

    def want(self, have):
        if have is None and not self.params["query_string"]:
            self.fail(f"query definition {self.name} does not exist, and to create it query_string has to be given.")
        wanted = self.request("PutQueryDefinition")
        if "queryString" in wanted:
            wanted["queryString"] = wanted["queryString"].strip()
        return wanted

    def create(self, want):
        self.write("put_query_definition", **want)

    def update(self, have, changes):
        known = self.client.meta.service_model.operation_model("PutQueryDefinition").input_shape.members
        self.write("put_query_definition", **{key: value for key, value in {**have, **changes}.items() if key in known})

    def delete(self, have):
        self.write("delete_query_definition", tolerate=self.missing, queryDefinitionId=have["queryDefinitionId"])


def main():
    QueryDefinition.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
