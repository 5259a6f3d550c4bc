# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Hosted zones and their records."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found, join, pick, reader
from ansible_collections.slipway.aws.plugins.module_utils.template import tag_list, unordered

tag_list("AWS::Route53::HostedZone", "HostedZoneTags")
unordered("AWS::Route53::HostedZone", "VPCs")
unordered("AWS::Route53::RecordSet", "ResourceRecords")

_TAGS_AT_ONCE = 10
_OF_RECORDS = (
    "Type",
    "SetIdentifier",
    "Weight",
    "Region",
    "GeoLocation",
    "GeoProximityLocation",
    "Failover",
    "MultiValueAnswer",
    "HealthCheckId",
    "CidrRoutingConfig",
)
_PROOF = ".acm-validations.aws"  # what the records that prove a domain to ACM lead to


def _api(account):
    return account.api("route53", ("NoSuchHostedZone",))


def zones(account):
    """Return all hosted zones of the account; without those that another service of AWS keeps, such as Cloud Map."""
    found = account.once("hosted zones", lambda: _api(account).pages("list_hosted_zones", "HostedZones"))
    return [each for each in found if not each.get("LinkedService")]


def records(account, zone):
    """Return all records of a hosted zone."""
    asked = {"HostedZoneId": zone}
    return account.once(("records", zone), lambda: _api(account).pages("list_resource_record_sets", "ResourceRecordSets", **asked))


def short(zone):
    """Return the id of a hosted zone as everybody but Route 53 writes it."""
    return zone.rsplit("/", 1)[-1]


def proves_a_domain(record):
    """Tell whether a record is there for a certificate."""
    return any(_bare(each["Value"]).endswith(_PROOF) for each in record.get("ResourceRecords", []))


def _bare(name):
    """Return a domain name as people write it."""
    return name.rstrip(".").replace("\\052", "*")


@reader("AWS::Route53::HostedZone")
def hosted_zones(account):
    """Find hosted zones."""
    by_id = {short(each["Id"]): each for each in zones(account)}
    for zone, tags in _tags(account, list(by_id)).items():
        if account.ours(tags):
            answer = _api(account).read("get_hosted_zone", Id=zone)
            if answer:
                name = _bare(by_id[zone]["Name"])
                yield Found("AWS::Route53::HostedZone", zone, _zone(account, zone, name, answer), tags, name)


def _tags(account, ids):
    found = {}
    for start in range(0, len(ids), _TAGS_AT_ONCE):
        asked = {"ResourceType": "hostedzone", "ResourceIds": ids[start : start + _TAGS_AT_ONCE]}
        sets = (_api(account).read("list_tags_for_resources", **asked) or {}).get("ResourceTagSets", [])
        found |= {each["ResourceId"]: each["Tags"] for each in sets}
    return found


def _zone(account, zone, name, answer):
    configs = account.once("query logs", lambda: _api(account).pages("list_query_logging_configs", "QueryLoggingConfigs"))
    logs = next((each["CloudWatchLogsLogGroupArn"] for each in configs if short(each["HostedZoneId"]) == zone), None)
    described, delegation = answer["HostedZone"], (answer.get("DelegationSet") or {}).get("Id")
    recovery = (described.get("Features") or {}).get("AcceleratedRecoveryStatus") == "ENABLED"
    return {
        "Name": name,
        "DelegationSetId": delegation and short(delegation),
        "HostedZoneConfig": pick(described.get("Config", {}), "Comment"),
        "HostedZoneFeatures": {"EnableAcceleratedRecovery": True if recovery else None},
        "QueryLoggingConfig": {"CloudWatchLogsLogGroupArn": logs},
        "VPCs": [pick(each, "VPCId", "VPCRegion") for each in answer.get("VPCs", [])],
    }


@reader("AWS::Route53::RecordSet", of="AWS::Route53::HostedZone")
def record_sets(account, zone):
    """Find the records of a hosted zone, without those that AWS makes with it. What proves a domain belongs to its certificate."""
    for each in records(account, zone.id):
        name = _bare(each["Name"])
        made_with_it = name == zone.name and each["Type"] in ("NS", "SOA")
        if made_with_it or proves_a_domain(each) or each.get("TrafficPolicyInstanceId"):
            continue
        relative = name.removesuffix(zone.name).replace("*", "wildcard")
        identity = (name, zone.id, each["Type"], each.get("SetIdentifier", ""))
        told = f"{relative} {each['Type']} {each.get('SetIdentifier', '')}"
        yield Found("AWS::Route53::RecordSet", "|".join(identity), _record(each, name, zone.id), None, told)


def _record(described, name, zone):
    alias, ttl = described.get("AliasTarget"), described.get("TTL")
    return {
        **pick(described, *_OF_RECORDS),
        "Name": name,
        "HostedZoneId": zone,
        "AliasTarget": alias and {**pick(alias, "HostedZoneId", "EvaluateTargetHealth"), "DNSName": _bare(alias["DNSName"])},
        "ResourceRecords": [each["Value"] for each in described.get("ResourceRecords", [])],
        "TTL": None if ttl is None else str(ttl),
    }


@join
def kept_by(found):
    """A record hangs on its zone, and who answers to its name keeps it: the owner of a listener rule or of a distribution."""
    keepers = {name: each.component for each in found for name in _answers_to(each)}
    for each in found:
        if each.kind == "AWS::Route53::RecordSet":
            each.keeper = keepers.get(each.properties["Name"], "")


def _answers_to(found):
    if found.kind == "AWS::CloudFront::Distribution":
        return found.properties["DistributionConfig"].get("Aliases") or []
    if found.kind == "AWS::ElasticLoadBalancingV2::ListenerRule":
        hosts = [each for each in found.properties["Conditions"] if each["Field"] == "host-header"]
        return [name for each in hosts for name in each.get("HostHeaderConfig", {}).get("Values", [])]
    return []
