# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cache parameter groups: every family, only what differs, and defaults for what is no longer declared."""

from __future__ import annotations

import pytest


@pytest.fixture
def group(aws):
    """Return a function that runs the module for one group."""

    def run(parameters=None, **more):
        options = {"name": "shop", "cache_parameter_group_family": "redis7", "parameters": parameters, **more}
        with aws.recorded() as sent:
            result = aws.run("elasticache_parameter_group", **options)
        return result, sent

    return run


def sent_values(sent, operation="ModifyCacheParameterGroup"):
    return {row["ParameterName"]: row.get("ParameterValue") for row in sent.parameters(operation)["ParameterNameValues"]}


@pytest.mark.parametrize("family", ["redis7", "valkey7", "valkey8", "memcached1.6"])
def test_families_that_are_newer_than_redis_6_are_accepted(group, family):
    made, _sent = group(cache_parameter_group_family=family)
    assert not made.failed, made.msg
    assert made.parameter_group["cache_parameter_group_family"] == family


def test_a_family_that_aws_does_not_have_is_told_by_aws(group):
    result, sent = group({"timeout": 1}, cache_parameter_group_family="redis99")
    assert "redis99 is not a valid parameter group family" in result.msg
    assert sent.writes == []


def test_parameters_are_sent_when_they_differ_and_only_then(group):
    group({"maxmemory-policy": "allkeys-lru", "timeout": 300})
    _result, sent = group({"maxmemory-policy": "allkeys-lru", "timeout": 60})
    assert sent.writes == ["ModifyCacheParameterGroup"]
    assert sent_values(sent) == {"timeout": "60"}
    again, sent = group({"maxmemory-policy": "allkeys-lru", "timeout": 60})
    assert (again.changed, sent.writes) == (False, [])


def test_a_declared_default_is_not_sent(group):
    group()
    result, sent = group({"timeout": 0, "maxmemory-policy": "volatile-lru"})
    assert (result.changed, sent.writes) == (False, [])
    assert result.parameter_group["parameters"] == {"timeout": "0", "maxmemory-policy": "volatile-lru"}


def test_a_parameter_that_is_no_longer_declared_gets_its_default_back(group, aws):
    group({"timeout": 300, "activedefrag": True})
    result, sent = group({"timeout": 300})
    assert sent.writes == ["ResetCacheParameterGroup"]
    assert sent.parameters("ResetCacheParameterGroup") == {
        "CacheParameterGroupName": "shop",
        "ParameterNameValues": [{"ParameterName": "activedefrag"}],
        "ResetAllParameters": False,
    }
    assert result.diff["before"]["parameters"] == {"timeout": "300", "activedefrag": "yes"}
    assert result.diff["after"]["parameters"] == {"timeout": "300"}
    rows = aws.client("elasticache").describe_cache_parameters(CacheParameterGroupName="shop", Source="user")["Parameters"]
    assert [row["ParameterName"] for row in rows] == ["timeout"]


def test_parameters_that_are_left_out_are_not_managed(group):
    group({"timeout": 300})
    again, sent = group()
    assert (again.changed, sent.writes) == (False, [])
    assert again.parameter_group["parameters"] == {"timeout": "300"}


def test_without_purging_others_stay(group):
    group({"timeout": 300})
    result, sent = group({"databases": 4}, purge_parameters=False)
    assert sent.writes == ["ModifyCacheParameterGroup"]
    assert result.parameter_group["parameters"] == {"timeout": "300", "databases": "4"}


def test_truth_is_written_as_the_parameter_wants_it(group):
    _result, sent = group({"activedefrag": True, "cluster-enabled": False})
    assert sent_values(sent) == {"activedefrag": "yes", "cluster-enabled": "no"}
    _result, sent = group({"cas_disabled": True}, name="other", cache_parameter_group_family="memcached1.6")
    assert sent_values(sent) == {"cas_disabled": "1"}


def test_many_parameters_go_in_portions_that_aws_takes(group, aws):
    rows = aws.client("elasticache").describe_engine_default_parameters(CacheParameterGroupFamily="redis7")
    switches = [row for row in rows["EngineDefaults"]["Parameters"] if row.get("AllowedValues") == "yes,no" and row["IsModifiable"]]
    numbers = [row for row in rows["EngineDefaults"]["Parameters"] if row.get("AllowedValues") == "0-" and row["IsModifiable"]]
    values = {row["ParameterName"]: row["ParameterValue"] == "no" for row in switches}
    values.update({row["ParameterName"]: 7 for row in numbers})
    assert 20 < len(values) <= 40
    _result, sent = group(values)
    assert sent.writes == ["CreateCacheParameterGroup", "ModifyCacheParameterGroup", "ModifyCacheParameterGroup"]
    _result, sent = group({})
    assert sent.writes == ["ResetCacheParameterGroup", "ResetCacheParameterGroup"]


def test_a_misspelt_parameter_is_found_by_a_plan(group, aws):
    options = {"name": "shop", "cache_parameter_group_family": "redis7", "parameters": {"maxmemory-polcy": "noeviction"}}
    result = aws.run("elasticache_parameter_group", check=True, **options)
    assert "did you mean maxmemory-policy?" in result.msg


def test_changes_that_aws_is_still_busy_with_are_waited_for(group, aws):
    group({"timeout": 300})
    text = "Cannot reset the parameter group because the parameter timeout has pending changes."
    fault = aws.fault("elasticache", "ResetCacheParameterGroup", code="InvalidCacheParameterGroupState", message=text, times=2)
    result, _sent = group({})
    assert (result.changed, fault["times"]) == (True, 0)


def test_what_waits_for_a_reboot_is_named(group):
    made, _sent = group({"databases": 4, "timeout": 300})
    assert made.parameter_group["requires_reboot"] == ["databases"]


def test_a_group_in_use_stays_and_says_why(group, aws):
    group()
    cache = {"name": "shop", "engine": "redis", "engine_version": "7.1", "cache_node_type": "cache.t4g.micro"}
    assert aws.run("elasticache_replication_group", cache_parameter_group_name="shop", **cache).changed
    result, _sent = group(state="absent")
    assert "still members of this parameter group" in result.msg
