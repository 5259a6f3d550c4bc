# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images that are there before anybody pushes them: a rehearsal begins with the images that the real account has."""

from __future__ import annotations

import json

from moto.ecr.models import ecr_backends

from ..registry import control, on_reset, operation

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
    for image in _EXPECTED.get(name, _EXPECTED.get("", [])):
        for tag in image["tags"] or [None]:
            manifest = {"schemaVersion": 2, "mediaType": _KIND, "config": {}, "layers": [{"digest": image["digest"]}]}
            ecr_backends[call.account][call.region].put_image(name, json.dumps(manifest), tag, _KIND, image["digest"])
    return answer
