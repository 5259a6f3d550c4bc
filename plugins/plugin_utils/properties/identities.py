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
_AT_THE_DOOR = (
    "A session of a role does not tell whether there was a second factor, so a condition about it in a policy of the role never"
    " fits. The condition belongs to where people take the role on. What only services of AWS and builds can use is exempt."
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


@prop(54, "MFA enforcement for production", controls=("AC-2", "IA-2", "CC6.1"), corrected=_AT_THE_DOOR)
def second_factor(environment):
    """In production there are roles for people, and they get what the policies of such a role allow with a second factor only. A
    policy that no role has, so that it is there for people to attach, asks for the second factor itself."""
    yield from _elsewhere(environment)
    if not environment.production:
        return
    roles = [each for each in environment.resources(ROLE) if people(environment, each)]
    if not roles:
        yield missing("role for people", "who acts in production has a role that this environment does not know")
    for role in roles:
        asked = all(each.wants_mfa for each in people(environment, role))
        for name, policy in _policies(environment, role):
            where = policy.logical if policy else role.logical
            yield Judged(where, asked, f"{name}: people get it from {role.name} {'with' if asked else 'without'} a second factor")
    used = {*mentioned([each.properties for each in environment.resources(ROLE)])}
    for each in environment.resources(POLICY):
        if each.logical not in used:
            yield each.judged(_asks(policies.statements(each.get("PolicyDocument"))), f"{each.name}: no role has it")


def _policies(environment, role):
    """Return the policies of a role, (name, resource): those in it, and those that are AWS's, are no resources."""
    inline = [(each["PolicyName"], None) for each in role.get("Policies", [])]
    managed = [(value, environment.target(value, POLICY)) for value in role.get("ManagedPolicyArns", [])]
    return inline + [(policy.name if policy else spelled(value).rpartition("/")[2], policy) for value, policy in managed]


def _asks(statements):
    """Tell whether statements allow something with a second factor only."""
    return any(each.refuses_without_mfa for each in statements) or all(each.wants_mfa for each in statements if each.allows)
