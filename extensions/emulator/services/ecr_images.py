# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images that nobody pushes with a request: a rehearsal begins with those of the real account, and builds push theirs."""

from __future__ import annotations

import json
import time
from contextlib import suppress

from moto.core.exceptions import ServiceException
from moto.ecr.models import ecr_backends

from ..registry import control, on_reset, operation
from .ecr_registry import replicate

_KIND = "application/vnd.docker.distribution.manifest.v2+json"
_FIRST = [{"digest": f"sha256:{'0' * 64}", "tags": ["first"]}]
_EXPECTED = {}  # repository -> [{"digest": ..., "tags": [...]}]; "" -> what every other repository has
on_reset(_EXPECTED.clear)


@control("images")
def expect(images=None):
    """Have these images in a repository as soon as it is made: {repository: [{"digest": ..., "tags": [...]}]}, the newest last.

    Without images, every repository has a first one.
    """
    _EXPECTED.update({"": _FIRST} if images is None else images)
    return {"repositories": sorted(_EXPECTED)}


@operation("ecr", "CreateRepository")
def create_repository(call):
    """Let moto make the repository, and put what is expected into it."""
    name, answer = call.params["repositoryName"], call.forward()
    images, now = _EXPECTED.get(name, _EXPECTED.get("", [])), int(time.time())
    for age, image in zip(reversed(range(len(images))), images, strict=True):
        for tag in image["tags"] or [None]:
            _put(call, name, tag, image["digest"]).image_pushed_at = now - age  # pushed in one second, none would be the newest
    return answer


def _put(place, name, tag, digest):
    """Put an image into a repository, which may have it already, under another tag."""
    manifest = json.dumps({"schemaVersion": 2, "mediaType": _KIND, "config": {}, "layers": [{"digest": digest}]})
    return ecr_backends[place.account][place.region].put_image(name, manifest, tag, _KIND, digest)


def push(place, name, tag, digest):
    """Put an image into a repository as a docker push does, and into the registries to which the repository is copied.

    A repository that has gone meanwhile, and a tag that somebody else has taken, stay as they are.
    """
    if name in ecr_backends[place.account][place.region].repositories:
        with suppress(ServiceException):
            replicate(place, name, _put(place, name, tag, digest), tag)
