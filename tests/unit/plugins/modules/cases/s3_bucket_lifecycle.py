# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

LOGS = {"id": "logs", "prefix": "logs/", "expiration": {"days": 365}}
VERSIONS = {"id": "versions", "noncurrent_version_expiration": {"noncurrent_days": 90, "newer_noncurrent_versions": 3}}
UPLOADS = {"id": "uploads", "abort_incomplete_multipart_upload": {"days_after_initiation": 7}}


def cold(*pairs, **more):
    return {"id": "logs", "transitions": [{"days": days, "storage_class": kind} for days, kind in pairs], **more}


def prepare(aws):
    aws.client("s3").create_bucket(Bucket="shop")
    return {}


CHAIN = Chain(
    create={"name": "shop", "rules": [LOGS]},
    changes=[
        {"rules": [VERSIONS, LOGS]},
        {"rules": [LOGS, UPLOADS]},
        {"rules": [{**LOGS, "status": "Disabled"}]},
        {"rules": [{**LOGS, "tags": {"kind": "access"}}]},
        {"rules": [{**LOGS, "prefix": None, "tags": {"kind": "access"}}]},
        {"rules": [{**LOGS, "tags": {"kind": "access", "age": 3}, "object_size_greater_than": 1000}]},
        {"rules": [{**LOGS, "prefix": None, "object_size_less_than": 5000}]},
        {"rules": [cold((30, "STANDARD_IA"), (90, "GLACIER_IR"), (180, "DEEP_ARCHIVE"), expiration={"days": 400})]},
        {"rules": [cold((0, "GLACIER"))]},
        {"rules": [{"id": "end", "expiration": {"date": "2030-12-31"}}]},
        {"rules": [{"id": "marks", "expiration": {"expired_object_delete_marker": True}}]},
        {
            "rules": [
                {
                    "id": "old",
                    "noncurrent_version_transitions": [
                        {"noncurrent_days": 30, "storage_class": "STANDARD_IA", "newer_noncurrent_versions": 2}
                    ],
                    "noncurrent_version_expiration": {"noncurrent_days": 60},
                }
            ]
        },
        {"transition_default_minimum_object_size": "varies_by_storage_class"},
    ],
    invalid=[
        ({"rules": []}, "at least one rule; to have none, use state=absent"),
        ({"rules": [LOGS, LOGS]}, "rule logs stands there twice"),
        ({"rules": [{"id": "x"}]}, "rule x does nothing"),
        ({"rules": [{"id": "x", "expiration": {"days": 1, "date": "2030-01-01"}}]}, "one of them"),
        ({"rules": [{"id": "x", "expiration": {"date": "tomorrow"}}]}, "has to be written as 2030-12-31"),
        ({"rules": [cold((30, "GLACIER"), expiration={"date": "2030-01-01"})]}, "days and date cannot be mixed"),
        ({"rules": [{"id": "x", "transitions": [{"storage_class": "GLACIER"}]}]}, "needs either days or date"),
        ({"rules": [{**UPLOADS, "tags": {"a": "b"}}]}, "into a rule without tags"),
        ({"rules": [cold((7, "STANDARD_IA"))]}, "after 30 days at the earliest, not after 7"),
        ({"rules": [cold((30, "STANDARD_IA"), (45, "GLACIER"))]}, "has to come at least 30 days after STANDARD_IA"),
        ({"rules": [cold((90, "GLACIER"), (30, "DEEP_ARCHIVE"))]}, "DEEP_ARCHIVE after 30 days has to come"),
        ({"rules": [cold((30, "GLACIER"), (60, "GLACIER"))]}, "each storage class can be moved to once"),
        ({"rules": [cold((90, "GLACIER"), expiration={"days": 90})]}, "objects go after 90 days"),
    ],
    prepare=prepare,
    tagged=False,
)
