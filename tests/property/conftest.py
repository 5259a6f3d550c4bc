# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How properties are tried: as often on a slow machine as on a fast one, and the same examples for everybody."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from ansible_collections.slipway.aws.tests.support import proof

settings.register_profile("slipway", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None)
settings.load_profile("slipway")


@pytest.fixture(scope="session")
def built(tmp_path_factory, worker_id):
    """Return environments that the roles have built from generated configurations; all workers of a run share them."""
    folder = tmp_path_factory.getbasetemp()
    return proof.built(folder if worker_id == "master" else folder.parent)
