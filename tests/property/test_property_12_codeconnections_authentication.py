# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Feature: ecs-fargate-cicd-infrastructure, Property 12: CodeConnections authentication"""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.proof import proves


def test_codeconnections_authentication(built):
    proves(12, built)
