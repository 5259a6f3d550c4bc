# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The argument spec of a module, read from its DOCUMENTATION: options are written down once.

docs/decisions/0002-options-once.md has the reasons.
"""

from __future__ import annotations

import json
import traceback

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

YAML_PROBLEM = None
try:
    import yaml
except ImportError:
    yaml = None
    YAML_PROBLEM = traceback.format_exc()

# What the fragments of plugins/doc_fragments/resource.py stand for; a test holds the two to be equal.
FRAGMENTS = {
    "slipway.aws.resource": {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}},
    "slipway.aws.resource.tags": {
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge_tags": {"type": "bool", "default": True},
    },
    "slipway.aws.resource.finder": {
        "name": {"type": "str", "required": True},
        "required": {"type": "bool", "default": True},
    },
    "slipway.aws.resource.wait": {
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "int", "default": 900},
    },
}
_KEPT = ("aliases", "choices", "default", "elements", "required", "type")


def argument_spec(documentation, no_log=()):
    """Return the argument spec that a module's DOCUMENTATION describes. ``no_log`` names the options whose values are secret."""
    if yaml is None:
        AnsibleModule({}).fail_json(msg=missing_required_lib("PyYAML"), exception=YAML_PROBLEM)
    described = yaml.load(documentation, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    spec = _options(described.get("options") or {}, no_log)
    for fragment in described.get("extends_documentation_fragment", ()):
        spec.update(FRAGMENTS.get(fragment, {}))
    return spec


def _options(options, no_log):
    spec = {}
    for name, option in options.items():
        spec[name] = {key: option[key] for key in _KEPT if key in option}
        if isinstance(spec[name].get("choices"), dict):
            spec[name]["choices"] = list(spec[name]["choices"])
        if "suboptions" in option:
            spec[name]["options"] = _options(option["suboptions"], no_log)
        if name in no_log:
            spec[name]["no_log"] = True
        elif "key" in name or "secret" in name or "password" in name or "token" in name:
            spec[name]["no_log"] = False  # Ansible suspects these names; what is really secret stands in no_log
    return spec


def refuse_misfits(module, spec):
    """End the task over what Ansible's types let through: required texts that are empty, and JSON that is none."""
    faults = [
        f"{name} cannot be empty. Is a variable empty that stands there?"
        for name, option in spec.items()
        if option.get("required") and module.params[name] == ""  # nothing without a name shall be found or made
    ]
    for name, option in spec.items():
        if option.get("type") == "json" and (module.params[name] or "").strip():
            try:
                json.loads(module.params[name])
            except ValueError as error:
                faults.append(f"{name} is not JSON: {error}.")
    if faults:
        module.fail_json(msg=" ".join(faults))
