# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import io
import json
import zipfile

from ansible_collections.slipway.aws.tests.support.chain import Chain


def function(aws, name):
    """Make a rotation function that Secrets Manager may invoke; return its ARN."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
    iam, functions = aws.client("iam"), aws.client("lambda")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("rotate.py", "def handler(event, context): pass")
    arn = functions.create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="rotate.handler", Code={"ZipFile": code.getvalue()}
    )["FunctionArn"]
    functions.add_permission(
        FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal="secretsmanager.amazonaws.com"
    )
    return arn


def prepare(aws):
    aws.client("secretsmanager").create_secret(Name="shop", SecretString="x")
    CHAIN.changes[0] = {"rotation_lambda_arn": function(aws, "other")}
    return {"rotation_lambda_arn": function(aws, "rotate")}


CHAIN = Chain(
    create={"name": "shop", "automatically_after_days": 30},
    changes=[
        {"rotation_lambda_arn": "set by prepare"},
        {"automatically_after_days": 7},
        {"duration": "3h"},
        {"automatically_after_days": None, "schedule_expression": "cron(0 8 1 * ? *)"},
        {"schedule_expression": "rate(10 days)"},
    ],
    invalid=[({"automatically_after_days": None}, "when to rotate")],
    elsewhere={"rotate_immediately"},
    prepare=prepare,
    tagged=False,
)
