#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_vpc_flow_log
version_added: 0.1.0
short_description: Manage flow logs of VPCs, subnets and network interfaces
description:
  - Creates and removes flow logs. AWS cannot change a flow log, so a difference makes a new one and removes the old one.
  - With another destination the new one comes first and nothing is missed. With the same destination AWS refuses a second one, so
    the old one goes first, and some seconds are not written down.
  - A flow log is known by what it watches and its name, which it carries as the tag C(Name).
  - Encryption is a matter of the destination, so of the log group's or the bucket's key.
author: slipway.aws maintainers (@slipway)
options:
  name:
    description: Name of the flow log, unique for what it watches.
    type: str
    required: true
  resource_id:
    description: Id of the VPC, subnet or network interface that is watched.
    type: str
    required: true
  traffic_type:
    description: What is written down.
    type: str
    choices: [ACCEPT, REJECT, ALL]
    default: ALL
  log_group_name:
    description: Name of the log group. With it, O(deliver_logs_permission_arn) is needed.
    type: str
  deliver_logs_permission_arn:
    description: ARN of the role by which the logs get into the log group. It has to trust C(vpc-flow-logs.amazonaws.com).
    type: str
  log_destination:
    description: ARN of a bucket, with a folder if wanted, or of a Firehose stream; in place of O(log_group_name).
    type: str
  destination_options:
    description: How files in a bucket are written.
    type: dict
    suboptions:
      file_format:
        description: Format of the files.
        type: str
        choices: [plain-text, parquet]
      hive_compatible_partitions:
        description: Whether folders are named as Hive wants them.
        type: bool
      per_hour_partition:
        description: Whether there is a folder for each hour, not for each day.
        type: bool
  log_format:
    description: Fields of a line, for example V(${version} ${srcaddr} ${dstaddr} ${action}). AWS's default has fourteen fields.
    type: str
  max_aggregation_interval:
    description: Seconds that one line covers at most.
    type: int
    choices: [60, 600]
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Everything into an encrypted log group
  slipway.aws.ec2_vpc_flow_log:
    name: shop-dev
    resource_id: vpc-0a1b2c3d4e5f60718
    log_group_name: /vpc/shop-dev/flow
    deliver_logs_permission_arn: arn:aws:iam::123456789012:role/shop-dev-flow-logs
    max_aggregation_interval: 60

- name: Refused connections into a bucket, for queries
  slipway.aws.ec2_vpc_flow_log:
    name: shop-dev-refused
    resource_id: vpc-0a1b2c3d4e5f60718
    traffic_type: REJECT
    log_destination: arn:aws:s3:::shop-dev-logs/flow
    destination_options:
      file_format: parquet

- name: No flow log any more
  slipway.aws.ec2_vpc_flow_log:
    name: shop-dev-refused
    resource_id: vpc-0a1b2c3d4e5f60718
    state: absent
"""

RETURN = r"""
flow_log:
  description: The flow log; empty when it is absent.
  returned: always
  type: dict
  contains:
    flow_log_id:
      description: Id of the flow log.
      type: str
      sample: fl-0a1b2c3d4e5f60718
    deliver_logs_status:
      description: Whether AWS could deliver the last lines.
      type: str
      sample: SUCCESS
    tags:
      description: Its tags, with its C(Name).
      type: dict
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_TYPES = {"vpc": "VPC", "subnet": "Subnet", "eni": "NetworkInterface", "tgw": "TransitGateway"}
_PLACE = ("LogDestinationType", "LogGroupName", "LogDestination")


class FlowLog(Resource):
    """A flow log. Every difference replaces it."""

    service = "ec2"
    noun = "flow log"
    missing = ("InvalidFlowLogId.NotFound",)
    outputs = ("FlowLogId",)
    ec2_type = "vpc-flow-log"
    immutable = (
        *_PLACE,
        "DeliverLogsPermissionArn",
        "DestinationOptions",
        "LogFormat",
        "MaxAggregationInterval",
        "TrafficType",
    )
    replaceable = "delete first"
    made = None  # id of the flow log that this run created, while the one that it replaces is still there

    def own_tags(self):
        return {"Name": self.name}

    def validate(self):
        faults, kind = [], self.params["resource_id"].split("-")[0]
        if kind not in _TYPES and not self.params["resource_id"].startswith("("):
            faults.append(f"resource_id {self.params['resource_id']} is not the id of a VPC, subnet or network interface.")
        faults += formats.malformed("role", deliver_logs_permission_arn=self.params["deliver_logs_permission_arn"])
        faults += formats.malformed("arn", log_destination=self.params["log_destination"])
        if self.params["state"] == "absent":
            return faults
        if bool(self.params["log_group_name"]) == bool(self.params["log_destination"]):
            faults.append("Give exactly one of log_group_name and log_destination: a flow log has one place to go.")
        if self.params["log_group_name"] and not self.params["deliver_logs_permission_arn"]:
            faults.append("log_group_name needs deliver_logs_permission_arn, a role that vpc-flow-logs.amazonaws.com may assume.")
        if self.params["destination_options"] and ":s3:" not in (self.params["log_destination"] or ""):
            faults.append("destination_options are for a bucket: give its ARN as log_destination.")
        return faults

    def find(self):
        mine = [{"Name": "resource-id", "Values": [self.params["resource_id"]]}, {"Name": "tag:Name", "Values": [self.name]}]
        found = self.pages("describe_flow_logs", "FlowLogs", Filter=mine)
        if self.made:
            found = [log for log in found if log["FlowLogId"] == self.made]
        if len(found) > 1:
            ids = ", ".join(log["FlowLogId"] for log in found)
            self.fail(f"{len(found)} flow logs of {self.params['resource_id']} are named {self.name}: {ids}. Remove all but one.")
        if not found:
            return None
        have = found[0]
        if have.get("DeliverLogsStatus") == "FAILED":
            self.module.warn(
                f"flow log {self.name} cannot deliver: {have.get('DeliverLogsErrorMessage')}. Look at role and destination."
            )
        return {**have, "Tags": from_form(have.get("Tags"))}

    def want(self, have):
        destination = self.params["log_destination"] or ""
        kind = "s3" if ":s3:" in destination else "kinesis-data-firehose" if ":firehose:" in destination else "cloud-watch-logs"
        wanted = self.request("CreateFlowLogs", LogDestinationType=kind)
        elsewhere = have is not None and any(wanted.get(key) not in (None, have.get(key)) for key in _PLACE)
        self.replaceable = "create first" if elsewhere else "delete first"
        return wanted

    def create(self, want):
        resource = self.params["resource_id"]
        ids = {"ResourceIds": [resource], "ResourceType": _TYPES[resource.split("-")[0]]}
        failures = []
        for _look in self.looks(60):
            answer = self.write("create_flow_logs", **ids, **want)
            failures = answer.get("Unsuccessful", [])
            # AWS answers 200 to a refusal as well. It needs some seconds to know a new role.
            if not failures or "role" not in failures[0]["Error"]["Message"].lower():
                break
        if failures:
            self.fail(f"flow log {self.name}: AWS refused create_flow_logs: {failures[0]['Error']['Message']}")
        self.made = answer["FlowLogIds"][0]

    def update(self, have, changes):
        raise AssertionError(f"every change of a flow log replaces it: {sorted(changes)}")

    def delete(self, have):
        answer = self.write("delete_flow_logs", tolerate=self.missing, FlowLogIds=[have["FlowLogId"]]) or {}
        for failure in answer.get("Unsuccessful", []):
            if not failure["Error"]["Code"].endswith("NotFound"):
                self.fail(f"flow log {self.name}: AWS refused to delete it: {failure['Error']['Message']}")

    def tag_target(self, have):
        return have["FlowLogId"]


def main():
    FlowLog.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
