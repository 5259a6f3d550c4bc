# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One rule beside those of others, which nobody touches."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.ecr_replication_rule import (
    FRANKFURT,
    IRELAND,
    NEIGHBOURS,
    OTHER,
    OWN,
    put,
    rule,
)

OPTIONS = {"prefix": "shop/", "destinations": [FRANKFURT]}
OURS = rule("shop/", region="eu-central-1")
ITSELF = {"region": "us-east-1"}


@pytest.fixture
def replicate(aws):
    """Return a function that runs the module; it has to work, and returns the result and the rules that AWS has then."""

    def run(check=False, **options):
        result = aws.run("ecr_replication_rule", check=check, **{**OPTIONS, **options})
        assert not result.failed, result.msg
        return result, rules(aws)

    return run


def rules(aws):
    return aws.client("ecr").describe_registry()["replicationConfiguration"]["rules"]


def test_the_first_rule_of_a_registry(replicate):
    result, there = replicate()
    assert there == [OURS]
    assert result.replication_rule == {
        "registry_id": OWN,
        "destinations": [{"region": "eu-central-1", "registry_id": OWN}],
        "repository_filters": [{"filter": "shop/", "filter_type": "PREFIX_MATCH"}],
        "delete_replication": {"enabled": False},
    }


def test_rules_of_others_stay_as_they_are_and_where_they_are(aws, replicate):
    put(aws, NEIGHBOURS)
    assert replicate()[1] == [*NEIGHBOURS, OURS]
    later = rule("zoo/", deleteReplication={"enabled": False})
    put(aws, [*NEIGHBOURS, OURS, later])
    changed = {**OURS, "deleteReplication": {"enabled": True}}
    assert replicate(delete_replication=True)[1] == [*NEIGHBOURS, changed, later]
    assert replicate(state="absent")[1] == [*NEIGHBOURS, later]


@pytest.mark.parametrize("theirs", [rule(), rule("shop/", "bank/"), rule("bank/", "shop/"), rule("shop"), rule("shop/orders")])
def test_a_rule_with_other_filters_is_not_ours(aws, replicate, theirs):
    put(aws, [theirs])
    assert not replicate(state="absent")[0].changed
    result, there = replicate()
    assert (result.changed, there) == (True, [theirs, OURS])


def test_a_twenty_sixth_rule_is_refused(aws, replicate):
    full = [rule(f"team-{number}/") for number in range(25)]
    put(aws, full)
    for check in (True, False):
        with aws.recorded() as sent:
            result = aws.run("ecr_replication_rule", check=check, **OPTIONS)
        assert result.failed
        assert "registry us-east-1 has 25 rules already" in result.msg
        assert sent.writes == []
    put(aws, [*full[:24], OURS])
    assert replicate(delete_replication=True)[0].changed
    assert len(replicate(state="absent")[1]) == 24


@pytest.mark.parametrize("itself", [ITSELF, {**ITSELF, "registry_id": OWN}])
def test_itself_is_a_destination_too_near(aws, itself):
    with aws.recorded() as sent:
        result = aws.run("ecr_replication_rule", **{**OPTIONS, "destinations": [FRANKFURT, itself]})
    assert result.failed
    assert "Name another region or registry_id" in result.msg
    assert sent.writes == []


def test_its_own_region_in_another_account_is_no_conflict(replicate):
    _result, there = replicate(destinations=[{**ITSELF, "registry_id": OTHER}])
    assert there[0]["destinations"] == [{"region": "us-east-1", "registryId": OTHER}]


def test_what_names_itself_can_be_removed(aws, replicate):
    put(aws, [OURS])
    assert replicate(state="absent", destinations=[ITSELF])[1] == []


@pytest.mark.parametrize("second", [OURS, rule("shop/"), {**OURS, "deleteReplication": {"enabled": True}}])
def test_several_rules_of_our_filter_become_one(aws, replicate, second):
    put(aws, [NEIGHBOURS[0], OURS, NEIGHBOURS[1], second, NEIGHBOURS[2]])
    assert replicate(check=True)[0].changed
    result, there = replicate()
    assert (result.changed, there) == (True, [NEIGHBOURS[0], OURS, *NEIGHBOURS[1:]])
    assert not replicate()[0].changed


def test_several_rules_that_do_together_what_is_wanted_become_one(aws, replicate):
    put(aws, [OURS, rule("shop/", deleteReplication={"enabled": True})])
    result, there = replicate(destinations=[{"region": "eu-north-1"}, FRANKFURT], delete_replication=True)
    assert result.changed
    both = [*OURS["destinations"], *rule()["destinations"]]
    assert there == [{**OURS, "destinations": both, "deleteReplication": {"enabled": True}}]


def test_several_rules_of_our_filter_are_removed_together(aws, replicate):
    put(aws, [OURS, *NEIGHBOURS, rule("shop/")])
    assert replicate(state="absent")[1] == NEIGHBOURS


def test_deletions_are_copied_and_no_more(replicate):
    result, there = replicate(delete_replication=True)
    assert there == [{**OURS, "deleteReplication": {"enabled": True}}]
    assert result.replication_rule["delete_replication"] == {"enabled": True}
    assert replicate()[1] == [OURS]


def test_the_order_does_not_matter_and_twice_is_once(aws, replicate):
    places = [FRANKFURT, {**FRANKFURT, "registry_id": OWN}, IRELAND]
    assert len(replicate(destinations=places)[1][0]["destinations"]) == 2
    with aws.recorded() as sent:
        result, _there = replicate(destinations=places[::-1])
    assert (result.changed, sent.writes) == (False, [])


def test_all_faults_are_told_together(aws):
    places = [{"region": "Frankfurt", "registry_id": "12"}]
    with aws.recorded() as sent:
        result = aws.run("ecr_replication_rule", prefix="Shop", destinations=places)
    assert sent.operations == []
    for words in ("prefix 'Shop'", "region 'Frankfurt'", "registry_id '12'"):
        assert words in result.msg


def test_an_account_that_is_only_predicted_is_predicted(aws):
    there = {"region": "eu-central-1", "registry_id": "(known after apply)"}
    result = aws.run("ecr_replication_rule", check=True, **{**OPTIONS, "destinations": [there]})
    assert not result.failed, result.msg
    assert result.changed
    assert result.replication_rule["destinations"] == [there]
    assert result.replication_rule["registry_id"] == "(known after apply)"
