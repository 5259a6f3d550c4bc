# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Kept payloads: as long as every packed file is on the disk as it was packed, and not a moment longer."""

from __future__ import annotations

import base64
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from ansible.executor.module_common import _CachedModule

from ansible_collections.slipway.aws.plugins.plugin_utils import warm_payloads

NAME = "ansible_collections.slipway.aws.plugins.modules.shop-ZIP_DEFLATED-none"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return a home of Ansible, with a file that modules pack."""
    monkeypatch.setattr(warm_payloads.constants.config, "get_config_value", lambda _name: str(tmp_path))
    monkeypatch.setattr(warm_payloads, "_origin", lambda name: str(tmp_path / name))
    monkeypatch.setattr(warm_payloads, "_overridden", lambda: False)
    (tmp_path / "shop.py").write_text("VALUE = 1\n")
    return tmp_path


def run(home, number):
    """Return the payloads of one run of Ansible."""
    scratch = home / f"ansible-local-{number}"
    scratch.mkdir()
    return warm_payloads.Payloads(str(scratch))


def pack(payloads, name=NAME, **sources):
    """Pack a module as Ansible does."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("ansible/__init__.py", "made up by Ansible")
        for file, source in sources.items():
            archive.writestr(f"{file}.py", source)
    os.makedirs(payloads.now, exist_ok=True)
    _CachedModule(zip_data=base64.b64encode(content.getvalue()), metadata=None, source_mapping={}).dump(f"{payloads.now}/{name}")


def names(payloads):
    return sorted(os.listdir(payloads.now)) if os.path.isdir(payloads.now) else []


def test_the_next_run_has_them(home):
    first = run(home, 1)
    pack(first, shop="VALUE = 1\n")
    first.keep()
    second = run(home, 2)
    second.bring()
    assert names(second) == [NAME]
    assert Path(second.now, NAME).read_bytes() == Path(first.now, NAME).read_bytes()


def test_a_file_that_has_changed_since_sends_them_away(home):
    first = run(home, 1)
    pack(first, shop="VALUE = 1\n")
    first.keep()
    (home / "shop.py").write_text("VALUE = 22\n")
    second = run(home, 2)
    second.bring()
    assert names(second) == []
    pack(second, shop="VALUE = 22\n")
    second.keep()
    third = run(home, 3)
    third.bring()
    assert Path(third.now, NAME).read_bytes() == Path(second.now, NAME).read_bytes()


def test_what_was_not_packed_from_the_disk_is_not_kept(home):
    first = run(home, 1)
    pack(first, shop="VALUE = 2\n")
    first.keep()
    assert not any(Path(first.kept).glob("*"))


def test_what_another_worker_is_writing_is_left_alone(home):
    first = run(home, 1)
    pack(first, shop="VALUE = 1\n")
    Path(first.now, f"{NAME}2-part").write_bytes(b"half of a pick")
    Path(first.now, f"{NAME}2.lock").touch()
    first.keep()
    assert sorted(os.listdir(first.kept)) == [NAME, f"{NAME}.files", f"{NAME}.zip"]


def test_a_run_that_has_its_own_already_keeps_them(home):
    first = run(home, 1)
    pack(first, shop="VALUE = 1\n")
    first.keep()
    second = run(home, 2)
    pack(second, name="other", shop="VALUE = 1\n")
    second.bring()
    assert names(second) == ["other"]


def test_module_utils_beside_a_playbook_end_it(home, monkeypatch):
    monkeypatch.setattr(warm_payloads, "_overridden", lambda: True)
    first = run(home, 1)
    pack(first, shop="VALUE = 1\n")
    first.keep()
    assert not os.path.isdir(first.kept)


def test_the_list_of_files_says_where_and_how_old(home):
    first = run(home, 1)
    pack(first, shop="VALUE = 1\n")
    first.keep()
    status = (home / "shop.py").stat()
    files = json.loads(Path(first.kept, f"{NAME}.files").read_text())
    assert files == [[str(home / "shop.py"), [status.st_mtime_ns, status.st_size]]]
