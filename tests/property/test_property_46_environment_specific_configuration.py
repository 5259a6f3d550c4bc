# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Feature: ecs-fargate-cicd-infrastructure, Property 46: Environment-specific configuration"""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.proof import proves


def test_environment_specific_configuration(built):
    proves(46, built)
