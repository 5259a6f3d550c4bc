# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

FRANKFURT = {"region": "eu-central-1"}
IRELAND = {"region": "eu-west-1", "registry_id": "210987654321"}


def replication(*rules):
    return {"replication_configuration": {"rules": list(rules)}}


def scanning(scan_type, *rules):
    rules = [{"scan_frequency": frequency, "repository_filters": filters} for frequency, *filters in rules]
    return {"scanning_configuration": {"scan_type": scan_type, "rules": rules}}


def policy(*actions):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Replication",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
                "Action": list(actions),
                "Resource": "arn:aws:ecr:us-east-1:123456789012:repository/*",
            }
        ],
    }


CHAIN = Chain(
    create=replication({"destinations": [FRANKFURT]}),
    changes=[
        replication({"destinations": [FRANKFURT, IRELAND]}),
        replication({"destinations": [IRELAND, FRANKFURT], "repository_filters": ["shop/", "base/"]}),
        replication({"destinations": [FRANKFURT]}, {"destinations": [IRELAND], "repository_filters": ["shop/"]}),
        replication({"destinations": [FRANKFURT], "delete_replication": True}),
        scanning("BASIC", ("SCAN_ON_PUSH", "*")),
        scanning("ENHANCED", ("SCAN_ON_PUSH", "*"), ("CONTINUOUS_SCAN", "prod/*", "shop")),
        scanning("ENHANCED", ("CONTINUOUS_SCAN", "prod/*")),
        replication(),
        {"policy": policy("ecr:ReplicateImage")},
        {"policy": policy("ecr:ReplicateImage", "ecr:CreateRepository")},
        {"policy": {}},
        replication({"destinations": [FRANKFURT]}),
        scanning("BASIC"),
    ],
    refused=[(replication({"destinations": [{"region": "us-east-1"}]}), "is itself")],
    invalid=[(scanning("BASIC", ("CONTINUOUS_SCAN", "*")), "needs scan_type ENHANCED")],
    tagged=False,
)
