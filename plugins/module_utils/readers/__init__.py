# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Every reader: one file per service. Ansible packs only what is named, so they are; a test holds this list to the files."""

from ansible_collections.slipway.aws.plugins.module_utils import readback
from ansible_collections.slipway.aws.plugins.module_utils.readers import (  # noqa: F401  # pylint: disable=unused-import
    acm,
    applicationautoscaling,
    backup,
    cloudfront,
    cloudtrail,
    cloudwatch,
    codebuild,
    codeconnections,
    codepipeline,
    codestarnotifications,
    config,
    ec2,
    ec2_endpoints,
    ec2_security,
    ecr,
    ecs,
    elbv2,
    events,
    iam,
    kms,
    logs,
    rds,
    route53,
    s3,
    secretsmanager,
    servicediscovery,
    sns,
    wafv2,
)

# Who imports the readers from here can be sure that all of them have declared themselves.
READERS = readback.READERS
