# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Write plugins/plugin_utils/create_only.yml: which properties of the types that we read cannot be changed. Part of `make docs`.

AWS's resource schemas say it, in the form in which cfn-lint brings them.
"""

from __future__ import annotations

from pathlib import Path

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from ansible_collections.slipway.aws.plugins.module_utils.readers import READERS

FILE = Path(__file__).resolve().parents[1] / "plugins/plugin_utils/create_only.yml"
REGION = "us-east-1"
# What CloudFormation looks at once and our modules keep: a recorder that was stopped is started again.
KEPT = {("AWS::Config::ConfigurationRecorder", "StartedOnCreate")}


def kinds():
    """Return the types that readers find and AWS has a schema for."""
    return sorted({reader.kind for reader in READERS if reader.kind.startswith("AWS::")})


def table():
    """Return the properties that cannot be changed, as dotted paths, by type."""
    found = {}
    for kind in kinds():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
        named = [path.removeprefix("/properties/").replace("/", ".") for path in schema.get("createOnlyProperties", [])]
        paths = sorted(path for path in named if (kind, path) not in KEPT)
        if paths:
            found[kind] = paths
    return found


def page():
    """Return the content of the file."""
    head = "---\n# Written by `make docs` from AWS's resource schemas: properties that cannot be changed, by type.\n"
    return head + "".join(f"{kind}:\n" + "".join(f"  - {path}\n" for path in paths) for kind, paths in table().items())


if __name__ == "__main__":
    FILE.write_text(page())
