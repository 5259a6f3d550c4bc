# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The environments in turn."""

from __future__ import annotations

import os

import pytest

from ansible_collections.slipway.aws.extensions.emulator import cli
from ansible_collections.slipway.aws.tests.support.places import ENVIRONMENTS, Place


@pytest.fixture(scope="session", params=ENVIRONMENTS)
def place(request):
    """Return each environment in turn; repositories begin with a first image, as if pipelines had run."""
    cli.call(os.environ["AWS_ENDPOINT_URL"], "images")
    return Place(request.param)
