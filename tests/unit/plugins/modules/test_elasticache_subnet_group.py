# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Cache subnet groups: tags from the first moment, and subnets as a set."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.unit.plugins.modules.cases.elasticache_subnet_group import prepare


@pytest.fixture
def subnets(aws):
    """Return a function that runs the module for one group."""
    options = {"name": "shop", **prepare(aws)}

    def run(**more):
        with aws.recorded() as sent:
            result = aws.run("elasticache_subnet_group", **{**options, **more})
        return result, sent

    run.ids = options["subnet_ids"]
    return run


def test_a_subnet_group_is_born_with_its_tags(subnets):
    made, sent = subnets(tags={"Project": "Shop"})
    assert sent.writes == ["CreateCacheSubnetGroup"]
    assert sent.parameters("CreateCacheSubnetGroup")["Tags"] == [{"Key": "Project", "Value": "Shop"}]
    assert made.subnet_group["tags"] == {"Project": "Shop"}


def test_the_order_of_subnets_does_not_matter(subnets):
    subnets()
    again, sent = subnets(subnet_ids=subnets.ids[::-1])
    assert (again.changed, sent.writes) == (False, [])


def test_only_what_differs_is_sent(subnets):
    subnets(description="Caches")
    _result, sent = subnets(subnet_ids=subnets.ids[:1])
    assert sent.parameters("ModifyCacheSubnetGroup") == {"CacheSubnetGroupName": "shop", "SubnetIds": subnets.ids[:1]}


def test_a_new_group_needs_subnets(subnets):
    result, sent = subnets(subnet_ids=None)
    assert "to create it subnet_ids has to be given" in result.msg
    assert sent.writes == []


def test_a_group_in_use_stays_and_says_why(subnets, aws):
    subnets()
    cache = {"name": "shop", "engine": "valkey", "cache_node_type": "cache.t4g.micro", "cache_subnet_group_name": "shop"}
    assert aws.run("elasticache_replication_group", **cache).changed
    result, _sent = subnets(state="absent")
    assert "subnet group shop: AWS refused" in result.msg
    assert "in use" in result.msg
