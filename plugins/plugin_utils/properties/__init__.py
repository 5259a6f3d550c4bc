# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The 56 correctness properties of a platform of microservices, judged over an environment that was read back.

One implementation for tests on generated environments and for the check of a live account (playbooks/verify_environment.yml).
docs/compliance.md says what each judges, and which controls of NIST and SOC 2 it is evidence for.
"""

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import (  # noqa: F401  # pylint: disable=unused-import
    balancing,
    delivery,
    encryption,
    environments,
    identities,
    images,
    networks,
    observing,
    secrets,
    security_groups,
    services,
)
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.controls import controls
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.model import Environment
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.registry import PROPERTIES, Judged, judge

__all__ = ["PROPERTIES", "Environment", "Judged", "controls", "judge"]
