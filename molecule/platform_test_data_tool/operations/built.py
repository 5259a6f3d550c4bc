# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What people do with an environment that is built: deploy one service, look whether anything has drifted."""

from __future__ import annotations

import os
import re
from pathlib import Path

import boto3

from ansible_collections.slipway.aws.tests.support.play import run

INVENTORY = "inventories/test_data_tool/dev.yml"


def test_one_component_alone():
    result = run("dev", INVENTORY, "--limit", "backend")
    assert result.code == 0, result.said
    assert result.changed == {"backend": 0}


def test_a_check_reports_no_change_and_writes_nothing():
    result = run("dev", INVENTORY, "--check", "--diff")
    assert result.code == 0, result.said
    assert result.writes == []
    assert set(result.changed.values()) == {0}, result.changed
    assert len(result.changed) == 11


def test_no_secret_is_in_what_vvv_says():
    secrets = boto3.client("secretsmanager")
    names = [row["ARN"] for row in secrets.list_secrets()["SecretList"]]
    values = {part for name in names for part in parts(secrets.get_secret_value(SecretId=name)["SecretString"])}
    log = (Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "ansible.log").read_text()
    assert len(values) >= 2, "there is a database password and a signing key"
    assert "module_args" in log, "the log was written with -vvv"
    assert [value for value in values if value in log] == []


def parts(text):
    """Return the long words of a secret: the value itself, or what stands in its JSON."""
    return [word for word in re.findall(r'[^\s"{}:,]+', text) if len(word) > 16]
