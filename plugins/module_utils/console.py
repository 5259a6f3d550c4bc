# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Addresses in the AWS console, for results and messages that send a person there."""

from __future__ import annotations

_DOMAINS = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


def address(client, path):
    """Return the address of a page, in the partition and region that a client works in."""
    return f"https://{client.meta.region_name}.{_DOMAINS.get(client.meta.partition, 'console.aws.amazon.com')}/{path}"
