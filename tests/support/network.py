# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A network that a test makes in EC2, and how it is read back."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readers import READERS
from ansible_collections.slipway.aws.tests.support import environment

PLATFORM = "shop-dev"
TAGS = {"Project": "Shop", "Environment": "dev"}
OURS = {**TAGS, "Component": "network"}
KINDS = sorted({each.kind for each in READERS if each.kind.startswith(("AWS::EC2::", "Custom::DefaultSecurityGroup"))})


def specification(kind, name):
    """Return the tags of something of ours, as the create operations of EC2 take them."""
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in {**OURS, "Name": name}.items()]}]


def read_back(aws):
    """Return the network as a template has it, by logical id."""
    read = environment.read_back(aws, *KINDS, tags=TAGS, platform=PLATFORM)
    return {name: environment.untagged(properties) for name, properties in read.items()}


def group(ec2, vpc, name):
    """Make a security group and return its id."""
    wanted = specification("security-group", f"shop-dev-{name}")
    return ec2.create_security_group(
        VpcId=vpc, GroupName=f"shop-dev-{name}", Description=f"About {name}", TagSpecifications=wanted
    )["GroupId"]


def of(read, kind):
    """Return what there is of a kind, whatever it is called."""
    return {name: properties for name, properties in read.items() if name.startswith(f"Network{kind}")}
