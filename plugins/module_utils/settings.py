# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Settings of something that somebody else makes: "absent" means those with which AWS delivers it."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource


class Settings(Resource):
    """Settings of one thing. A subclass implements look in place of find, and update; it needs neither create nor delete."""

    delivered = {}  # the keys that the module manages, as AWS delivers them
    maker = ""  # what makes the thing, for the message about one that is not there

    def look(self):
        """Return the thing with its settings as they are, or None when there is no such thing."""
        raise NotImplementedError

    def find(self):
        have = self.look()
        return None if have is None or self._is_absent(have) else have

    def _is_absent(self, have):
        """Tell whether nothing is set; a task that wants just that finds it present all the same."""
        if any(have[key] != value for key, value in self.delivered.items()):
            return False
        return self.params["state"] == "absent" or bool(self._changes(have, self._wanted(have)))

    def create(self, want):
        have = self.look()
        if have is None:
            self.fail(f"{self.noun} {self.name} does not exist. Make it first with {self.maker}.")
        self.update(have, self._sendable(self._changes(have, self._wanted(have))))

    def delete(self, have):
        changes = {key: value for key, value in self.delivered.items() if have[key] != value}
        self.update(have, self._sendable(changes))

    def at_rest(self):
        """Wait until the thing can be changed, between two changes that AWS makes one after the other; return it."""
        have = None
        for _look in self.looks(self._patience()):
            have = self.look()
            if have is not None and self.ready(have):
                return have
        return self._late(have, "ready")
