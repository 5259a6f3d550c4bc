# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""IAM: what a role may do, and AWS's own policies.

Those are parsed once; moto parses their 1,582 documents again for every account and at every reset, a second's work.
"""

from __future__ import annotations

from copy import copy
from functools import cache
from urllib.parse import unquote

from moto.iam.models import IAMBackend, iam_backends

from .. import policies

_parse = IAMBackend._init_aws_policies


@cache
def _pristine(partition):
    nameless = object.__new__(IAMBackend)
    nameless.account_id, nameless.region_name = "aws", partition
    return _parse(nameless)


def _aws_policies(backend):
    """Return the policies of AWS as an account has them, in which nothing is attached to them yet.

    They are read once. What they say is the same in all accounts; how many roles have them is not.
    """
    policies = [copy(policy) for policy in _pristine(backend.region_name)]
    for policy in policies:
        policy.account_id = backend.account_id
    return policies


IAMBackend._init_aws_policies = _aws_policies


class _Steady(dict):
    """A dictionary that one request can go through while another one adds to it: moto looks at all policies to attach one."""

    def values(self):
        return list(super().values())


_managed_policies = IAMBackend._init_managed_policies
IAMBackend._init_managed_policies = lambda backend: _Steady(_managed_policies(backend))


def decision(account, role, action, resource, context):
    """Return what all policies of a role say together about something, which its boundary can only narrow."""
    managed = [_document(policy) for policy in role.managed_policies.values()]
    said = {policies.decision(unquote(document), action, resource, {}, context) for document in (*role.policies.values(), *managed)}
    boundary = iam_backends[account]["aws"].managed_policies.get(role.permissions_boundary_arn)
    if boundary is not None and policies.ALLOWED in said:
        said = (said - {policies.ALLOWED}) | {policies.decision(_document(boundary), action, resource, {}, context)}
    return next((word for word in (policies.DENIED, policies.ALLOWED) if word in said), policies.SILENT)


def _document(policy):
    return next(version.document for version in policy.versions if version.version_id == policy.default_version_id)
