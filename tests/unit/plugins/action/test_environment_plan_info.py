# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.slipway.aws.plugins.action import environment_plan_info as action

ZONE, DATABASE = "AWS::Route53::HostedZone", "AWS::RDS::DBInstance"


def environment(*resources, images=None):
    named = {f"Thing{number}": {"Type": kind, "Properties": told} for number, (kind, told) in enumerate(resources)}
    return {"template": {"Resources": named}, "images": images}


def test_what_is_taken_for_granted_is_said():
    wanted = environment((ZONE, {"Name": "shop.example"}), (ZONE, {"Name": "shop.internal", "VPCs": [{"VPCId": "vpc-1"}]}))
    delegated = "shop.example is delegated by its parent zone, so that its certificates are issued."
    assert action._assumptions(wanted, environment()) == [
        delegated,
        "Every image repository has a first image, so services run tasks.",
    ]
    has = environment(images={"shop/web": [{"digest": "sha256:1", "tags": []}], "shop/new": []})
    assert action._assumptions(wanted, has) == [delegated, "The registry has the images of the account: shop/web"]


def test_a_rehearsal_knows_images_and_minor_versions():
    actual = environment((DATABASE, {"Engine": "mysql", "EngineVersion": "8.4.3"}), images={"shop/web": []})
    assert action._known(actual) == {
        "images": {"images": {"shop/web": []}},
        "versions": {"versions": {"mysql": {"8.4": "8.4.3"}}},
    }


def test_security_groups_that_an_inventory_names_belong_to_somebody_else(tmp_path):
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/prod.yml").write_text("kafka_security_group: sg-0123456789abcdef0\nname: sg-shop\n")
    (tmp_path / "prod.yml").write_text("prod: {hosts: {network: {}}}\n")
    assert action._outside([str(tmp_path / "prod.yml"), "host,"], {"other": "sg-12345678"}) == [
        "sg-0123456789abcdef0",
        "sg-12345678",
    ]
    assert action._assumptions(environment(), environment(), ["sg-12345678"])[0] == (
        "The security group sg-12345678 of somebody else is there."
    )


def test_components_that_nobody_knows_are_refused():
    action._refuse_unknown(["network"], ["network", "dns"])
    with pytest.raises(AnsibleActionFail, match="components: dsn, netwrok is none of network, dns"):
        action._refuse_unknown(["netwrok", "network", "dsn"], ["network", "dns"])
