# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What an environment promises that replaces another: copies in time, services that run, and how long it took."""

from __future__ import annotations

import json
import time

import pytest
from moto.ecr.models import ecr_backends
from moto.secretsmanager.models import secretsmanager_backends

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.tests.support.containers import ACCOUNT, Containers

HOME, HERE = "eu-west-1", "us-east-1"
REPOSITORY, SECRET = "shop-prod/web", "shop-prod/web/key"
KIND = "application/vnd.docker.distribution.manifest.v2+json"


class Platform:
    """An environment in its region, with one image and one secret that are copied, and a service that replaces it here."""

    def __init__(self, aws):
        self.aws, self.ecr, self.secrets = aws, aws.client("ecr", HOME), aws.client("secretsmanager", HOME)
        for region in (HOME, HERE):
            aws.client("ecr", region).create_repository(repositoryName=REPOSITORY)
        rule = {"destinations": [{"region": HERE, "registryId": ACCOUNT}]}
        self.ecr.put_replication_configuration(replicationConfiguration={"rules": [rule]})
        self.push("1.0.0", minutes_ago=1)
        self.secrets.create_secret(Name=SECRET, SecretString="open", AddReplicaRegions=[{"Region": HERE}])
        CLOCK.advance(61)
        self.shop = Containers(aws)
        self.shop.define()
        self.shop.create()
        self.shop.pass_time(minutes=10)

    def push(self, tag, minutes_ago=0):
        """Push an image at home, some time ago."""
        manifest = json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": {}, "layers": [{"digest": f"sha256:{tag}"}]})
        self.ecr.put_image(repositoryName=REPOSITORY, imageManifest=manifest, imageTag=tag)
        self.images(HOME)[-1].image_pushed_at -= 60 * minutes_ago

    def images(self, region):
        """Return the images of a region as the emulated account keeps them."""
        return ecr_backends[ACCOUNT][region].repositories[REPOSITORY].images

    @property
    def kept(self):
        """Return the secret as the emulated account keeps it."""
        return secretsmanager_backends[ACCOUNT][HOME].secrets[SECRET]

    def judged(self, **more):
        """Return the result of the module."""
        asked = {"replaces": "shop-prod", "replaced_region": HOME, "cluster": "shop", "services": ["web"], "began": time.time()}
        return self.aws.run("recovery_info", **{**asked, **more})

    def verdict(self, promise, **more):
        """Return whether a promise holds, and what was seen."""
        [found] = [each for each in self.judged(**more).recovery["verdicts"] if each["promise"] == promise]
        return found["holds"], found["evidence"]


@pytest.fixture
def platform(aws):
    return Platform(aws)


def test_all_promises_are_kept(platform):
    result = platform.judged(rpo_minutes=0)
    assert [(each["promise"], each["name"]) for each in result.recovery["verdicts"]] == [
        ("image", REPOSITORY),
        ("secret", SECRET),
        ("service", "web"),
        ("time", "back"),
    ]
    assert all(each["holds"] for each in result.recovery["verdicts"]), result.recovery
    assert result.recovery["holds"]
    assert result.recovery["headline"].startswith("shop-prod could be replaced in us-east-1 as promised: 4 of 4 promises are kept")


def test_an_old_image_has_to_be_here(platform):
    platform.images(HERE).clear()
    platform.images(HOME)[0].image_pushed_at -= 60 * 60
    holds, evidence = platform.verdict("image")
    assert not holds
    assert evidence.startswith("1.0.0 (sha256:")
    assert evidence.endswith("is not in us-east-1, 61 minutes after it was pushed")
    assert not platform.judged().recovery["holds"]


def test_a_young_image_may_be_lost(platform):
    platform.images(HOME)[0].image_pushed_at -= 60 * 90
    platform.push("1.1.0", minutes_ago=59)
    holds, evidence = platform.verdict("image")
    assert (holds, evidence.split("; ")[1]) == (True, "1 newer ones would be lost")
    assert platform.verdict("image", rpo_minutes=58)[0] is False


def test_what_is_all_young_says_what_is_not_copied_yet(platform):
    platform.push("1.1.0")
    assert platform.verdict("image") == (True, "nothing was pushed more than 60 minutes ago; 1 of 2 images are not copied yet")
    CLOCK.advance(61)
    assert platform.verdict("image") == (True, "nothing was pushed more than 60 minutes ago; 0 of 2 images are not copied yet")


def test_a_repository_has_to_be_here(platform, aws):
    aws.client("ecr").delete_repository(repositoryName=REPOSITORY, force=True)
    assert platform.verdict("image") == (False, "there is no repository of this name in us-east-1")


def test_a_secret_without_a_copy(platform):
    platform.secrets.remove_regions_from_replication(SecretId=SECRET, RemoveReplicaRegions=[HERE])
    assert platform.verdict("secret") == (False, "it has no copy in us-east-1")


@pytest.mark.parametrize(
    ("status", "minutes", "holds"), [("InProgress", 59, True), ("InProgress", 61, False), ("Failed", 1, False)]
)
def test_a_copy_that_is_not_in_step(platform, status, minutes, holds):
    platform.kept.replicas[0].config.update(Status=status, StatusMessage="No key")
    platform.kept.last_changed_date -= minutes * 60
    said = f"its copy in us-east-1 is {status} (No key), {minutes} minutes after the last change"
    assert platform.verdict("secret") == (holds, said)


def test_secrets_and_images_of_others_do_not_count(platform, aws):
    aws.client("secretsmanager", HOME).create_secret(Name="shop-production/web/key", SecretString="open")
    aws.client("ecr", HOME).create_repository(repositoryName="shop-production/web")
    assert len(platform.judged().recovery["verdicts"]) == 4


def test_services_have_to_run(platform):
    assert platform.verdict("service") == (True, "2 of 2 tasks run")
    platform.shop.update(desiredCount=0)
    platform.shop.pass_time(minutes=10)
    assert platform.verdict("service") == (False, "0 of 0 tasks run")


def test_a_service_that_is_not_there(platform):
    verdicts = platform.judged(services=["web", "orders"]).recovery["verdicts"]
    assert [(each["name"], each["holds"], each["evidence"]) for each in verdicts if each["promise"] == "service"][1] == (
        "orders",
        False,
        "it is not there in us-east-1",
    )


def test_a_deployment_that_goes_on(platform):
    platform.shop.update(desiredCount=4)
    holds, evidence = platform.verdict("service")
    assert not holds
    assert evidence.startswith("2 of 4 tasks run")


def test_the_time_that_is_promised(platform):
    began = time.time() - 30 * 60 + 20
    assert platform.verdict("time", began=began, rto_minutes=30) == (True, "30 min, promised are 30")
    assert platform.verdict("time", began=began, rto_minutes=29) == (False, "30 min, promised are 29")
    assert platform.judged(began=began).recovery["minutes"] == 30
    assert platform.verdict("time", rto_minutes=0)[0] is False


def test_where_there_is_nothing_nothing_is_promised(platform):
    result = platform.judged(replaces="shop-stage")
    assert result.failed
    assert "No repository and no secret in eu-west-1 begins with shop-stage/" in result.msg


def test_all_faults_at_once(platform):
    result = platform.judged(replaced_region=HERE, services=[], rpo_minutes=-1, began=time.time() + 3600)
    assert result.failed
    words = ("replaced_region", "services is empty", "rpo_minutes is less than 0", "began is in the future")
    assert all(word in result.msg for word in words)
