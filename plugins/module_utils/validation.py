# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The DNS records that prove a domain to AWS Certificate Manager, and the zone in which they stand."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.calls import Caller


def bare(name):
    """Return a domain name without the dot at its end, in lower case."""
    return name.rstrip(".").lower()


def base(name):
    """Return the domain that is proved for a name: a wildcard is proved by what stands after it."""
    return bare(name).removeprefix("*.")


def records_of(found):
    """Return the validation records of a certificate, each once."""
    told = [option["ResourceRecord"] for option in found.get("DomainValidationOptions", []) if option.get("ResourceRecord")]
    return sorted({record["Name"]: record for record in told}.values(), key=lambda record: record["Name"])


def _record_set(record):
    return {"Name": record["Name"], "Type": record["Type"], "TTL": 300, "ResourceRecords": [{"Value": record["Value"]}]}


class Zone(Caller):
    """The hosted zone in which the validation records stand."""

    service = "route53"
    noun = "hosted zone"
    missing = ("NoSuchHostedZone",)

    def __init__(self, module):
        super().__init__(module)
        self.zone = self._id(module.params["hosted_zone"])

    def _id(self, wanted):
        name = wanted.rstrip(".").lower()
        if "." not in name:
            return wanted.removeprefix("/hostedzone/")
        listed = self.read("list_hosted_zones_by_name", DNSName=name)["HostedZones"]
        found = [zone["Id"] for zone in listed if zone["Name"].rstrip(".") == name and not zone["Config"]["PrivateZone"]]
        if len(found) > 1:
            self.fail(f"{len(found)} public hosted zones are named {name}: give hosted_zone the id of one, {', '.join(found)}.")
        return found[0].removeprefix("/hostedzone/") if found else None

    def present(self, record):
        """Return the record set that stands in the zone for a validation record, or None."""
        start = {"StartRecordName": record["Name"], "StartRecordType": "CNAME", "MaxItems": "1"}
        sets = (self.read("list_resource_record_sets", HostedZoneId=self.zone, **start) or {}).get("ResourceRecordSets", [])
        same = [each for each in sets if bare(each["Name"]) == bare(record["Name"]) and each["Type"] == "CNAME"]
        values = [bare(value["Value"]) for each in same for value in each.get("ResourceRecords", [])]
        return same[0] if values == [bare(record["Value"])] else None

    def write_records(self, records):
        """Write validation records."""
        self._change("UPSERT", [_record_set(record) for record in records])

    def delete_records(self, records):
        """Delete those of the validation records that stand in the zone, with the values that they have there."""
        self._change("DELETE", [present for present in (self.present(record) for record in records) if present])

    def _change(self, action, sets):
        changes = [{"Action": action, "ResourceRecordSet": each} for each in sets]
        if changes:
            batch = {"Comment": "Validation of a certificate", "Changes": changes}
            self.write("change_resource_record_sets", HostedZoneId=self.zone, ChangeBatch=batch)


class Regions(Caller):
    """The regions of the account."""

    service = "ec2"
    noun = "certificate"

    def names(self):
        """Return the names of all regions that the account uses."""
        return [region["RegionName"] for region in self.read("describe_regions")["Regions"]]
