# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain


def exported(**more):
    return {"export_config_type": "S3", "s3_destination": {"bucket": "shop-reports", **more}}


CHAIN = Chain(
    create={"name": "shop-tests"},
    changes=[
        {"export_config": exported()},
        {"export_config": exported(path="tests", packaging="ZIP")},
        {"export_config": exported(packaging="ZIP")},  # the path goes
        {"export_config": {"export_config_type": "NO_EXPORT"}},
    ],
    refused=[({"type": "CODE_COVERAGE"}, "type is 'TEST', wanted 'CODE_COVERAGE'")],
    invalid=[({"export_config": {"export_config_type": "S3"}}, "needs an s3_destination")],
    elsewhere={"delete_reports"},
)
