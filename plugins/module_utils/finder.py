# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a role finds what another role has built: by name, in one look, shaped as the consumer wants it.

The contract between roles is names and tags. Whoever builds something writes them, the finder of that role reads them, and nobody
else knows them (docs/architecture.md has the list).
"""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.aws import AnsibleAWSModule
from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller
from ansible_collections.slipway.aws.plugins.module_utils.spec import argument_spec, refuse_misfits
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form


class Finder:
    """Finds one component. A subclass sets ``noun`` and ``component`` and implements look()."""

    noun = ""  # what people call it
    component = ""  # the host that builds it, for the sentence that says how

    def __init__(self, module, name=None):
        self.module = module
        self.params = module.params
        self.name = name or module.params.get("name")
        self._callers = {}

    @classmethod
    def main(cls, documentation):
        """Run as an Ansible module whose options are those of its DOCUMENTATION."""
        spec = argument_spec(documentation)
        module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
        refuse_misfits(module, spec)
        cls(module).run()

    def look(self):
        """Return the component as a dictionary, or None when it is not there."""
        raise NotImplementedError

    def run(self):
        """Leave with what was found, or with the sentence that says how to build it."""
        found = self.find(self.params.get("required", True))
        self.module.exit_json(changed=False, exists=found is not None, **(found or {}))

    def find(self, required=True):
        """Return the component; without it leave with the sentence that says how to build it, or return None."""
        found = self.look()
        if found is None and required:
            self.module.fail_json(msg=self.lack())
        return found

    def lack(self, what=""):
        """Return the sentence about something that is not there."""
        what = what or f"No {self.noun} named {self.name}"
        return (
            f"{what} in {self.module.region}. Build it first:"
            f" run the same playbook with --limit {self.component}, or without a limit."
        )

    def api(self, service, missing=(), region=None):
        """Return the calls of a service; the ``missing`` codes, known from the first time, mean that there is none."""
        key = (service, region)
        if key not in self._callers:
            kind = type("Api", (Caller,), {"service": service, "noun": self.noun, "missing": missing, "region": region})
            self._callers[key] = kind(self.module)
        return self._callers[key]


def by_name(things, prefix, name=lambda thing: tag(thing, "Name")):
    """Return things by what their name says after the prefix; those with another name are left out."""
    return {name(thing)[len(prefix) :]: thing for thing in things if (name(thing) or "").startswith(prefix)}


def tag(thing, key):
    """Return a tag of something that AWS described, or None."""
    return from_form(thing.get("Tags")).get(key)
