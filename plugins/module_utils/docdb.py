# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What DocumentDB refuses, in words, and the instances of a cluster: which come, which go, in which order they change."""

from __future__ import annotations

import re

MOST = 16  # one that writes and fifteen that read
# What instances have in common: the name in a request, and the name in a description.
COMMON = {
    "AutoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "CACertificateIdentifier": "CACertificateIdentifier",
    "DBInstanceClass": "DBInstanceClass",
    "EnablePerformanceInsights": "PerformanceInsightsEnabled",
    "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
}


def common(instances):
    """Return what all instances have; where they differ, all that there is, so that it equals no wish."""
    shared = {}
    for asked, told in COMMON.items():
        found = [(one.get("PendingModifiedValues") or {}).get(told, one.get(told)) for one in instances]
        shared[asked] = found[0] if len(set(found)) == 1 else sorted(set(map(str, found))) or None
    return shared


def free_names(cluster, taken, number):
    """Return names for further instances: the name of the cluster and the lowest numbers that are free."""
    names = (f"{cluster}-{place}" for place in range(1, number + len(taken) + 1))
    return [name for name in names if name not in taken][:number]


def in_turn(instances):
    """Return the instances in the order in which they change or go: those that read, the youngest first, and the writer last."""
    return sorted(instances, key=lambda one: (one["IsClusterWriter"], [-number for number in _place(one["DBInstanceIdentifier"])]))


def _place(name):
    number = name.rsplit("-", 1)[-1]
    return [int(number)] if number.isdigit() else [0]


# What DocumentDB refuses

_NAME = r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{0,62}(?<!-)"
_WINDOW = r"([01]\d|2[0-3]):[0-5]\d"
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_WINDOWS = {
    "preferred_backup_window": (rf"{_WINDOW}-{_WINDOW}", "03:00-04:00"),
    "preferred_maintenance_window": (rf"{_DAY}:{_WINDOW}-{_DAY}:{_WINDOW}", "sun:04:00-sun:05:00"),
}
_RANGES = {
    "instance_count": (0, MOST, "a cluster has 0 to 16 instances."),
    "backup_retention_period": (1, 35, "DocumentDB keeps backups for 1 to 35 days."),
    "port": (1150, 65535, "it has to be from 1150 to 65535."),
}


def faults(options):
    """Return sentences about options that contradict each other or DocumentDB's rules."""
    found = _password_faults(options)
    if not re.fullmatch(_NAME, options["name"]):
        found.append(f"name {options['name']} has to be 1 to 63 letters, digits and single hyphens, and begin with a letter.")
    for option, (least, most, rule) in _RANGES.items():
        if options[option] is not None and not least <= options[option] <= most:
            found.append(f"{option} {options[option]}: {rule}")
    if options["instance_count"] and not options["db_instance_class"]:
        found.append("instance_count needs the db_instance_class of the instances.")
    if options["kms_key_id"] and not options["storage_encrypted"]:
        found.append("kms_key_id needs storage_encrypted=true.")
    for option, (form, example) in _WINDOWS.items():
        if options[option] and not re.fullmatch(form, options[option].lower()):
            found.append(f"{option} {options[option]} has to be written as {example}.")
    return found


def _password_faults(options):
    password = options["master_user_password"]
    if password and options["manage_master_user_password"]:
        return ["Either DocumentDB manages the master password or master_user_password gives it, not both."]
    if password and (not 8 <= len(password) <= 100 or set(password) & set('/"@')):
        return ['master_user_password has 8 to 100 characters and none of / " @.']
    return []
