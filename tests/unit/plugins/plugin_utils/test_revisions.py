# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Inventories of another revision."""

from __future__ import annotations

import subprocess

import pytest
from ansible.errors import AnsibleError

from ansible_collections.slipway.aws.plugins.plugin_utils import revisions


@pytest.fixture
def hosts(tmp_path):
    """Return an inventory whose sizes have changed since the tag ``first``."""
    root = tmp_path / "work"
    (root / "shop/group_vars").mkdir(parents=True)

    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)

    git("init", "--quiet")
    (root / "shop/dev.yml").write_text("all:\n")
    (root / "shop/group_vars/dev.yml").write_text("size: 1\n")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    git("tag", "first")
    (root / "shop/group_vars/dev.yml").write_text("size: 2\n")
    (root / "shop/prod.yml").write_text("all:\n")
    return root / "shop/dev.yml"


def test_the_inventory_comes_with_all_that_belongs_to_it(hosts, tmp_path):
    (found,) = revisions.check_out("first", [str(hosts)], tmp_path / "former")
    assert found == str(tmp_path / "former/shop/dev.yml")
    assert (tmp_path / "former/shop/group_vars/dev.yml").read_text() == "size: 1\n"
    assert hosts.with_name("group_vars").joinpath("dev.yml").read_text() == "size: 2\n"


def test_a_folder_is_an_inventory_as_well(hosts, tmp_path):
    assert revisions.check_out("first", [str(hosts.parent)], tmp_path / "former") == [str(tmp_path / "former/shop")]


def test_an_environment_that_was_not_there_yet(hosts, tmp_path):
    with pytest.raises(AnsibleError, match=r"shop/prod\.yml is not in revision first"):
        revisions.check_out("first", [str(hosts.with_name("prod.yml"))], tmp_path / "former")


def test_a_revision_that_nobody_knows(hosts, tmp_path):
    with pytest.raises(AnsibleError, match="git archive"):
        revisions.check_out("nowhere", [str(hosts)], tmp_path / "former")
