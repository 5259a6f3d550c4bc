# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""iam_role: nothing more can be done with a role than is written down."""

from __future__ import annotations

import json

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.iam_role import READ, allow, trust

ROLE = {"name": "shop-task", "assume_role_policy_document": trust("ecs-tasks"), "managed_policies": [READ]}


def test_what_somebody_put_into_it_by_hand_goes(aws):
    aws.run("iam_role", **ROLE)
    iam = aws.client("iam")
    iam.put_role_policy(RoleName="shop-task", PolicyName="more", PolicyDocument=json.dumps(allow("*")))
    with aws.recorded() as sent:
        assert aws.run("iam_role", **ROLE).changed
    assert sent.writes == ["DeleteRolePolicy"]
    assert iam.list_role_policies(RoleName="shop-task")["PolicyNames"] == []


def test_a_role_without_anybody_to_trust_is_not_made(aws):
    refused = aws.run("iam_role", name="shop-task")
    assert refused.failed
    assert "assume_role_policy_document" in refused.msg


def test_it_leaves_its_instance_profiles_before_it_goes(aws):
    aws.run("iam_role", **ROLE)
    iam = aws.client("iam")
    iam.create_instance_profile(InstanceProfileName="shop")
    iam.add_role_to_instance_profile(InstanceProfileName="shop", RoleName="shop-task")
    gone = aws.run("iam_role", name="shop-task", state="absent")
    assert (gone.changed, gone.failed) == (True, False)
    assert iam.get_instance_profile(InstanceProfileName="shop")["InstanceProfile"]["Roles"] == []
    assert not aws.run("iam_role", name="shop-task", state="absent").changed
