# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The normal form of an environment: a CloudFormation template in which nothing depends on the account or on the day it was built.

Logical ids come from component, kind and name. Ids and ARNs that AWS gave become Ref and Fn::GetAtt, also inside longer texts
(Fn::Sub); account, region and partition become pseudo parameters. Names that people gave stay names.
"""

from __future__ import annotations

import json
import re

from ansible_collections.slipway.aws.plugins.module_utils.readback import PARAMETER, words
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

# Lists that AWS keeps in no order, by kind and path; everything else keeps the order it was read in.
SETS = {}
# What AWS fills in when nothing was said, by kind: readers declare it, and the template marks what equals it.
DEFAULTS = {}
# Kinds whose tags are a map, with its name, which is None where the schema has no tags. All others have a list of Key and Value.
TAG_MAPS = {}
TAG_LISTS = {}
# What says something also when it is empty, by kind: {"Allow": {}} is not nothing.
MEANT = {}

_KEEPER = "CustomResources"  # parameter that every Custom:: resource needs to be deployed

# An id is replaced inside longer texts only if nothing else can look like it.
_DISTINCT = re.compile(
    r"arn:|[a-z]+-[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z0-9]{13,}"
    r"|[a-z]+/[^/]+/[0-9a-f]{16}$|[a-z0-9.-]+\.(amazonaws\.com|cloudfront\.net)"  # names of load balancers, addresses
    r"|(ns|srv)-[a-z0-9]{16,}$"  # what Cloud Map has
    r"|[^|]+\|[^|]+\||(db|cluster)-[A-Z0-9]{20,}"  # ids made of several, resource ids of databases
)


def unordered(kind, *paths):
    """Declare lists of a kind that are sets: paths such as "SecurityGroupIds" or "Listeners.Certificates"."""
    SETS.setdefault(kind, set()).update(paths)


def defaults(kind, **values):
    """Declare what AWS fills in for properties of a kind."""
    DEFAULTS.setdefault(kind, {}).update(values)


def tag_map(kind, name="Tags"):
    """Declare that the tags of a kind are a map, under a name."""
    TAG_MAPS[kind] = name


def tag_list(kind, name):
    """Declare another name than Tags for the list of tags of a kind."""
    TAG_LISTS[kind] = name


def meant(kind, *names):
    """Declare properties of a kind, at any depth, that are kept when they are empty."""
    MEANT.setdefault(kind, set()).update(names)


def untagged(*kinds):
    """Declare kinds that AWS tags and whose schemas do not: the template tells the tags beside the properties."""
    TAG_MAPS.update(dict.fromkeys(kinds))


def template(found, platform, account_id, partition="aws"):
    """Return the template of what was found, and which resource of the account each logical id stands for."""
    named = dict(_logical(found, words(platform), account_id))
    references = _references(named)
    parameters, resources = {}, {}
    for logical, each in sorted(named.items()):
        if each.kind == PARAMETER:
            parameters[logical] = each.properties
            continue
        own = [(text, put) for text, put, owner in references if owner != logical]
        tags = _tags(each)
        beside = tags if TAG_MAPS.get(each.kind, "") is None else {}
        place = {"Region": each.elsewhere} if each.elsewhere else {}
        properties = _tidy(each.kind, {**each.properties, **({} if beside else tags)})
        if each.kind.startswith("Custom::"):
            parameters[_KEEPER] = {"Type": "String", "Description": "ARN of the function that keeps what has no type"}
            properties["ServiceToken"] = {"Ref": _KEEPER}
        marked = sorted(name for name, value in DEFAULTS.get(each.kind, {}).items() if properties.get(name) == value)
        resources[logical] = {
            "Type": each.kind,
            # Once more, because what is sorted by ids of the account has another order with references.
            "Properties": _tidy(each.kind, _neutral(properties, own, account_id, partition, each.told.get("region"))),
            "Metadata": {"Component": each.keeper or each.component, **place, **beside, **({"Defaults": marked} if marked else {})},
        }
    physical = {logical: {"id": each.id, "arn": each.arn} for logical, each in sorted(named.items())}
    given = {"Parameters": parameters} if parameters else {}
    return {"AWSTemplateFormatVersion": "2010-09-09", **given, "Resources": resources}, physical


def _logical(found, platform, account_id):
    """Yield a logical id for each: component, short kind, what its name adds to these, and its region if that is not the first.

    It is numbered where that is not unique.

    Names that are unique in the world end with the account's id, which is not part of the normal form.
    """
    taken = {}
    for each in found:
        parts = words(each.component) + words(each.kind.split("::")[-1]) + words(_rest(each.name, platform, each.component))
        parts += words(each.elsewhere)
        logical = "".join(part[:1].upper() + part[1:] for part in parts if part != account_id)[:200]
        taken[logical] = taken.get(logical, 0) + 1
        yield (logical if taken[logical] == 1 else f"{logical}{taken[logical]}"), each


def _rest(name, platform, component):
    """Return a name without the words of the platform's and the component's that it begins with."""
    rest = words(name)
    for known in (platform, words(component)):
        if [word.lower() for word in rest[: len(known)]] == [word.lower() for word in known]:
            rest = rest[len(known) :]
    return " ".join(rest)


def _references(named):
    """Return (text, what to put there, logical id) of all that AWS gave, the longest first.

    What hangs on something and has no id of its own, such as a policy, goes by the id of that; the id means that.
    """
    given = {}
    for logical, each in named.items():
        given |= {text: (make(logical), logical) for text, make in each.forms.items()}
        not_its_own = (each.parent.id, *each.parent.attributes.values()) if each.parent else ()
        for attribute, text in [("", each.id), *each.attributes.items()]:
            if text and text not in not_its_own and _DISTINCT.match(str(text)):
                given.setdefault(str(text), (attribute, logical))
    ordered = sorted(given.items(), key=lambda item: (-len(item[0]), item[0]))
    return [(text, (attribute, logical), logical) for text, (attribute, logical) in ordered]


def _tags(each):
    carried = {name: value for name, value in from_form(each.tags).items() if not name.startswith("aws:")}
    if not carried:
        return {}
    if TAG_MAPS.get(each.kind):
        return {TAG_MAPS[each.kind]: dict(sorted(carried.items()))}
    return {TAG_LISTS.get(each.kind, "Tags"): [{"Key": name, "Value": value} for name, value in sorted(carried.items())]}


def _tidy(kind, value, path=""):
    """Return properties without what is empty, sets in order."""
    if isinstance(value, dict):
        kept = {name: _tidy(kind, each, f"{path}.{name}".lstrip(".")) for name, each in value.items()}
        tags = path and path in (TAG_MAPS.get(kind), TAG_LISTS.get(kind, "Tags"))  # a tag without a value is one
        meaning = kept if tags else MEANT.get(kind, ())
        return {name: each for name, each in kept.items() if each is not None and (name in meaning or each not in ("", [], {}))}
    if isinstance(value, (list, tuple, set)):
        kept = [_tidy(kind, each, path) for each in value]
        return sorted(kept, key=lambda each: json.dumps(each, sort_keys=True)) if path in SETS.get(kind, ()) else kept
    return value


def _neutral(value, references, account_id, partition, region):
    """Return a value with references in the place of what AWS gave."""
    if isinstance(value, dict):
        return {name: _neutral(each, references, account_id, partition, region) for name, each in value.items()}
    if isinstance(value, list):
        return [_neutral(each, references, account_id, partition, region) for each in value]
    return _text(value, references, account_id, partition, region) if isinstance(value, str) else value


def _text(text, references, account_id, partition, region):
    whole = next((put for known, put in references if known == text), None)
    if whole and isinstance(whole[0], dict):
        return whole[0]
    if whole:
        return {"Fn::GetAtt": [whole[1], whole[0]]} if whole[0] else {"Ref": whole[1]}
    puts = {
        known: f"{logical}.{attribute}" if attribute else logical
        for known, (attribute, logical) in references
        if known in text and isinstance(attribute, str)
    }
    puts |= {account_id: "AWS::AccountId", f"arn:{partition}:": None}
    if region:
        puts[region] = "AWS::Region"
    pattern = "|".join(_alone(known, known == region) for known in puts)
    done = re.sub(pattern, lambda hit: _put(hit[0], puts), text.replace("${", "${!"))
    return {"Fn::Sub": done} if done != text else text


def _alone(known, region=False):
    """Return the pattern of an id that is not part of a longer word, or of a longer name or pattern when it ends with a name.

    The names of zones are those of regions with a letter.
    """
    if known[-1] == ":":
        return re.escape(known)
    following = r"[\w*.-]" if known.startswith("arn:") else "[A-Za-z0-9]"
    after = "(?=[a-z]?(?![A-Za-z0-9]))" if region else f"(?!{following})"
    return rf"(?<![A-Za-z0-9]){re.escape(known)}{after}"


def _put(known, puts):
    return f"${{{puts[known]}}}" if puts[known] else "arn:${AWS::Partition}:"
