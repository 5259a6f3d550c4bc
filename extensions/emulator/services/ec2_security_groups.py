# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Security groups: what moto forgets of rules about prefix lists, and groups and addresses that are in use."""

from __future__ import annotations

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.rds.models import rds_backends

from ..calls import AwsError
from ..registry import operation, state_of

_SIDES = {"Ingress": "IpPermissions", "Egress": "IpPermissionsEgress"}


def _key(group, side, permission, prefix):
    ports = (permission.get("FromPort"), permission.get("ToPort"))
    return (group, side, permission.get("IpProtocol"), *ports, prefix)


def _remember(call, side):
    for permission in call.params.get("IpPermissions", []):
        for entry in permission.get("PrefixListIds", []):
            key = _key(call.params.get("GroupId"), side, permission, entry["PrefixListId"])
            state_of(call, "description of a prefix list")[key] = entry.get("Description")


@operation("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(call):
    _remember(call, _SIDES[call.operation.removeprefix("AuthorizeSecurityGroup")])
    return call.forward()


@operation("ec2", "UpdateSecurityGroupRuleDescriptionsIngress", "UpdateSecurityGroupRuleDescriptionsEgress")
def describe_rules_anew(call):
    """Answer that it worked; moto answers nothing, on which amazon.aws stumbles."""
    _remember(call, _SIDES[call.operation.removeprefix("UpdateSecurityGroupRuleDescriptions")])
    call.forward()
    return {"Return": True}


@operation("ec2", "DescribeSecurityGroups")
def describe(call):
    answer, known = call.forward(), state_of(call, "description of a prefix list")
    for group in answer["SecurityGroups"]:
        for side in _SIDES.values():
            for permission in group.get(side, []):
                for entry in permission.get("PrefixListIds", []):
                    description = known.get(_key(group["GroupId"], side, permission, entry["PrefixListId"]))
                    if description:
                        entry["Description"] = description
    return answer


@operation("ec2", "DescribeSecurityGroupRules")
def describe_rules(call):
    """Tell the descriptions of rules about groups and prefix lists, which moto leaves out here."""
    answer, known = call.forward(), state_of(call, "description of a prefix list")
    groups = {each.id: each for groups in ec2_backends[call.account][call.region].groups.values() for each in groups.values()}
    for rule in answer["SecurityGroupRules"]:
        side, other = ("Egress", "IpPermissionsEgress") if rule["IsEgress"] else ("Ingress", "IpPermissions")
        description = None
        if "PrefixListId" in rule:
            description = known.get(_key(rule["GroupId"], other, rule, rule["PrefixListId"]))
        elif "ReferencedGroupInfo" in rule:
            description = _about_group(getattr(groups[rule["GroupId"]], f"{side.lower()}_rules"), rule)
        if description:
            rule["Description"] = description
    return answer


def _about_group(rules, shown):
    same = [rule for rule in rules if rule.id == shown["SecurityGroupRuleId"]]
    return next((rule.source_group.get("Description") for rule in same if rule.source_group), None)


def _users(call, group):
    """Return what still uses a security group."""
    place = (call.account, call.region)
    for other in ec2_backends[place[0]][place[1]].groups.values():
        for each in other.values():
            rules = [*each.ingress_rules, *each.egress_rules]
            if each.id != group and any(rule.source_group.get("GroupId") == group for rule in rules):
                yield each.id
    for balancer in elbv2_backends[place[0]][place[1]].load_balancers.values():
        if group in balancer.security_groups:
            yield balancer.arn
    for database in rds_backends[place[0]][place[1]].databases.values():
        if group in (database.vpc_security_group_ids or []):
            yield database.db_instance_identifier
    for endpoint in ec2_backends[place[0]][place[1]].vpc_end_points.values():
        if group in (endpoint.security_group_ids or []) and endpoint.state != "deleted":
            yield endpoint.id


@operation("ec2", "DeleteSecurityGroup")
def delete(call):
    group = call.params.get("GroupId")
    if group and next(_users(call, group), None):
        raise AwsError("DependencyViolation", f"resource {group} has a dependent object")
    return call.forward()


@operation("ec2", "DeleteNatGateway")
def delete_nat_gateway(call):
    """Give the address back as well, which moto leaves with the deleted gateway."""
    backend = ec2_backends[call.account][call.region]
    gateway = backend.nat_gateways.get(call.params["NatGatewayId"])
    answer = call.forward()
    for address in backend.addresses:
        if address.eni is not None and address.eni is gateway._eni:
            address.eni = address.association_id = None
    return answer


@operation("ec2", "ReleaseAddress")
def release(call):
    address = call.params.get("AllocationId")
    used = [a for a in ec2_backends[call.account][call.region].addresses if a.allocation_id == address and a.association_id]
    if used:
        raise AwsError("InvalidIPAddress.InUse", f"Address {used[0].public_ip} is in use.")
    return call.forward()
