# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What the execution role of a task may do, and whether the task reaches AWS at all: ECS asks both before a container runs.

IAM user guide, "Policy evaluation logic"; KMS developer guide, "Key policies". Each fault is in the words in which ECS reports it.
"""

from __future__ import annotations

import re

from moto.backends import get_backend

from .. import policies
from .iam import decision

FARGATE = {"service": "fargate.amazonaws.com"}
PULLS = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_HTTPS = 443
_EVERYTHING = "-1"


class Starter:
    """What starts a task: its execution role, or nobody for a task definition without one."""

    def __init__(self, place, definition, groups=()):
        name = definition.get("executionRoleArn", "").rsplit("/", 1)[-1]
        self.place, self.groups = place, groups
        self.role = next((role for role in place.moto("iam").get_roles() if role.name == name), None)

    def refusal(self, action, resource, document=None):
        """Return what AWS answers to an action that neither role nor resource allow, or that one of them denies."""
        if self.role is None:
            return None
        theirs = policies.decision(document or "{}", action, resource, self._principal(), {})
        own = decision(self.place.account, self.role, action, resource, {})
        if policies.DENIED in (own, theirs):
            because = f"with an explicit deny in {'an identity' if own == policies.DENIED else 'a resource'}-based policy"
        elif policies.ALLOWED in self._needed(own, theirs, resource):
            return None
        else:
            because = f"because no identity-based policy allows the {action} action"
        user = f"arn:aws:sts::{self.place.account}:assumed-role/{self.role.name}/ecs"
        return f"AccessDeniedException: User: {user} is not authorized to perform: {action} on resource: {resource} {because}"

    def _needed(self, own, theirs, resource):
        """Return the words of which one has to be that it is allowed; over the border of an account both have to say it."""
        foreign = resource != "*" and resource.split(":")[4] != self.place.account
        return [policies.ALLOWED if own == theirs == policies.ALLOWED else policies.SILENT] if foreign else [own, theirs]

    def decrypts(self, key_id, via, secret_arn):
        """Tell whether it may decrypt with a key: what its own policies say counts only if the key policy leaves it to them."""
        if self.role is None or not key_id or key_id.startswith("alias/aws/"):
            return True
        backend = self.place.moto("kms")
        key = backend.keys.get(backend.any_id_to_key_id(key_id))
        if key is None:
            return False
        context = {
            "kms:viaservice": f"{via}.{self.place.region}.amazonaws.com",
            "kms:calleraccount": self.place.account,
            "kms:encryptioncontext:secretarn": secret_arn,
        }
        theirs = policies.decision(key.policy, "kms:Decrypt", key.arn, self._principal(), context)
        own = decision(self.place.account, self.role, "kms:Decrypt", key.arn, context)
        by_name = policies.decision(key.policy, "kms:Decrypt", key.arn, {"arns": [self.role.arn]}, context)
        if policies.DENIED in (own, theirs):
            return False
        return policies.ALLOWED in (by_name, own if theirs == policies.ALLOWED else by_name)

    def _principal(self):
        return {"account": self.place.account, "arns": [self.role.arn]}

    @property
    def cut_off(self):
        """Tell whether no security group of the task lets it out to HTTPS; where to is not looked at."""
        known = [self.place.moto("ec2").get_security_group_from_id(group) for group in self.groups]
        return bool(known) and not any(_lets_out(rule) for group in known if group for rule in group.egress_rules)


def _lets_out(rule):
    if str(rule.ip_protocol) == _EVERYTHING:
        return True
    return rule.ip_protocol == "tcp" and int(rule.from_port) <= _HTTPS <= int(rule.to_port)


def storage_fault(place, cluster):
    """Return why Fargate cannot encrypt the storage of a task with the key of the cluster: the policy of the key has to let it.

    ECS developer guide, "Encrypt data stored in Fargate ephemeral storage". It does not say what AWS reports; these words are ours.
    """
    asked = cluster.get("configuration", {}).get("managedStorageConfiguration", {}).get("fargateEphemeralStorageKmsKeyId")
    if not asked:
        return None
    backend = place.moto("kms")
    key = backend.keys.get(backend.any_id_to_key_id(asked))
    named = {"clusteraccount": place.account, "clustername": cluster["clusterName"]}
    context = {f"kms:encryptioncontext:aws:ecs:{name}": value for name, value in named.items()}
    needed = {"kms:GenerateDataKeyWithoutPlaintext": {}, "kms:CreateGrant": {"kms:grantoperations": ["Decrypt"]}}
    for action, more in needed.items():
        if key is None or policies.decision(key.policy, action, key.arn, FARGATE, {**context, **more}) != policies.ALLOWED:
            return (
                "ResourceInitializationError: failed to encrypt ephemeral storage: AccessDeniedException: fargate.amazonaws.com is"
                f" not authorized to perform: {action} on resource: {asked}"
            )
    return None


def pull_fault(starter, image, start):
    """Return why an image of ECR may not be pulled, whether it is there or not; ``start`` begins what is about signing in."""
    own = re.match(r"^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)[:@]?(.*)$", image)
    if not own:
        return None
    account, region, name, reference = own.groups()
    refused = starter.refusal("ecr:GetAuthorizationToken", "*")
    if refused:
        return f"{start}unable to retrieve ecr registry auth: service call has been retried 1 time(s): {refused}"
    repository = get_backend("ecr")[account][region].repositories.get(name)
    arn = f"arn:aws:ecr:{region}:{account}:repository/{name}"
    if not any(starter.refusal(action, arn, repository and repository.policy) for action in PULLS):
        return None
    host = image.partition("/")[0]
    return (
        f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: pulling from"
        f" host {host} failed with status code [manifests {reference or 'latest'}]: 403 Forbidden"
    )
