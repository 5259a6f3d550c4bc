# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The accounts of the environments: one assumed role away from that of the emulated account."""

from __future__ import annotations

import boto3
import yaml

from ansible_collections.slipway.aws.tests.support.play import ROOT, run

PLATFORM = ROOT / "inventories/fargate_microservices"
ENVIRONMENTS = ("develop", "test", "qa", "prod")


def _variables(name):
    return yaml.safe_load((PLATFORM / f"group_vars/{name}.yml").read_text())


class Place:
    """One environment in its account."""

    def __init__(self, name):
        self.name, self.inventory = name, f"inventories/fargate_microservices/{name}.yml"
        replaced = _variables(name)["platform_replaces"]  # an environment that replaces another lives in that one's account
        self.account = _variables("all")["account_ids"][replaced or name]
        role = {"RoleArn": f"arn:aws:iam::{self.account}:role/tests", "RoleSessionName": "tests"}
        given = boto3.client("sts").assume_role(**role)["Credentials"]
        self.settings = {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }

    def run(self, playbook, *arguments):
        """Run a playbook in this environment."""
        return run(playbook, self.inventory, *arguments, **self.settings)
