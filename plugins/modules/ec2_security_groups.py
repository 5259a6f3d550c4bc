#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_security_groups
version_added: 0.1.0
short_description: Manage the security groups of a VPC, all in one task
description:
  - Creates, changes and removes security groups with their rules and tags. Rules name groups, those of the same task as well, so
    that one run is enough, and a check run knows groups that are not there yet.
  - The rules of a group are those that are described and no others; the one by which AWS lets everything out of a new group goes.
    Rules are added before others are removed, so that traffic is not interrupted.
  - Groups that are not described are left alone.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: amazon.aws.ec2_security_group
    description: >-
      It knows one group at a time, and rules speak of others by id, so groups that speak of each other take two tasks. It waits
      three seconds after each creation and ten between two looks at rules.
options:
  vpc_id:
    description: Id of the VPC.
    type: str
    required: true
  prefix:
    description: What the names of all groups begin with. Rules, other options and results leave it out.
    type: str
    default: ""
  groups:
    description: The groups. With O(state=absent) their names are enough.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - Name of the group, without O(prefix). It has at most 255 characters and does not begin with C(sg-).
          - V(default) is the group that AWS makes with the VPC, always without O(prefix). It cannot be removed, so with
            O(state=absent) it loses its rules.
        type: str
        required: true
      description:
        description: What it is for. AWS does not let anybody change it later. Every group but V(default) has to have one.
        type: str
      ingress:
        description: What comes in.
        type: list
        elements: dict
        default: []
        suboptions:
          port: &port
            description: A port, or two with a dash between them, such as V(8000-8010). For V(tcp) and V(udp), 0 to 65535.
            type: str
          protocol: &protocol
            description: The protocol; V(-1) is all of them, and V(icmp) and V(icmpv6) are all their types.
            type: str
            choices: [tcp, udp, icmp, icmpv6, "-1"]
            default: tcp
          from: &end
            description: >-
              The other end. A security group of the VPC by name, the id of another one, a network such as V(10.0.0.0/16),
              V(internet), which is V(0.0.0.0/0), or a prefix list by id or by name, those of AWS by their service, such as V(s3).
            type: str
            required: true
          description: &text
            description: A sentence of at most 255 characters. Left out, it is such as V(port 8000 from load_balancer).
            type: str
      egress:
        description: What goes out.
        type: list
        elements: dict
        default: []
        suboptions:
          port: *port
          protocol: *protocol
          to: *end
          description: *text
      tags:
        description: Tags of this group, before O(tags). A group without another C(Name) has its name there.
        type: dict
  wait_timeout:
    description: How many seconds to wait until what uses a group is gone, when groups are removed.
    type: int
    default: 300
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: What may pass between load balancer, service and database
  slipway.aws.ec2_security_groups:
    vpc_id: vpc-0123456789abcdef0
    prefix: shop-dev-
    groups:
      - name: load_balancer
        description: HTTPS from the internet
        ingress: [{port: 443, from: internet}]
        egress: [{port: 8000, to: service}]
      - name: service
        description: From the load balancer to the database and to S3
        ingress: [{port: 8000, from: load_balancer}]
        egress: [{port: 3306, to: database}, {port: 443, to: s3}]
      - name: database
        description: MySQL from the services
        ingress: [{port: 3306, from: service, description: what the services ask}]
    tags:
      Project: Shop

- name: The VPC's own group lets nothing pass
  slipway.aws.ec2_security_groups:
    vpc_id: vpc-0123456789abcdef0
    groups: [{name: default, tags: {Name: unused}}]

- name: No database any more
  slipway.aws.ec2_security_groups:
    vpc_id: vpc-0123456789abcdef0
    groups: [{name: shop-dev-database}]
    state: absent
"""

RETURN = r"""
security_groups:
  description: The groups in the order of O(groups); none that is absent.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Its name as in O(groups).
      type: str
    group_id:
      description: Its id.
      type: str
      sample: sg-0123456789abcdef0
    description:
      description: Its description.
      type: str
    ingress:
      description: Its rules in the words of O(groups[].ingress).
      type: list
      elements: dict
    egress:
      description: Its rules in the words of O(groups[].egress).
      type: list
      elements: dict
    tags:
      description: Its tags.
      type: dict
security_group_ids:
  description: Their ids by name.
  returned: always
  type: dict
  sample: {load_balancer: sg-0a, service: sg-0b}
"""

from dataclasses import replace

from ansible_collections.slipway.aws.plugins.module_utils import formats, tags
from ansible_collections.slipway.aws.plugins.module_utils import security_groups as sg
from ansible_collections.slipway.aws.plugins.module_utils.aws import compare_aws_tags
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN

_GONE = "InvalidGroup.NotFound"
_AT_ONCE = 200  # as many ids as a filter takes


class SecurityGroups(Caller):
    """Security groups of a VPC: all are looked at together, and all are there before rules speak of them."""

    service = "ec2"
    noun = "security group"
    about = ""  # the one that a call is about

    def __init__(self, module):
        super().__init__(module)
        self.vpc, self.absent = self.params["vpc_id"], self.params["state"] == "absent"
        self.options = {sg.full(self.params["prefix"], option["name"]): option for option in self.params["groups"]}
        self.ids = {}  # of all groups of the VPC, by name
        self.lists = None

    @property
    def name(self):
        """Return what messages call it."""
        return self.about or f"of {self.vpc}"

    @property
    def ends(self):
        """Return who knows the other ends of rules: groups that are there or will be, and prefix lists."""
        return sg.Ends(self.params["prefix"], {*self.ids, *self.options}, self.ids, self.prefix_lists)

    def prefix_lists(self):
        """Return the names of prefix lists by id, those of AWS called by their service."""
        if self.lists is None:
            found, region = self.pages("describe_managed_prefix_lists", "PrefixLists"), self.client.meta.region_name
            self.lists = {each["PrefixListId"]: sg.service_of(each["PrefixListName"], region) for each in found}
        return self.lists

    def run(self):
        groups = self.params["groups"]
        faults = [*formats.malformed("vpc", vpc_id=self.vpc), *sg.faults(groups, self.params["prefix"])]
        faults += [] if self.absent else sg.undescribed(groups)
        if faults:
            self.fail(" ".join(faults))
        have = {} if self.check and self.vpc == UNKNOWN else self.look()
        before = {name: have[name] for name in self.options if name in have}
        after = self._left(have) if self.absent else self._want(have)
        changed = before != after
        if changed and not self.check:
            after = self._remove(before, after) if self.absent else self._bring(before, after)
        self._done(before, after, changed)

    def look(self):
        """Return groups of the VPC by name: those of the task, or all, when it matters who speaks of whom."""
        inside = [{"Name": "vpc-id", "Values": [self.vpc]}]
        listed = self.pages("describe_security_groups", "SecurityGroups", Filters=inside)
        self.ids = {each["GroupName"]: each["GroupId"] for each in listed}
        ours = {each["GroupId"]: each for each in listed if self.absent or each["GroupName"] in self.options}
        found = {
            identity: sg.Group(each["GroupName"], each["Description"], {}, tags.from_form(each.get("Tags")), identity)
            for identity, each in ours.items()
        }
        ends = self.ends
        for described in self._rules([*found]):
            group, rule = found[described["GroupId"]], ends.present(described)
            group.rules[rule] = described.get("Description", "")
            group.rule_ids[rule] = described["SecurityGroupRuleId"]
        return {group.name: group for group in found.values()}

    def _rules(self, ids):
        for start in range(0, len(ids), _AT_ONCE):
            some = [{"Name": "group-id", "Values": ids[start : start + _AT_ONCE]}]
            yield from self.pages("describe_security_group_rules", "SecurityGroupRules", Filters=some)

    def _write(self, group, operation, **parameters):
        self.about = group.name
        answer = self.write(operation, **parameters)
        self.about = ""
        return answer

    # Present

    def _want(self, have):
        """Return the groups as they shall be; fail when they cannot."""
        if not self.ids and self.vpc != UNKNOWN:
            self.fail(f"There is no {self.vpc} in {self.client.meta.region_name}.")
        want, faults, ends = {}, [], self.ends
        for name, option in self.options.items():
            present = have.get(name) or sg.Group(name, option["description"], {}, {}, UNKNOWN)
            if option["description"] not in (None, present.description):
                faults.append(
                    f"The description of group {name} cannot be changed in place: it is {present.description!r}, wanted"
                    f" {option['description']!r}. Keep the present one, or describe a group of another name."
                )
            rules, unknown = ends.wanted(option)
            faults += unknown
            want[name] = replace(present, rules=rules, tags=self._tags(name, present.tags))
        if faults:
            self.fail(" ".join(faults))
        return want

    def _tags(self, name, have):
        given = [each for each in (self.params["tags"], self.options[name]["tags"]) if each is not None]
        texts = {str(key): str(value) for each in ({"Name": name}, *given) for key, value in each.items()}
        add, remove = compare_aws_tags(have, texts, bool(given) and self.params["purge_tags"])
        return {**{key: value for key, value in have.items() if key not in remove}, **add}

    def _bring(self, have, want):
        missing = [name for name in want if name not in have]
        for name in missing:
            self._create(want[name])
        if missing:
            # AWS needs a moment to tell of a new group and of the rule that lets everything out of it.
            have = self._until(lambda have: all(name in have and have[name].rules for name in missing))
            if have is None:
                self.fail(f"AWS has made {', '.join(missing)} and does not tell of all of them yet: run the same command again.")
        for step in (self._add, self._describe, self._take, self._retag):
            for name, group in want.items():
                step(have[name], group)
        if self._until(lambda have: all(have.get(name) == group for name, group in want.items())) is None:
            self.module.warn(f"AWS accepted the security groups of {self.vpc} but reports something else.")
        return {name: replace(group, id=have[name].id) for name, group in want.items()}

    def _until(self, seen):
        for _look in self.looks(30):
            have = self.look()
            if seen(have):
                return have
        return None

    def _create(self, group):
        tagged = [{"ResourceType": "security-group", "Tags": tags.to_form(group.tags, "Key")}]
        about = {"GroupName": group.name, "Description": group.description, "VpcId": self.vpc}
        self._write(group, "create_security_group", **about, TagSpecifications=tagged)

    def _add(self, have, want):
        for way in sg.ENDS:
            new = [sg.permission(rule, text, self.ids) for rule, text in want.of_way(way) if rule not in have.rules]
            self._change(have, f"authorize_security_group_{way}", IpPermissions=new)

    def _describe(self, have, want):
        for way in sg.ENDS:
            other = [(have.rule_ids[rule], text) for rule, text in want.of_way(way) if have.rules.get(rule, text) != text]
            texts = [{"SecurityGroupRuleId": rule, **({"Description": text} if text else {})} for rule, text in other]
            self._change(have, f"update_security_group_rule_descriptions_{way}", SecurityGroupRuleDescriptions=texts)

    def _take(self, have, want):
        for way in sg.ENDS:
            old = [have.rule_ids[rule] for rule, _text in have.of_way(way) if rule not in want.rules]
            self._change(have, f"revoke_security_group_{way}", SecurityGroupRuleIds=old)

    def _change(self, group, operation, **what):
        """Call an operation if there is something to call it for. What is new is not known everywhere at once."""
        if all(what.values()):
            self._write(group, operation, patience={_GONE: ""}, GroupId=group.id, **what)

    def _retag(self, have, want):
        add, remove = compare_aws_tags(have.tags, want.tags, True)
        for operation, parameters in tags.changes_of_tags("ec2", have.id, add, remove):
            self._write(have, operation, **parameters)

    # Absent

    def _left(self, have):
        """Return what is left when the groups are gone; fail when they cannot go."""
        mine = self.options.keys() - {sg.DEFAULT}
        others = {name: group.speaks_of(mine) for name, group in have.items() if name not in self.options}
        faults = [
            f"Rules of group {name} speak of {', '.join(sorted({rule.end for rule in rules}))}: remove them, or {name} as well."
            for name, rules in others.items()
            if rules
        ]
        if faults:
            self.fail(" ".join(faults))
        return {name: replace(have[name], rules={}) for name in self.options if name in have and name == sg.DEFAULT}

    def _remove(self, have, left):
        for name, group in have.items():
            holding = group.speaks_of(have.keys() - {name})  # AWS does not remove a group that a rule of another one speaks of
            kept = {rule: text for rule, text in group.rules.items() if rule not in holding}
            self._take(group, left.get(name) or replace(group, rules=kept))
        stuck = [group for name, group in have.items() if name not in left]
        for _look in self.looks(self.params["wait_timeout"]):
            refused = (_GONE, "DependencyViolation")
            stuck = [
                group for group in stuck if self._write(group, "delete_security_group", tolerate=refused, GroupId=group.id) is None
            ]
            there = self.look() if stuck else {}
            stuck = [group for group in stuck if group.name in there]
            if not stuck:
                return left
        return self._held({group.id: group.name for group in stuck})

    def _held(self, groups):
        using = [{"Name": "group-id", "Values": [*groups]}]
        users = [
            f"{groups[group['GroupId']]} by {each['NetworkInterfaceId']} ({each.get('Description') or each.get('Status')})"
            for each in self.pages("describe_network_interfaces", "NetworkInterfaces", Filters=using)
            for group in each["Groups"]
            if group["GroupId"] in groups
        ]
        self.fail(
            f"After {self.params['wait_timeout']} seconds AWS still refuses to remove {', '.join(groups.values())}, because"
            f" something uses {'it' if len(groups) == 1 else 'them'}{': ' if users else ''}{', '.join(users)}. Remove that and run"
            " the same command again, or raise wait_timeout."
        )

    # Results

    def _done(self, before, after, changed):
        ends, header = self.ends, f"security groups of {self.vpc}"
        old, new = ({ends.called(name): ends.view(group) for name, group in side.items()} for side in (before, after))
        ids = {ends.called(name): group.id for name, group in after.items()}
        self.module.exit_json(
            changed=changed,
            diff={"before": old, "after": new, "before_header": header, "after_header": header},
            security_groups=[{"name": name, "group_id": ids[name], **shown} for name, shown in new.items()],
            security_group_ids=ids,
        )


def main():
    SecurityGroups.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
