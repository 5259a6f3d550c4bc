# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What modules about a registry of ECR have in common: its rules of replication, which AWS keeps and replaces as one document."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN, Resource

_UNSAID = {"repositoryFilters": [], "deleteReplication": {"enabled": False}}


def destination_faults(places):
    """Return sentences about destinations, as options have them, that cannot be."""
    faults = formats.malformed("region", region=[place["region"] for place in places])
    return faults + formats.malformed("account", registry_id=[place["registry_id"] for place in places])


def filters(texts, kind):
    """Return filters in the API's form."""
    return [{"filter": text, "filterType": kind} for text in texts]


def told(rule):
    """Return a rule with everything that AWS leaves out when it says nothing."""
    return {**_UNSAID, **rule}


def sent(rule):
    """Return a rule without what AWS means anyway: it takes no empty list of filters, nor everywhere a word about deletions."""
    return {key: value for key, value in rule.items() if value != _UNSAID.get(key)}


class Replicated(Resource):
    """Something of a registry whose rules of replication are wanted, all of them or one."""

    service = "ecr"
    account = UNKNOWN

    @property
    def home(self):
        """The region of the registry."""
        return self.client.meta.region_name

    def rules_there(self):
        """Return the rules as AWS has them."""
        found = self.read("describe_registry")
        self.account = found["registryId"]
        return found.get("replicationConfiguration", {}).get("rules", [])

    def wanted_rule(self, places, prefixes, deletions):
        """Return a rule in the API's form. Places that stand there twice, with and without their account, are one."""
        named = {(each["region"], each["registry_id"] or self.account): None for each in places}
        destinations = [{"region": region, "registryId": account} for region, account in named]
        if {"region": self.home, "registryId": self.account} in destinations:
            self.fail(f"registry {self.home}: a destination of its replication is itself. Name another region or registry_id.")
        return {
            "destinations": destinations,
            "repositoryFilters": filters(prefixes, "PREFIX_MATCH"),
            "deleteReplication": {"enabled": deletions},
        }

    def put_rules(self, rules):
        """Replace all rules."""
        self.write("put_replication_configuration", replicationConfiguration={"rules": rules})
