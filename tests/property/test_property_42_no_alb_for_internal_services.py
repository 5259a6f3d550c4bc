# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Feature: ecs-fargate-cicd-infrastructure, Property 42: No ALB for internal services"""

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.proof import proves


def test_no_alb_for_internal_services(built):
    proves(42, built)
