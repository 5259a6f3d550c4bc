# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Repositories: keys by any of their names, and images that are not lost by accident."""

from __future__ import annotations

import json


def push(aws, tag):
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = {"schemaVersion": 2, "mediaType": kind, "config": {}, "layers": [{"digest": f"sha256:{tag}"}]}
    aws.client("ecr").put_image(repositoryName="shop/orders", imageManifest=json.dumps(manifest), imageTag=tag)


def test_an_alias_of_the_key_is_the_key(aws):
    kms = aws.client("kms")
    kms.create_alias(AliasName="alias/shop", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    arn = kms.describe_key(KeyId="alias/shop")["KeyMetadata"]["Arn"]
    aws.run("ecr_repository", name="shop/orders", encryption_configuration={"encryption_type": "KMS", "kms_key": arn})
    alias = {"encryption_type": "KMS", "kms_key": "alias/shop"}
    again = aws.run("ecr_repository", name="shop/orders", encryption_configuration=alias)
    assert (again.failed, again.changed) == (False, False)


def test_images_are_removed_only_on_request(aws):
    aws.run("ecr_repository", name="shop/orders")
    push(aws, "1.0.0")
    with aws.recorded() as sent:
        refused = aws.run("ecr_repository", name="shop/orders", state="absent")
    assert refused.failed
    assert "force=true" in refused.msg
    assert sent.writes == []
    assert aws.run("ecr_repository", name="shop/orders", state="absent", force=True).changed


def test_policies_are_put_after_the_repository(aws):
    rule = {"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 3}}
    with aws.recorded() as sent:
        aws.run("ecr_repository", name="shop/orders", lifecycle_policy={"rules": [{**rule, "action": {"type": "expire"}}]})
    assert sent.writes == ["CreateRepository", "PutLifecyclePolicy"]


def test_only_the_changed_setting_is_sent(aws):
    aws.run("ecr_repository", name="shop/orders", image_tag_mutability="IMMUTABLE", scan_on_push=False)
    with aws.recorded() as sent:
        aws.run("ecr_repository", name="shop/orders", image_tag_mutability="IMMUTABLE", scan_on_push=True)
    assert sent.writes == ["PutImageScanningConfiguration"]
