# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Settings of something that somebody else makes, shown on a lamp that is delivered dark and white."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.settings import Settings
from ansible_collections.slipway.aws.tests.unit.plugins.module_utils.test_resource import LeftError, Module

DELIVERED = {"Light": "off", "Color": "white"}


class Lamp(Settings):
    """The settings of a lamp; ``log`` has what was sent."""

    service = "ecs"
    noun = "lamp"
    maker = "shop.lamps.lamp"
    delivered = DELIVERED

    def look(self):
        return self.lamp and dict(self.lamp)

    def want(self, have):
        return {"Light": self.params.get("light"), "Color": self.params.get("color")}

    def update(self, have, changes):
        self.log.append(changes)
        self.lamp.update(changes)


@pytest.fixture
def run():
    """Return a function that runs the module for a lamp and returns its result and what was sent."""

    def run(lamp, check=False, **options):
        module = Module(check, **options)
        settings = Lamp(module)
        settings.lamp, settings.log = lamp, []
        with pytest.raises(LeftError):
            settings.run()
        return module.result, settings.log

    return run


def test_only_what_differs_from_the_delivery_is_set(run):
    result, sent = run({**DELIVERED, "Foot": "oak"}, light="on", color="white")
    assert (result.changed, sent) == (True, [{"Light": "on"}])
    assert result.diff["before"] == {}


def test_the_delivery_can_be_wished_for_and_is_present(run):
    result, sent = run(dict(DELIVERED), light="off")
    assert (result.changed, sent, result.lamp["light"]) == (False, [], "off")


def test_absent_is_the_delivery_and_leaves_the_rest(run):
    lamp = {"Light": "on", "Color": "white", "Foot": "oak"}
    result, sent = run(lamp, state="absent")
    assert (result.changed, sent, lamp) == (True, [{"Light": "off"}], {**DELIVERED, "Foot": "oak"})
    assert run(lamp, state="absent")[0].changed is False


def test_what_is_not_there_is_foreseen_and_not_made(run):
    assert run(None, check=True, light="on")[0].changed
    assert not run(None, state="absent")[0].changed
    result, sent = run(None, light="on")
    assert (result.failed, sent) == (True, [])
    assert result.msg == "lamp shop does not exist. Make it first with shop.lamps.lamp."
