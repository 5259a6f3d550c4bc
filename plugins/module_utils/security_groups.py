# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Security groups: how options say their rules, how EC2 has them, and one form in between in which both are compared.

In that form the other end of a rule is a group by name, so that rules about groups that are not there yet can be compared as well.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from ansible_collections.slipway.aws.plugins.module_utils import formats

DEFAULT = "default"  # the group that comes and goes with its VPC
ENDS = {"ingress": "from", "egress": "to"}  # how options call the other end
_ANYWHERE = {"internet": "0.0.0.0/0"}
_GROUP = "ReferencedGroupId"
# The other end as EC2's rules name it, and where it stands in what is added.
_PLACES = {
    "CidrIpv4": ("IpRanges", "CidrIp"),
    "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
    "PrefixListId": ("PrefixListIds", "PrefixListId"),
    _GROUP: ("UserIdGroupPairs", "GroupId"),
}
_TEXT = r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]"
_RULE_OF_TEXTS = "it has at most 255 letters, digits, blanks and ._-:/()#,@[]+=&;{}!$*"
_NAME = f"{_RULE_OF_TEXTS}, and neither begins with sg- nor begins or ends with a blank"


class Rule(NamedTuple):
    """A rule without its description."""

    way: str  # ingress or egress
    protocol: str
    ports: str  # one, "8000-8010", or nothing
    kind: str  # what the other end is, see _PLACES
    end: str


@dataclass
class Group:
    """A security group. What only AWS knows of it is not compared."""

    name: str
    description: str
    rules: dict  # descriptions by Rule
    tags: dict
    id: str = field(compare=False)
    rule_ids: dict = field(compare=False, default_factory=dict)  # by Rule

    def of_way(self, way):
        """Return the rules of one way with their descriptions."""
        return [(rule, text) for rule, text in self.rules.items() if rule.way == way]

    def speaks_of(self, groups):
        """Return the rules that are about some groups."""
        return [rule for rule in self.rules if rule.kind == _GROUP and rule.end in groups]


def full(prefix, name):
    """Return what AWS calls a group that options call so."""
    return name if name == DEFAULT else f"{prefix}{name}"


def service_of(prefix_list, region):
    """Return the service that the name of a prefix list means, such as com.amazonaws.eu-west-1.s3."""
    for place in (region, "global"):
        prefix_list = prefix_list.removeprefix(f"com.amazonaws.{place}.")
    return prefix_list


class Ends:
    """The other ends of rules, between the words of options and those of EC2."""

    def __init__(self, prefix, names, ids, prefix_lists):
        self.prefix = prefix
        self.names = names  # of all groups, those to come as well
        self.by_id = {group: name for name, group in ids.items()}
        self.prefix_lists = prefix_lists  # a function: names by id, looked up when somebody needs them

    def of(self, text):
        """Return kind and value of what an option says, or None when nobody knows it."""
        text = _ANYWHERE.get(text, text)
        if _is_address(text):
            network = ipaddress.ip_network(text)
            return f"CidrIpv{network.version}", str(network)
        known = next((name for name in (full(self.prefix, text), text) if name in self.names), None)
        if known:
            return _GROUP, known
        if re.fullmatch(r"sg-[0-9a-f]+", text):
            return _GROUP, self.by_id.get(text, text)
        if re.fullmatch(r"pl-[0-9a-f]+", text):
            return "PrefixListId", text
        return next((("PrefixListId", key) for key, name in self.prefix_lists().items() if name == text), None)

    def called(self, name):
        """Return how options call a group."""
        return name.removeprefix(self.prefix)

    def said(self, kind, end):
        """Return how an option says it."""
        if kind == _GROUP:
            return self.called(end)
        if kind == "PrefixListId":
            return self.prefix_lists().get(end, end)
        return next((word for word, network in _ANYWHERE.items() if network == end), end)

    def wanted(self, options):
        """Return the rules of a group as options describe it, their descriptions by Rule, and sentences about what cannot be."""
        rules, faults = {}, []
        for way, word in ENDS.items():
            for option in options[way]:
                found = self.of(option[word])
                if found is None:
                    known = ", ".join(sorted(map(self.called, self.names)))
                    faults.append(
                        f"group {options['name']}: nobody knows {option[word]!r}, {word} in {way}. It is a group ({known}), a"
                        " prefix list such as s3, a network or internet."
                    )
                    continue
                rule = Rule(way, option["protocol"], _ports(option), *found)
                if rule in rules:
                    faults.append(f"group {options['name']}: {way} has {_traffic(option)} {word} {option[word]} twice.")
                given = option["description"]
                rules[rule] = f"{_traffic(option)} {word} {option[word]}" if given is None else given
        return rules, faults

    def present(self, described):
        """Return a rule as EC2 describes it as a Rule."""
        protocol, first, last = described["IpProtocol"], described.get("FromPort", -1), described.get("ToPort", -1)
        ports = "" if first == -1 else _span(first, last)
        group = (described.get("ReferencedGroupInfo") or {}).get("GroupId")
        ends = {**described, _GROUP: self.by_id.get(group, group)}
        kind = next(kind for kind in _PLACES if ends.get(kind))
        return Rule("egress" if described["IsEgress"] else "ingress", protocol, ports, kind, ends[kind])

    def view(self, group):
        """Return a group as results show it: its rules as options say them, in one fixed order."""
        shown = {"description": group.description, "ingress": [], "egress": [], "tags": group.tags}
        for rule, text in sorted(group.rules.items()):
            ports = {"port": rule.ports} if rule.ports else {}
            end = {ENDS[rule.way]: self.said(rule.kind, rule.end)}
            shown[rule.way].append({"protocol": rule.protocol, **ports, **end, "description": text})
        return shown


def permission(rule, text, ids):
    """Return a rule as EC2 wants it to add it."""
    place, member = _PLACES[rule.kind]
    first, last = _range(rule.ports) if rule.ports else (-1, -1)
    ports = {} if rule.protocol == "-1" else {"FromPort": first, "ToPort": last}
    end = ids.get(rule.end, rule.end) if rule.kind == _GROUP else rule.end
    described = {"Description": text} if text else {}
    return {"IpProtocol": rule.protocol, **ports, place: [{member: end, **described}]}


def _traffic(option):
    """Return how people call what a rule is about."""
    protocol = {"tcp": "", "-1": "everything"}.get(option["protocol"], option["protocol"])
    return f"{protocol} port {option['port']}".strip() if option["port"] else protocol


def _ports(option):
    return _span(*_range(option["port"])) if option["port"] else ""


def _range(ports):
    first, _dash, last = ports.partition("-")
    return int(first), int(last or first)


def _span(first, last):
    return str(first) if first == last else f"{first}-{last}"


def _is_address(text):
    """Tell what is meant to be an address or a network, whether it is one or not."""
    return bool(re.fullmatch(r"[\d.]+/\d+|\d+(\.\d+){3}|[0-9A-Fa-f]*(:[0-9A-Fa-f.]*){2,}(/\d+)?", text))


# What cannot be, as far as that can be told without looking


def faults(groups, prefix):
    """Yield sentences about groups that cannot be."""
    names = [group["name"] for group in groups]
    yield from (f"groups: {name} is there twice." for name in sorted({name for name in names if names.count(name) > 1}))
    for group in groups:
        yield from formats.misnamed("name", full(prefix, group["name"]), rf"(?!sg-|\s){_TEXT}+(?<!\s)", _NAME, 255)
        about = [*_text_faults(group)]
        about += [fault for way in ENDS for option in group[way] for fault in _rule_faults(way, option)]
        yield from (f"group {group['name']}: {fault}" for fault in about)


def undescribed(groups):
    """Yield sentences about groups that could not be made."""
    for group in groups:
        if group["name"] != DEFAULT and not group["description"]:
            yield f"group {group['name']}: description has to be given; it cannot be changed later."


def _rule_faults(way, option):
    word = ENDS[way]
    yield from (f"{way}: {fault}" for fault in (*_port_faults(option), *_text_faults(option)))
    if not option[word]:
        yield f"{way}: {word} cannot be empty."
    elif _is_address(option[word]) and not _is_network(option[word]):
        yield f"{way}: {word} {option[word]!r} is not a network, such as 10.0.0.0/16 or 2001:db8::/32."


def _text_faults(described):
    return formats.misnamed("description", described["description"], f"{_TEXT}*", _RULE_OF_TEXTS, 255)


def _port_faults(option):
    ported = option["protocol"] in ("tcp", "udp")
    if bool(option["port"]) != ported:
        yield f"port {'is missing' if ported else 'has no place'} beside protocol {option['protocol']}."
    elif ported:
        span = re.fullmatch(r"(\d{1,5})(-(\d{1,5}))?", option["port"])
        if not span or not int(span[1]) <= int(span[3] or span[1]) <= 65535:
            yield f"port {option['port']!r} is neither a number from 0 to 65535 nor two of them, such as 8000-8010."


def _is_network(text):
    try:
        return "/" in text and ipaddress.ip_network(text) is not None
    except ValueError:
        return False
