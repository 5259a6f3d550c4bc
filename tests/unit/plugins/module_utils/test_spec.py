# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Options are written once: the argument spec is what the documentation says."""

from __future__ import annotations

import yaml

from ansible_collections.slipway.aws.plugins.doc_fragments.resource import ModuleDocFragment
from ansible_collections.slipway.aws.plugins.module_utils.spec import FRAGMENTS, argument_spec

DOCUMENTATION = """
module: shop
options:
  name: {description: Name., type: str, required: true}
  size:
    description: Size.
    type: dict
    suboptions:
      unit: {description: Unit., type: str, choices: {gb: Gigabytes., mb: Megabytes.}, default: gb}
      master_password: {description: Password., type: str}
  tags_list: {description: Words., type: list, elements: str, aliases: [words]}
  token: {description: Token., type: str}
extends_documentation_fragment: [slipway.aws.resource, amazon.aws.boto3]
"""


def test_the_spec_says_what_the_documentation_says():
    assert argument_spec(DOCUMENTATION, no_log=("master_password",)) == {
        "name": {"type": "str", "required": True},
        "size": {
            "type": "dict",
            "options": {
                "unit": {"type": "str", "choices": ["gb", "mb"], "default": "gb"},
                "master_password": {"type": "str", "no_log": True},
            },
        },
        "tags_list": {"type": "list", "elements": "str", "aliases": ["words"]},
        "token": {"type": "str", "no_log": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }


def test_fragments_say_the_same_to_people_and_to_ansible():
    parts = {"DOCUMENTATION": "slipway.aws.resource"}
    parts |= {name: f"slipway.aws.resource.{name.lower()}" for name in ("TAGS", "WAIT", "FINDER")}
    assert set(parts.values()) == set(FRAGMENTS)
    for attribute, fragment in parts.items():
        described = yaml.safe_load(getattr(ModuleDocFragment, attribute))["options"]
        plain = {name: {key: value for key, value in option.items() if key != "description"} for name, option in described.items()}
        assert plain == FRAGMENTS[fragment]
