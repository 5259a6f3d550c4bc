# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a playbook ends with status 1 over a fault that a task has met: a failed task alone ends it with status 2."""

from __future__ import annotations

from ansible.utils.display import Display


def unless(hosts, fault):
    """Return hosts for a play; a fault, as a sentence, ends the run there. An exception would end it with status 4, like a typo."""
    if fault:
        Display().error(str(fault), wrap_text=False)
        raise SystemExit(1)
    return hosts


class FilterModule:
    """Filters of this file."""

    def filters(self):
        """Return filters by name."""
        return {"unless": unless}
