# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Every module lives the life of a resource, or does its deeds, on the emulated account: see tests/support/chain.py."""

from __future__ import annotations

from importlib import import_module

import pytest

from ansible_collections.slipway.aws.plugins.module_utils.spec import argument_spec
from ansible_collections.slipway.aws.tests.support.chain import joined

PACKAGE = "ansible_collections.slipway.aws"
NAMES = joined("CHAIN")
ACTIONS = joined("ACTION")


def table(module, kind="CHAIN"):
    return getattr(import_module(f"{PACKAGE}.tests.unit.plugins.modules.cases.{module}"), kind)


DEEDS = [pytest.param(name, number, id=f"{name}-{number}") for name in ACTIONS for number in range(len(table(name, "ACTION").does))]


@pytest.fixture(params=NAMES)
def life(request, aws):
    """Return the module's name, its chain and the options of the first run, with everything the resource needs in place."""
    chain = table(request.param)
    needed = chain.prepare(aws) if chain.prepare else {}
    return Life(aws, request.param, chain, {**chain.create, **needed})


@pytest.fixture
def act(aws):
    """Return a function that prepares the account for the deeds of a module, or for one of them."""

    def act(module, number=None):
        action = table(module, "ACTION")
        life = Life(aws, module, action, action.prepare(aws) if action.prepare else {})
        if number is not None:
            options = action.does[number][0]
            life.options.update(options(aws, life.options) if callable(options) else options)
        return life

    return act


class Life:
    """A module, its table and the account it lives in."""

    def __init__(self, aws, module, chain, options):
        self.aws, self.module, self.chain, self.options = aws, module, chain, options

    def run(self, check=False, **more):
        """Run the module with the options so far and some more; return the result and what was sent."""
        with self.aws.recorded() as sent:
            result = self.aws.run(self.module, check=check, **{**self.options, **more})
        return result, sent

    def does(self, **more):
        """Run the module for real; it has to work without a warning."""
        result, sent = self.run(**more)
        assert not result.failed, result.msg
        assert result.warnings == []
        return result, sent

    def predicts(self, changed, **more):
        """Run the module in check mode; it has to predict and must not write."""
        result, sent = self.run(check=True, **more)
        assert not result.failed, result.msg
        assert sent.writes == []
        assert result.changed is changed, result.get("diff")
        return result

    def rests(self, **more):
        """Run the module once more: nothing may change, nothing may be sent."""
        result, sent = self.does(**more)
        assert (result.changed, sent.writes) == (False, []), result.diff
        assert result.diff["before"] == result.diff["after"]
        self.predicts(changed=False, **more)

    def refuses(self, options, words):
        """Run the module for real: it has to fail with these words and must not write; return what was sent."""
        result, sent = self.run(**options)
        assert result.failed, f"{options} was not refused"
        assert words in result.msg
        assert sent.writes == []
        return sent


def test_life_of_a_resource(life):
    gone = {"state": "absent", **life.chain.delete}
    life.rests(**gone)
    predicted = life.predicts(changed=True)
    made, _sent = life.does()
    assert made.changed
    assert made.diff["before"] == {}
    assert predicted.diff["after"].keys() == made.diff["after"].keys()
    life.rests()

    for change in life.chain.changes:
        life.options.update(change)
        predicted = life.predicts(changed=True)
        changed, sent = life.does()
        assert changed.changed
        assert sent.writes, f"{change} was not sent"
        assert predicted.diff == changed.diff, f"{change} was predicted wrongly"
        life.rests()

    for options, words in life.chain.refused:
        life.refuses(options, words)

    for options in life.chain.replaced:
        life.options.update(options)
        life.predicts(changed=True)
        result, _sent = life.does()
        assert result.changed
        life.rests()

    life.predicts(changed=True, **gone)
    life.rests()
    removed, _sent = life.does(**gone)
    assert removed.changed
    assert removed.diff["after"] == {}
    life.rests(**gone)


def test_tags(life):
    if not life.chain.tagged:
        assert "tags" not in spec_of(life.module)
        return
    own = life.chain.own_tags
    life.does(tags={"Project": "Shop", "Owner": "QA", "Number": 1})
    result, _sent = life.does(tags={"Owner": "Team", "CostCenter": "7"}, purge_tags=False)
    assert tags_of(result) == {"Project": "Shop", "Owner": "Team", "Number": "1", "CostCenter": "7", **own}
    life.predicts(changed=True, tags={"Owner": "Team"})
    result, _sent = life.does(tags={"Owner": "Team"})
    assert tags_of(result) == {"Owner": "Team", **own}
    life.rests(tags={"Owner": "Team"})
    life.rests()  # tags that are left out are not managed
    result, _sent = life.does(tags={})
    assert tags_of(result) == own


def test_a_busy_account_is_asked_again(life):
    fault = life.aws.fault(life_service(life), first_write(life), "throttle", times=2)
    result, _sent = life.does()
    assert result.changed
    assert fault["times"] == 0


def test_a_refusal_names_the_resource_the_cause_and_the_remedy(life):
    life.aws.fault(life_service(life), first_write(life), "denied")
    result, _sent = life.run()
    assert result.failed
    for words in (noun_of_class(life.module), "not authorized", "Allow the caller"):
        assert words in result.msg


def test_contradictions_are_refused_before_the_first_call(life):
    for options, words in life.chain.invalid:
        life.refuses(options, words)


@pytest.mark.parametrize("module", NAMES)
def test_every_option_is_exercised(module):
    assert sorted(spec_of(module).keys() - table(module).covered()) == []


@pytest.mark.parametrize(("module", "number"), DEEDS)
def test_an_action_is_foreseen_done_and_repeated_as_said(act, module, number):
    life, again = act(module, number), table(module, "ACTION").does[number][1]
    life.predicts(changed=True)
    done, sent = life.does()
    assert done.changed
    assert sent.writes
    if isinstance(again, str):
        life.refuses({}, again)
        return
    life.predicts(changed=again)
    repeated, sent = life.does()
    assert (repeated.changed, bool(sent.writes)) == (again, again)


@pytest.mark.parametrize("module", ACTIONS)
def test_an_action_asks_a_busy_account_again(act, module):
    life = act(module, 0)
    _result, sent = life.run(check=True)
    read = next(entry for entry in sent.entries if not entry["write"])
    fault = life.aws.fault(read["service"], read["operation"], "throttle", times=2)
    assert life.does()[0].changed
    assert fault["times"] == 0


@pytest.mark.parametrize("module", ACTIONS)
def test_an_action_refuses_contradictions_before_the_first_call(act, module):
    life = act(module)
    assert life.chain.invalid
    for options, words in life.chain.invalid:
        assert life.refuses(options, words).operations == []


def spec_of(module):
    return argument_spec(import_module(f"{PACKAGE}.plugins.modules.{module}").DOCUMENTATION)


def noun_of_class(module):
    """Return what the module's class calls its resource."""
    loaded = import_module(f"{PACKAGE}.plugins.modules.{module}")
    return next(
        c.noun for c in vars(loaded).values() if isinstance(c, type) and c.__module__ == loaded.__name__ and getattr(c, "noun", "")
    )


def tags_of(result):
    """Return the tags of the resource in a result, or of the first one of several."""
    several = (value if isinstance(value, list) else [value] for value in result.values())
    return next(each["tags"] for value in several for each in value if isinstance(each, dict) and "tags" in each)


def first_write(life):
    """Return the operation that creates the resource, as a run on a scratch account shows it."""
    return life.chain.fails_on or _writes(life)[0]["operation"]


def life_service(life):
    return _writes(life)[0]["service"]


def _writes(life):
    if not hasattr(life, "writes"):
        result, sent = life.does()
        assert result.changed
        life.writes = [entry for entry in sent.entries if entry["write"]]
        life.does(state="absent", **life.chain.delete)
    return life.writes
