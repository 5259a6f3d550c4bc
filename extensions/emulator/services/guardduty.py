# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""GuardDuty detectors and their tags.

moto keeps any number of detectors, forgets every feature that an update does not name, and has no tags. Filters are still its own.
"""

from __future__ import annotations

from moto.guardduty.models import guardduty_backends
from moto.moto_api._internal import mock_random

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of, taggable

taggable("guardduty", "detector", arn="arn", tags="Tags")

_BASE = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")  # always on, not to be configured
# What a new detector has, and whether it is on; below it, what can be configured of it.
_PLANS = {
    "S3_DATA_EVENTS": True,
    "EKS_AUDIT_LOGS": True,
    "EBS_MALWARE_PROTECTION": True,
    "RDS_LOGIN_EVENTS": True,
    "LAMBDA_NETWORK_LOGS": True,
    "EKS_RUNTIME_MONITORING": False,
    "RUNTIME_MONITORING": False,
    "AI_PROTECTION": True,
    "AI_ANALYST": False,
}
_DETAILS = {
    "RDS_LOGIN_EVENTS": ("RDS_DATA_RISK",),
    "EKS_RUNTIME_MONITORING": ("EKS_ADDON_MANAGEMENT",),
    "RUNTIME_MONITORING": ("EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT"),
}
_RUNTIME = {"EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING"}


def _rejected(reason):
    return AwsError("BadRequestException", f"The request is rejected because {reason}.")


def _detectors(call):
    return state_of(call, "detector")


def _detector(call):
    found = _detectors(call).get(call.params["DetectorId"])
    if found is None:
        raise _rejected("the input detectorId is not owned by the current account")
    return found


def _status(on):
    return "ENABLED" if on else "DISABLED"


def _feature(name, on):
    details = [{"Name": detail, "Status": "DISABLED", "UpdatedAt": CLOCK.now()} for detail in _DETAILS.get(name, ())]
    feature = {"Name": name, "Status": _status(on), "UpdatedAt": CLOCK.now()}
    return {**feature, **({"AdditionalConfiguration": details} if details else {})}


def _change_features(call, kept):
    """Change the features that a request names; all others stay as they are."""
    if "DataSources" in call.params:
        raise AwsError("NotImplemented", "The emulated detectors take Features; DataSources are deprecated.")
    given = call.params.get("Features", [])
    if {feature["Name"] for feature in given} >= _RUNTIME:
        raise _rejected("EKS_RUNTIME_MONITORING and RUNTIME_MONITORING cannot be specified together")
    for feature in given:
        _check_feature(feature, kept)
    for feature in given:
        _change(kept[feature["Name"]], feature)
        details = {detail["Name"]: detail for detail in kept[feature["Name"]].get("AdditionalConfiguration", [])}
        for detail in feature.get("AdditionalConfiguration", []):
            _change(details[detail["Name"]], detail)


def _check_feature(feature, kept):
    name = feature["Name"]
    if name not in _PLANS:
        raise _rejected(f"an invalid feature name {name} is specified")
    unknown = [
        detail["Name"] for detail in feature.get("AdditionalConfiguration", []) if detail["Name"] not in _DETAILS.get(name, ())
    ]
    if unknown:
        raise _rejected(f"the additional configuration {unknown[0]} is invalid for the feature {name}")
    other = next(iter(_RUNTIME - {name})) if name in _RUNTIME else None
    if other and feature["Status"] == "ENABLED" and kept[other]["Status"] == "ENABLED":
        raise _rejected(f"{name} cannot be enabled while {other} is enabled")


def _change(thing, wanted):
    if thing["Status"] != wanted["Status"]:
        thing.update(Status=wanted["Status"], UpdatedAt=CLOCK.now())


@operation("guardduty", "CreateDetector")
def create_detector(call):
    if _detectors(call):
        raise _rejected("a detector already exists for the current account")
    features = {name: _feature(name, on) for name, on in _PLANS.items()}
    call.params.take("ClientToken")
    _change_features(call, features)
    identity = mock_random.get_random_hex(32)
    _detectors(call)[identity] = {
        "id": identity,
        "arn": call.arn(f"detector/{identity}"),
        "created": CLOCK.now(),
        "updated": CLOCK.now(),
        "enabled": call.params["Enable"],
        "frequency": call.params.get("FindingPublishingFrequency", "SIX_HOURS"),
        "features": features,
        "Tags": dict(call.params.get("Tags", {})),
    }
    _keep_for_moto(call, identity)
    return {"DetectorId": identity}


def _keep_for_moto(call, identity):
    """Let moto know the detector as well: it keeps the filters and looks for their detector."""
    backend = guardduty_backends[call.account][call.region]
    made = backend.create_detector(True, "SIX_HOURS", {}, {}, [])
    backend.detectors[identity] = backend.detectors.pop(made)
    backend.detectors[identity].id = identity


@operation("guardduty", "GetDetector")
def get_detector(call):
    kept = _detector(call)
    base = [{"Name": name, "Status": _status(kept["enabled"]), "UpdatedAt": kept["created"]} for name in _BASE]
    role = call.arn("role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty", "iam", "")
    return {
        "CreatedAt": _text(kept["created"]),
        "UpdatedAt": _text(kept["updated"]),
        "FindingPublishingFrequency": kept["frequency"],
        "ServiceRole": role,
        "Status": _status(kept["enabled"]),
        "Tags": kept["Tags"],
        "Features": [*base, *kept["features"].values()],
    }


def _text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@operation("guardduty", "ListDetectors")
def list_detectors(call):
    call.params.take("MaxResults", "NextToken")  # there is one at most
    return {"DetectorIds": list(_detectors(call))}


@operation("guardduty", "UpdateDetector")
def update_detector(call):
    kept = _detector(call)
    _change_features(call, kept["features"])
    kept.update(
        enabled=call.params.get("Enable", kept["enabled"]),
        frequency=call.params.get("FindingPublishingFrequency", kept["frequency"]),
        updated=CLOCK.now(),
    )


@operation("guardduty", "DeleteDetector")
def delete_detector(call):
    del _detectors(call)[_detector(call)["id"]]
    guardduty_backends[call.account][call.region].delete_detector(call.params["DetectorId"])


# Tags


def _tagged(call):
    for kept in _detectors(call).values():
        if kept["arn"] == call.params["ResourceArn"]:
            return kept
    raise _rejected("the specified resource does not exist or is not owned by the current account")


@operation("guardduty", "TagResource")
def tag_resource(call):
    _tagged(call)["Tags"].update(call.params["Tags"])


@operation("guardduty", "UntagResource")
def untag_resource(call):
    kept = _tagged(call)
    for key in call.params["TagKeys"]:
        kept["Tags"].pop(key, None)


@operation("guardduty", "ListTagsForResource")
def list_tags_for_resource(call):
    return {"Tags": _tagged(call)["Tags"]}
