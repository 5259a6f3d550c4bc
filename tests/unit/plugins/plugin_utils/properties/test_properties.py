# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The 56 properties: a good environment has them all, and each is lost by what is wrong, with the resource named."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import PROPERTIES, Environment, judge
from ansible_collections.slipway.aws.tests.support import microservices
from ansible_collections.slipway.aws.tests.support.schemas import valid
from ansible_collections.slipway.aws.tests.unit.plugins.plugin_utils.properties.mutations import MUTATIONS


def failing(environment):
    return {each["number"]: each for each in judge(environment) if not each["holds"]}


def test_there_are_exactly_these():
    assert sorted(PROPERTIES) == list(range(1, 57))


def test_the_good_environment_is_one_that_cloudformation_knows():
    resources = microservices.environment().template["Resources"]
    faults = {logical: valid(each["Type"], each["Properties"]) for logical, each in resources.items()}
    assert {logical: found for logical, found in faults.items() if found} == {}


def test_the_good_environment_has_all_of_them():
    assert failing(microservices.environment()) == {}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.about)
def test_what_is_wrong_is_found_and_named(mutation):
    environment = microservices.environment()
    for step in mutation.steps:
        step(environment)
    found = failing(environment)
    assert set(found) == mutation.fails
    if mutation.fails:
        named = [each["resource"] for each in found[mutation.number]["judged"] if not each["holds"]]
        assert mutation.named in named


@pytest.mark.parametrize("number", sorted(PROPERTIES))
def test_every_property_can_be_lost(number):
    assert any(each.number == number and number in each.fails for each in MUTATIONS)


def test_an_empty_account_has_none_of_what_has_to_be_there():
    """Only what is said about nothing holds of nothing: services without secrets, no internal service."""
    nothing = Environment(
        "prod",
        "shop-prod",
        {"Resources": {}},
        {},
        production=True,
        services={"web": {"service_type": "public", "service_port": 80}},
    )
    assert set(PROPERTIES) - set(failing(nothing)) == {26, 42, 44, 45}


def test_verdicts_hold_no_secret():
    environment = microservices.environment()
    environment.template["Resources"]["OrdersTaskDefinition"]["Properties"]["ContainerDefinitions"][0]["Environment"].append(
        {"Name": "SIGNING_KEY", "Value": "hunter2"}
    )
    assert "hunter2" not in repr(judge(environment))
