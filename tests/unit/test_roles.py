# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Every role has the same anatomy, and what is listed twice is equal."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.slipway.aws.docs.modules import documentation
from ansible_collections.slipway.aws.tests.support.play import ROOT

ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
FORBIDDEN = (
    "ansible.builtin.set_fact",
    "ansible.builtin.shell",
    "ansible.builtin.command",
    "ansible.builtin.raw",
    "ansible.builtin.debug",
)


def load(path):
    return yaml.safe_load(path.read_text())


def spec(role):
    return load(ROOT / "roles" / role / "meta/argument_specs.yml")["argument_specs"]


def tasks(role):
    """Yield every task of a role with its file."""
    for path in sorted((ROOT / "roles" / role / "tasks").glob("*.yml")):
        for task in load(path):
            yield path, task


@pytest.mark.parametrize("role", ROLES)
def test_anatomy(role):
    home = ROOT / "roles" / role
    for path in (
        "README.md",
        "meta/main.yml",
        "meta/argument_specs.yml",
        "defaults/main.yml",
        "tasks/main.yml",
        "tasks/present.yml",
        "tasks/absent.yml",
    ):
        assert (home / path).is_file(), path
    [dispatch] = load(home / "tasks/main.yml")
    assert dispatch["ansible.builtin.include_tasks"] == f"{{{{ {role}_state }}}}.yml"
    assert load(home / "meta/main.yml")["dependencies"] == []


@pytest.mark.parametrize("role", ROLES)
def test_defaults_and_options_agree(role):
    defaults, options = load(ROOT / "roles" / role / "defaults/main.yml"), spec(role)["main"]["options"]
    assert {name for name, option in options.items() if not option.get("required")} == set(defaults)
    for name, value in defaults.items():
        assert options[name].get("default") == value, name


@pytest.mark.parametrize("role", ROLES)
def test_removing_takes_the_same_options(role):
    assert spec(role)["absent"] == spec(role)["main"]


@pytest.mark.parametrize("role", ROLES)
def test_options_and_results_have_the_roles_prefix(role):
    assert all(name.startswith(f"{role}_") for name in spec(role)["main"]["options"])
    for path, task in tasks(role):
        assert task.get("register", f"__{role}").startswith(f"__{role}"), f"{path}: {task['register']}"
    constants = ROOT / "roles" / role / "vars/main.yml"
    if constants.exists():
        assert all(name.startswith(f"__{role}_") for name in load(constants))


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_only_what_is_its_own(role):
    others = "|".join(other for other in ROLES if other != role)
    foreign = re.compile(rf"(?<![\w.'\"/-])_*(?:{others})_\w+|(?<![\w.])platform_\w+")
    for path in (ROOT / "roles" / role).rglob("*.yml"):
        if path.parent.name in ("tasks", "vars"):
            expressions = " ".join(re.findall(r"{{.*?}}", path.read_text(), re.DOTALL))
            assert foreign.findall(re.sub(r"'[^']*'", "", expressions)) == [], path


@pytest.mark.parametrize("role", ROLES)
def test_logic_is_in_modules(role):
    for path, task in tasks(role):
        assert not task.keys() & set(FORBIDDEN), f"{path}: {task['name']}"
    for path in (ROOT / "roles" / role / "tasks").glob("*.yml"):
        assert len(path.read_text().splitlines()) <= 80, path
    assert len((ROOT / "roles" / role / "defaults/main.yml").read_text().splitlines()) < 50


@pytest.mark.parametrize("role", ROLES)
def test_every_task_has_a_name_that_is_a_sentence(role):
    for path, task in tasks(role):
        assert task["name"][0].isupper(), path
        assert not task["name"].endswith("."), path


@pytest.mark.parametrize("role", ROLES)
def test_roles_use_our_module_where_there_is_one(role):
    described = [documentation(path) for path in (ROOT / "plugins/modules").glob("*.py")]
    replaced = {each["module"] for module in described for each in module.get("seealso", ())}
    # These two are kept: only the listeners of the one, and the lifecycle and replication of the other, are ours.
    replaced -= {"amazon.aws.elb_application_lb", "amazon.aws.s3_bucket"}
    used = {key for _path, task in tasks(role) for key in task if key.startswith(("amazon.aws.", "community.aws."))}
    assert used & replaced == set()


@pytest.mark.parametrize("role", ROLES)
def test_everything_that_can_have_tags_gets_them(role):
    untagged = {
        "slipway.aws.application_autoscaling_policy",
        "slipway.aws.backup_selection",
        "slipway.aws.cloudfront_origin_access_control",
        "slipway.aws.cloudwatch_dashboard",
        "slipway.aws.ecr_replication_rule",
        "slipway.aws.route53_record",
        "slipway.aws.s3_bucket_lifecycle",
        "slipway.aws.secretsmanager_rotation_schedule",
    }
    for path, task in tasks(role):
        [(module, options)] = [(key, value) for key, value in task.items() if key.count(".") == 2 and isinstance(value, dict)] or [
            ("", {})
        ]
        manages = module.startswith(("amazon.aws.", "community.aws.", "slipway.aws.")) and not module.endswith("_info")
        only_policy = set(options) == {"name", "policy"}  # the bucket was tagged when it was made
        if (
            manages
            and module not in untagged
            and options.get("state") != "absent"
            and not only_policy
            and "absent" not in path.name
        ):
            takes_rules_away = options.get("rules") == [] and "tags" not in options
            assert "tags" in options or takes_rules_away, f"{path}: {task['name']}"
