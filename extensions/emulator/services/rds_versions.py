# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Versions of database engines: who asks for a major version gets one of its minor versions, and is told which."""

from __future__ import annotations

from ..registry import control, on_reset

# engine -> major version -> the minor version that AWS gives; a test holds them to what cfn-lint knows of RDS.
MINORS = {
    "mariadb": {"10.6": "10.6.22", "10.11": "10.11.13", "11.4": "11.4.7"},
    "mysql": {"8.0": "8.0.42", "8.4": "8.4.5"},
    "postgres": {"14": "14.18", "15": "15.13", "16": "16.9", "17": "17.5"},
}
_EXPECTED = {}
on_reset(_EXPECTED.clear)


@control("versions")
def expect(versions):
    """Give other minor versions than those of MINORS: a rehearsal gives those that the real account has."""
    _EXPECTED.update(versions)
    return {"engines": sorted(_EXPECTED)}


def complete(engine, version):
    """Return the version that an instance has which was asked for with this one."""
    return {**MINORS.get(engine, {}), **_EXPECTED.get(engine, {})}.get(version, version)
