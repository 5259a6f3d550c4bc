# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Feature: ecs-fargate-cicd-infrastructure, Property 4: Module outputs presence"""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.proof import proves


def test_module_outputs_presence(built):
    proves(4, built)
