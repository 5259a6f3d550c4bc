# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Security groups: all of a network in one pass, what is sent for them, and what holds them."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.registry import OPERATIONS

WEB = {"name": "web", "description": "HTTPS", "ingress": [{"port": 443, "from": "internet"}], "egress": [{"port": 80, "to": "api"}]}
API = {"name": "api", "description": "Services", "ingress": [{"port": 80, "from": "web"}], "egress": [{"port": 443, "to": "s3"}]}
CLOSED = {"name": "default", "tags": {"Name": "unused"}}
LOOK = ["DescribeSecurityGroups", "DescribeSecurityGroupRules"]


@pytest.fixture
def vpc(aws):
    return aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def keep(aws, vpc):
    """Return a function that runs the module and says what was sent; it has to work without a warning."""

    def keep(*groups, **options):
        with aws.recorded() as sent:
            result = aws.run("ec2_security_groups", **{"vpc_id": vpc, "prefix": "shop-", "groups": list(groups), **options})
        assert not result.failed, result.msg
        assert result.warnings == []
        return result, sent

    return keep


@pytest.fixture
def refused(aws, vpc):
    """Return a function that runs the module, which has to fail without a write, and returns the message."""

    def refused(*groups, **options):
        with aws.recorded() as sent:
            result = aws.run("ec2_security_groups", **{"vpc_id": vpc, "prefix": "shop-", "groups": list(groups), **options})
        assert result.failed
        assert sent.writes == []
        return result.msg

    return refused


def described(aws, vpc, name):
    mine = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": [name]}]
    [group] = aws.client("ec2").describe_security_groups(Filters=mine)["SecurityGroups"]
    return group


def test_groups_that_speak_of_each_other_are_there_in_one_pass(aws, vpc, keep):
    made, sent = keep(WEB, API, CLOSED)
    assert sent.writes == [
        *["CreateSecurityGroup"] * 2,
        *("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress") * 2,
        *["RevokeSecurityGroupEgress"] * 2,
        *("RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"),
        "CreateTags",
    ]
    web, api = (described(aws, vpc, f"shop-{name}") for name in ("web", "api"))
    [out] = web["IpPermissionsEgress"]
    assert out["UserIdGroupPairs"][0]["GroupId"] == api["GroupId"]
    assert out["UserIdGroupPairs"][0]["Description"] == "port 80 to api"
    [into] = api["IpPermissions"]
    assert into["UserIdGroupPairs"][0]["GroupId"] == web["GroupId"]
    default = described(aws, vpc, "default")
    assert (default["IpPermissions"], default["IpPermissionsEgress"]) == ([], [])
    assert default["Tags"] == [{"Key": "Name", "Value": "unused"}]
    assert made.security_group_ids == {"web": web["GroupId"], "api": api["GroupId"], "default": default["GroupId"]}
    assert [group["name"] for group in made.security_groups] == ["web", "api", "default"]


def test_a_second_run_looks_three_times_whatever_the_number_of_groups(keep):
    more = [{"name": f"more-{number}", "description": "More", "ingress": [{"port": 1, "from": "web"}]} for number in range(20)]
    keep(WEB, API, *more)
    again, sent = keep(WEB, API, *more)
    assert not again.changed
    assert sorted(sent.operations) == sorted([*LOOK, "DescribeManagedPrefixLists"])


def test_nobody_asks_for_prefix_lists_that_no_rule_speaks_of(keep):
    keep({**API, "egress": []}, WEB)
    assert keep({**API, "egress": []}, WEB)[1].operations == LOOK


def test_rules_of_a_result_are_in_the_words_of_the_options(keep):
    ways = {"ingress": [{"port": "0-65535", "from": "10.0.0.0/8"}], "egress": [{"protocol": "-1", "to": "internet"}]}
    result, _sent = keep({"name": "all", "description": "All", **ways})
    [group] = result.security_groups
    assert group["ingress"] == [
        {"protocol": "tcp", "port": "0-65535", "from": "10.0.0.0/8", "description": "port 0-65535 from 10.0.0.0/8"}
    ]
    assert group["egress"] == [{"protocol": "-1", "to": "internet", "description": "everything to internet"}]
    assert result.diff["after"]["all"]["egress"] == group["egress"]


def test_a_check_run_knows_the_groups_of_a_network_that_is_not_there_yet(aws):
    with aws.recorded() as sent:
        result = aws.run("ec2_security_groups", check=True, vpc_id="(known after apply)", groups=[WEB, API, CLOSED])
    assert not result.failed, result.msg
    assert sent.operations == ["DescribeManagedPrefixLists"]
    assert result.diff["before"] == {}
    assert set(result.diff["after"]) == {"web", "api", "default"}
    assert set(result.security_group_ids.values()) == {"(known after apply)"}


def test_a_rule_is_added_before_another_one_goes(aws, vpc, keep):
    keep(WEB, API)
    _result, sent = keep(WEB, {**API, "ingress": [{"port": 8000, "from": "web"}]})
    assert sent.writes == ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"]
    [rule] = described(aws, vpc, "shop-api")["IpPermissions"]
    assert (rule["FromPort"], rule["ToPort"]) == (8000, 8000)


def test_a_changed_description_interrupts_nothing(keep):
    keep(WEB, API)
    other = [{**API["ingress"][0], "description": "what the load balancer asks"}]
    _result, sent = keep(WEB, {**API, "ingress": other})
    assert sent.writes == ["UpdateSecurityGroupRuleDescriptionsIngress"]


def test_a_rule_that_somebody_has_added_goes_by_its_id(aws, vpc, keep):
    keep(WEB, API)
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = described(aws, vpc, "shop-web")["GroupId"]
    added = aws.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[ssh])["SecurityGroupRules"]
    result, sent = keep(WEB, API)
    assert result.changed
    parameters = sent.parameters("RevokeSecurityGroupIngress")
    assert parameters["SecurityGroupRuleIds"] == [added[0]["SecurityGroupRuleId"]]
    assert {"protocol": "tcp", "port": "22", "from": "internet", "description": ""} in result.diff["before"]["web"]["ingress"]


def test_groups_that_nobody_describes_are_left_alone_and_can_be_spoken_of(aws, vpc, keep):
    vpn = aws.client("ec2").create_security_group(VpcId=vpc, GroupName="vpn", Description="VPN")["GroupId"]
    by_name = {"name": "api", "description": "Services", "ingress": [{"port": 80, "from": "vpn"}]}
    assert keep(by_name)[0].security_group_ids.keys() == {"api"}
    [rule] = described(aws, vpc, "shop-api")["IpPermissions"]
    assert rule["UserIdGroupPairs"][0]["GroupId"] == vpn
    assert len(described(aws, vpc, "vpn")["IpPermissionsEgress"]) == 1
    by_id = {**by_name, "ingress": [{"port": 80, "from": vpn, "description": "port 80 from vpn"}]}
    again, sent = keep(by_id)
    assert not again.changed
    [asked] = sent.parameters("DescribeSecurityGroupRules")["Filters"]
    assert asked["Values"] == [again.security_group_ids["api"]]


def test_a_prefix_list_by_name_and_by_id_is_the_same(aws, keep):
    lists = aws.client("ec2").describe_managed_prefix_lists()["PrefixLists"]
    [s3] = [each["PrefixListId"] for each in lists if each["PrefixListName"].endswith(".s3")]
    keep(WEB, API)
    by_id = [{"port": 443, "to": s3, "description": "port 443 to s3"}]
    assert not keep(WEB, {**API, "egress": by_id})[0].changed


def test_new_groups_may_take_a_moment_to_be_seen(aws, monkeypatch, keep):
    """AWS tells of a group, and of the rule that lets everything out of it, a little after it has made it."""
    looks, listed, rules = [], OPERATIONS["ec2", "DescribeSecurityGroups"], OPERATIONS["ec2", "DescribeSecurityGroupRules"]

    def late(call):
        looks.append(call.operation)
        answer = listed(call)
        hidden = "shop-api" if len(looks) in (2, 3) else None
        return {"SecurityGroups": [group for group in answer["SecurityGroups"] if group["GroupName"] != hidden]}

    def later(call):
        answer = rules(call)
        return {"SecurityGroupRules": []} if len(looks) == 4 else answer

    monkeypatch.setitem(OPERATIONS, ("ec2", "DescribeSecurityGroups"), late)
    monkeypatch.setitem(OPERATIONS, ("ec2", "DescribeSecurityGroupRules"), later)
    result, sent = keep(WEB, API)
    assert result.changed
    assert sent.writes.count("RevokeSecurityGroupEgress") == 2
    assert len(looks) == 6
    assert not keep(WEB, API)[0].changed


def test_a_new_group_that_is_not_known_everywhere_is_waited_for(aws, keep):
    gone = {"code": "InvalidGroup.NotFound", "message": "The security group 'sg-1' does not exist"}
    fault = aws.fault("ec2", "AuthorizeSecurityGroupEgress", times=2, **gone)
    assert keep(WEB, API)[0].changed
    assert fault["times"] == 0


def test_what_aws_reports_otherwise_is_doubted(aws, vpc, monkeypatch):
    monkeypatch.setitem(OPERATIONS, ("ec2", "RevokeSecurityGroupEgress"), lambda call: {"Return": bool(call.params.everything())})
    result = aws.run("ec2_security_groups", vpc_id=vpc, groups=[{"name": "closed", "description": "Closed"}])
    assert f"AWS accepted the security groups of {vpc} but reports something else." in result.warnings


def test_all_faults_stand_in_one_message(refused, keep):
    keep(WEB, API)
    message = refused(
        {**WEB, "description": "HTTP"},
        {**API, "ingress": [{"port": 80, "from": "webb"}, {"port": 22, "from": "web"}, {"port": "22-22", "from": "shop-web"}]},
    )
    assert "description of group shop-web cannot be changed in place: it is 'HTTPS', wanted 'HTTP'" in message
    assert "group api: nobody knows 'webb', from in ingress. It is a group (api, default, web)" in message
    assert "group api: ingress has port 22-22 from shop-web twice." in message


def test_a_vpc_that_is_not_there(refused):
    assert "There is no vpc-0123 in us-east-1" in refused(WEB, API, vpc_id="vpc-0123")


def test_tags_of_one_group_stand_before_those_of_all(keep):
    result, _sent = keep({**API, "ingress": [], "tags": {"Owner": "QA"}}, tags={"Owner": "Team", "Project": "Shop"})
    assert result.security_groups[0]["tags"] == {"Name": "shop-api", "Owner": "QA", "Project": "Shop"}


# Absent


def test_groups_that_speak_of_each_other_are_removed(keep):
    keep(WEB, API)
    result, sent = keep({"name": "web"}, {"name": "api"}, state="absent")
    assert sent.writes == ["RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress", *["DeleteSecurityGroup"] * 2]
    assert (result.security_groups, result.diff["after"]) == ([], {})
    again, sent = keep({"name": "web"}, {"name": "api"}, state="absent")
    assert (again.changed, sent.writes) == (False, [])


def test_the_group_of_the_vpc_itself_loses_its_rules(aws, vpc, keep):
    result, sent = keep({"name": "default"}, state="absent")
    assert sent.writes == ["RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"]
    assert result.diff["after"]["default"]["ingress"] == []
    assert described(aws, vpc, "default")["IpPermissionsEgress"] == []
    assert not keep({"name": "default"}, state="absent")[0].changed


def test_a_group_that_others_speak_of_stays(keep, refused):
    keep(WEB, API)
    message = refused({"name": "api"}, state="absent")
    assert "Rules of group shop-web speak of shop-api: remove them, or shop-web as well." in message


@pytest.fixture
def endpoint(aws, vpc, keep):
    """Return the id of an interface endpoint that uses the group web."""
    keep({**WEB, "egress": []})
    ec2 = aws.client("ec2")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = described(aws, vpc, "shop-web")["GroupId"]
    service = {"ServiceName": "com.amazonaws.us-east-1.logs", "VpcEndpointType": "Interface", "VpcId": vpc}
    return ec2.create_vpc_endpoint(**service, SubnetIds=[subnet], SecurityGroupIds=[group])["VpcEndpoint"]["VpcEndpointId"]


def test_what_is_going_away_is_waited_for(aws, keep, endpoint):
    aws.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    result, sent = keep({"name": "web"}, state="absent")
    assert result.changed
    assert len(sent.writes) > 2


def test_what_stays_is_named(aws, vpc, endpoint):
    result = aws.run("ec2_security_groups", vpc_id=vpc, groups=[{"name": "shop-web"}], state="absent", wait_timeout=20)
    assert result.failed
    assert "After 20 seconds AWS still refuses to remove shop-web, because something uses it: shop-web by eni-" in result.msg
    assert f"(VPC Endpoint Interface {endpoint})" in result.msg


def test_a_refusal_names_the_group(aws, vpc):
    aws.fault("ec2", "AuthorizeSecurityGroupIngress", "denied")
    result = aws.run("ec2_security_groups", vpc_id=vpc, groups=[WEB, API])
    assert result.failed
    assert "security group web: AWS refused authorize_security_group_ingress" in result.msg
