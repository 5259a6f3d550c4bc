# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The one place that imports from amazon.aws and botocore.

amazon.aws makes no promise about its module_utils, so galaxy.yml pins the major version and everything else imports from here.
"""

from __future__ import annotations

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
    compare_aws_tags,
)

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # AnsibleAWSModule reports a missing boto3 in words; until then these two names have to exist

    class BotoCoreError(Exception):
        """Stands for botocore's error of this name."""

    class ClientError(Exception):
        """Stands for botocore's error of this name."""


__all__ = [
    "AWSRetry",
    "AnsibleAWSModule",
    "BotoCoreError",
    "ClientError",
    "ansible_dict_to_boto3_tag_list",
    "boto3_tag_list_to_ansible_dict",
    "compare_aws_tags",
    "compare_policies",
    "retrying",
]

# AWSRetry knows the codes of EC2's time; the newer services say it in other words.
_BUSY = [
    "PriorRequestNotComplete",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "ThrottlingException",
]


def retrying():
    """Return the decorator that repeats a call AWS was too busy for, with growing pauses, up to two minutes."""
    return AWSRetry.jittered_backoff(retries=8, delay=1, max_delay=30, catch_extra_error_codes=_BUSY)
