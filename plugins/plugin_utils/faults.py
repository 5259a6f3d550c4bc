# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What is wrong with an inventory, as sentences that name file, key, value and what is allowed. Pure functions on plain data."""

from __future__ import annotations

from difflib import get_close_matches

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

_KINDS = {"int": "a whole number", "bool": "true or false", "list": "a list", "dict": "a dictionary", "float": "a number"}


def of_environment(hosts, expected, origins):
    """Say when the playbook is for another environment than the inventory."""
    if expected is None:
        return []
    faults = []
    for found in sorted({str(values.get("platform_environment", "")) for values in hosts.values()}):
        if found != expected:
            place = origins.place("platform_environment", found, "all")
            faults.append(
                f"{place}: platform_environment is {found or 'missing'}, this playbook is for {expected}."
                f" Use playbooks/{found or expected}.yml, or the inventory of {expected}."
            )
    return faults


def of_destruction(environment, destroys, confirmed):
    """Say when something would be destroyed without the word that confirms it."""
    if not destroys or confirmed == environment:
        return []
    said = f"platform_confirm_destroy is {confirmed!r}" if confirmed else "platform_confirm_destroy is missing"
    return [
        f"This removes {environment} with all its data, and {said}."
        f" If that is what you want, run it again with -e platform_confirm_destroy={environment}."
    ]


def of_protection(host, roles, values, scopes, origins, environment):
    """Say what AWS would refuse to remove, which would end a teardown half-way."""
    for key in (f"{role}_protected" for role in roles):
        if str(values.get(key, False)).lower() in ("true", "yes", "1"):
            yield (
                f"{origins.place(key, host, *scopes)}: {key} is {values[key]!r}, so AWS refuses to delete it. Make it false there,"
                f" bring that about with playbooks/{environment}.yml --limit {host}, then run this again."
            )


def of_host(host, role, values, spec, scopes, origins, environment, elsewhere=()):
    """Say what is missing and what is invalid among the options of a host's role; ``elsewhere`` are the keys of the other hosts."""
    faults = []
    for key, option in spec.items():
        if key in values:
            faults += _invalid(key, values[key], option, origins.place(key, host, *scopes))
        elif option.get("required"):
            home = origins.home(host, "host_vars") if key in elsewhere else origins.home(environment)
            faults.append(f"{home}: {key} is missing, {role} needs it: {_meaning(option)}")
    return faults


def _invalid(key, value, option, place):
    """Say what is wrong with one value, in the words of its option."""
    rule = {name: item for name, item in option.items() if name not in ("required", "description", "default")}
    messages = ArgumentSpecValidator({key: rule}).validate({key: value}).error_messages
    if not messages:
        return []
    if rule.get("choices"):
        reason = f"allowed: {', '.join(str(choice) for choice in rule['choices'])}"
    elif any("unable to convert" in message or "is of type" in message for message in messages):
        reason = f"it has to be {_KINDS.get(rule.get('type', 'str'), 'a text')}: {_meaning(option)}"
    else:
        reason = "; ".join(messages)
    return [f"{place}: {key} is {value!r}, {reason}"]


def _meaning(option):
    text = option.get("description", "")
    return " ".join(text) if isinstance(text, list) else str(text)


def of_names(values, known, prefixes, host, scopes, origins):
    """Say which keys carry a prefix of ours and are known to nobody."""
    faults = []
    for key in values:
        prefix = key.split("_")[0]
        if prefix not in prefixes or key in known:
            continue
        near = get_close_matches(key, [name for name in known if name.startswith(f"{prefix}_")], n=1, cutoff=0.7)
        hint = f"did you mean {near[0]}?" if near else f"no role has such an option ({prefix}_…)"
        faults.append(f"{origins.place(key, host, *scopes)}: {key} is unknown, {hint}")
    return faults


def of_account(found, wanted, origins, environment):
    """Say when the credentials belong to another account than the inventory."""
    if str(found) == str(wanted):
        return []
    place = origins.place("aws_account_id", environment, "all")
    return [
        f"{place}: aws_account_id is {wanted}, the credentials belong to account {found}."
        " Sign in to the right account, or correct the inventory."
    ]
