# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Many environments of fargate_microservices at once: each in an account of its own, all by one run of the playbooks' layers.

The wiring is that of inventories/fargate_microservices/group_vars/all.yml, the layers are those of playbooks/site.yml. Only what
differs from one configuration to the next stands in the inventory that is written here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import yaml

from ansible_collections.slipway.aws.extensions.emulator import cli
from ansible_collections.slipway.aws.tests.support.play import ROOT

_SPEED = 600  # ten minutes of an account are a second
_AT_ONCE = 3  # runs side by side; each waits for its account now and then
_LAST = 60  # lines of a run that failed
_REGION = 'environment:\n    AWS_REGION: "{{ aws_region }}"\n'  # what a play says,
_WHERE = 'environment: "{{ where }}"\n'  # and says here: one template for each task, with the credentials
_READ = """---
- name: Read them all back
  hosts: "*-security"
  gather_facts: false
  strategy: one_process
  environment: "{{ where }}"
  tasks:
    - name: Read what carries the tags of an environment
      slipway.aws.environment_template_info:
        tags: {Project: "{{ platform_tags.Project }}", Environment: "{{ platform_tags.Environment }}"}
        platform: "{{ platform_id }}"
      register: back

    - name: Write it down
      ansible.builtin.copy:
        content: "{{ {'template': back.template, 'physical': back.physical} | to_json }}"
        dest: "{{ folder }}/{{ place }}.json"
        mode: "0600"
"""


class BuildError(Exception):
    """Something could not be built: the last lines of the run."""


def build(configurations, folder, shards=2, root=ROOT):
    """Build the configurations and return what was read back, [{"template", "physical", "said"}], in their order.

    said: what the inventory of each has said.
    root: the collection whose playbooks are run, a copy of this one when something in it is broken on purpose.
    """
    parts = [list(enumerate(configurations))[start::shards] for start in range(shards)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        work = [pool.submit(_shard, part, Path(folder) / str(number), root) for number, part in enumerate(parts) if part]
        found = {place: each for done in work for place, each in done.result().items()}
    return [found[place] for place in sorted(found)]


def _shard(part, folder, root):
    """Build some of them in one emulated account, which is many: one assumed role makes another account."""
    folder.mkdir(parents=True)
    url = cli.start(folder / "account")
    try:
        cli.call(url, "clock", speed=_SPEED)
        cli.call(url, "images")
        said = _write(part, folder, url, root)
        _play(folder, url, "build.yml", root)
        _play(folder, url, "read.yml", root)
    finally:
        cli.stop(folder / "account")
    return {place: {**json.loads((folder / f"{place}.json").read_text()), "said": said[place]} for place, _configuration in part}


def _write(part, folder, url, root):
    """Write inventory and playbooks; return what the inventory says of each environment."""
    said = {place: _sizes(place, configuration, url, folder, root) for place, configuration in part}
    shutil.copytree(root / "inventories/fargate_microservices/group_vars", folder / "group_vars", ignore=_only_all)
    groups = {}
    for place, configuration in part:
        mine = groups.setdefault(f"e{place:03}", {"hosts": {}})["hosts"]
        for layer, hosts in _members(configuration, root).items():
            for host in hosts:
                mine[f"e{place:03}-{host}"] = None
                known = _of_host(host, layer, configuration)
                groups.setdefault(layer, {"hosts": {}})["hosts"][f"e{place:03}-{host}"] = known
        # Not in the inventory, because what stands there gives way to group_vars/all.
        (folder / f"group_vars/e{place:03}.yml").write_text(yaml.safe_dump(said[place]))
    (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": groups}}, sort_keys=False))
    layer = (root / "playbooks/layer.yml").read_text()
    (folder / "layer.yml").write_text(layer.replace(_REGION, _WHERE).replace("ansible.builtin.free", "one_process"))
    site = [each for each in yaml.safe_load((root / "playbooks/site.yml").read_text()) if "layer.yml" in str(each)]
    for each in site:  # the hosts of a layer have other names here
        each["vars"]["layer_hosts"] = each["vars"]["layer_hosts"].replace("!security", "!*-security")
        each["vars"]["layer_hosts"] = "*-security" if each["vars"]["layer_hosts"] == "security" else each["vars"]["layer_hosts"]
    (folder / "build.yml").write_text(yaml.safe_dump(site, sort_keys=False))
    (folder / "read.yml").write_text(_READ)
    return said


def _only_all(_folder, names):
    return [name for name in names if name != "all.yml"]


def _members(configuration, root):
    """Return the hosts of each layer: those of the platform, with the services of the configuration."""
    name = configuration["environment"]
    children = yaml.safe_load((root / f"inventories/fargate_microservices/{name}.yml").read_text())[name]["children"]
    known = {layer: list((group or {}).get("hosts") or {}) for layer, group in children.items()}
    return {**known, "services": list(configuration["services"])}


def _of_host(host, layer, configuration):
    if layer == "services":
        return {"component": ["service", "pipeline"], "service_name": host, **configuration["services"][host]}
    return {"component": host}


def _sizes(place, configuration, url, folder, root):
    """Return what an inventory says in group_vars/<environment>.yml, and where the environment is built."""
    account, kafka = f"{100000000000 + place}", configuration["kafka"]
    given = _assume(url, account)
    known = yaml.safe_load((root / f"inventories/fargate_microservices/group_vars/{configuration['environment']}.yml").read_text())
    return {
        **known,
        **configuration["sizes"],
        "aws_account_id": account,
        "where": {
            "AWS_REGION": "{{ aws_region }}",
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        },
        "governance_rules": [],  # AWS's own ones are alike, and nobody's break
        "every_service": list(configuration["services"]),
        "owned_tags": configuration["owned"],
        "kafka_port": kafka["port"],
        "kafka_security_group": _kafka(url, given) if kafka["outside"] else "",
        "kafka_brokers": [f"b{number}.kafka.example.com:{kafka['port']}" for number in range(kafka["brokers"])],
        "place": place,
        "folder": str(folder),
    }


def _session(url, credentials):
    own = cli.environment(url)
    keys = [credentials[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")] if credentials else []
    session = boto3.Session(*(keys or [own["AWS_ACCESS_KEY_ID"], own["AWS_SECRET_ACCESS_KEY"]]), region_name=own["AWS_REGION"])
    return lambda service: session.client(service, endpoint_url=url)


def _assume(url, account):
    role = {"RoleArn": f"arn:aws:iam::{account}:role/many", "RoleSessionName": "many"}
    given = _session(url, None)("sts").assume_role(**role)["Credentials"]
    return {name: given[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}


def _kafka(url, credentials):
    """Make the security group of a Kafka cluster, which belongs to somebody else, and return its id."""
    made = _session(url, credentials)("ec2").create_security_group(GroupName="kafka", Description="Brokers of somebody else")
    return made["GroupId"]


def _play(folder, url, playbook, root):
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_", "MOLECULE_"))}
    settings |= cli.environment(url)
    settings |= {"ANSIBLE_CONFIG": str(root / "ansible.cfg"), "ANSIBLE_HOME": str(folder.parent / "home"), "ANSIBLE_NOCOLOR": "1"}
    settings |= {"ANSIBLE_REMOTE_TMP": str(folder / "tmp"), "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}
    settings |= {
        "ANSIBLE_CALLBACKS_ENABLED": "slipway.aws.template_cache",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
    }
    if root != ROOT:  # a copy, in a folder of collections; those of others are found beside Ansible as ever
        settings |= {"ANSIBLE_COLLECTIONS_PATH": str(root.parents[2])}
    settings |= {"ANSIBLE_STRATEGY_PLUGINS": str(ROOT / "tests/support/strategy")}
    command = [sys.executable, "-m", "ansible", "playbook", "-i", str(folder / "hosts.yml"), str(folder / playbook)]
    with (folder / f"{playbook}.log").open("w") as log:
        done = subprocess.run(command, cwd=root, env=settings, stdout=log, stderr=log, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        last = (folder / f"{playbook}.log").read_text().splitlines()
        faults = [line for line in last if line.startswith(("fatal:", "failed:", "[ERROR]"))]
        raise BuildError("\n".join([f"{folder / playbook}.log", *faults[:5], *last[-_LAST:]]))
