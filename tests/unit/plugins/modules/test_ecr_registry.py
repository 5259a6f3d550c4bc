# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The registry: nothing that was left out is touched, and what is empty already is no change."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.ecr_registry import FRANKFURT, policy, replication, scanning

DELIVERED = {"scanType": "BASIC", "rules": []}


@pytest.fixture
def registry(aws):
    """Return a function that runs the module; it has to work, and returns the result and what was sent."""

    def run(**options):
        with aws.recorded() as sent:
            result = aws.run("ecr_registry", **options)
        assert not result.failed, result.msg
        return result, sent

    return run


def test_a_destination_without_an_account_is_the_own_one(registry):
    result, sent = registry(**replication({"destinations": [FRANKFURT]}))
    rule = {"destinations": [{"region": "eu-central-1", "registryId": "123456789012"}]}
    assert sent.parameters("PutReplicationConfiguration") == {"replicationConfiguration": {"rules": [rule]}}
    assert result.registry["registry_id"] == "123456789012"


def test_a_setting_that_is_left_out_is_not_touched(aws, registry):
    registry(**replication({"destinations": [FRANKFURT]}), policy=policy("ecr:ReplicateImage"))
    _result, sent = registry(**scanning("BASIC", ("SCAN_ON_PUSH", "*")))
    assert sent.writes == ["PutRegistryScanningConfiguration"]
    ecr = aws.client("ecr")
    assert len(ecr.describe_registry()["replicationConfiguration"]["rules"]) == 1
    assert "ReplicateImage" in ecr.get_registry_policy()["policyText"]


def test_a_rule_of_somebody_else_is_removed(aws, registry):
    there = {"region": "eu-west-2", "registryId": "123456789012"}
    aws.client("ecr").put_replication_configuration(replicationConfiguration={"rules": [{"destinations": [there]}]})
    result, sent = registry(**replication({"destinations": [FRANKFURT]}))
    assert sent.writes == ["PutReplicationConfiguration"]
    rules = result.registry["replication_configuration"]["rules"]
    assert [place["region"] for rule in rules for place in rule["destinations"]] == ["eu-central-1"]


@pytest.mark.parametrize("options", [{}, {"policy": {}}, replication(), scanning("BASIC")])
def test_what_aws_delivers_is_no_change(registry, options):
    result, sent = registry(**options)
    assert (result.changed, sent.writes) == (False, [])
    assert result.registry["scanning_configuration"] == {"scan_type": "BASIC", "rules": []}


def test_emptying_what_is_empty_sends_nothing_along(registry):
    _result, sent = registry(**replication({"destinations": [FRANKFURT]}), policy={}, **scanning("BASIC"))
    assert sent.writes == ["PutReplicationConfiguration"]


def test_absent_empties_every_setting_whoever_made_it(aws, registry):
    registry(
        **replication({"destinations": [FRANKFURT]}),
        **scanning("ENHANCED", ("CONTINUOUS_SCAN", "*")),
        policy=policy("ecr:ReplicateImage"),
    )
    result, sent = registry(state="absent")
    assert result.registry == {}
    assert sorted(sent.writes) == ["DeleteRegistryPolicy", "PutRegistryScanningConfiguration", "PutReplicationConfiguration"]
    ecr = aws.client("ecr")
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"] == DELIVERED
    assert ecr.describe_registry()["replicationConfiguration"] == {"rules": []}


def test_absent_leaves_alone_what_is_empty(registry):
    registry(policy=policy("ecr:ReplicateImage"))
    _result, sent = registry(state="absent")
    assert sent.writes == ["DeleteRegistryPolicy"]


def test_deletions_that_are_copied_no_more(registry):
    registry(**replication({"destinations": [FRANKFURT], "delete_replication": True}))
    result, sent = registry(**replication({"destinations": [FRANKFURT]}))
    assert result.changed
    assert "deleteReplication" not in sent.parameters("PutReplicationConfiguration")["replicationConfiguration"]["rules"][0]


def test_the_own_account_by_name_is_a_destination_too_near(aws):
    near = {"region": "us-east-1", "registry_id": "123456789012"}
    result = aws.run("ecr_registry", check=True, **replication({"destinations": [FRANKFURT]}, {"destinations": [near]}))
    assert result.failed
    assert "Name another region or registry_id" in result.msg


def test_one_region_in_another_account_is_no_conflict(registry):
    other = {"region": "us-east-1", "registry_id": "210987654321"}
    result, _sent = registry(**replication({"destinations": [other]}))
    assert result.changed


def test_a_policy_that_names_what_is_only_predicted_is_predicted(aws):
    document = policy("ecr:ReplicateImage")
    document["Statement"][0]["Principal"] = {"AWS": "(known after apply)"}
    result = aws.run("ecr_registry", check=True, policy=document, **replication({"destinations": [FRANKFURT]}))
    assert not result.failed, result.msg
    assert (result.changed, result.registry["registry_id"]) == (True, "(known after apply)")


def test_the_order_does_not_matter(registry):
    def options(turn):
        places = [FRANKFURT, {"region": "eu-west-1"}][::turn]
        copies = [{"destinations": places, "repository_filters": ["shop/", "base/"][::turn]}, {"destinations": [FRANKFURT]}]
        frequencies = [("SCAN_ON_PUSH", *["shop", "base"][::turn]), ("CONTINUOUS_SCAN", "prod/*")]
        return {**replication(*copies[::turn]), **scanning("ENHANCED", *frequencies[::turn])}

    assert registry(**options(1))[0].changed
    turned, sent = registry(**options(-1))
    assert (turned.changed, sent.writes) == (False, [])


def test_a_failure_names_the_region(aws):
    aws.fault("ecr", "PutReplicationConfiguration", "denied")
    result = aws.run("ecr_registry", **replication({"destinations": [FRANKFURT]}))
    assert "registry us-east-1" in result.msg
    assert "ecr:PutReplicationConfiguration" in result.msg
