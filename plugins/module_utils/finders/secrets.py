# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Secrets of another environment, whose copies stand in this region. Their values are not read."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.finder import Finder


class Secrets(Finder):
    """Secrets by their names, all of which have to be there."""

    noun = "secret"

    def __init__(self, module, names):
        super().__init__(module)
        self.names = names

    def look(self):
        found = [self._secret(name) for name in self.names]
        missing = [name for name, secret in zip(self.names, found, strict=True) if secret is None]
        if missing:
            self.module.fail_json(msg=self._lack(missing))
        return [{"name": secret["Name"], "arn": secret["ARN"]} for secret in found]

    def _secret(self, name):
        found = self.api("secretsmanager", ("ResourceNotFoundException",)).read("describe_secret", SecretId=name)
        return None if not found or found.get("DeletedDate") else found

    def _lack(self, names):
        return (
            f"There is no secret {' and no '.join(names)} in {self.module.region}. Their copies come from the environment that owns"
            " them: set aws_second_region to this region there, and run its playbook."
        )
