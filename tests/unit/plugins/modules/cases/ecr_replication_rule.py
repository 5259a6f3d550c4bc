# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

OWN, OTHER = "123456789012", "210987654321"
FRANKFURT = {"region": "eu-central-1"}
IRELAND = {"region": "eu-west-1", "registry_id": OTHER}


def rule(*prefixes, region="eu-north-1", **more):
    """Return a rule of somebody else, in the API's form."""
    filters = [{"filter": prefix, "filterType": "PREFIX_MATCH"} for prefix in prefixes]
    return {"destinations": [{"region": region, "registryId": OWN}], **({"repositoryFilters": filters} if filters else {}), **more}


# One that copies everything, one with our prefix among others, and one that copies deletions: none of them is ours.
NEIGHBOURS = [rule(), rule("bank/", "shop/"), rule("shop", deleteReplication={"enabled": True})]


def put(aws, rules):
    aws.client("ecr").put_replication_configuration(replicationConfiguration={"rules": rules})


def neighbours(aws):
    """Let others have rules."""
    put(aws, NEIGHBOURS)
    return {}


CHAIN = Chain(
    create={"prefix": "shop/", "destinations": [FRANKFURT]},
    changes=[
        {"destinations": [FRANKFURT, IRELAND]},
        {"delete_replication": True},
        {"destinations": [IRELAND], "delete_replication": False},
    ],
    refused=[({"destinations": [FRANKFURT, {"region": "us-east-1"}]}, "is itself")],
    invalid=[
        ({"destinations": None}, "from 1 to 100, not 0"),
        ({"destinations": []}, "from 1 to 100, not 0"),
        ({"destinations": [{**IRELAND, "registry_id": f"{number:012}"} for number in range(101)]}, "from 1 to 100, not 101"),
    ],
    elsewhere={"prefix"},
    prepare=neighbours,
    tagged=False,
)
