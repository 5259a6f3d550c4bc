# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""elb_listener and elb_listener_rule: weights that belong to deployments, certificates, priorities, secrets."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.tests.support.edge import certificate, listener, load_balancer, target_group

FIXED = [{"type": "fixed-response", "fixed_response_config": {"status_code": 404}}]
PATH = [{"field": "path-pattern", "values": ["/orders/*"]}]


def forward(*pairs):
    return [{"type": "forward", "forward_config": {"target_groups": [{"target_group_arn": a, "weight": w} for a, w in pairs]}}]


def weights(actions):
    return {group["target_group_arn"]: group["weight"] for group in actions[-1]["forward_config"]["target_groups"]}


@pytest.fixture
def groups(aws):
    return [target_group(aws, name) for name in ("blue", "green", "other")]


@pytest.fixture
def web(aws):
    return listener(aws, load_balancer(aws, "shop"))


@pytest.fixture
def rule(aws, groups, web):
    """A rule made for blue/green, and a function that shifts its weights as a deployment does."""
    blue, green, _other = groups
    options = {
        "name": "orders",
        "listener_arn": web,
        "priority": 10,
        "conditions": PATH,
        "actions": forward((blue, 100), (green, 0)),
    }
    made = aws.run("elb_listener_rule", **options)
    assert not made.failed, made.msg
    assert weights(made.rule["actions"]) == {blue: 100, green: 0}

    def shift(**weights_by_name):
        names = {"blue": blue, "green": green}
        shifted = [{"TargetGroupArn": names[name], "Weight": weight} for name, weight in weights_by_name.items()]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": shifted}}
        aws.client("elbv2").modify_rule(RuleArn=made.rule["arn"], Actions=[action])

    return options, shift


def test_another_change_carries_the_shifted_weights_along(aws, groups, rule):
    options, shift = rule
    shift(blue=30, green=70)
    sticky = {"enabled": True, "duration_seconds": 60}
    actions = forward((groups[0], 100), (groups[1], 0))
    actions[0]["forward_config"]["target_group_stickiness_config"] = sticky
    result = aws.run("elb_listener_rule", **{**options, "actions": actions})
    assert weights(result.rule["actions"]) == {groups[0]: 30, groups[1]: 70}
    assert result.rule["actions"][0]["forward_config"]["target_group_stickiness_config"] == sticky


def test_stickiness_that_nobody_mentions_stays(aws, groups, rule):
    options, _shift = rule
    actions = forward((groups[0], 100), (groups[1], 0))
    actions[0]["forward_config"]["target_group_stickiness_config"] = {"enabled": True, "duration_seconds": 60}
    aws.run("elb_listener_rule", **{**options, "actions": actions})
    assert not aws.run("elb_listener_rule", **options).changed


def test_a_group_that_a_deployment_took_out_comes_back_without_traffic(aws, groups, rule):
    options, shift = rule
    shift(green=1)
    result = aws.run("elb_listener_rule", **options)
    assert weights(result.rule["actions"]) == {groups[0]: 0, groups[1]: 1}
    assert not aws.run("elb_listener_rule", **options).changed


def test_naming_one_group_of_a_running_deployment_is_refused(aws, groups, rule):
    options, shift = rule
    shift(blue=0, green=100)
    for check in (True, False):
        with aws.recorded() as sent:
            result = aws.run("elb_listener_rule", check=check, **{**options, "actions": forward((groups[0], 1))})
        assert result.failed
        assert f"sends traffic to {groups[1]}, which actions does not name" in result.msg
        assert sent.writes == []


def test_another_group_altogether_is_an_ordinary_change(aws, groups, rule):
    options, _shift = rule
    result = aws.run("elb_listener_rule", **{**options, "actions": [{"type": "forward", "target_group_arn": groups[2]}]})
    assert weights(result.rule["actions"]) == {groups[2]: 1}


def test_managed_weights_are_sent(aws, groups, rule):
    options, shift = rule
    shift(blue=0, green=100)
    result = aws.run("elb_listener_rule", forward_weights="managed", **options)
    assert result.changed
    assert weights(result.rule["actions"]) == {groups[0]: 100, groups[1]: 0}


def test_one_target_group_in_short_and_long_form_is_the_same(aws, groups, web):
    options = {"name": "orders", "listener_arn": web, "priority": 10, "conditions": PATH}
    aws.run("elb_listener_rule", actions=[{"type": "forward", "target_group_arn": groups[0]}], **options)
    assert not aws.run("elb_listener_rule", actions=forward((groups[0], 7)), **options).changed


def test_a_taken_priority_is_noticed_before_anything_is_written(aws, groups, rule):
    options, _shift = rule
    other = {**options, "name": "payments", "conditions": [{"field": "path-pattern", "values": ["/payments/*"]}]}
    for check in (True, False):
        with aws.recorded() as sent:
            result = aws.run("elb_listener_rule", check=check, **other)
        assert result.failed
        assert "cannot have priority 10: rule orders for /orders/* has it. Choose another one, for example 11" in result.msg
        assert sent.writes == []
    assert aws.run("elb_listener_rule", **{**other, "priority": 20}).changed
    moved = aws.run("elb_listener_rule", **other)
    assert moved.failed
    assert "rule orders for /orders/* has it" in moved.msg


def test_a_rule_without_a_name_is_not_taken_over(aws, groups, web):
    elb = aws.client("elbv2")
    made = elb.create_rule(
        ListenerArn=web,
        Priority=10,
        Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": groups[0]}],
    )["Rules"][0]["RuleArn"]
    options = {"name": "x", "listener_arn": web, "priority": 10, "conditions": PATH, "actions": FIXED}
    refused = aws.run("elb_listener_rule", **options)
    assert "a rule without a name for /x" in refused.msg
    assert "give it the tag Name=x" in refused.msg
    elb.add_tags(ResourceArns=[made], Tags=[{"Key": "Name", "Value": "x"}])
    adopted = aws.run("elb_listener_rule", **options)
    assert adopted.rule["arn"] == made


def test_a_rule_is_found_by_load_balancer_and_port(aws, rule):
    options, _shift = rule
    del options["listener_arn"]
    assert not aws.run("elb_listener_rule", load_balancer="shop", port=80, **options).changed
    missing = aws.run("elb_listener_rule", load_balancer="shop", port=443, **options)
    assert missing.failed
    assert "its listener does not exist" in missing.msg
    assert aws.run("elb_listener_rule", load_balancer="nobody", port=443, check=True, **options).changed


def test_rules_are_found_among_more_than_one_page_of_tags(aws, web):
    for number in range(1, 24):
        conditions = [{"field": "path-pattern", "values": [f"/{number}"]}]
        aws.run("elb_listener_rule", name=f"r{number}", listener_arn=web, priority=number, conditions=conditions, actions=FIXED)
    with aws.recorded() as sent:
        assert not aws.run("elb_listener_rule", name="r23", listener_arn=web, priority=23).changed
    assert len(sent.parameters("DescribeTags")["ResourceArns"]) == sent.operations.count("DescribeTags") == 1
    assert not aws.run("elb_listener_rule", name="r23", listener_arn=web).changed
    moved = aws.run("elb_listener_rule", name="r23", listener_arn=web, priority=100)
    assert (moved.changed, moved.rule["priority"]) == (True, 100)


# Listeners


def test_only_what_differs_is_sent(aws):
    load_balancer(aws, "shop")
    first, second = certificate(aws, "shop.example"), certificate(aws, "b.example")
    options = {"load_balancer": "shop", "port": 443, "protocol": "HTTPS", "certificate_arn": first, "default_actions": FIXED}
    aws.run("elb_listener", **options)
    with aws.recorded() as sent:
        aws.run("elb_listener", ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06", **options)
    assert sent.parameters("ModifyListener").keys() == {"ListenerArn", "SslPolicy"}
    with aws.recorded() as sent:
        aws.run("elb_listener", additional_certificate_arns=[second, first], **options)
    assert sent.writes == ["AddListenerCertificates"]
    assert sent.parameters("AddListenerCertificates")["Certificates"] == [{"CertificateArn": second}]
    assert not aws.run("elb_listener", additional_certificate_arns=[second], **options).changed
    assert not aws.run("elb_listener", **options).changed  # not given, not managed


def test_the_protocol_of_a_listener_can_change(aws):
    arn = load_balancer(aws, "net", kind="network")
    group = target_group(aws, "tcp", protocol="TCP")
    options = {"load_balancer": arn, "port": 443, "default_actions": [{"type": "forward", "target_group_arn": group}]}
    aws.run("elb_listener", protocol="TCP", **options)
    result = aws.run(
        "elb_listener", protocol="TLS", certificate_arn=certificate(aws, "a.example"), alpn_policy="HTTP2Preferred", **options
    )
    assert not result.failed, result.msg
    assert (result.listener["protocol"], result.listener["alpn_policy"]) == ("TLS", ["HTTP2Preferred"])


def test_the_client_secret_is_sent_and_never_told(aws, groups):
    load_balancer(aws, "shop")
    oidc = {
        "type": "authenticate-oidc",
        "authenticate_oidc_config": {
            "issuer": "https://login.example",
            "authorization_endpoint": "https://login.example/a",
            "token_endpoint": "https://login.example/t",
            "user_info_endpoint": "https://login.example/u",
            "client_id": "shop",
        },
    }
    options = {
        "load_balancer": "shop",
        "port": 443,
        "protocol": "HTTPS",
        "certificate_arn": certificate(aws, "shop.example"),
        "default_actions": [oidc, {"type": "forward", "target_group_arn": groups[0]}],
    }
    refused = aws.run("elb_listener", **options)
    assert "client_secret has to be given" in refused.msg
    with aws.recorded() as sent:
        made = aws.run("elb_listener", client_secret="hush-hush", **options)
    assert sent.parameters("CreateListener")["DefaultActions"][0]["AuthenticateOidcConfig"]["ClientSecret"] == "hush-hush"
    assert "hush-hush" not in repr(made)
    assert not aws.run("elb_listener", client_secret="hush-hush", **options).changed
    oidc["authenticate_oidc_config"]["scope"] = "openid email"
    with aws.recorded() as sent:
        aws.run("elb_listener", **options)
    config = sent.parameters("ModifyListener")["DefaultActions"][0]["AuthenticateOidcConfig"]
    assert config["UseExistingClientSecret"] is True
    assert "ClientSecret" not in config


def test_a_listener_needs_its_load_balancer(aws):
    options = {"load_balancer": "nobody", "port": 80, "protocol": "HTTP", "default_actions": FIXED}
    assert aws.run("elb_listener", check=True, **options).changed
    result = aws.run("elb_listener", **options)
    assert result.failed
    assert "listener nobody:80 cannot be created: its load balancer does not exist" in result.msg


def test_names_that_the_api_does_not_have_are_refused_with_the_nearest(aws, web):
    actions = [{"type": "redirect", "redirect_config": {"protocol": "HTTPS", "status": "HTTP_301"}}]
    result = aws.run("elb_listener", load_balancer="shop", port=80, default_actions=actions)
    assert result.failed
    assert "redirect_config.status is unknown, did you mean status_code?" in result.msg
