# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Writes docs/compliance.md from the properties themselves; ``make docs`` runs it."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.slipway.aws.plugins.plugin_utils.properties import PROPERTIES, controls

FILE = Path(__file__).resolve().parents[1] / "docs/compliance.md"
INTRODUCTION = """\
# What is proven of a platform of microservices

Written by `make docs` from `plugins/plugin_utils/properties/`: change it there.

`fargate_microservices` promises 56 properties. Each is a function over an environment that was read back from its account
([the normal form](plans.md#the-normal-form)), together with what its inventory says. The same functions judge generated
environments in tests, and your account:

```console
ansible-playbook -i inventories/fargate_microservices/prod.yml playbooks/verify_environment.yml
ansible-playbook -i inventories/fargate_microservices/prod.yml playbooks/verify_environment.yml -e verify_file=verified.json
```

It only reads. Status 0: all properties hold. 2: one does not, and the report names the resources and what shows it. 1: a fault,
and nothing is known. `verify_file` gets everything as JSON, and beside it stands the same for people (`.md`): evidence for an
audit, with the date and the account.

Nothing passes because it is missing: a property that finds nothing to judge, where there has to be something, does not hold.
"""
PROPERTIES_HEAD = """
## Properties

| | property | what is judged | controls |
|---|---|---|---|
"""
CORRECTED = """
## Where the letter is not what is proven

The document asks for some things that AWS does not have, or that contradict each other. What is proven in their place, and why:

| | property | |
|---|---|---|
"""
CONTROLS = """
## Controls

Which properties a control rests on, and where its evidence is written down. `verify_environment.yml` says for each whether they
hold, and names the resources.

| control | | properties | evidence |
|---|---|---|---|
"""


def page():
    """Return the page."""
    ordered = [PROPERTIES[number] for number in sorted(PROPERTIES)]
    rows = [f"| {each.number} | {each.title} | {each.judges} | {', '.join(each.controls)} |\n" for each in ordered]
    corrected = [f"| {each.number} | {each.title} | {each.corrected} |\n" for each in ordered if each.corrected]
    return "".join([INTRODUCTION, PROPERTIES_HEAD, *rows, CORRECTED, *corrected, CONTROLS, *map(_control, controls())])


def _control(row):
    numbers = ", ".join(map(str, row["properties"]))
    return f"| {row['control']} ({row['framework']}) | {row['title']} | {numbers} | {', '.join(row['evidence'])} |\n"


if __name__ == "__main__":
    FILE.write_text(page())
