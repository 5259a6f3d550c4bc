# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""An environment read back: everything that carries its tags, and what hangs on that, as resources of a CloudFormation template.

Readers (module_utils/readers/<service>.py) say what there is, in the properties of AWS's resource schemas and with the ids that AWS
gave. This file runs them side by side; module_utils/template.py makes a template of what they found.

    @reader("AWS::EC2::Subnet")
    def subnets(account): ...                  # yields Found for each that account.ours(tags)

    @reader("AWS::EC2::Route", of="AWS::EC2::RouteTable")
    def routes(account, table): ...            # yields Found for each that hangs on one that was found
"""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.compare import parsed
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

THREADS = 8
READERS, JOINS = [], []
PARAMETER = "Parameter"  # kind of what AWS itself has in every account under an id of the account's: others mention it


class ReadError(Exception):
    """Something could not be read: a sentence."""


@dataclass
class Found:
    """One resource as it is."""

    kind: str  # type, as the resource schemas name it; Custom::<Name> where there is no schema
    id: str  # what Ref gives; unique among those of its kind
    properties: dict  # of the schema; what is None or empty is left out
    tags: Any = None  # in any form that AWS has; they become the property Tags
    name: str = ""  # what people call it, from which its logical id is made
    attributes: dict = field(default_factory=dict)  # what GetAtt gives, for example {"Arn": "arn:..."}
    forms: dict = field(default_factory=dict)  # other texts that stand for it, with what makes an expression of its logical id
    parent: Any = None  # the Found that it hangs on
    told: dict = field(default_factory=dict)  # what its readers want to remember for those that hang on it; not in the template
    elsewhere: str = ""  # its region, when that is not the first one that was read
    keeper: str = ""  # the component that builds and removes it, where that is another than what it hangs on

    @property
    def component(self):
        """Return the component it belongs to: its own tag's, or that of what it hangs on."""
        own = from_form(self.tags).get("Component", "")
        return own or (self.parent.component if self.parent else "")

    @property
    def arn(self):
        """Return its ARN, if it has one: some schemas have it as Ref, some under another name, and some do not tell it."""
        texts = (self.attributes.get("Arn"), self.told.get("arn"), self.id, *self.attributes.values())
        return next((text for text in texts if str(text).startswith("arn:")), None)


@dataclass
class _Reader:
    kind: str
    of: str | None
    read: Any


def join(function):
    """Declare a function that is given everything that was found, for what only shows then."""
    JOINS.append(function)
    return function


def reader(kind, of=None):
    """Declare a function that finds the resources of a kind: all of the account, or those that hang on one of another kind."""

    def declare(function):
        READERS.append(_Reader(kind, of, function))
        return function

    return declare


class Account:
    """The account as readers see it, in one region."""

    def __init__(self, module, tags, region, account_id):
        self.module, self.tags, self.region, self.account_id = module, tags, region, account_id
        self.partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
        self._callers, self._answers, self._lock = {}, {}, Lock()

    def ours(self, tags):
        """Tell whether a resource with these tags, in any form that AWS has, belongs to the environment."""
        carried = from_form(tags)
        return all(carried.get(name) == value for name, value in self.tags.items())

    def tagged(self, *types):
        """Return the tags of what is ours by ARN, of types such as "logs:log-group": for services that list no tags.

        It is AWS's index of tags, which follows the services some seconds later.
        """
        wanted = [{"Key": name, "Values": [value]} for name, value in self.tags.items()]
        asked = {"TagFilters": wanted, "ResourceTypeFilters": list(types)}
        rows = self.api("resourcegroupstaggingapi").pages("get_resources", "ResourceTagMappingList", **asked)
        return {row["ResourceARN"]: row["Tags"] for row in rows}

    def once(self, key, look):
        """Return what look() returns; it is asked once, however many readers want to know."""
        with self._lock:
            answer = self._answers.setdefault(key, {"lock": Lock()})
        with answer["lock"]:
            if "is" not in answer:
                answer["is"] = look()
            return answer["is"]

    def api(self, service, missing=(), region=None):
        """Return the calls of a service, as in Caller: read(operation, ...) and pages(operation, key, ...)."""
        region = region or self.region
        key = (service, missing, region)
        with self._lock:  # clients can be used side by side, but not made
            if key not in self._callers:
                attributes = {"service": service, "noun": "environment", "missing": missing, "region": region, "fail": _fail}
                self._callers[key] = type("Api", (Caller,), attributes)(self.module)
            return self._callers[key]


def _fail(_caller, message, **_details):
    raise ReadError(message)


def read(accounts):
    """Return everything that the readers find, in a steady order. accounts: one per region; what is global is found once."""
    found = {}
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = list(READERS)
        while waiting:
            kinds = {each.kind for each in waiting}
            ready = [each for each in waiting if each.of not in kinds]
            waiting = [each for each in waiting if each.of in kinds]
            work = [
                (each, account, parent)
                for each in ready
                for account in accounts
                for parent in ([None] if each.of is None else found.get((each.of, account.region), []))
            ]
            for (each, account, _parent), some in zip(work, pool.map(_run, work), strict=True):
                found.setdefault((each.kind, account.region), []).extend(some)
    unique = {}
    for each in [one for some in found.values() for one in some]:
        unique.setdefault(_identity(each), each)
    for function in JOINS:
        function(unique.values())
    second = {account.region for account in accounts[1:]}
    for each in unique.values():
        each.elsewhere = each.told["region"] if each.told["region"] in second else ""
    return sorted(unique.values(), key=lambda each: (each.component, each.kind, each.name, each.id))


def _identity(each):
    """Return what a resource is known by. Without an ARN, what hangs on something regional is another thing in every region."""
    region = each.told["region"]
    regional = each.parent and f":{region}:" in (each.parent.arn or "")
    return each.kind, each.arn or (each.id, region if regional else None)


def _run(work):
    each, account, parent = work
    some = list(each.read(account) if parent is None else each.read(account, parent))
    for one in some:
        one.parent = one.parent or parent
        one.told.setdefault("region", account.region)
    return some


# What readers share


def pascal(value, verbatim=()):
    """Return a structure with keys that begin in upper case, as the schemas have them; not below the keys in verbatim."""
    if isinstance(value, list):
        return [pascal(each, verbatim) for each in value]
    if not isinstance(value, dict):
        return value
    return {name[:1].upper() + name[1:]: each if name in verbatim else pascal(each, verbatim) for name, each in value.items()}


def pick(described, *names, **renamed):
    """Return properties: those with the API's own names, and those that the schema calls otherwise (Schema="Api")."""
    chosen = {name: described.get(name) for name in names}
    return {**chosen, **{name: described.get(other) for name, other in renamed.items()}}


def side_by_side(function, elements):
    """Return what a function returns for each, asked in parallel: for what AWS does not tell of many at once."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(function, elements))


def policy(document):
    """Return a policy, text or data, in one form: AWS stores a list of one now as a list and now as its element, in any order."""
    data = parsed(document)
    if not isinstance(data, dict):
        return data
    statements = data.get("Statement", [])
    several = statements if isinstance(statements, list) else [statements]
    return {**data, "Statement": [{key: _set(value) for key, value in each.items()} for each in several]}


def _set(value):
    if isinstance(value, dict):
        return {key: _set(each) for key, each in value.items()}
    if isinstance(value, list):
        return value[0] if len(value) == 1 else sorted(value, key=str)
    return value


def words(text):
    """Return the parts of a name: letters and digits."""
    return re.findall(r"[A-Za-z0-9]+", text)


def counted(found):
    """Return how many there are of each kind."""
    return dict(sorted(Counter(each.kind for each in found if each.kind != PARAMETER).items()))
