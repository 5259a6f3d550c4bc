# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator.services.codeconnections import authorise
from ansible_collections.slipway.aws.tests.support.chain import Chain


def somebody_signs_in(_aws):
    """Authorise every connection at once: a pending one warns, and the chain wants no warnings."""
    authorise()
    return {}


CHAIN = Chain(
    prepare=somebody_signs_in,
    create={"name": "shop", "provider_type": "GitHub"},
    invalid=[
        ({"name": "s" * 33}, "33 characters"),
        ({"provider_type": "GitLabSelfManaged"}, "host_arn has to say"),
        ({"host_arn": "arn:aws:codeconnections:us-east-1:123456789012:host/h"}, "GitHub has no hosts"),
    ],
    at_creation={"provider_type"},
    elsewhere={"host_arn", "wait_for"},
)
