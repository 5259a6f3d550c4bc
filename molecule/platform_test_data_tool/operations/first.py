# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The first build of an environment, before anybody has pushed an image: the run in which secrets are made."""

from __future__ import annotations

import re

import boto3

from ansible_collections.slipway.aws.tests.support.play import run


def test_no_secret_is_in_what_vvv_says():
    result = run("dev", "inventories/test_data_tool/dev.yml", "-vvv", ANSIBLE_INJECT_INVOCATION="true")
    assert result.code == 0, result.said
    assert "module_args" in result.said, "it tells what every module was called with"
    secrets = boto3.client("secretsmanager")
    names = [row["ARN"] for row in secrets.list_secrets()["SecretList"]]
    values = {part for name in names for part in parts(secrets.get_secret_value(SecretId=name)["SecretString"])}
    assert len(values) >= 2, "there is a database password and a signing key"
    assert [value for value in values if value in result.said] == []


def parts(text):
    """Return the long words of a secret: the value itself, or what stands in its JSON."""
    return [word for word in re.findall(r'[^\s"{}:,]+', text) if len(word) > 16]
