# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Controls rest on properties, evidence is where it is said to be, and what can carry tags is what AWS tags."""

from __future__ import annotations

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from ansible_collections.slipway.aws.plugins.module_utils.readback import PARAMETER
from ansible_collections.slipway.aws.plugins.module_utils.readers import READERS
from ansible_collections.slipway.aws.plugins.module_utils.template import TAG_LISTS, TAG_MAPS
from ansible_collections.slipway.aws.plugins.plugin_utils.properties import PROPERTIES, controls, judge
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.controls import CONTROLS
from ansible_collections.slipway.aws.plugins.plugin_utils.properties.environments import UNTAGGED
from ansible_collections.slipway.aws.tests.support import microservices

NIST = {"AC-2", "AC-3", "AU-2", "AU-9", "CM-2", "IA-2", "SC-7", "SC-8", "SC-13", "SC-28"}
SOC = {"CC6.1", "CC6.6", "CC6.7", "CC7.2", "CC8.1"}
DASHBOARD = "AWS::CloudWatch::Dashboard"  # readers know it by its name


def test_every_control_of_the_document_is_there():
    assert {name for name, each in CONTROLS.items() if each.framework.startswith("NIST")} == NIST
    assert {name for name, each in CONTROLS.items() if each.framework.startswith("SOC")} == SOC


def test_every_control_rests_on_properties_and_has_evidence():
    for row in controls():
        assert row["properties"], row["control"]
        assert row["evidence"], row["control"]
        assert not row["holds"]  # nobody has looked


def test_properties_speak_of_these_controls_only():
    assert {control for each in PROPERTIES.values() for control in each.controls} <= set(CONTROLS)


def test_a_control_holds_when_all_of_its_properties_do():
    environment = microservices.environment()
    rows = {row["control"]: row for row in controls(environment, judge(environment))}
    assert all(row["holds"] for row in rows.values())
    assert rows["AU-2"]["evidence"]["calls of the API"] == ["MonitoringTrail"]
    assert rows["CM-2"]["evidence"]["inventories and plans in git"] is None
    del environment.template["Resources"]["ComputeListenerHTTPS443"]["Properties"]["SslPolicy"]
    again = {row["control"]: row for row in controls(environment, judge(environment))}
    assert {name for name, row in again.items() if not row["holds"]} == {"SC-8", "SC-13", "CC6.6", "CC6.7"}
    assert again["SC-8"]["failing"] == [6]


@pytest.mark.parametrize("kind", sorted({each.kind for each in READERS if each.kind.startswith("AWS::")} - {DASHBOARD}))
def test_what_needs_no_tags_has_none(kind):
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    beside = TAG_MAPS.get(kind, "") is None
    assert (kind in UNTAGGED) == (not beside and not {"Tags", TAG_MAPS.get(kind), TAG_LISTS.get(kind)} & {*schema["properties"]})


def test_nothing_is_excused_that_nobody_reads():
    assert UNTAGGED - {each.kind for each in READERS} == set()
    assert PARAMETER not in UNTAGGED
