# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What Cloud Map's namespaces and services share: AWS only begins what it is asked for, and tells later how it ended."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource

PATIENCE = 300  # seconds for an operation that AWS finishes within one minute


class CloudMapResource(Resource):
    """A namespace or a service."""

    service = "servicediscovery"

    def finish(self, operation, tolerate=(), patience=None, **parameters):
        """Call an operation that AWS carries out later, and wait for its end. A failure there is a failure here."""
        begun = self.write(operation, tolerate, patience, **parameters)
        if begun is None:
            return
        told = {}
        for _look in self.looks(PATIENCE):
            told = self.read("get_operation", OperationId=begun["OperationId"])["Operation"]
            if told["Status"] == "SUCCESS":
                return
            if told["Status"] == "FAIL":
                reason = told.get("ErrorMessage") or told.get("ErrorCode") or "AWS does not say why"
                self.fail(f"{self.noun} {self.name}: {operation} failed at AWS: {reason}")
        self.fail(
            f"{self.noun} {self.name}: {operation} is still {told['Status']} after {PATIENCE} seconds. Run the same command again."
        )

    def namespaces(self, name):
        """Return all namespaces that have a name."""
        filters = [{"Name": "NAME", "Values": [name], "Condition": "EQ"}]
        return self.pages("list_namespaces", "Namespaces", Filters=filters)
