# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Plays over the warm connection: the same results as over local, whatever a module does; each task with its own credentials."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import textwrap
from collections import Counter
from pathlib import Path

import ansible_runner
import pytest

from ansible_collections.slipway.aws.extensions.emulator import cli

ROOT = Path(__file__).resolve().parents[4]

# A module that does, before it ends, what a good one would not.
ODD = """
#!/usr/bin/python
import os, signal, subprocess, sys
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({"does": {"type": "str"}, "marks": {"type": "str"}})
does = module.params["does"]
if does == "exits":
    os._exit(5)
if does == "crashes":
    os.kill(os.getpid(), signal.SIGSEGV)
if does == "shouts":
    sys.stdout.write("x" * 50_000_000)
if does == "raises":
    raise ValueError("wrong")
if does == "leaves a child":
    subprocess.Popen(["sleep", "1"])
if does == "talks":
    print("not JSON")
extra = {"read": sys.stdin.read()} if does == "reads" else {}
if does == "looks":
    extra = {"env": dict(os.environ), "cwd": os.getcwd(), "umask": os.umask(0), "name": __name__}
module.exit_json(changed=True, does=does, **extra)
"""
DEEDS = ["ends", "exits", "crashes", "shouts", "raises", "leaves a child", "talks", "reads", "looks"]
PLAY = [
    {
        "hosts": "all",
        "gather_facts": False,
        "environment": {"GIVEN": "a 'quoted' \"value\""},
        "tasks": [{"name": does, "odd": {"does": does}, "ignore_errors": True} for does in DEEDS]
        + [
            {"name": "async", "odd": {"does": "looks"}, "async": 30, "poll": 1},
            {"name": "raw", "ansible.builtin.raw": "echo $GIVEN; pwd"},
            {"name": "command", "ansible.builtin.shell": "env | sort; pwd; umask"},
            {"name": "facts", "ansible.builtin.setup": {"gather_subset": ["!all", "min"]}},
            {"name": "missing argument", "ansible.builtin.file": {}, "ignore_errors": True},
        ],
    }
]


def inventory(**hosts):
    """Return an inventory of hosts and their variables."""
    return {"all": {"hosts": hosts, "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}}}


@pytest.fixture
def project(tmp_path):
    (tmp_path / "library").mkdir()
    (tmp_path / "library/odd.py").write_text(ODD.lstrip())
    return tmp_path


def play(project, hosts, plays=None, *arguments, **settings):
    """Run a play and return what each task gave each host, as the callback json says it."""
    (project / "hosts.json").write_text(json.dumps(hosts))
    (project / "play.json").write_text(json.dumps(PLAY if plays is None else plays))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json", "ANSIBLE_PIPELINING": "true"}
    environment |= {"ANSIBLE_HOME": str(project / "home"), "ANSIBLE_REMOTE_TMP": str(project / "remote")} | settings
    command = [shutil.which("ansible-playbook"), "-i", "hosts.json", "play.json", *arguments]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("{"), done.stdout[:2000] + done.stderr
    return {task["task"]["name"]: task["hosts"] for each in json.loads(done.stdout)["plays"] for task in each["tasks"]}, done.stderr


def steady(result):
    """Return a result without what differs from one run of the same module to the next."""
    changing = ("start", "end", "delta", "ansible_job_id", "results_file", "ansible_date_time", "exception")
    result = {name: value for name, value in result.items() if name not in changing}
    if "ansible_facts" in result:
        facts = result["ansible_facts"]
        result["ansible_facts"] = {name: facts[name] for name in facts if "date_time" not in name and "loadavg" not in name}
    return json.loads(json.dumps(result).replace("AnsiballZ_odd", "odd"))


def test_results_are_those_of_local(project):
    both = inventory(warm={"ansible_connection": "slipway.aws.warm"}, cold={"ansible_connection": "local"})
    results, _errors = play(project, both)
    assert list(results) == [task["name"] for task in PLAY[0]["tasks"]]
    for name, hosts in results.items():
        assert steady(hosts["warm"]) == steady(hosts["cold"]), name
    assert results["crashes"]["warm"]["rc"] == results["crashes"]["cold"]["rc"] != 0


def test_it_runs_under_ansible_runner(project, tmp_path):
    shutil.copytree(project / "library", tmp_path / "project/library")
    (tmp_path / "project/play.json").write_text(json.dumps([{**PLAY[0], "tasks": PLAY[0]["tasks"][:2]}]))
    (tmp_path / "project/hosts.json").write_text(json.dumps(inventory(one={"ansible_connection": "slipway.aws.warm"})))
    run = ansible_runner.run(
        private_data_dir=str(tmp_path),
        playbook="play.json",
        inventory=str(tmp_path / "project/hosts.json"),
        verbosity=3,
        quiet=True,
        envvars={"ANSIBLE_HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]},
    )
    said = run.stdout.read()
    assert run.rc == 0, said
    assert said.count("WARM EXEC") == 2, said


def test_what_a_fork_cannot_do_goes_to_local(project):
    cases = {
        "no pipelining": {"ansible_warm_pipelining": False},
        "another interpreter": {"ansible_python_interpreter": shutil.which("true").replace("true", "python3")},
    }
    plays = [{"hosts": "all", "gather_facts": False, "tasks": [{"name": "ends", "odd": {"does": "ends"}}]}]
    for what, variables in cases.items():
        results, _said = play(project, inventory(one={"ansible_connection": "slipway.aws.warm", **variables}), plays)
        assert results["ends"]["one"]["does"] == "ends", what
    environment = [{**plays[0], "environment": {"PYTHONPATH": "/elsewhere"}}]
    results, _said = play(project, inventory(one={"ansible_connection": "slipway.aws.warm"}), environment)
    assert results["ends"]["one"]["does"] == "ends"
    kept, _said = play(project, inventory(one={"ansible_connection": "slipway.aws.warm"}), plays, ANSIBLE_KEEP_REMOTE_FILES="true")
    assert kept["ends"]["one"]["does"] == "ends"
    assert list((project / "remote").glob("ansible-tmp-*/AnsiballZ_odd.py"))


ASKS = """
#!/usr/bin/python
import os
import boto3
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({"number": {"type": "int"}})
answer = boto3.client("sqs").list_queues(QueueNamePrefix=f"{os.environ['AWS_ACCESS_KEY_ID']}-{module.params['number']}")
module.exit_json(changed=False)
"""


def test_a_thousand_tasks_side_by_side_each_ask_with_their_own_credentials(project, aws):
    (project / "library/asks.py").write_text(ASKS.lstrip())
    hosts = {
        f"host{number}": {
            "ansible_connection": "slipway.aws.warm",
            "key": f"KEY{number % 2}",
            "region": ("eu-west-1", "us-west-2")[number % 2],
        }
        for number in range(12)
    }
    ask = {
        "name": "ask",
        "asks": {"number": "{{ item }}"},
        "loop": list(range(84)),
        "environment": {"AWS_ACCESS_KEY_ID": "{{ key }}", "AWS_DEFAULT_REGION": "{{ region }}", "AWS_REGION": "{{ region }}"},
    }
    plays = [{"hosts": "all", "gather_facts": False, "strategy": "ansible.builtin.free", "tasks": [ask]}]
    with aws.recorded() as sent:
        results, _said = play(project, inventory(**hosts), plays, "--forks=12")
    assert not any(result.get("failed") for result in results["ask"].values()), textwrap.shorten(str(results), 2000)
    asked = Counter((each["access_key"], each["region"], each["parameters"]["QueueNamePrefix"]) for each in sent.entries)
    assert asked == Counter(
        (variables["key"], variables["region"], f"{variables['key']}-{number}")
        for variables in hosts.values()
        for number in range(84)
    )
    assert cli.environment("")["AWS_ACCESS_KEY_ID"] not in {key for key, _region, _name in asked}
