# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Who may act in production: nobody without a second factor, and nothing without a boundary."""

from __future__ import annotations

import re

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import policies
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import POLICY, ROLE, missing
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import mentioned, spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import Judged, prop

# Roles that the builds and pipelines of this collection have, also in other accounts: programs, which cannot have a second factor.
_MACHINE = re.compile(r":role/.*-(build|pipeline)$")
_WHO = "aws:principalarn"
_EXEMPT = (
    "What only services of AWS and builds can use is exempt: they have no second factor. Every role of production has a permissions"
    " boundary in any case."
)


def people(environment, role):
    """Return the statements by which people can take on a role."""
    rows = policies.statements(role.get("AssumeRolePolicyDocument"))
    return [each for each in rows if each.allows and _for_people(environment, each)]


def _for_people(environment, statement):
    trusted = [who for kind in ("AWS", "*", "Federated") for who in statement.principals.get(kind, ())]
    narrowed = [values for _operator, key, values in statement.conditions if key == _WHO]
    if narrowed and all(_MACHINE.search(value) for values in narrowed for value in values):
        return False
    return any(not _is_machine(environment, who) for who in trusted)


def _is_machine(environment, who):
    """Tell whether a principal is a role that no person can take on."""
    role = environment.target(who, ROLE)
    return not people(environment, role) if role else bool(_MACHINE.search(spelled(who)))


def _elsewhere(environment):
    return [] if environment.production else [Judged(environment.name, True, "not production")]


@prop(50, "Environment-based IAM restrictions", controls=("AC-2", "AC-3", "IA-2", "CC6.1"), corrected=_EXEMPT)
def restricted(environment):
    """In production every role has a permissions boundary of the environment; nobody takes on a role without a second factor."""
    yield from _elsewhere(environment)
    roles, faults = environment.some(ROLE, "role") if environment.production else ([], [])
    yield from faults
    for each in roles:
        boundary = environment.target(each.get("PermissionsBoundary"), POLICY)
        yield each.judged(boundary, f"boundary {boundary.name if boundary else 'missing, or of somebody else'}")
        for statement in people(environment, each):
            how = "with" if statement.wants_mfa else "without"
            yield each.judged(statement.wants_mfa, f"people take it on {how} a second factor")


@prop(54, "MFA enforcement for production", controls=("AC-2", "IA-2", "CC6.1"), corrected=_EXEMPT)
def second_factor(environment):
    """In production there are roles for people, and what such a role allows, it allows with a second factor only: by a condition of
    each statement, or by one that denies everything without. So does a policy that is there for anybody to attach."""
    yield from _elsewhere(environment)
    if not environment.production:
        return
    roles = [each for each in environment.resources(ROLE) if people(environment, each)]
    if not roles:
        yield missing("role for people", "who acts in production has a role that this environment does not know")
    for each in roles:
        yield each.judged(*_only_with_mfa(*policies.of_role(environment, each)))
    used = {*mentioned([each.properties for each in environment.resources(ROLE)])}
    for each in environment.resources(POLICY):
        if each.logical not in used:
            yield each.judged(*_only_with_mfa(policies.statements(each.get("PolicyDocument")), []))


def _only_with_mfa(statements, unread):
    """Return whether statements, and policies that nobody here can read, need a second factor, and what shows it."""
    if any(each.refuses_without_mfa for each in statements):
        return True, "denies everything without a second factor"
    loose = [each for each in statements if each.allows and not each.wants_mfa]
    told = [f"{len(loose)} statements"] if loose else []
    told += unread
    return not told, f"without a second factor: {', '.join(told) or 'nothing'}"
