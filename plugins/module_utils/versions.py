# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Versions of database engines: AWS upgrades minor versions by itself, and never goes back."""

from __future__ import annotations

import re


def satisfies(actual, described):
    """Tell whether an engine is what was asked for: that version, a minor one of it, or a newer one of the same major version."""
    if actual == described or actual.startswith(f"{described}."):
        return True
    return major(actual) == major(described) and _numbers(actual) >= _numbers(described)


def major(version):
    """Return what an upgrade of the minor version does not change: 8.4 of 8.4.5, 16 of 16.9."""
    return version.rpartition(".")[0]


def _numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)]
