# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
        }
    ],
}


def prepare(aws):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    CHAIN.changes[0] = {"kms_key_id": key}
    return {}


CHAIN = Chain(
    create={"name": "shop/dev/key", "generate": {"length": 40}, "recovery_window_days": 0},
    changes=[
        {"kms_key_id": "set by prepare"},
        {"description": "Signs sessions"},
        {"replicas": [{"region": "eu-west-1"}, {"region": "eu-central-1"}]},
        {"replicas": [{"region": "eu-central-1"}]},
        {"replicas": []},
        {"policy": POLICY},
        {"policy": {}},
    ],
    invalid=[
        ({"value": "geheim", "generate": {"length": 8}}, "not both"),
        ({"update_value": "always"}, "needs a value"),
        ({"recovery_window_days": 3}, "7 to 30"),
    ],
    elsewhere={"generate", "value", "update_value", "recovery_window_days"},
    prepare=prepare,
)
