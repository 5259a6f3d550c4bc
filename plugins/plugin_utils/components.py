# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The hosts of an inventory are components, each built by one role or by several."""

from __future__ import annotations


def roles_of(values, host):
    """Return the roles that build a host, in their order: its ``component``, one or several, or the role of its own name."""
    roles = values.get("component", host)
    return [roles] if isinstance(roles, str) else list(roles)
