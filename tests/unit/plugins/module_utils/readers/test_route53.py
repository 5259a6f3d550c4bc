# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from types import SimpleNamespace

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found
from ansible_collections.slipway.aws.plugins.module_utils.readers import route53
from ansible_collections.slipway.aws.tests.support.edge import load_balancer
from ansible_collections.slipway.aws.tests.support.environment import PAIRS, read_back

ZONE, RECORD = "AWS::Route53::HostedZone", "AWS::Route53::RecordSet"
PROOF = {"Name": "_1.shop.example", "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "_2.x.acm-validations.aws."}]}


def zone(aws, name="shop.example", tagged=True, **more):
    client = aws.client("route53")
    made = client.create_hosted_zone(Name=name, CallerReference=name, **more)["HostedZone"]["Id"].rsplit("/", 1)[-1]
    if tagged:
        client.change_tags_for_resource(ResourceType="hostedzone", ResourceId=made, AddTags=PAIRS)
    return made


def write(aws, where, *records):
    changes = [{"Action": "UPSERT", "ResourceRecordSet": record} for record in records]
    aws.client("route53").change_resource_record_sets(HostedZoneId=where, ChangeBatch={"Changes": changes})


def values(name, kind, *found, **more):
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value} for value in found], **more}


def test_zones_come_back_with_their_networks(aws):
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    aws.client("ec2").create_tags(Resources=[vpc], Tags=PAIRS)
    zone(aws, HostedZoneConfig={"Comment": "The shop", "PrivateZone": False})
    zone(aws, "shop.internal", VPC={"VPCId": vpc, "VPCRegion": "us-east-1"}, HostedZoneConfig={"PrivateZone": True})
    zone(aws, "other.example", tagged=False)
    assert read_back(aws, ZONE) == {
        "StorageHostedZoneShopExample": {
            "HostedZoneConfig": {"Comment": "The shop"},
            "HostedZoneTags": PAIRS,
            "Name": "shop.example",
        },
        "StorageHostedZoneShopInternal": {
            "HostedZoneTags": PAIRS,
            "Name": "shop.internal",
            "VPCs": [{"VPCId": {"Ref": "StorageVPC"}, "VPCRegion": {"Fn::Sub": "${AWS::Region}"}}],
        },
    }


def test_records_come_back_without_those_that_aws_makes(aws):
    where = zone(aws)
    balancer = load_balancer(aws, "shop-dev")
    aws.client("elbv2").add_tags(ResourceArns=[balancer], Tags=PAIRS)
    described = aws.client("elbv2").describe_load_balancers()["LoadBalancers"][0]
    alias = {"HostedZoneId": described["CanonicalHostedZoneId"], "DNSName": described["DNSName"], "EvaluateTargetHealth": True}
    write(
        aws,
        where,
        {"Name": "shop.example", "Type": "A", "AliasTarget": alias},
        values("*.shop.example", "A", "192.0.2.2", "192.0.2.1"),
        values("api.shop.example", "CNAME", "a.example", SetIdentifier="blue", Weight=10),
        values("api.shop.example", "CNAME", "b.example", SetIdentifier="green", Weight=0),
        values("sub.shop.example", "NS", "ns.example."),
        PROOF,
    )
    mine = {"HostedZoneId": {"Ref": "StorageHostedZoneShopExample"}}
    weighted = {**mine, "Name": "api.shop.example", "TTL": "60", "Type": "CNAME"}
    assert read_back(aws, RECORD) == {
        "StorageRecordSetA": {
            **mine,
            "AliasTarget": {
                "DNSName": {"Fn::GetAtt": ["StorageLoadBalancer", "DNSName"]},
                "EvaluateTargetHealth": True,
                "HostedZoneId": {"Fn::GetAtt": ["StorageLoadBalancer", "CanonicalHostedZoneID"]},
            },
            "Name": "shop.example",
            "Type": "A",
        },
        "StorageRecordSetApiCNAMEBlue": {**weighted, "ResourceRecords": ["a.example"], "SetIdentifier": "blue", "Weight": 10},
        "StorageRecordSetApiCNAMEGreen": {**weighted, "ResourceRecords": ["b.example"], "SetIdentifier": "green", "Weight": 0},
        "StorageRecordSetSubNS": {
            **mine,
            "Name": "sub.shop.example",
            "ResourceRecords": ["ns.example."],
            "TTL": "60",
            "Type": "NS",
        },
        "StorageRecordSetWildcardA": {
            **mine,
            "Name": "*.shop.example",
            "ResourceRecords": ["192.0.2.1", "192.0.2.2"],
            "TTL": "60",
            "Type": "A",
        },
    }


def test_a_record_is_kept_by_whoever_answers_to_its_name():
    host = {"Field": "host-header", "HostHeaderConfig": {"Values": ["api.shop.example"]}}
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["www.shop.example"]}}
    rule = Found("AWS::ElasticLoadBalancingV2::ListenerRule", "rule", {"Conditions": [path, host]}, {"Component": "backend"})
    aliases = {"DistributionConfig": {"Aliases": ["app.shop.example"]}}
    distribution = Found("AWS::CloudFront::Distribution", "E1", aliases, {"Component": "cdn"})
    names = ("api.shop.example", "app.shop.example", "www.shop.example")
    records = [Found(RECORD, name, {"Name": name}, {"Component": "dns"}) for name in names]
    route53.kept_by([rule, distribution, *records])
    assert [(each.component, each.keeper) for each in records] == [("dns", "backend"), ("dns", "cdn"), ("dns", "")]


def test_a_zone_of_cloud_map_is_part_of_its_namespace():
    # The emulated account does not say whose zone it is.
    owner = {"ServicePrincipal": "servicediscovery.amazonaws.com"}
    told = [{"Id": "/hostedzone/Z1", "Name": "shop.internal.", "LinkedService": owner}, {"Id": "/hostedzone/Z2", "Name": "a."}]
    account = SimpleNamespace(once=lambda _key, _look: told)
    assert [each["Id"] for each in route53.zones(account)] == ["/hostedzone/Z2"]


def test_aws_writes_a_wildcard_as_its_number():
    assert route53._bare("\\052.shop.example.") == "*.shop.example"
