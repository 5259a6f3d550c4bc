# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A rotation function that works, for tests of rotation."""

from __future__ import annotations

import io
import json
import zipfile

# A rotation function as one writes it for a service without a database.
ROTATE = """
import json
import logging
import os

import boto3

import passwords

logger = logging.getLogger()
logger.setLevel(logging.INFO)


def handler(event, context):
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    logger.info("%s of %s", step, context.invoked_function_arn)
    if os.environ.get("FAILS_IN") == step:
        raise RuntimeError(f"the service refuses {step}")
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    if "AWSPENDING" not in versions[token]:
        raise ValueError("not pending")
    if step == "createSecret":
        try:
            client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        except client.exceptions.ResourceNotFoundException:
            old = json.loads(client.get_secret_value(SecretId=arn, VersionStage="AWSCURRENT")["SecretString"])
            text = json.dumps({**old, "password": passwords.make(client)})
            client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString=text, VersionStages=["AWSPENDING"])
    elif step == "testSecret":
        pending = client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        print("tested", json.loads(pending["SecretString"])["user"])
    elif step == "finishSecret":
        current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
        for stage, source in (("AWSCURRENT", current), ("AWSPENDING", token)):
            target = {"MoveToVersionId": token} if stage == "AWSCURRENT" else {}
            client.update_secret_version_stage(SecretId=arn, VersionStage=stage, RemoveFromVersionId=source, **target)
"""
PASSWORDS = """
def make(client):
    return client.get_random_password(PasswordLength=20, ExcludePunctuation=True)["RandomPassword"]
"""
ENDPOINT = {"SECRETS_MANAGER_ENDPOINT": "https://secretsmanager.us-east-1.amazonaws.com"}


def archive(**files):
    """Return a zip with modules of these names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for name, text in files.items():
            packed.writestr(f"{name}.py", text)
    return content.getvalue()


def function(aws, name="rotate", runtime="python3.13", permitted=True, variables=None, **files):
    """Make a Lambda function, by default the one above, with the permission for Secrets Manager; return its ARN."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
    role = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    lambdas = aws.client("lambda")
    arn = lambdas.create_function(
        FunctionName=name,
        Runtime=runtime,
        Role=role,
        Handler="index.handler",
        Environment={"Variables": {**ENDPOINT, **(variables or {})}},
        Code={"ZipFile": archive(**(files or {"index": ROTATE, "passwords": PASSWORDS}))},
    )["FunctionArn"]
    if permitted:
        lambdas.add_permission(
            FunctionName=name,
            StatementId="s",
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
            SourceAccount="123456789012",
        )
    return arn
