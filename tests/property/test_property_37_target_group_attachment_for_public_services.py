# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Feature: ecs-fargate-cicd-infrastructure, Property 37: Target group attachment for public services"""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.proof import proves


def test_target_group_attachment_for_public_services(built):
    proves(37, built)
