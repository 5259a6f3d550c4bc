# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Names that belong to the user are kept, however deep they stand."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.shapes import from_api


def test_what_is_verbatim_keeps_its_names_at_any_depth():
    answer = {
        "ResponseMetadata": {"RequestId": "1"},
        "Stages": [{"ActionStates": [{"RunOrder": 1, "configuration": {"ProjectName": "shop", "Nested": [{"KeyOf": 1}]}}]}],
    }
    assert from_api(answer, ("configuration",)) == {
        "stages": [{"action_states": [{"run_order": 1, "configuration": {"ProjectName": "shop", "Nested": [{"KeyOf": 1}]}}]}]
    }


def test_everything_else_becomes_snake_case():
    assert from_api({"DBProxies": [{"KmsKeyId": None, "VpcSubnetIds": ("a",)}]}) == {
        "db_proxies": [{"kms_key_id": None, "vpc_subnet_ids": ["a"]}]
    }
