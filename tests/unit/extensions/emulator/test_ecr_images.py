# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Images that repositories begin with."""

from __future__ import annotations

import os

from ansible_collections.slipway.aws.extensions.emulator import cli


def test_the_last_of_the_expected_images_is_the_newest(aws):
    digests = [f"sha256:{digit * 64}" for digit in "987"]
    images = [{"digest": digest, "tags": [digest[7], f"release-{digest[7]}"]} for digest in digests]
    cli.call(os.environ["AWS_ENDPOINT_URL"], "images", images={"shop/orders": images})
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName="shop/orders")
    found = ecr.describe_images(repositoryName="shop/orders")["imageDetails"]
    assert [each["imageDigest"] for each in sorted(found, key=lambda image: image["imagePushedAt"])] == digests
    assert len({each["imagePushedAt"] for each in found}) == len(digests)
    assert all(len(each["imageTags"]) == 2 for each in found)
