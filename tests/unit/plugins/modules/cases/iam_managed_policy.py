# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain


def document(*actions):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


CHAIN = Chain(
    create={"name": "shop-task", "description": "What shop may do", "policy": document("s3:GetObject")},
    changes=[{"policy": document("s3:GetObject", f"s3:{action}")} for action in ("PutObject", "ListBucket", "DeleteObject")]
    + [{"policy": document("sqs:SendMessage")}, {"policy": document("sqs:ReceiveMessage")}, {"policy": document("sns:Publish")}],
    refused=[({"description": "other"}, "cannot be changed in place")],
    invalid=[
        ({"name": "shop/task"}, "name 'shop/task' cannot be"),
        ({"path": "shop"}, "path 'shop' is not a path"),
        ({"policy": {"Version": "2012-10-17"}}, "policy has no Statement"),
        ({"policy": document(*(f"s3:Get{'x' * 100}{number}" for number in range(70)))}, "policy has"),
        ({"policy": "{'Statement': []}"}, "policy is not JSON"),
    ],
    at_creation={"path"},
)
