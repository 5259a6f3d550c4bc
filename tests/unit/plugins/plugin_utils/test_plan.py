# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What a run would change: made from two templates, without AWS."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.plugins.plugin_utils import plan

SUBNET, GROUP = "AWS::EC2::Subnet", "AWS::Logs::LogGroup"


def resource(kind, component="network", defaults=(), **properties):
    return {"Type": kind, "Properties": properties, "Metadata": {"Component": component, "Defaults": list(defaults)}}


def environment(ids=None, **resources):
    physical = {name: {"id": name.lower(), "arn": None} for name in resources} | {
        name: {"id": value, "arn": None} for name, value in (ids or {}).items()
    }
    return {"template": {"Resources": resources}, "physical": physical}


def planned(wanted, actual, **options):
    return plan.compare(environment(**wanted), actual, **options)


def one(changes):
    assert len(changes) == 1, changes
    return changes[0]


def test_nothing_to_do():
    same = {"A": resource(GROUP, LogGroupName="a", RetentionInDays=7)}
    assert planned(same, environment(**same)) == ([], [])


def test_what_is_only_described_is_created():
    changes, _left = planned({"A": resource(GROUP, LogGroupName="a")}, environment())
    change = one(changes)
    assert (change["action"], change["type"], change["logical"], change["component"]) == ("create", GROUP, "A", "network")
    assert change["properties"] == [{"path": "LogGroupName", "after": "a"}]
    assert "id" not in change


def test_a_property_that_differs_is_an_update_with_both_values():
    before = environment(A=resource(GROUP, LogGroupName="a", RetentionInDays=7), ids={"A": "a"})
    change = one(planned({"A": resource(GROUP, LogGroupName="a", RetentionInDays=30)}, before)[0])
    assert (change["action"], change["id"]) == ("update", "a")
    assert change["properties"] == [{"path": "RetentionInDays", "before": 7, "after": 30}]


def test_a_property_that_cannot_change_is_a_replacement():
    before = environment(A=resource(SUBNET, CidrBlock="10.0.0.0/24"))
    assert one(planned({"A": resource(SUBNET, CidrBlock="10.0.1.0/24")}, before)[0])["action"] == "replace"


def test_what_refers_to_something_replaced_changes_as_well():
    def network(cidr):
        return {
            "A": resource(SUBNET, CidrBlock=cidr),
            "Link": resource("AWS::EC2::SubnetRouteTableAssociation", SubnetId={"Ref": "A"}, RouteTableId="r"),
            "Service": resource("AWS::ECS::Service", Networks=[{"Fn::Sub": "x-${A}"}], ServiceName="web"),
            "Other": resource("AWS::ECS::Service", Networks=["a"], ServiceName="other"),
        }

    before = environment(**network("10.0.0.0/24"), ids={"A": "subnet-0123456789abcdef0"})
    changes, _left = planned(network("10.0.1.0/24"), before)
    told = {each["logical"]: each for each in changes}
    assert {name: each["action"] for name, each in told.items()} == {"A": "replace", "Link": "replace", "Service": "update"}
    assert told["Service"]["because"] == ["A"]
    assert told["Service"]["properties"] == [{"path": "Networks[0]", "before": "A", "after": plan.KNOWN_LATER}]


def test_what_keeps_its_name_when_it_is_replaced_is_the_same_to_others():
    def database(key):
        return {
            "Db": resource("AWS::RDS::DBInstance", DBInstanceIdentifier="shop", KmsKeyId=key),
            "Alarm": resource("AWS::CloudWatch::Alarm", Dimension={"Ref": "Db"}),
        }

    before = environment(**database("a"), ids={"Db": "shop"})
    assert [each["logical"] for each in planned(database("b"), before)[0]] == ["Db"]


def test_what_aws_fills_in_is_no_difference():
    wanted = {"A": resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16", InstanceTenancy="default", defaults=["InstanceTenancy"])}
    assert planned(wanted, environment(A=resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"))) == ([], [])


def test_one_tag_is_one_difference():
    def tagged(**tags):
        return {"A": resource(GROUP, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])}

    change = one(planned(tagged(Owner="b", Project="p"), environment(**tagged(Owner="a", Project="p")))[0])
    assert change["properties"] == [{"path": "Tags.Owner", "before": "a", "after": "b"}]


def test_lists_of_one_length_are_compared_by_element():
    def rules(days):
        return {"A": resource("AWS::Backup::BackupPlan", Rules=[{"Name": "daily", "Days": days}, {"Name": "weekly", "Days": 90}])}

    change = one(planned(rules(14), environment(**rules(7)))[0])
    assert change["properties"] == [{"path": "Rules[0].Days", "before": 7, "after": 14}]


def test_an_id_that_aws_will_give_is_not_told():
    before = environment(A=resource(GROUP, Name="a", Group="sg-0aaaaaaaaaaaaaaaa"))
    change = one(planned({"A": resource(GROUP, Name="a", Group="sg-0bbbbbbbbbbbbbbbb")}, before)[0])
    assert change["action"] == "unknown"
    assert change["properties"][0]["after"] == plan.KNOWN_LATER


def test_what_only_the_account_has_is_left_unless_its_component_is_to_go():
    before = environment(A=resource(GROUP, component="orders", LogGroupName="a"))
    changes, left = planned({}, before)
    assert (changes, one(left)["action"]) == ([], "delete")
    assert "removes nothing by itself" in one(left)["reason"]
    changes, left = planned({}, before, absent={"orders"})
    assert (one(changes)["action"], left) == ("delete", [])


def test_a_rule_that_nobody_described_is_deleted_with_its_group_kept():
    groups = {"Web": resource("AWS::EC2::SecurityGroup", GroupName="web")}
    rule = resource("AWS::EC2::SecurityGroupIngress", GroupId={"Fn::GetAtt": ["Web", "GroupId"]}, FromPort=22)
    assert one(planned(groups, environment(**groups, Rule=rule))[0])["action"] == "delete"


def scaled(count, scaling=True):
    target = resource("AWS::ApplicationAutoScaling::ScalableTarget", ResourceId={"Fn::Sub": "service/${Cluster}/web"})
    service = resource("AWS::ECS::Service", ServiceName="web", DesiredCount=count)
    return {"Web": service, **({"Target": target} if scaling else {})}


def test_the_number_of_tasks_belongs_to_scaling():
    changes, left = planned(scaled(1), environment(**scaled(4)))
    assert changes == []
    assert "Auto Scaling" in one(left)["reason"]
    assert one(planned(scaled(1, scaling=False), environment(**scaled(4, scaling=False)))[0])["action"] == "update"


@pytest.mark.parametrize(
    ("actual", "upgrades", "action"),
    [("16.9", True, None), ("16.7", True, "update"), ("15.9", True, "update"), ("16.9", False, "update")],
)
def test_minor_versions_belong_to_aws_where_it_upgrades_them(actual, upgrades, action):
    def database(version):
        return {"A": resource("AWS::RDS::DBInstance", EngineVersion=version, AutoMinorVersionUpgrade=upgrades)}

    changes, left = planned(database("16.8"), environment(**database(actual)))
    assert [each["action"] for each in changes] == [action] * bool(action)
    assert len(left) == (0 if action else 1)


@pytest.mark.parametrize("shifting", [True, False])
def test_weights_belong_to_the_deployment(shifting):
    def rule(weight):
        balancers = [{"AdvancedConfiguration": {"ProductionListenerRule": {"Ref": "Rule"}}}] if shifting else []
        actions = [{"ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "a", "Weight": weight}]}}]
        return {
            "Rule": resource("AWS::ElasticLoadBalancingV2::ListenerRule", Actions=actions),
            "Web": resource("AWS::ECS::Service", ServiceName="web", LoadBalancers=balancers),
        }

    changes, left = planned(rule(100), environment(**rule(90)))
    assert (len(changes), len(left)) == ((0, 1) if shifting else (1, 0))


def test_what_people_accept_is_left_with_their_reason():
    before = environment(A=resource(GROUP, LogGroupName="a", RetentionInDays=7), B=resource(GROUP, LogGroupName="b"))
    wanted = {"A": resource(GROUP, LogGroupName="a", RetentionInDays=30)}
    exceptions = [{"type": "AWS::Logs::*", "property": "RetentionInDays", "reason": "An audit needs them."}]
    changes, left = planned(wanted, before, exceptions=exceptions)
    assert changes == []
    assert {each["logical"]: each["reason"] for each in left}["A"] == "An audit needs them."


def test_the_digest_is_about_changes_only():
    def changes(days, identity="a"):
        before = environment(A=resource(GROUP, RetentionInDays=7), ids={"A": identity})
        return planned({"A": resource(GROUP, RetentionInDays=days)}, before)[0]

    assert plan.digest(changes(30)) == plan.digest(changes(30, identity="other")) != plan.digest(changes(14))
    assert plan.digest([]).startswith("sha256:")
