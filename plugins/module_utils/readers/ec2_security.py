# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What may pass in the network: security groups and network ACLs."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import PARAMETER, Found, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.readers.ec2 import name_of, name_of_subnet, named, own, place
from ansible_collections.slipway.aws.plugins.module_utils.security_groups import service_of
from ansible_collections.slipway.aws.plugins.module_utils.template import unordered

unordered("Custom::DefaultSecurityGroup", "SecurityGroupIngress", "SecurityGroupEgress")


# Security groups


def _groups(account):
    return own(account, "describe_security_groups", "SecurityGroups")


def _rules(account):
    """Return the rules of all groups of ours."""

    def look():
        wanted, rules = [each["GroupId"] for each in _groups(account)], []
        for start in range(0, len(wanted), 200):  # as many as a filter takes
            filters = [{"Name": "group-id", "Values": wanted[start : start + 200]}]
            rules += account.api("ec2").pages("describe_security_group_rules", "SecurityGroupRules", Filters=filters)
        return rules

    return account.once("rules", look)


@reader("AWS::EC2::SecurityGroup")
def security_groups(account):
    """Find security groups without their rules, which are resources of their own so that groups can mention each other."""
    for each in _groups(account):
        if each["GroupName"] != "default":
            properties = pick(each, "GroupName", "VpcId", GroupDescription="Description")
            told = {"rules": [rule for rule in _rules(account) if rule["GroupId"] == each["GroupId"]]}
            attributes = {"GroupId": each["GroupId"]}
            name = name_of(each) or each["GroupName"]
            yield Found("AWS::EC2::SecurityGroup", each["GroupId"], properties, each["Tags"], name, attributes, told=told)


@reader("Custom::DefaultSecurityGroup")
def default_groups(account):
    """Find the group that AWS makes with every VPC, when we have changed it. No schema knows one that is there already."""
    for each in _groups(account):
        if each["GroupName"] == "default":
            rules = [rule for rule in _rules(account) if rule["GroupId"] == each["GroupId"]]
            properties = {
                **pick(each, "GroupId"),
                "SecurityGroupIngress": [_rule(account, rule) for rule in rules if not rule["IsEgress"]],
                "SecurityGroupEgress": [_rule(account, rule) for rule in rules if rule["IsEgress"]],
            }
            yield Found("Custom::DefaultSecurityGroup", each["GroupId"], properties, each["Tags"], name_of(each))


def _rule(account, described):
    """Return a rule as the schemas have it. AWS says -1 for the ports when they do not matter."""
    way = "Destination" if described["IsEgress"] else "Source"
    group = described.get("ReferencedGroupInfo") or {}
    owner = group.get("UserId")
    ports = {} if described["IpProtocol"] == "-1" else pick(described, "FromPort", "ToPort")
    foreign = {"SourceSecurityGroupOwnerId": owner} if way == "Source" and owner not in (None, account.account_id) else {}
    return {
        **pick(described, "IpProtocol", "Description", CidrIp="CidrIpv4", CidrIpv6="CidrIpv6"),
        **ports,
        **foreign,
        f"{way}SecurityGroupId": group.get("GroupId"),
        f"{way}PrefixListId": described.get("PrefixListId"),
    }


def _rules_of(account, group, egress):
    kind = "AWS::EC2::SecurityGroupEgress" if egress else "AWS::EC2::SecurityGroupIngress"
    for each in group.told["rules"]:
        if each["IsEgress"] == egress:
            properties = {"GroupId": group.id, **_rule(account, each)}
            name = named(group, *_traffic(each), _peer(account, group, each))
            yield Found(kind, each["SecurityGroupRuleId"], properties, name=name)


@reader("AWS::EC2::SecurityGroupIngress", of="AWS::EC2::SecurityGroup")
def ingress(account, group):
    """Find what a group lets in."""
    return _rules_of(account, group, egress=False)


@reader("AWS::EC2::SecurityGroupEgress", of="AWS::EC2::SecurityGroup")
def egress(account, group):
    """Find what a group lets out."""
    return _rules_of(account, group, egress=True)


def _traffic(rule):
    """Return how people call what a rule is about: protocol and ports."""
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if rule["IpProtocol"] == "-1":
        return ("all",)
    if (first, last) in ((None, None), (-1, -1)):
        return (rule["IpProtocol"],)
    return (rule["IpProtocol"], first) if first == last else (rule["IpProtocol"], first, last)


def _peer(account, group, rule):
    """Return how people call the other side of a rule; a group by what its name adds to what the two names begin with."""
    other = (rule.get("ReferencedGroupInfo") or {}).get("GroupId")
    if rule.get("PrefixListId"):
        return short(account, _prefix_lists(account).get(rule["PrefixListId"], {}).get("PrefixListName", rule["PrefixListId"]))
    if other is None:
        return place(rule)
    if other == group.id:
        return "itself"
    names = {each["GroupId"]: name_of(each) or each["GroupName"] for each in _groups(account)}
    mine, others = group.name.split("-"), names.get(other, other).split("-")
    while len(others) > 1 and mine and mine[0] == others[0]:
        mine, others = mine[1:], others[1:]
    return "-".join(others)


# Prefix lists, which AWS keeps in every account under another id


def _prefix_lists(account):
    def look():
        used = sorted({rule["PrefixListId"] for rule in _rules(account) if rule.get("PrefixListId")})
        lists = account.api("ec2").pages("describe_managed_prefix_lists", "PrefixLists", PrefixListIds=used) if used else []
        return {each["PrefixListId"]: each for each in lists}

    return account.once("prefix lists", look)


def short(account, name):
    """Return the service that a name such as com.amazonaws.eu-west-1.s3 means."""
    return service_of(name, account.region)


@reader(PARAMETER)
def prefix_lists(account):
    """Find the prefix lists of AWS that rules speak of."""
    for each in _prefix_lists(account).values():
        if each.get("OwnerId") == "AWS":
            service = short(account, each["PrefixListName"])
            properties = {"Type": "String", "Description": f"Id of the prefix list that AWS keeps for {service}"}
            yield Found(PARAMETER, each["PrefixListId"], properties, name=f"prefix list {service}")


# Network ACLs

_LAST = 32767  # the rule that closes every ACL, and one more for IPv6: AWS makes them


@reader("AWS::EC2::NetworkAcl")
def network_acls(account):
    """Find network ACLs, without the one that AWS makes with a VPC."""
    for each in own(account, "describe_network_acls", "NetworkAcls"):
        if not each.get("IsDefault"):
            told = {"entries": each.get("Entries", []), "links": each.get("Associations", [])}
            yield Found("AWS::EC2::NetworkAcl", each["NetworkAclId"], pick(each, "VpcId"), each["Tags"], name_of(each), told=told)


@reader("AWS::EC2::NetworkAclEntry", of="AWS::EC2::NetworkAcl")
def network_acl_entries(_account, acl):
    """Find the entries of network ACLs."""
    for each in acl.told["entries"]:
        way, number = "egress" if each["Egress"] else "ingress", each["RuleNumber"]
        if number < _LAST:
            names = ("RuleNumber", "RuleAction", "Egress", "CidrBlock", "Ipv6CidrBlock", "PortRange")
            properties = {"NetworkAclId": acl.id, "Protocol": int(each["Protocol"]), **pick(each, *names, Icmp="IcmpTypeCode")}
            yield Found("AWS::EC2::NetworkAclEntry", f"{acl.id}|{way}|{number}", properties, name=named(acl, way, number))


@reader("AWS::EC2::SubnetNetworkAclAssociation", of="AWS::EC2::NetworkAcl")
def subnets_of_acls(account, acl):
    """Find which subnets a network ACL guards."""
    for each in acl.told["links"]:
        properties = {"NetworkAclId": acl.id, "SubnetId": each["SubnetId"]}
        name = name_of_subnet(account, each["SubnetId"], acl)
        yield Found("AWS::EC2::SubnetNetworkAclAssociation", each["NetworkAclAssociationId"], properties, name=name)
