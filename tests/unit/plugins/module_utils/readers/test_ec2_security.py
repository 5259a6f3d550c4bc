# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What may pass in a network, as a template: security groups with their rules apart, network ACLs."""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils.readback import Found
from ansible_collections.slipway.aws.plugins.module_utils.readers.ec2_security import network_acl_entries
from ansible_collections.slipway.aws.tests.support.network import PLATFORM, TAGS, group, of, read_back, specification

OPEN = {"RuleAction": "allow", "CidrBlock": "10.0.0.0/16", "Protocol": "6", "PortRange": {"From": 443, "To": 443}}


def test_network_acl(aws, ec2, vpc, subnet):
    wanted = specification("network-acl", "shop-dev-public")
    acl = ec2.create_network_acl(VpcId=vpc, TagSpecifications=wanted)["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(NetworkAclId=acl, Egress=False, RuleNumber=100, **OPEN)
    closed = {"RuleAction": "deny", "CidrBlock": "0.0.0.0/0", "Protocol": "-1"}
    ec2.create_network_acl_entry(NetworkAclId=acl, Egress=True, RuleNumber=200, **closed)
    first = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])["NetworkAcls"][0]
    ec2.replace_network_acl_association(AssociationId=first["Associations"][0]["NetworkAclAssociationId"], NetworkAclId=acl)
    ours = {"NetworkAclId": {"Ref": "NetworkNetworkAclPublic"}}
    read = read_back(aws)
    assert of(read, "NetworkAcl") == {
        "NetworkNetworkAclPublic": {"VpcId": {"Ref": "NetworkVPC"}},
        "NetworkNetworkAclEntryPublicIngress100": {**ours, **OPEN, "Protocol": 6, "RuleNumber": 100, "Egress": False},
        "NetworkNetworkAclEntryPublicEgress200": {
            **ours,
            "RuleAction": "deny",
            "CidrBlock": "0.0.0.0/0",
            "Protocol": -1,
            "RuleNumber": 200,
            "Egress": True,
        },
    }
    assert read["NetworkSubnetNetworkAclAssociationPublicB"] == {**ours, "SubnetId": {"Ref": "NetworkSubnetPublicB"}}


def test_entries_about_icmp_and_those_that_close_every_acl():
    icmp = {
        "CidrBlock": "0.0.0.0/0",
        "Egress": False,
        "Protocol": "1",
        "IcmpTypeCode": {"Code": 0, "Type": 8},
        "RuleAction": "deny",
    }
    last = {"CidrBlock": "0.0.0.0/0", "Egress": False, "Protocol": "-1", "RuleAction": "deny", "RuleNumber": 32767}
    acl = Found("AWS::EC2::NetworkAcl", "acl-1", {}, told={"entries": [{**icmp, "RuleNumber": 90}, last]})
    (entry,) = network_acl_entries(None, acl)
    assert entry.properties["Icmp"] == {"Code": 0, "Type": 8}


def test_security_groups_that_mention_each_other(aws, ec2, vpc):
    web, data = group(ec2, vpc, "web"), group(ec2, vpc, "data_base")
    tcp = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
    s3 = next(each["PrefixListId"] for each in lists if each["PrefixListName"].endswith(".s3"))
    ec2.authorize_security_group_ingress(
        GroupId=data, IpPermissions=[{**tcp, "UserIdGroupPairs": [{"GroupId": web, "Description": "from web"}]}]
    )
    internet = [{"CidrIp": "0.0.0.0/0", "Description": "anybody"}]
    ec2.authorize_security_group_ingress(
        GroupId=web, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 8000, "ToPort": 8010, "IpRanges": internet}]
    )
    ec2.authorize_security_group_egress(GroupId=web, IpPermissions=[{**tcp, "UserIdGroupPairs": [{"GroupId": data}]}])
    to_s3 = [{"PrefixListId": s3, "Description": "to s3"}]
    ec2.authorize_security_group_egress(
        GroupId=web, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": to_s3}]
    )
    ec2.authorize_security_group_ingress(GroupId=web, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": web}]}])
    for each in (web, data):  # with which AWS begins
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        ec2.revoke_security_group_egress(GroupId=each, IpPermissions=everything)
    database, server = {"Ref": "NetworkSecurityGroupDataBase"}, {"Ref": "NetworkSecurityGroupWeb"}
    assert of(read_back(aws), "SecurityGroup") == {
        "NetworkSecurityGroupWeb": {
            "GroupName": "shop-dev-web",
            "GroupDescription": "About web",
            "VpcId": {"Ref": "NetworkVPC"},
        },
        "NetworkSecurityGroupDataBase": {
            "GroupName": "shop-dev-data_base",
            "GroupDescription": "About data_base",
            "VpcId": {"Ref": "NetworkVPC"},
        },
        "NetworkSecurityGroupIngressDataBaseTcp5432Web": {
            **tcp,
            "GroupId": database,
            "SourceSecurityGroupId": server,
            "Description": "from web",
        },
        "NetworkSecurityGroupIngressWebTcp80008010Anywhere": {
            "IpProtocol": "tcp",
            "FromPort": 8000,
            "ToPort": 8010,
            "CidrIp": "0.0.0.0/0",
            "Description": "anybody",
            "GroupId": server,
        },
        "NetworkSecurityGroupIngressWebAllItself": {
            "IpProtocol": "-1",
            "GroupId": server,
            "SourceSecurityGroupId": server,
        },
        "NetworkSecurityGroupEgressWebTcp5432DataBase": {**tcp, "GroupId": server, "DestinationSecurityGroupId": database},
        "NetworkSecurityGroupEgressWebTcp443S3": {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "GroupId": server,
            "DestinationPrefixListId": {"Ref": "ParameterPrefixListS3"},
            "Description": "to s3",
        },
    }


def test_the_prefix_lists_of_aws_are_parameters_and_no_resources(aws, ec2, vpc):
    web = group(ec2, vpc, "web")
    lists = ec2.describe_managed_prefix_lists()["PrefixLists"]
    s3 = next(each["PrefixListId"] for each in lists if each["PrefixListName"].endswith(".s3"))
    ec2.authorize_security_group_egress(GroupId=web, IpPermissions=[{"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": s3}]}])
    result = aws.run("environment_template_info", tags=TAGS, platform=PLATFORM)
    described = {"Type": "String", "Description": "Id of the prefix list that AWS keeps for s3"}
    assert result.template["Parameters"] == {"ParameterPrefixListS3": described}
    assert result.physical["ParameterPrefixListS3"]["id"] == s3
    assert "Parameter" not in result.counts


def test_the_security_group_of_the_vpc_itself_is_there_once_we_have_changed_it(aws, ec2, vpc):
    mine = [{"Name": "vpc-id", "Values": [vpc]}]
    default = ec2.describe_security_groups(Filters=mine)["SecurityGroups"][0]["GroupId"]
    assert not of(read_back(aws), "DefaultSecurityGroup")
    ec2.create_tags(Resources=[default], Tags=specification("security-group", "shop-dev-unused")[0]["Tags"])
    whole = aws.run("environment_template_info", tags=TAGS, platform=PLATFORM).template
    assert whole["Resources"]["NetworkDefaultSecurityGroupUnused"]["Type"] == "Custom::DefaultSecurityGroup"
    assert whole["Parameters"]["CustomResources"]["Type"] == "String"
    own = {"Fn::GetAtt": ["NetworkVPC", "DefaultSecurityGroup"]}
    assert of(read_back(aws), "DefaultSecurityGroup") == {
        "NetworkDefaultSecurityGroupUnused": {
            "GroupId": own,
            "SecurityGroupIngress": [{"IpProtocol": "-1", "SourceSecurityGroupId": own}],
            "SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}],
            "ServiceToken": {"Ref": "CustomResources"},
        }
    }
