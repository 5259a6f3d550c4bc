# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Secrets, never their values; who may read them, and when they change."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, pick, policy, reader, side_by_side
from ansible_collections.slipway.aws.plugins.module_utils.template import unordered

unordered("AWS::SecretsManager::Secret", "ReplicaRegions")
_AWS_KEY = "alias/aws/secretsmanager"  # what a replica without a key of its own reports


def _api(account):
    return account.api("secretsmanager", ("ResourceNotFoundException",))


@reader("AWS::SecretsManager::Secret")
def secrets(account):
    """Find secrets, without those that another service of AWS keeps, and without copies from another region."""
    listed = [
        each
        for each in _api(account).pages("list_secrets", "SecretList")
        if account.ours(each.get("Tags"))
        and not each.get("OwningService")
        and not each.get("DeletedDate")
        and each.get("PrimaryRegion", account.region) == account.region
    ]
    for each, described in zip(listed, side_by_side(lambda one: _described(account, one["ARN"]), listed), strict=True):
        if described:
            replicas = [_replica(one) for one in described.get("ReplicationStatus", [])]
            properties = {**pick(described, "Name", "Description", "KmsKeyId", "Type"), "ReplicaRegions": replicas}
            told = {"described": described}
            yield Found("AWS::SecretsManager::Secret", each["ARN"], properties, each["Tags"], each["Name"], told=told)


def _described(account, arn):
    return _api(account).read("describe_secret", SecretId=arn)


def _replica(status):
    key = status.get("KmsKeyId")
    return {"Region": status["Region"], "KmsKeyId": None if key == _AWS_KEY else key}


@reader("AWS::SecretsManager::ResourcePolicy", of="AWS::SecretsManager::Secret")
def policies(account, secret):
    """Find the policy of a secret."""
    document = (_api(account).read("get_resource_policy", SecretId=secret.id) or {}).get("ResourcePolicy")
    if document:
        properties = {"SecretId": secret.id, "ResourcePolicy": policy(document)}
        yield Found("AWS::SecretsManager::ResourcePolicy", secret.id, properties, None, secret.name)


@reader("AWS::SecretsManager::RotationSchedule", of="AWS::SecretsManager::Secret")
def schedules(_account, secret):
    """Find when a secret changes."""
    yield from _schedule(secret.told["described"], secret.name)


@reader("AWS::SecretsManager::RotationSchedule", of="AWS::RDS::DBInstance")
def schedules_of_databases(account, database):
    """Find when RDS changes the master password: the secret is its own, but the database role says how often."""
    arn = database.attributes.get("MasterUserSecret.SecretArn")
    described = _described(account, arn) if arn else None
    yield from _schedule(described or {}, database.name)


def _schedule(secret, name):
    rules = secret.get("RotationRules") or {}
    if secret.get("RotationEnabled") and rules:
        if rules.get("ScheduleExpression"):
            rules = pick(rules, "ScheduleExpression", "Duration")  # AWS tells the days beside it: its own calculation
        properties = {"SecretId": secret["ARN"], "RotationRules": rules, **pick(secret, "RotationLambdaARN")}
        yield Found("AWS::SecretsManager::RotationSchedule", secret["ARN"], properties, None, name)
