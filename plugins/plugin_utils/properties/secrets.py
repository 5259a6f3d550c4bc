# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Secrets: how containers get them, who may read them, and when they change."""

from __future__ import annotations

import re

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import policies
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import SECRET, missing
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.references import mentioned, spelled
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import Judged, prop

_READING = "secretsmanager:GetSecretValue"
_REASON = re.compile(r"No rotation: \S.*")
_SCHEDULE = "AWS::SecretsManager::RotationSchedule"


def _where(service):
    return service.definition.logical if service.definition else f"task definition {service.family}"


def _none(environment):
    """Return the judgement that there are no secrets, when no service has any."""
    if any(service.secrets for service in environment.every_service):
        return []
    return [Judged("secrets", True, "no service has any")]


@prop(26, "Secrets injection", controls=("SC-28", "CC6.1"))
def injected(environment):
    """The container of a service gets each secret of the service from Secrets Manager, in the variable that the inventory says."""
    yield from _none(environment)
    for service in environment.every_service:
        for variable, name in service.secrets.items():
            secret = environment.target(service.injected.get(variable), SECRET)
            right = secret is not None and secret.name == name
            yield Judged(_where(service), right, f"{variable} comes from {secret.name if secret else 'no secret'}")


@prop(44, "Secrets in task definition", controls=("SC-28", "CC6.1"))
def never_in_plain_text(environment):
    """No secret of a service is an environment variable in plain text; each stands among the secrets, with where it comes from."""
    yield from _none(environment)
    for service in environment.every_service:
        for variable in service.secrets:
            plain, source = variable in service.variables, service.injected.get(variable)
            told = "plain text" if plain else "among the secrets" if source else "nowhere"
            yield Judged(_where(service), bool(source) and not plain, f"{variable} stands {told}")


@prop(
    43,
    "Task role secret access",
    controls=("AC-2", "AC-3", "CC6.1"),
    corrected="ECS reads the secrets with the execution role when it starts a task, so that role is held to the same secrets.",
)
def own_secrets_only(environment):
    """The task role and the execution role of a service may read the secrets of that service, all of them and no others."""
    for service in environment.every_service:
        for purpose in ("task", "execution"):
            role = service.role(purpose)
            yield _reading(environment, service, role) if role else missing(f"role {service.prefix}-{purpose}")


def _reading(environment, service, role):
    """Judge which secrets a role may read."""
    statements, unread = policies.of_role(environment, role)
    if unread:
        return role.judged(False, f"has {', '.join(unread)}, which is not the environment's: nobody here can read what it allows")
    allowed = [value for each in statements if each.allows and each.covers(_READING) for value in each.resources]
    found = [environment.target(value, SECRET) for value in allowed]
    names = {each.name if each else spelled(value) for each, value in zip(found, allowed, strict=True)}
    return role.judged(names == {*service.secrets.values()}, f"may read {', '.join(sorted(names)) or 'no secrets'}")


@prop(
    45,
    "Secret rotation configuration",
    controls=("CC6.6",),
    corrected=(
        "Some secrets cannot rotate by themselves, such as a token that another company gives out. Such a secret carries the tag"
        " `Rotation: none`, and its description says why, after `No rotation:`. Secrets that another service of AWS keeps are"
        " rotated by that service."
    ),
)
def rotates(environment):
    """Every secret has a schedule by which it rotates, or says that it does not and why."""
    found = environment.resources(SECRET)
    if not found:
        expected = any(service.secrets for service in environment.every_service)
        yield missing("secret") if expected else Judged("secrets", True, "there are none")
    schedules = {logical: each for each in environment.resources(_SCHEDULE) for logical in mentioned(each.get("SecretId"))}
    for each in found:
        schedule = schedules.get(each.logical)
        rules = schedule and (schedule.get("RotationRules") or {})
        if rules:
            told = rules.get("ScheduleExpression") or f"every {rules.get('AutomaticallyAfterDays')} days"
            yield each.judged(True, f"rotates: {told}")
        else:
            yield _standing_still(each)


def _standing_still(secret):
    """Judge a secret that does not rotate: whether it says so, and why."""
    declared, reason = secret.tags.get("Rotation") == "none", _REASON.search(spelled(secret.get("Description")))
    if declared and reason:
        return secret.judged(True, reason[0])
    return secret.judged(False, "says that it does not rotate, and not why" if declared else "does not rotate, and does not say so")
