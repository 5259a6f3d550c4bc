# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Policies as AWS reads them: statements, whom they trust, and what a role may do by all of its policies together."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import POLICY
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import listed, spelled

# Conditions that say whose identities are meant when a statement is for everybody.
_WHOSE = (
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
)
_MFA = "aws:multifactorauthpresent"


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    effect: str
    actions: list
    but_actions: list
    resources: list
    principals: dict  # by type, for example {"AWS": [...], "Service": [...]}; {"*": ["*"]} is everybody
    conditions: list = field(default_factory=list)  # (operator, key, values), operator and key in lower case

    @property
    def allows(self):
        """Tell whether it allows something."""
        return self.effect == "Allow"

    @property
    def everybody(self):
        """Tell whether it is about everybody."""
        return any("*" in self.principals.get(kind, ()) for kind in ("*", "AWS"))

    @property
    def allows_everybody(self):
        """Tell whether it allows something to everybody, whoever they are."""
        return self.allows and self.everybody and not any(key in _WHOSE for _operator, key, _values in self.conditions)

    @property
    def refuses_everybody(self):
        """Tell whether it denies something to everybody, always."""
        return self.effect == "Deny" and self.everybody and not self.conditions

    @property
    def wants_mfa(self):
        """Tell whether it is only for who has signed in with a second factor. BoolIfExists also fits who cannot have one."""
        return ("bool", _MFA, ["true"]) in self.conditions

    @property
    def refuses_without_mfa(self):
        """Tell whether it denies everything, perhaps but for a few actions, to who has signed in without a second factor."""
        wide = self.effect == "Deny" and ("*" in self.actions or self.but_actions) and "*" in self.resources
        return wide and any(
            (operator, key, values) == ("boolifexists", _MFA, ["false"]) for operator, key, values in self.conditions
        )

    def covers(self, action):
        """Tell whether it is about an action."""
        if self.but_actions:
            return not any(fnmatchcase(action.lower(), each.lower()) for each in self.but_actions)
        return any(fnmatchcase(action.lower(), each.lower()) for each in self.actions)


def statements(document):
    """Return the statements of a policy, which may be missing."""
    return [_statement(each) for each in listed((document or {}).get("Statement"))]


def _statement(told):
    principals = told.get("Principal", {})
    return Statement(
        effect=told.get("Effect"),
        actions=listed(told.get("Action")),
        but_actions=listed(told.get("NotAction")),
        resources=listed(told.get("Resource")) or (["*"] if "NotResource" in told else []),  # all but some is too many
        principals={"*": ["*"]} if principals == "*" else {kind: listed(who) for kind, who in principals.items()},
        conditions=[
            (operator.lower(), key.lower(), [spelled(each).lower() for each in listed(values)])
            for operator, rows in told.get("Condition", {}).items()
            for key, values in rows.items()
        ],
    )


def of_role(environment, role):
    """Return what a role may do, as statements, and the names of its policies that are not the environment's: unread ones."""
    found = [one for each in role.get("Policies", []) for one in statements(each.get("PolicyDocument"))]
    unread = []
    for value in role.get("ManagedPolicyArns", []):
        policy = environment.target(value, POLICY)
        if policy:
            found += statements(policy.get("PolicyDocument"))
        else:
            unread.append(spelled(value).rpartition("/")[2])
    return found, unread
