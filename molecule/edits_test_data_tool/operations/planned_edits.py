# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Edits of the inventory: the plan names exactly the resources that applying then touches."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support import edits
from ansible_collections.slipway.aws.tests.support.planning import converged, exported, plan, push, told


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("edits")


@pytest.fixture(scope="module")
def inventory(folder):
    """Return a copy of the inventory, whose environment is built and runs an image."""
    hosts = edits.inventory(folder / "inventory")
    converged(hosts)
    push()
    converged(hosts)
    return hosts


@pytest.fixture(scope="module")
def states(folder, inventory):
    """Return the resources of the environment: as it was built, and after each batch."""
    return [exported(folder, inventory)["Resources"]]


@pytest.mark.parametrize("number", range(len(edits.BATCHES)))
def test_a_plan_names_what_an_edit_touches(folder, inventory, states, number):
    before = states[-1]
    for edit in edits.BATCHES[number]:
        edits.apply(inventory.parent, edit)
    done, planned = plan(folder, inventory=inventory)
    assert done.code == 2, done.said[-3000:]
    assert told(planned["changes"]) == set().union(*(edit.planned for edit in edits.BATCHES[number]))
    left = {each["logical"] for each in planned["left"]}
    assert left >= set().union(*(edit.left for edit in edits.BATCHES[number]))
    converged(inventory)
    after = exported(folder, inventory)["Resources"]
    states.append(after)
    touched = {logical for logical in {*before, *after} if before.get(logical) != after.get(logical)}
    # What only follows something replaced looks the same afterwards: it refers to it by the same name.
    own = {each["logical"] for each in planned["changes"] if not each.get("because")}
    assert own <= touched - left <= {each["logical"] for each in planned["changes"]}
    for logical, resource in planned["template"]["Resources"].items():
        assert logical in left or after[logical] == resource, logical


def test_after_all_of_them_there_is_nothing_to_do(folder, inventory):
    done, planned = plan(folder, inventory=inventory)
    assert (done.code, planned["changes"]) == (0, []), done.said[-3000:]


def test_there_are_sixty():
    assert sum(len(batch) for batch in edits.BATCHES) >= 60
