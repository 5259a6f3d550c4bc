# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Security groups: what AWS refuses, what moto forgets of descriptions, and groups and addresses that are in use."""

from __future__ import annotations

import re

from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroup
from moto.elbv2.models import elbv2_backends
from moto.rds.models import rds_backends

from ..calls import AwsError
from ..registry import control, operation
from .ec2_endpoints import _present

_SIDES = {"Ingress": "IpPermissions", "Egress": "IpPermissionsEgress"}
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_PLACES = {"IpRanges": "CidrIp", "Ipv6Ranges": "CidrIpv6", "UserIdGroupPairs": "GroupId", "PrefixListIds": "PrefixListId"}
_TEXT = re.compile(r"[A-Za-z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_ALLOWED = "strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"


def _backend(call):
    return ec2_backends[call.account][call.region]


# Groups


@operation("ec2", "CreateVpc")
def create_vpc(call):
    """Let the group that comes with a VPC let in what it lets out, as AWS does."""
    answer = call.forward()
    group = _backend(call).get_security_group_from_name("default", answer["Vpc"]["VpcId"])
    _backend(call).authorize_security_group_ingress(group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}])
    return answer


@operation("ec2", "CreateSecurityGroup")
def create(call):
    name, text = call.params["GroupName"], call.params["Description"]
    if name.startswith("sg-"):
        raise AwsError("InvalidParameterValue", f"Invalid value '{name}' for groupName. Group names may not be in the format sg-*.")
    if name == "default":
        raise AwsError("InvalidParameterValue", "Cannot use reserved security group name: default")
    for value, member in ((name, "GroupName"), (text, "GroupDescription")):
        if not _TEXT.fullmatch(value):
            raise AwsError("InvalidParameterValue", f"Value ({value}) for parameter {member} is invalid. Valid are {_ALLOWED}")
    return call.forward()


@control("security_groups")
def stand_in(account, region, ids):
    """Have groups of these ids in the default VPC: a rehearsal needs those of somebody else that an inventory names."""
    backend = ec2_backends[account][region]
    vpc = backend.default_vpc.id
    for group_id in ids:
        backend.groups[vpc][group_id] = SecurityGroup(backend, group_id, f"outside {group_id[3:]}", "Somebody else's", vpc_id=vpc)
    return {"ids": sorted(ids)}


# Rules


def _rules(call, identity, side):
    group = _backend(call).get_security_group_by_name_or_id(identity)
    return [] if group is None else getattr(group, f"{side.lower()}_rules")


def _described(rule):
    return rule.ip_range.get("Description") or rule.source_group.get("Description") or getattr(rule, "told", None)


def _tell(rule, text):
    """Give a rule a description; moto has no place for that of a rule about a prefix list."""
    place = rule.ip_range or rule.source_group
    if place:
        place["Description"] = text
    rule.told = text


def _key(rule):
    ends = (rule.ip_range.get("CidrIp"), rule.ip_range.get("CidrIpv6"), rule.source_group.get("GroupId"), rule.prefix_list_id)
    return (rule.ip_protocol, rule.from_port, rule.to_port, next(filter(None, ends)))


def _asked(permission):
    """Yield key and description of each rule that one of the permissions stands for."""
    protocol = permission.get("IpProtocol")
    protocol = _PROTOCOLS.get(protocol, protocol)
    ports = (None, None) if protocol == "-1" else (permission.get("FromPort"), permission.get("ToPort"))
    for place, member in _PLACES.items():
        for entry in permission.get(place) or []:
            yield (protocol, *ports, entry.get(member)), entry.get("Description")


@operation("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(call):
    """Add all rules or none."""
    group, side = call.params.get("GroupId"), call.operation.removeprefix("AuthorizeSecurityGroup")
    asked = [each for permission in call.params.get("IpPermissions", []) for each in _asked(permission)]
    there = [_key(rule) for rule in _rules(call, group, side)]
    for key, text in asked:
        protocol, first, last, end = key
        if key in there:
            peer = f"peer: {end}, {protocol.upper()}, from port: {first}, to port: {last}, ALLOW"
            raise AwsError("InvalidPermission.Duplicate", f'the specified rule "{peer}" already exists')
        there.append(key)
        if text is not None and not _TEXT.fullmatch(text):
            raise AwsError("InvalidParameterValue", f"Invalid rule description. Valid descriptions are {_ALLOWED}")
        if end and end.startswith("sg-") and _backend(call).get_security_group_from_id(end) is None:
            raise AwsError("InvalidGroup.NotFound", f"The security group '{end}' does not exist")
        if end and end.startswith("pl-") and end not in _backend(call).managed_prefix_lists:
            raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{end}' does not exist")
    answer = call.forward()
    _tell_all(_rules(call, group, side), dict(asked))
    return answer


def _tell_all(rules, texts):
    for rule in rules:
        if texts.get(_key(rule)):
            _tell(rule, texts[_key(rule)])


@operation("ec2", "UpdateSecurityGroupRuleDescriptionsIngress", "UpdateSecurityGroupRuleDescriptionsEgress")
def describe_rules_anew(call):
    """Describe rules by id, which moto cannot, or as they were added; answer that it worked, which moto does not."""
    side, given = call.operation.removeprefix("UpdateSecurityGroupRuleDescriptions"), call.params
    rules = {rule.id: rule for rule in _rules(call, given.get("GroupId"), side)}
    for each in given.get("SecurityGroupRuleDescriptions", []):
        if each["SecurityGroupRuleId"] not in rules:
            text = f"The security group rule ID '{each['SecurityGroupRuleId']}' does not exist"
            raise AwsError("InvalidSecurityGroupRuleId.NotFound", text)
        _tell(rules[each["SecurityGroupRuleId"]], each.get("Description"))
    _tell_all(rules.values(), dict(each for permission in given.get("IpPermissions", []) for each in _asked(permission)))
    return {"Return": True}


@operation("ec2", "DescribeSecurityGroups")
def describe(call):
    answer = call.forward()
    for group in answer["SecurityGroups"]:
        for side, place in _SIDES.items():
            known = {_key(rule): _described(rule) for rule in _rules(call, group["GroupId"], side)}
            for permission in group.get(place, []):
                for entry in permission.get("PrefixListIds", []):
                    ports = (permission.get("FromPort"), permission.get("ToPort"))
                    text = known.get((permission["IpProtocol"], *ports, entry["PrefixListId"]))
                    entry.update({"Description": text} if text else {})
    return answer


@operation("ec2", "DescribeSecurityGroupRules")
def describe_rules(call):
    """Tell the descriptions of rules about groups and prefix lists, which moto leaves out here."""
    answer = call.forward()
    for shown in answer["SecurityGroupRules"]:
        rules = _rules(call, shown["GroupId"], "Egress" if shown["IsEgress"] else "Ingress")
        text = next(_described(rule) for rule in rules if rule.id == shown["SecurityGroupRuleId"])
        shown.update({"Description": text} if text else {})
    return answer


# What is in use


def _users(call, group):
    """Return what still uses a security group."""
    yield from _inside(call, group)
    for balancer in elbv2_backends[call.account][call.region].load_balancers.values():
        if group in balancer.security_groups:
            yield balancer.arn
    for database in rds_backends[call.account][call.region].databases.values():
        if group in (database.vpc_security_group_ids or []):
            yield database.db_instance_identifier


def _inside(call, group):
    for other in _backend(call).groups.values():
        for each in other.values():
            rules = [*each.ingress_rules, *each.egress_rules]
            if each.id != group and any(rule.source_group.get("GroupId") == group for rule in rules):
                yield each.id
    yield from (endpoint.id for endpoint in _present(call).values() if group in (endpoint.security_group_ids or []))
    for interface in _backend(call).enis.values():
        if any(each.id == group for each in interface._group_set):
            yield interface.id


@operation("ec2", "DeleteSecurityGroup")
def delete(call):
    group = call.params.get("GroupId")
    if group and getattr(_backend(call).get_security_group_from_id(group), "name", None) == "default":
        text = f'the specified group: "{group}" name: "default" cannot be deleted by a user'
        raise AwsError("CannotDelete", text)
    if group and next(_users(call, group), None):
        raise AwsError("DependencyViolation", f"resource {group} has a dependent object")
    return call.forward()


@operation("ec2", "DescribeNatGateways")
def describe_nat_gateways(call):
    """Heed filters by tag, which moto passes over."""
    asked = {each["Name"]: each["Values"] for each in call.params.get("Filter", [])}
    wanted = {name.removeprefix("tag:"): values for name, values in asked.items() if name.startswith("tag:")}
    answer = call.forward()

    def fits(gateway):
        tags = {tag["Key"]: tag["Value"] for tag in gateway.get("Tags", [])}
        return all(tags.get(name) in values for name, values in wanted.items())

    return {**answer, "NatGateways": [each for each in answer["NatGateways"] if fits(each)]}


@operation("ec2", "DeleteNatGateway")
def delete_nat_gateway(call):
    """Give the address back as well, which moto leaves with the deleted gateway."""
    backend = _backend(call)
    gateway = backend.nat_gateways.get(call.params["NatGatewayId"])
    answer = call.forward()
    for address in backend.addresses:
        if address.eni is not None and address.eni is gateway._eni:
            address.eni = address.association_id = None
    return answer


@operation("ec2", "ReleaseAddress")
def release(call):
    address = call.params.get("AllocationId")
    used = [a for a in _backend(call).addresses if a.allocation_id == address and a.association_id]
    if used:
        raise AwsError("InvalidIPAddress.InUse", f"Address {used[0].public_ip} is in use.")
    return call.forward()
