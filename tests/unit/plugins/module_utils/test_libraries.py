# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A machine without boto3 or PyYAML: the module says what to install, in words."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.slipway.aws.plugins.module_utils import aws as with_boto3
from ansible_collections.slipway.aws.plugins.module_utils import spec as with_yaml

RUN = """
import sys
sys.modules.update(dict.fromkeys(("boto3", "botocore", "botocore.exceptions")))
from ansible.module_utils.testing import patch_module_args
from ansible_collections.slipway.aws.plugins.modules import ecs_cluster
with patch_module_args({"name": "shop"}):
    ecs_cluster.main()
"""


def without(monkeypatch, module, *libraries):
    """Return a second copy of a module, loaded where some libraries are missing."""
    for library in libraries:
        monkeypatch.setitem(sys.modules, library, None)
    described = importlib.util.spec_from_file_location(f"{module.__name__}_without", module.__file__)
    loaded = importlib.util.module_from_spec(described)
    described.loader.exec_module(loaded)
    return loaded


def test_no_boto3():
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    assert said["failed"], done.stderr
    assert "Failed to import the required Python library (botocore and boto3)" in said["msg"]


def test_errors_can_be_named_without_botocore(monkeypatch):
    bare = without(monkeypatch, with_boto3, "botocore.exceptions")
    assert {bare.BotoCoreError, bare.ClientError}.isdisjoint({with_boto3.BotoCoreError, with_boto3.ClientError})
    assert issubclass(bare.BotoCoreError, Exception)
    assert issubclass(bare.ClientError, Exception)


def test_no_yaml(monkeypatch, capsys):
    bare = without(monkeypatch, with_yaml, "yaml")
    with patch_module_args({}), pytest.raises(SystemExit):
        bare.argument_spec("options: {}")
    said = json.loads(capsys.readouterr().out)
    assert said["failed"]
    assert "Failed to import the required Python library (PyYAML)" in said["msg"]
