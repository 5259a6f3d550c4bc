# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from ansible_collections.slipway.aws.extensions.emulator import registry
from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services import rds_versions
from ansible_collections.slipway.aws.extensions.emulator.services.rds_versions import MINORS

PAIRS = [(engine, major, minor) for engine, majors in MINORS.items() for major, minor in majors.items()]


@pytest.fixture(scope="module")
def known():
    """Return the versions that cfn-lint knows of each engine."""
    path = "schemas/extensions/aws_rds_dbinstance/engine_version.json"
    rules = json.loads((files("cfnlint.data") / path).read_text())["allOf"]
    named = [each for each in rules if "const" in each["if"]["properties"]["Engine"]]
    return {each["if"]["properties"]["Engine"]["const"]: each["then"]["properties"]["EngineVersion"]["enum"] for each in named}


@pytest.mark.parametrize(("engine", "major", "minor"), PAIRS)
def test_the_minor_versions_are_versions_of_rds(known, engine, major, minor):
    assert minor.startswith(f"{major}.")
    assert minor in known[engine]


def test_who_asks_for_a_major_version_is_told_the_minor_one(aws):
    rds = aws.client("rds")
    wanted = {"DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20, "MasterUsername": "a", "ManageMasterUserPassword": True}
    made = rds.create_db_instance(DBInstanceIdentifier="shop", Engine="mysql", EngineVersion="8.0", **wanted)["DBInstance"]
    assert made["EngineVersion"] == MINORS["mysql"]["8.0"]
    CLOCK.advance(300)
    asked = {"EngineVersion": "8.4", "AllowMajorVersionUpgrade": True}
    changed = rds.modify_db_instance(DBInstanceIdentifier="shop", **asked)["DBInstance"]
    assert changed["PendingModifiedValues"]["EngineVersion"] == MINORS["mysql"]["8.4"]
    exact = rds.create_db_instance(DBInstanceIdentifier="old", Engine="mysql", EngineVersion="8.0.35", **wanted)["DBInstance"]
    assert exact["EngineVersion"] == "8.0.35"


def test_a_rehearsal_gives_the_minor_version_of_the_real_account(aws):
    registry.CONTROLS["versions"](versions={"mysql": {"8.4": "8.4.3"}})
    assert (rds_versions.complete("mysql", "8.4"), rds_versions.complete("mysql", "8.0")) == ("8.4.3", MINORS["mysql"]["8.0"])
    registry.reset()
    assert rds_versions.complete("mysql", "8.4") == MINORS["mysql"]["8.4"]
