# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""IAM of the emulated account: several requests at a time."""

from __future__ import annotations

from moto.iam.models import iam_backends

DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'


def test_a_policy_is_made_while_another_request_looks_at_all_of_them(aws):
    iam, seen = aws.client("iam"), 0
    for _policy in iam_backends["123456789012"]["aws"].managed_policies.values():
        seen += 1
        if seen == 10:
            iam.create_policy(PolicyName="orders", PolicyDocument=DOCUMENT)
    assert seen > 1000
    assert [each["PolicyName"] for each in iam.list_policies(Scope="Local")["Policies"]] == ["orders"]


def test_a_policy_of_aws_is_attached_in_one_account_only(aws):
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam = aws.client("iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=DOCUMENT)
    iam.attach_role_policy(RoleName="reader", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert iam_backends["210987654321"]["aws"].managed_policies[arn].attachment_count == 0
    assert iam_backends["210987654321"]["aws"].managed_policies[arn].account_id == "210987654321"
