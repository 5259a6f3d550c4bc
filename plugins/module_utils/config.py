# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""AWS Config: a recorder and its delivery channel as one thing, flat to compare, and faults in options of recorders and rules."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN

ALL, ONLY, BUT = "ALL_SUPPORTED_RESOURCE_TYPES", "INCLUSION_BY_RESOURCE_TYPES", "EXCLUSION_BY_RESOURCE_TYPES"
RECORDER = ("roleARN", "recordingStrategy", "resourceTypes", "includeGlobalResourceTypes", "recordingMode")
CHANNEL = ("s3BucketName", "s3KeyPrefix", "s3KmsKeyArn", "snsTopicARN", "deliveryFrequency")


def flat_recorder(recorder):
    """Return the settings of a recorder, in a form that is the same for all strategies."""
    group = recorder.get("recordingGroup", {})
    included, excluded = group.get("resourceTypes", []), group.get("exclusionByResourceTypes", {}).get("resourceTypes", [])
    meant = ALL if group.get("allSupported") else BUT if excluded else ONLY
    mode = recorder.get("recordingMode", {"recordingFrequency": "CONTINUOUS"})
    return {
        "roleARN": recorder["roleARN"],
        "recordingStrategy": group.get("recordingStrategy", {}).get("useOnly", meant),
        "resourceTypes": included or excluded,
        "includeGlobalResourceTypes": group.get("includeGlobalResourceTypes", False),
        "recordingMode": {**mode, "recordingModeOverrides": mode.get("recordingModeOverrides", [])},
    }


def flat_channel(channel):
    """Return the settings of a delivery channel; what it does not have is empty."""
    frequency = channel.get("configSnapshotDeliveryProperties", {}).get("deliveryFrequency")
    return {**{key: channel.get(key, "") for key in CHANNEL}, "deliveryFrequency": frequency}


def mode_of(option):
    """Return the recording mode that an option asks for."""
    if option is None:
        return None
    members = {"description": "description", "resource_types": "resourceTypes", "recording_frequency": "recordingFrequency"}
    overrides = [
        {member: given[name] for name, member in members.items() if given[name] is not None}
        for given in option["recording_mode_overrides"]
    ]
    return {"recordingFrequency": option["recording_frequency"], "recordingModeOverrides": overrides}


def to_recorder(name, flat):
    """Return a recorder as the API wants it: each strategy has a member of its own, and AWS refuses those of the others."""
    strategy, types = flat["recordingStrategy"], flat.get("resourceTypes") or []
    group = {"allSupported": strategy == ALL, "recordingStrategy": {"useOnly": strategy}}
    if strategy == ALL:
        group["includeGlobalResourceTypes"] = flat.get("includeGlobalResourceTypes") or False
    elif strategy == ONLY:
        group["resourceTypes"] = types
    else:
        group["exclusionByResourceTypes"] = {"resourceTypes": types}
    mode = {"recordingMode": flat["recordingMode"]} if flat.get("recordingMode") else {}
    return {"name": name, "roleARN": flat["roleARN"], "recordingGroup": group, **mode}


def to_channel(name, flat):
    """Return a delivery channel as the API wants it, which is without anything empty."""
    channel = {"name": name, **{key: flat[key] for key in CHANNEL[:-1] if flat.get(key)}}
    if flat.get("deliveryFrequency"):
        channel["configSnapshotDeliveryProperties"] = {"deliveryFrequency": flat["deliveryFrequency"]}
    return channel


def recorder_faults(params):
    """Yield sentences about options of a recorder that contradict each other or AWS's rules."""
    strategy, types, some = params["recording_strategy"], params["resource_types"], (ONLY, BUT)
    if strategy in some and not types:
        yield f"recording_strategy: {strategy} needs resource_types."
    if types and strategy not in some:
        yield f"resource_types: say by recording_strategy whether they are recorded, {ONLY}, or left out, {BUT}."
    if params["include_global_resource_types"] and strategy in some:
        yield f"include_global_resource_types: it goes with {ALL} only; name the types of IAM in resource_types."
    if len((params["recording_mode"] or {}).get("recording_mode_overrides") or []) > 1:
        yield "recording_mode: AWS takes one entry in recording_mode_overrides at most."
    for name in ("role_arn", "s3_kms_key_arn", "sns_topic_arn"):
        if params[name] and not params[name].startswith(("arn:", UNKNOWN)):
            yield f"{name}: {params[name]} is not an ARN."


_PERIODIC = ("ScheduledNotification", "ConfigurationSnapshotDeliveryCompleted")
# What each kind of rule needs in its source; the rest of the three it must not have.
_NEEDS = {
    "AWS": ("source_identifier",),
    "CUSTOM_LAMBDA": ("source_identifier", "source_details"),
    "CUSTOM_POLICY": ("custom_policy_details", "source_details"),
}


def rule_faults(params):
    """Yield sentences about options of a rule that contradict each other or AWS's rules."""
    if params["source"]:
        yield from _source_faults(params["source"])
    if params["scope"]:
        yield from _scope_faults(params["scope"])
    if params["evaluation_modes"] == []:
        yield "evaluation_modes: a rule has at least one, DETECTIVE or PROACTIVE."
    for name, limit in (("name", 128), ("description", 256)):
        if len(params[name] or "") > limit:
            yield f"{name}: AWS takes at most {limit} characters, not {len(params[name])}."


def _source_faults(source):
    owner, details = source["owner"], source["source_details"] or []
    for name in ("source_identifier", "source_details", "custom_policy_details"):
        if bool(source[name]) != (name in _NEEDS[owner]):
            yield f"source: {owner} {'needs' if name in _NEEDS[owner] else 'takes no'} {name}."
    judge = source["source_identifier"]
    if owner == "CUSTOM_LAMBDA" and judge and ":lambda:" not in judge and judge != UNKNOWN:
        yield f"source: source_identifier {judge} is not the ARN of a function."
    for detail in details:
        kind = detail["message_type"]
        if detail["maximum_execution_frequency"] and kind not in _PERIODIC:
            yield f"source: {kind} comes with a change and takes no maximum_execution_frequency."
        if owner == "CUSTOM_POLICY" and kind in _PERIODIC:
            yield f"source: CUSTOM_POLICY takes notifications of changes only, not {kind}."


def _scope_faults(scope):
    types = scope["compliance_resource_types"] or []
    if scope["tag_value"] and not scope["tag_key"]:
        yield "scope: tag_value needs tag_key."
    if scope["tag_key"] and (types or scope["compliance_resource_id"]):
        yield "scope: it is either a tag or types, not both."
    if scope["compliance_resource_id"] and len(types) != 1:
        yield "scope: compliance_resource_id needs exactly one of compliance_resource_types."
