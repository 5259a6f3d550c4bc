# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""RDS proxies: their target group, what is sent with a change, and what keeps them from their database."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.rds_proxy import CHAIN, OTHER, SECRET, prepare


@pytest.fixture
def proxy(aws):
    """Return a function that runs the module for one proxy, with databases to stand behind it."""
    options = {**CHAIN.create, **prepare(aws)}

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("rds_proxy", **{**options, **more})
        return result, sent

    return run


def test_a_proxy_gets_its_pool_and_its_target_when_it_is_ready(proxy):
    made, sent = proxy()
    assert sent.writes == ["CreateDBProxy", "ModifyDBProxyTargetGroup", "RegisterDBProxyTargets"]
    assert sent.parameters("RegisterDBProxyTargets")["DBInstanceIdentifiers"] == ["shop"]
    assert made.proxy["endpoint"].startswith("shop.proxy-")
    assert made.proxy["target"] == {"db_instance_identifier": "shop"}


def test_a_pool_and_a_target_do_not_wait_for_another_run(proxy):
    made, sent = proxy(wait=False)
    assert sent.writes[-1] == "RegisterDBProxyTargets"
    assert made.proxy["connection_pool_config"]["max_connections_percent"] == 90


def test_what_was_interrupted_is_finished(proxy, aws):
    aws.fault("rds", "RegisterDBProxyTargets", "denied")
    assert proxy()[0].failed
    _result, sent = proxy()
    assert sent.writes == ["RegisterDBProxyTargets"]


def test_only_what_differs_is_sent_under_the_name_of_the_operation(proxy):
    proxy()
    _result, sent = proxy(**CHAIN.changes[0])
    assert sent.parameters("ModifyDBProxy") == {
        "DBProxyName": "shop",
        "SecurityGroups": CHAIN.changes[0]["vpc_security_group_ids"],
    }


def test_what_rds_fills_in_for_a_user_is_no_change(proxy):
    made, _sent = proxy(auth=[{"secret_arn": SECRET}, {"secret_arn": OTHER}])
    assert made.proxy["auth"][0]["iam_auth"] == "DISABLED"
    again, sent = proxy(auth=[{"secret_arn": OTHER}, {"secret_arn": SECRET}])
    assert (again.changed, sent.writes) == (False, [])


def test_the_share_of_idle_connections_goes_with_that_of_all(proxy):
    proxy()
    _result, sent = proxy(connection_pool_config={"max_idle_connections_percent": 10})
    shares = {"MaxConnectionsPercent": 90, "MaxIdleConnectionsPercent": 10}
    assert sent.parameters("ModifyDBProxyTargetGroup")["ConnectionPoolConfig"] == shares


def test_a_small_pool_takes_no_more_idle_connections_than_it_has(proxy):
    proxy()
    changed, _sent = proxy(connection_pool_config={"max_connections_percent": 20})
    assert changed.proxy["connection_pool_config"]["max_idle_connections_percent"] == 10


def test_a_new_proxy_with_a_small_pool(proxy):
    made, _sent = proxy(connection_pool_config={"max_connections_percent": 20})
    assert made.proxy["connection_pool_config"]["max_idle_connections_percent"] == 10


def test_another_target_takes_the_place_of_the_present_one(proxy):
    proxy()
    changed, sent = proxy(db_instance_identifier=None, db_cluster_identifier="ORDERS")
    assert sent.writes == ["DeregisterDBProxyTargets", "RegisterDBProxyTargets"]
    assert changed.proxy["target"] == {"db_cluster_identifier": "orders"}
    members = [(each["rds_resource_id"], each.get("tracked_cluster_id")) for each in changed.proxy["targets"]]
    assert members == [("orders", None), ("orders-1", "orders")]


def test_a_target_that_nobody_speaks_of_stays(proxy):
    proxy()
    again, sent = proxy(db_instance_identifier=None)
    assert (again.changed, sent.writes, again.proxy["target"]) == (False, [], {"db_instance_identifier": "shop"})


def test_a_database_that_is_busy_is_asked_again(proxy, aws):
    text = "DB Instance shop is in an unsupported state - STORAGE_OPTIMIZATION, needs to be in [AVAILABLE]"
    fault = aws.fault("rds", "RegisterDBProxyTargets", code="InvalidDBInstanceState", message=text, times=2)
    made, _sent = proxy()
    assert (made.failed, fault["times"]) == (False, 0)


def test_the_health_of_the_target_is_told_and_can_be_waited_for(proxy):
    made, _sent = proxy()
    assert made.proxy["targets"][0]["target_health"]["state"] != "AVAILABLE"
    reached, sent = proxy(wait_for_target=True)
    assert (reached.changed, sent.writes) == (False, [])
    assert reached.proxy["targets"][0]["target_health"] == {"state": "AVAILABLE"}


def test_a_target_that_is_not_reached_is_named_with_the_reason(proxy, aws):
    aws.plan("proxy_target_unavailable", proxy="shop")
    result, _sent = proxy(wait_for_target=True, wait_timeout=300)
    assert result.failed
    assert "shop is UNAVAILABLE (AUTH_FAILURE)" in result.msg
    assert "the role that reads it" in result.msg


def test_a_proxy_without_a_target_reaches_nothing(proxy):
    result, _sent = proxy(db_instance_identifier=None, wait_for_target=True, wait_timeout=300)
    assert "nothing is behind it" in result.msg


@pytest.mark.parametrize("more", [{}, {"db_instance_identifier": None, "connection_pool_config": None}])
def test_a_proxy_that_never_will_be_ready_ends_the_task(proxy, aws, more):
    aws.plan("proxy_broken", proxy="shop")
    result, _sent = proxy(**more)
    assert result.failed
    assert "incompatible-network" in result.msg
    assert "make it anew" in result.msg
