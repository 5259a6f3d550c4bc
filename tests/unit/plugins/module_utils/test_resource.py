# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The algorithm for every resource, shown on one that lives in a dictionary."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.slipway.aws.plugins.module_utils import calls
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN, Resource


class LeftError(Exception):
    """The module has left."""


class Module:
    """Stands for AnsibleAWSModule: options, check mode, and how it left."""

    def __init__(self, check=False, **params):
        self.params = {
            "state": "present",
            "name": "shop",
            "tags": None,
            "purge_tags": True,
            "wait": True,
            "wait_timeout": 60,
        } | params
        self.check_mode = check
        self.warnings, self.result = [], None

    def client(self, _service, **_more):
        return SimpleNamespace(meta=SimpleNamespace(service_model=SimpleNamespace(signing_name="shops")))

    def warn(self, text):
        self.warnings.append(text)

    def _leave(self, failed, result):
        self.result = SimpleNamespace(failed=failed, **result)
        raise LeftError

    def exit_json(self, **result):
        self._leave(False, result)

    def fail_json(self, **result):
        self._leave(True, result)

    def fail_json_aws(self, error, msg):
        self._leave(True, {"msg": f"{msg}: {error}"})


class Shop(Resource):
    """A resource in a dictionary; ``log`` has what was sent."""

    service = "ecs"
    noun = "shop"
    immutable = ("place",)
    unordered = ("goods",)
    policies = ("policy",)
    write_only = ("password",)
    outputs = ("arn",)
    world = None  # set by the fixture

    def validate(self):
        return ["A shop needs a place."] if self.params.get("place") == "" else []

    def find(self):
        self.world.looks += 1
        return self.world.answers.pop(0) if self.world.answers else self.world.shop

    def want(self, have):
        return {key: self.params.get(key) for key in ("place", "goods", "policy", "password")}

    def create(self, want):
        self.world.log.append(("create", want))
        self.world.shop = {
            **{k: v for k, v in want.items() if k not in ("tags", "password")},
            "arn": "arn:shop",
            "Tags": {},
        } | self.world.stubborn

    def update(self, have, changes):
        self.world.log.append(("update", changes))
        self.world.shop = {**self.world.shop, **changes, **self.world.stubborn}

    def retag(self, have, add, remove):
        self.world.log.append(("retag", add, remove))
        left = {key: value for key, value in self.world.shop["Tags"].items() if key not in remove}
        self.world.shop["Tags"] = {**left, **add}

    def delete(self, have):
        self.world.log.append(("delete", have["place"]))
        self.world.shop = None

    def ready(self, have):
        return have.get("status") != "opening"

    def leaving(self, have):
        return have.get("status") == "closing"


@pytest.fixture
def world(monkeypatch):
    """Return the world with or without a shop, in which time passes without waiting."""
    now = SimpleNamespace(seconds=0.0)
    clock = SimpleNamespace(monotonic=lambda: now.seconds, sleep=lambda s: setattr(now, "seconds", now.seconds + s))
    monkeypatch.setattr(calls, "time", clock)
    state = SimpleNamespace(shop=None, log=[], answers=[], looks=0, stubborn={}, now=now)
    monkeypatch.setattr(Shop, "world", state)
    return state


def run(kind=Shop, **options):
    module = Module(**options)
    with pytest.raises(LeftError):
        kind(module).run()
    module.result.warnings = module.warnings
    return module.result


SHOP = {"place": "Bern", "goods": ["tea", "coffee"], "arn": "arn:shop", "Tags": {"Owner": "QA"}}


def test_what_is_not_there_is_created(world):
    result = run(place="Bern", goods=["tea"])
    assert result.changed
    assert world.log == [("create", {"place": "Bern", "goods": ["tea"]})]
    assert result.shop["arn"] == "arn:shop"
    assert result.diff["before"] == {}
    assert result.diff["after"]["place"] == "Bern"


def test_a_check_predicts_without_creating(world):
    result = run(check=True, place="Bern", tags={"Owner": "QA"})
    assert result.changed
    assert world.log == []
    assert result.shop == {"arn": UNKNOWN, "place": "Bern", "tags": {"Owner": "QA"}}


def test_what_is_as_wanted_is_left_alone(world):
    world.shop = dict(SHOP)
    result = run(place="Bern", goods=["coffee", "tea"])
    assert (result.changed, world.log) == (False, [])
    assert result.diff["before"] == result.diff["after"]


def test_only_the_difference_is_sent(world):
    world.shop = dict(SHOP)
    result = run(place="Bern", goods=["milk"])
    assert world.log == [("update", {"goods": ["milk"]})]
    assert result.diff["before"]["goods"] == ["coffee", "tea"]
    assert result.diff["after"]["goods"] == ["milk"]


def test_options_that_are_left_out_are_not_managed(world):
    world.shop = dict(SHOP)
    assert not run().changed


def test_contradictions_are_refused_before_anything_is_looked_at(world):
    result = run(place="")
    assert result.failed
    assert result.msg == "A shop needs a place."
    assert world.looks == 0


def test_what_cannot_be_changed_is_refused_with_both_values(world):
    world.shop = dict(SHOP)
    result = run(place="Basel")
    assert result.failed
    assert "place is 'Bern', wanted 'Basel'" in result.msg
    assert "state=absent" in result.msg
    assert world.log == []


@pytest.mark.parametrize(("how", "order"), [("create first", ["create", "delete"]), ("delete first", ["delete", "create"])])
def test_what_can_be_replaced_is_replaced_in_this_order(world, how, order):
    class Moving(Shop):
        replaceable = how

        def delete(self, have):
            self.world.log.append(("delete", have["place"]))
            if how == "delete first":
                self.world.shop = None

    world.shop = dict(SHOP)
    result = run(Moving, place="Basel")
    assert [entry[0] for entry in world.log] == order
    assert ("delete", "Bern") in world.log
    assert result.shop["place"] == "Basel"


def test_a_check_of_a_replacement_replaces_nothing(world):
    world.shop = dict(SHOP)
    result = run(type("Moving", (Shop,), {"replaceable": "create first"}), check=True, place="Basel")
    assert (result.changed, world.log) == (True, [])


def test_removing_and_removing_again(world):
    world.shop = dict(SHOP)
    assert run(state="absent").changed
    assert world.shop is None
    assert not run(state="absent").changed


def test_a_check_of_a_removal_removes_nothing(world):
    world.shop = dict(SHOP)
    result = run(check=True, state="absent")
    assert (result.changed, world.log) == (True, [])


def test_what_is_being_removed_already_is_waited_for(world):
    closing = {**SHOP, "status": "closing"}
    world.answers = [closing, closing]
    result = run(state="absent")
    assert result.changed
    assert world.log == []


def test_what_is_being_removed_is_made_anew_when_it_is_gone(world):
    closing = {**SHOP, "status": "closing"}
    world.answers = [closing, closing, None]
    run(place="Bern")
    assert [entry[0] for entry in world.log] == ["create"]


def test_tags(world):
    world.shop = dict(SHOP)
    result = run(tags={"Project": "Shop", "Number": 1})
    assert world.log == [("retag", {"Project": "Shop", "Number": "1"}, ["Owner"])]
    assert result.shop["tags"] == {"Project": "Shop", "Number": "1"}


def test_tags_that_are_not_purged(world):
    world.shop = dict(SHOP)
    result = run(tags={"Project": "Shop"}, purge_tags=False)
    assert result.shop["tags"] == {"Owner": "QA", "Project": "Shop"}


def test_a_check_predicts_tags(world):
    world.shop = dict(SHOP)
    result = run(check=True, tags={"Project": "Shop"})
    assert (result.changed, world.log) == (True, [])
    assert result.diff["after"]["tags"] == {"Project": "Shop"}


def test_policies_that_mean_the_same_are_the_same(world):
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Principal": {"AWS": "123456789012"}}
    world.shop = {**SHOP, "policy": {"Statement": [{**statement, "Action": ["s3:GetObject"]}]}}
    same = {"Statement": [{**statement, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}]}
    assert not run(policy=same).changed
    assert run(policy={"Statement": [{**statement, "Action": "s3:*"}]}).changed
    assert isinstance(world.log[0][1]["policy"], str)


def test_what_is_secret_is_sent_and_never_shown_or_compared(world):
    result = run(place="Bern", password="geheim")
    assert world.log[0][1]["password"] == "geheim"
    assert "geheim" not in repr(result)
    world.log.clear()
    assert not run(place="Bern", password="other").changed


def test_what_is_on_its_way_is_waited_for(world):
    opening = {**SHOP, "status": "opening"}
    world.answers = [None, opening, opening]
    result = run(place="Bern")
    assert "status" not in result.shop
    assert world.now.seconds > 0


def test_without_waiting_it_is_enough_that_it_can_be_seen(world):
    world.answers = [None, None, {**SHOP, "status": "opening"}]
    result = run(place="Bern", wait=False)
    assert result.shop["status"] == "opening"


def test_a_run_after_an_interrupted_one_waits_without_sending(world):
    opening = {**SHOP, "status": "opening"}
    world.answers = [opening, opening]
    world.shop = dict(SHOP)
    result = run(place="Bern")
    assert (result.changed, world.log) == (False, [])


def test_too_late_names_the_status_and_what_to_do(world):
    world.shop = {**SHOP, "status": "opening"}
    result = run(place="Bern")
    assert result.failed
    assert "shop shop is not ready after 60 seconds (status opening)" in result.msg
    assert "run the same command again" in result.msg


def test_a_machine_that_sleeps_while_it_waits_looks_once_more(world, monkeypatch):
    seen, find = [], Shop.find

    def find_slowly(shop):
        seen.append(find(shop))
        world.now.seconds += 3600 if len(seen) == 2 else 0  # the second look takes an hour
        return seen[-1]

    monkeypatch.setattr(Shop, "find", find_slowly)
    world.answers = [None, {**SHOP, "status": "opening"}]
    assert run(place="Bern").changed


def test_a_wish_that_aws_accepts_and_does_not_keep_is_doubted(world):
    world.shop, world.stubborn = dict(SHOP), {"goods": ["tea"]}
    result = run(goods=["milk"])
    assert result.warnings == ["AWS accepted shop shop but reports another value than the wanted one for goods."]


def test_a_parent_that_was_only_predicted_has_no_children(world):
    world.shop = dict(SHOP)
    result = run(check=True, place=UNKNOWN)
    assert result.changed
    assert world.looks == 0


# Calls


def refusal(code, message="No."):
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"RequestId": "7"}}, "OpenShop")


class Line:
    """A client that answers in turn; an exception is raised."""

    meta = SimpleNamespace(service_model=SimpleNamespace(signing_name="shops"))

    def __init__(self, *answers):
        self.answers = list(answers)

    def open_shop(self, **_parameters):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def caller(*answers, check=False):
    module = Module(check=check)
    made = Shop(module)
    made.client = Line(*answers)
    return made, module


def test_a_check_cannot_write(world):
    shop, _module = caller({}, check=True)
    with pytest.raises(AssertionError, match="open_shop in check mode"):
        shop.write("open_shop")


def test_missing_is_nothing_to_read_and_a_failure_to_write(world):
    shop, module = caller(refusal("NoSuchShop"), refusal("NoSuchShop"))
    shop.missing = ("NoSuchShop",)
    assert shop.read("open_shop") is None
    with pytest.raises(LeftError):
        shop.write("open_shop")
    assert module.result.failed


def test_patience_with_what_aws_has_not_noticed_yet(world):
    early = refusal("InvalidParameterException", "The role cannot be assumed.")
    shop, _module = caller(early, early, {"ok": True})
    assert shop.write("open_shop", patience={"InvalidParameterException": "role"}) == {"ok": True}


def test_patience_is_for_this_message_only(world):
    shop, module = caller(refusal("InvalidParameterException", "The subnet does not exist."))
    with pytest.raises(LeftError):
        shop.write("open_shop", patience={"InvalidParameterException": "role"})
    assert "The subnet does not exist" in module.result.msg


def test_patience_ends(world):
    early = refusal("InvalidParameterException", "The role cannot be assumed.")
    shop, module = caller(*[early] * 200)
    with pytest.raises(LeftError):
        shop.write("open_shop", patience={"InvalidParameterException": "role"})
    assert module.result.failed
    assert 60 <= world.now.seconds < 70


def test_a_refusal_in_words(world):
    shop, module = caller(refusal("AccessDeniedException", "Not allowed."))
    with pytest.raises(LeftError):
        shop.read("open_shop")
    assert module.result.msg == (
        "shop shop: AWS refused open_shop: Not allowed. Allow the caller shops:OpenShop on it, or use a role that may."
    )
    assert module.result.error["code"] == "AccessDeniedException"


def test_no_way_to_aws(world):
    shop, module = caller(EndpointConnectionError(endpoint_url="https://shops"))
    with pytest.raises(LeftError):
        shop.read("open_shop")
    assert "open_shop could not be sent" in module.result.msg
