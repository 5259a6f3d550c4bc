# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The ways from the network to AWS, and what is written down about its traffic."""

from __future__ import annotations

import json

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.readers.ec2 import name_of, own
from ansible_collections.slipway.aws.plugins.module_utils.readers.ec2_security import short
from ansible_collections.slipway.aws.plugins.module_utils.template import defaults, unordered

_ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
_FLOW = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status"
_LINE = " ".join(f"${{{name}}}" for name in _FLOW.split())

defaults(
    "AWS::EC2::VPCEndpoint",
    DnsOptions={"DnsRecordIpType": "ipv4"},
    IpAddressType="ipv4",
    PolicyDocument={"Version": "2008-10-17", "Statement": [_ANYBODY]},
)
_FILES = {"FileFormat": "plain-text", "HiveCompatiblePartitions": False, "PerHourPartition": False}
defaults("AWS::EC2::FlowLog", DestinationOptions=_FILES, MaxAggregationInterval=600)
unordered("AWS::EC2::VPCEndpoint", "RouteTableIds", "SecurityGroupIds", "SubnetIds")


@reader("AWS::EC2::VPCEndpoint")
def endpoints(account):
    """Find endpoints. Those of gateways have neither addresses nor names, whatever AWS answers there."""
    for each in own(account, "describe_vpc_endpoints", "VpcEndpoints"):
        if each.get("State", "").lower() in ("deleting", "deleted", "failed", "rejected", "expired"):
            continue
        kind, lists = each["VpcEndpointType"], ("RouteTableIds",)
        properties = pick(each, "VpcId", "ServiceName", "VpcEndpointType")
        if kind != "Gateway":
            lists = ("SubnetIds",)
            properties |= {"SecurityGroupIds": [group["GroupId"] for group in each.get("Groups", [])]}
            properties |= {"IpAddressType": each.get("IpAddressType", "ipv4")}
        if kind == "Interface":
            properties |= {"PrivateDnsEnabled": each.get("PrivateDnsEnabled", False)}
            properties |= {"DnsOptions": each.get("DnsOptions") or {"DnsRecordIpType": "ipv4"}}
        properties |= {**pick(each, *lists), "PolicyDocument": json.loads(each.get("PolicyDocument") or "null")}
        name = name_of(each) or short(account, each["ServiceName"])
        yield Found("AWS::EC2::VPCEndpoint", each["VpcEndpointId"], properties, each["Tags"], name)


_LOGGED = {
    "vpc": "VPC",
    "subnet": "Subnet",
    "eni": "NetworkInterface",
    "tgw": "TransitGateway",
    "tgw-attach": "TransitGatewayAttachment",
    "nat": "RegionalNatGateway",
}


@reader("AWS::EC2::FlowLog")
def flow_logs(account):
    """Find flow logs. A log group is named; a bucket or a stream has an ARN. The usual form of a line is left out."""
    for each in own(account, "describe_flow_logs", "FlowLogs"):
        place_of = "LogGroupName" if each.get("LogDestinationType", "cloud-watch-logs") == "cloud-watch-logs" else "LogDestination"
        names = ("ResourceId", "LogDestinationType", "MaxAggregationInterval", "TrafficType", "DestinationOptions")
        properties = pick(each, *names, "DeliverLogsPermissionArn", "DeliverCrossAccountRole", place_of)
        properties["LogFormat"] = None if each.get("LogFormat") == _LINE else each.get("LogFormat")
        properties["ResourceType"] = _LOGGED.get(each["ResourceId"].rpartition("-")[0])
        yield Found("AWS::EC2::FlowLog", each["FlowLogId"], properties, each["Tags"], name_of(each))
