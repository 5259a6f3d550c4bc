# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""IAM: AWS's own policies are parsed once per account; moto parses their 1,582 documents again at every reset, a second's work."""

from __future__ import annotations

from functools import cache

from moto.iam.models import IAMBackend

_parse = IAMBackend._init_aws_policies


@cache
def _pristine(account, partition):
    nameless = object.__new__(IAMBackend)
    nameless.account_id, nameless.region_name = account, partition
    return _parse(nameless)


def _aws_policies(backend):
    """Return the policies of an account in which nothing is attached to them yet, the only thing about them that changes."""
    policies = _pristine(backend.account_id, backend.region_name)
    for policy in policies:
        policy.attachment_count = 0
    return list(policies)


IAMBackend._init_aws_policies = _aws_policies
