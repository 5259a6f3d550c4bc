# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What EFS refuses, in words."""

from __future__ import annotations

DAYS = (1, 7, 14, 30, 60, 90, 180, 270, 365)
AFTER = [f"AFTER_{days}_DAY{'S' if days > 1 else ''}" for days in DAYS]


def number_faults(numbers):
    """Return sentences about numbers of users and groups that POSIX does not have."""
    wrong = {name: number for name, number in numbers.items() if number is not None and not 0 <= number < 2**32}
    return [f"{name} {number} is no number of a user or group: 0 to 4294967295." for name, number in wrong.items()]


def lifecycle_faults(after):
    """Return sentences about files that would move to the archive before, or when, they move to infrequent access."""
    first, last = after.get("transition_to_ia"), after.get("transition_to_archive")
    if first and last and AFTER.index(last) <= AFTER.index(first):
        return [f"lifecycle_policies: transition_to_archive {last} has to be later than transition_to_ia {first}."]
    return []
