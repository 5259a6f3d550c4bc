# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The warm connection does on a whole platform what local does: the same requests, the same results."""

from __future__ import annotations

import json
from collections import Counter

from ansible_collections.slipway.aws.tests.support.play import run

INVENTORY = "inventories/test_data_tool/dev.yml"


def over(connection, *arguments):
    """Run the platform over a connection and return the run, with what each task gave as the callback json says it."""
    result = run(
        "dev", INVENTORY, "-e", f"ansible_connection={connection}", *arguments, ANSIBLE_STDOUT_CALLBACK="ansible.posix.json"
    )
    assert result.code == 0, result.said[-3000:]
    said = json.JSONDecoder().raw_decode(result.said[result.said.index("{") :])[0]
    told = {}
    for play in said["plays"]:
        for task in play["tasks"]:
            for host, given in task["hosts"].items():
                told.setdefault((host, task["task"]["name"]), []).append(lasting(given))
    return result, told


def lasting(value):
    """Return a result without what is another one at each look: the id of the request, until when a database can be restored."""
    if isinstance(value, dict):
        return {name: lasting(each) for name, each in value.items() if name not in ("response_metadata", "latest_restorable_time")}
    return [lasting(each) for each in value] if isinstance(value, list) else value


def asked(result):
    """Return the requests of a run, in order."""
    return [
        (each["service"], each["operation"], each["region"], json.dumps(each["parameters"], sort_keys=True))
        for each in result.requests
    ]


def test_the_same_requests_and_results_as_local():
    (cold, said_cold), (warm, said_warm) = over("local"), over("slipway.aws.warm")
    assert Counter(asked(warm)) == Counter(asked(cold))
    assert said_warm.keys() == said_cold.keys()
    for task, given in said_warm.items():
        assert json.dumps(given, sort_keys=True) == json.dumps(said_cold[task], sort_keys=True), task


def test_the_same_requests_in_the_same_order():
    (cold, _said), (warm, _told) = (over(name, "--limit", "backend") for name in ("local", "slipway.aws.warm"))
    assert len(asked(warm)) > 10
    assert asked(warm) == asked(cold)
