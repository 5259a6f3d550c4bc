# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Plans of a whole environment, one step of its life after the other: what is planned is what then happens."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ansible_collections.slipway.aws.tests.support import creates, drifts, edits
from ansible_collections.slipway.aws.tests.support.planning import INVENTORY, converged, exported, plan, push, told
from ansible_collections.slipway.aws.tests.support.play import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("plans")


def test_a_plan_on_an_empty_account_is_what_then_is_built(folder):
    done, planned = plan(folder)
    assert done.code == 2, done.said[-3000:]
    assert {each["action"] for each in planned["changes"]} == {"create"}
    assert planned["findings"]["open"] == []
    writes = converged().writes
    built = exported(folder)
    assert list(creates.forgotten(writes, built)) == []
    assert set(built["Resources"]) == {each["logical"] for each in planned["changes"]}
    for logical, resource in built["Resources"].items():
        assert resource == planned["template"]["Resources"][logical], logical
    assert built == planned["template"]


@pytest.fixture(scope="module")
def approved(folder):
    """Return where the plan lies that says that there is nothing to do."""
    return folder / "approved.json"


def test_after_that_there_is_nothing_to_do(folder, approved):
    done, planned = plan(folder)
    assert (done.code, planned["changes"]) == (0, []), done.said[-3000:]
    assert "nothing to do" in done.said
    shutil.copy(folder / "plan.json", approved)


def test_an_image_that_is_pushed_starts_the_service(folder, approved):
    push()
    _done, planned = plan(folder)
    assert ("update", "BackendService") in told(planned["changes"])
    assert ("replace", "BackendTaskDefinitionDev") in told(planned["changes"])
    converged()
    assert run("check_plan", INVENTORY, "-e", f"plan={approved}").code == 0


def test_what_a_merge_request_changes_needs_no_account(folder):
    hosts = edits.inventory(folder / "work/inventory")
    for words in (["init", "--quiet"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "first"]):
        subprocess.run(["git", "-C", str(folder / "work"), *words], check=True)
    edits.apply(hosts.parent, edits.BATCHES[0][0])
    done, planned = plan(folder, "plan_environment", "-e", "plan_from=HEAD", inventory=hosts)
    assert done.code == 2, done.said[-3000:]
    assert told(planned["changes"]) == edits.BATCHES[0][0].planned
    assert done.requests == []


def test_what_people_change_by_hand_is_refused_by_an_approved_plan_found_and_repaired(folder, approved):
    for each in drifts.DRIFTS:
        each["do"]()
    refused = run("check_plan", INVENTORY, "-e", f"plan={approved}")
    assert (refused.code, refused.writes) == (2, [])
    assert f"{approved} was approved with digest sha256:" in refused.words
    done, found = plan(folder, "detect_drift")
    assert done.code == 2, done.said[-3000:]
    wanted = {(each["action"], each["logical"]) for each in drifts.DRIFTS if not each["left"]}
    assert told(found["changes"]) == wanted
    paths = {each["logical"]: [one["path"] for one in each.get("properties", [])] for each in found["changes"]}
    for each in drifts.DRIFTS:
        if each["path"] and not each["left"]:
            assert any(path.startswith(each["path"]) for path in paths[each["logical"]]), (each["logical"], paths[each["logical"]])
    assert {each["logical"] for each in found["left"]} == {each["logical"] for each in drifts.DRIFTS if each["left"]}
    converged()
    done, found = plan(folder, "detect_drift")
    assert found["changes"] == []
    assert {each["logical"] for each in found["left"]} == {each["logical"] for each in drifts.DRIFTS if each["left"]}


def test_a_fault_ends_with_status_1(folder):
    done, planned = plan(folder, "plan_environment", "-e", "database_backup_days=seven")
    assert (done.code, planned) == (1, None)
    assert "database_backup_days" in done.words
