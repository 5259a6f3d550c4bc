# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The callback in whole runs of ansible-playbook: nothing but the time is different."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

PLAYBOOK = r"""
- hosts: localhost
  gather_facts: false
  vars:
    greeting: "Dear {{ item | default('all') | upper }}"
    pattern: '\d+ {{ greeting }}'
  tasks:
    - ansible.builtin.debug: {msg: "{{ greeting }}: {{ pattern }}"}
      loop: [Ada, Bob]
      when: item is match('[AB]')
    - ansible.builtin.assert: {that: ["greeting == 'Dear ALL'", "'a\\tb' | length == 3"]}
    - ansible.builtin.debug: {msg: "{{ nobody.knows }}"}
      ignore_errors: true
    - ansible.builtin.debug: {msg: "{{ 1 | no_filter }}"}
      ignore_errors: true
"""


@pytest.fixture
def play(tmp_path):
    """Return a function that runs the playbook and returns what it said."""
    (tmp_path / "play.yml").write_text(PLAYBOOK)

    def run(**settings):
        settings |= {"ANSIBLE_HOME": str(tmp_path / "home"), "ANSIBLE_NOCOLOR": "1"}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        command = [shutil.which("ansible-playbook"), "-i", "localhost,", "-c", "local", "play.yml"]
        done = subprocess.run(command, cwd=tmp_path, env=environment | settings, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    return run


def test_a_run_says_the_same(play, tmp_path):
    without = play()
    assert without[0] == 0
    assert "Dear ADA" in without[1]
    kept = tmp_path / "home/slipway-templates"
    assert not kept.exists()
    assert play(ANSIBLE_CALLBACKS_ENABLED="slipway.aws.template_cache") == without
    found = {each.name: each.stat().st_mtime_ns for each in kept.iterdir()}
    assert len(found) > 5
    assert play(ANSIBLE_CALLBACKS_ENABLED="slipway.aws.template_cache") == without
    assert {each.name: each.stat().st_mtime_ns for each in kept.iterdir()} == found
