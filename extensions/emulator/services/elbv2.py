# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Load balancers, listeners and rules. Target groups are in elbv2_targets.py.

moto keeps them all. It does not enforce deletion protection, lets two listeners share a port, asks nobody about certificates, drops
all certificates but the first, mutual authentication, ALPN and transforms, allows ten tags, and answers rules in the order of their
creation.
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException
from moto.core.resource_tagging import TaggedResource
from moto.elbv2.models import ELBv2Backend, FakeAction, elbv2_backends
from moto.elbv2.ssl_policies import SSL_POLICIES

from ..calls import AwsError
from ..registry import operation
from . import acm
from .elbv2_targets import backend, using

_SECURE = ("HTTPS", "TLS")
_ALPN = ("HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None")
_PAIRS = {"HTTP": ("HTTP", "HTTPS"), "HTTPS": ("HTTP", "HTTPS"), "TCP": ("TCP", "TCP_UDP"), "TLS": ("TCP", "TLS")}
_LIMIT_OF_TAGS = 50


# Load balancers


@operation("elbv2", "DeleteLoadBalancer")
def delete_load_balancer(call):
    balancer = backend(call).load_balancers.get(call.params["LoadBalancerArn"])
    if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
        text = f"Load balancer '{balancer.arn}' cannot be deleted because deletion protection is enabled"
        raise AwsError("OperationNotPermitted", text)
    return call.forward()


def balancer_of(call, arn):
    """Return moto's object of a load balancer, or raise what AWS raises."""
    balancer = backend(call).load_balancers.get(arn)
    if balancer is None:
        raise AwsError("LoadBalancerNotFound", f"Load balancer '{arn}' not found")
    return balancer


# Listeners


def listener_of(call, arn):
    """Return moto's object of a listener, or raise what AWS raises."""
    for balancer in backend(call).load_balancers.values():
        if arn in balancer.listeners:
            return balancer.listeners[arn]
    raise AwsError("ListenerNotFound", f"Listener '{arn}' not found")


def _shown(listener):
    secure = listener.protocol in _SECURE
    shown = {
        "ListenerArn": listener.arn,
        "LoadBalancerArn": listener.load_balancer_arn,
        "Port": int(listener.port),
        "Protocol": listener.protocol,
        "Certificates": [{"CertificateArn": listener.certificate}] if secure else None,
        "SslPolicy": listener.ssl_policy if secure else None,
        "AlpnPolicy": listener.alpn_policy or None,
        "MutualAuthentication": getattr(listener, "mutual_authentication", {"Mode": "off"}) if secure else None,
        "DefaultActions": [_action(action.data) for action in listener.default_actions],
    }
    return {key: value for key, value in shown.items() if value is not None}


def _action(data):
    """Return an action as AWS tells it: one target group appears in both forms, several as ForwardConfig; secrets never."""
    if data["Type"] != "forward":
        return {key: _config(key, value) for key, value in data.items()}
    forward = data.get("ForwardConfig") or {"TargetGroups": [{"TargetGroupArn": data["TargetGroupArn"]}]}
    groups = [{"Weight": 1, **group} for group in forward["TargetGroups"]]
    stickiness = forward.get("TargetGroupStickinessConfig", {"Enabled": False})
    single = {"TargetGroupArn": groups[0]["TargetGroupArn"]} if len(groups) == 1 else {}
    rest = {key: value for key, value in data.items() if key not in ("TargetGroupArn", "ForwardConfig")}
    return {**rest, **single, "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": stickiness}}


_FILLED = {
    "RedirectConfig": {"Protocol": "#{protocol}", "Port": "#{port}", "Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"},
    "FixedResponseConfig": {"ContentType": "text/plain"},
}
_FILLED["AuthenticateOidcConfig"] = _FILLED["AuthenticateCognitoConfig"] = {
    "SessionCookieName": "AWSELBAuthSessionCookie",
    "Scope": "openid",
    "SessionTimeout": 604800,
    "OnUnauthenticatedRequest": "authenticate",
}


def _config(key, value):
    if key not in _FILLED:
        return value
    told = {name: item for name, item in value.items() if name not in ("ClientSecret", "UseExistingClientSecret")}
    return {**_FILLED[key], **told}


def _check_certificate(call, arn):
    if ":iam:" in arn:
        return
    bundle = acm.certificate(call.account, call.region, arn)
    if bundle is None:
        raise AwsError("CertificateNotFound", f"Certificate '{arn}' not found")
    if bundle.status != "ISSUED":
        text = "must have a fully-qualified domain name, a supported signature, and a supported key size"
        raise AwsError("UnsupportedCertificate", f"The certificate '{arn}' {text}.")


def _check_security(call, protocol, certificate):
    """Check everything about TLS that a listener is given; ``certificate`` is its default one after the call."""
    given = call.params.get("Certificates", [])
    policy = call.params.get("SslPolicy")
    if protocol not in _SECURE:
        if given or policy:
            raise AwsError(
                "InvalidConfigurationRequest", f"Certificates and SSL policies are not supported for {protocol} listeners"
            )
        return
    if len(given) > 1:
        raise AwsError("TooManyCertificates", "Up to one certificate can be specified")
    if not certificate:
        raise AwsError("ValidationError", f"A certificate must be specified for {protocol} listeners")
    for entry in given:
        _check_certificate(call, entry["CertificateArn"])
    if policy and policy not in SSL_POLICIES:
        raise AwsError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")


def _check_alpn(call, protocol):
    alpn = call.params.get("AlpnPolicy", [])
    if alpn and protocol != "TLS":
        raise AwsError("InvalidConfigurationRequest", "ALPN policies are supported for TLS listeners only")
    if len(alpn) > 1 or any(name not in _ALPN for name in alpn):
        raise AwsError("ALPNPolicyNotFound", f"ALPN policy '{', '.join(alpn)}' not found")
    return alpn


def _check_mutual(call, protocol):
    mutual = call.params.get("MutualAuthentication")
    if mutual and protocol != "HTTPS":
        raise AwsError("InvalidConfigurationRequest", "Mutual authentication is supported for HTTPS listeners only")
    if mutual and mutual.get("Mode") not in ("off", "passthrough", "verify"):
        raise AwsError("ValidationError", f"Mutual authentication mode '{mutual.get('Mode')}' must be off, passthrough or verify")
    if mutual and mutual["Mode"] == "verify":  # the account has no trust stores, so none can be found
        raise AwsError("TrustStoreNotFound", f"Trust store '{mutual.get('TrustStoreArn', '')}' not found")
    return mutual


def _check_actions(call, balancer, protocol, actions):
    """Check that the target groups exist, speak the listener's language, live in its VPC and serve no other load balancer."""
    load_balancing = backend(call)
    for action in actions:
        oidc = action.get("AuthenticateOidcConfig")
        if oidc and not oidc.get("ClientSecret") and not (oidc.get("UseExistingClientSecret") and "Modify" in call.operation):
            raise AwsError("InvalidLoadBalancerAction", "A client secret must be specified")
        forward = action.get("ForwardConfig", {})
        groups = forward.get("TargetGroups", [])
        if action.get("TargetGroupArn"):
            if groups and [group["TargetGroupArn"] for group in groups] != [action["TargetGroupArn"]]:
                raise AwsError("ValidationError", "The target group ARN does not match the forward configuration")
            groups = groups or [{"TargetGroupArn": action["TargetGroupArn"]}]
        for group in groups:
            _check_group(load_balancing, balancer, protocol, group)


def _check_group(load_balancing, balancer, protocol, wanted):
    arn = wanted["TargetGroupArn"]
    group = load_balancing.target_groups.get(arn)
    if group is None:
        raise AwsError("TargetGroupNotFound", f"Target groups '{arn}' not found")
    if not 0 <= wanted.get("Weight", 1) <= 999:
        raise AwsError("ValidationError", f"Weight '{wanted['Weight']}' must be between 0 and 999")
    if group.target_type != "lambda" and group.protocol not in _PAIRS.get(protocol, (protocol,)):
        raise AwsError(
            "IncompatibleProtocols", f"Listener protocol {protocol} and target group protocol {group.protocol} do not fit"
        )
    if group.vpc_id and group.vpc_id != balancer.vpc_id:
        raise AwsError("ValidationError", f"The target group '{arn}' is not in the VPC of the load balancer '{balancer.arn}'")
    if any(other != balancer.arn for other in using(load_balancing, arn)):
        text = f"The following target groups cannot be associated with more than one load balancer: {arn}"
        raise AwsError("TargetGroupAssociationLimit", text)


def _check_port(balancer, port, itself=None):
    if any(int(other.port) == port and other is not itself for other in balancer.listeners.values()):
        raise AwsError("DuplicateListener", f"A listener already exists on this port for this load balancer '{balancer.arn}'")


@operation("elbv2", "CreateListener")
def create_listener(call):
    balancer = balancer_of(call, call.params["LoadBalancerArn"])
    protocol, actions = call.params.get("Protocol"), call.params["DefaultActions"]
    _check_port(balancer, call.params.get("Port"))
    _check_security(call, protocol, call.params.get("Certificates"))
    alpn, mutual = _check_alpn(call, protocol), _check_mutual(call, protocol)
    _check_actions(call, balancer, protocol, actions)
    listener = listener_of(call, call.forward()["Listeners"][0]["ListenerArn"])
    listener.alpn_policy = alpn
    if mutual:
        listener.mutual_authentication = mutual
    return {"Listeners": [_shown(listener)]}


@operation("elbv2", "ModifyListener")
def modify_listener(call):
    listener = listener_of(call, call.params["ListenerArn"])
    balancer, given = balancer_of(call, listener.load_balancer_arn), call.params.get("Certificates", [])
    protocol, port = call.params.get("Protocol", listener.protocol), call.params.get("Port", int(listener.port))
    kept = listener.certificate if listener.protocol in _SECURE else None
    _check_port(balancer, port, listener)
    _check_security(call, protocol, given or kept)
    alpn, mutual = _check_alpn(call, protocol), _check_mutual(call, protocol)
    actions = call.params.get("DefaultActions")
    if actions:
        _check_actions(call, balancer, protocol, actions)
        listener.default_actions = [FakeAction(action) for action in actions]
        listener._default_rule[0].actions = listener.default_actions
    _take_certificate(listener, protocol, given)
    listener.protocol, listener.port = protocol, port
    listener.ssl_policy = call.params.get("SslPolicy") or listener.ssl_policy
    listener.alpn_policy = alpn if "AlpnPolicy" in call.params else listener.alpn_policy
    if mutual:
        listener.mutual_authentication = mutual
    return {"Listeners": [_shown(listener)]}


def _take_certificate(listener, protocol, given):
    """Replace the default certificate; it stands first in moto's list, the others follow."""
    if protocol not in _SECURE:
        listener.certificate, listener.certificates = None, []
    elif given:
        extra = [arn for arn in listener.certificates if arn not in (listener.certificate, given[0]["CertificateArn"])]
        listener.certificate = given[0]["CertificateArn"]
        listener.certificates = [listener.certificate, *extra]


@operation("elbv2", "DescribeListeners")
def describe_listeners(call):
    call.params.everything()
    found = call.forward()["Listeners"]
    return {"Listeners": [_shown(listener_of(call, listener["ListenerArn"])) for listener in found]}


@operation("elbv2", "AddListenerCertificates")
def add_listener_certificates(call):
    listener = listener_of(call, call.params["ListenerArn"])
    if listener.protocol not in _SECURE:
        raise AwsError("OperationNotPermitted", f"Certificates cannot be added to {listener.protocol} listeners")
    for entry in call.params["Certificates"]:
        _check_certificate(call, entry["CertificateArn"])
    new = [e["CertificateArn"] for e in call.params["Certificates"] if e["CertificateArn"] not in listener.certificates]
    if len(listener.certificates) + len(new) > 26:
        raise AwsError("TooManyCertificates", "You have reached the limit on the number of certificates per load balancer")
    listener.certificates = [*listener.certificates, *new]
    return {"Certificates": [{"CertificateArn": e["CertificateArn"], "IsDefault": False} for e in call.params["Certificates"]]}


@operation("elbv2", "RemoveListenerCertificates")
def remove_listener_certificates(call):
    listener = listener_of(call, call.params["ListenerArn"])
    arns = [entry["CertificateArn"] for entry in call.params["Certificates"]]
    if listener.certificate in arns:
        raise AwsError("OperationNotPermitted", "Default certificates cannot be removed")
    listener.certificates = [arn for arn in listener.certificates if arn not in arns]


def _uses_certificate(account, arn):
    for load_balancing in elbv2_backends[account].values():
        for balancer in load_balancing.load_balancers.values():
            if any(arn in listener.certificates for listener in balancer.listeners.values()):
                yield balancer.arn


acm.USERS.append(_uses_certificate)


@operation("elbv2", "DescribeSSLPolicies")
def describe_ssl_policies(call):
    unknown = [name for name in call.params.get("Names", []) if name not in SSL_POLICIES]
    if unknown:
        raise AwsError("SSLPolicyNotFound", f"SSL policies '{', '.join(unknown)}' not found")
    return call.forward()


# Rules


def _rule_shown(rule):
    return {
        "RuleArn": rule.arn,
        "Priority": str(rule.priority),
        "Conditions": [_condition(condition) for condition in rule.conditions],
        "Actions": [_action(action.data) for action in rule.actions],
        "IsDefault": rule.is_default,
        "Transforms": getattr(rule, "transforms", []),
    }


def _condition(condition):
    """Return a condition as AWS tells it: hosts and paths appear in the old and in the new form."""
    member = {"host-header": "HostHeaderConfig", "path-pattern": "PathPatternConfig"}.get(condition["Field"])
    if member is None:
        return condition
    config = condition.get(member) or {key: condition[key] for key in ("Values", "RegexValues") if key in condition}
    return {"Field": condition["Field"], **config, member: config}


def _rules_of(call, arns):
    by_arn = {
        rule.arn: (listener, rule)
        for balancer in backend(call).load_balancers.values()
        for listener in balancer.listeners.values()
        for rule in listener.rules.values()
    }
    missing = [arn for arn in arns if arn not in by_arn]
    if missing:
        raise AwsError("RuleNotFound", f"One or more rules not found: {', '.join(missing)}")
    return [by_arn[arn] for arn in arns]


def _changeable(call, arn):
    listener, rule = _rules_of(call, [arn])[0]
    if rule.is_default:
        raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be modified")
    return listener, rule


def _check_priority(listener, priority, others=()):
    taken = {int(rule.priority) for rule in listener.rules.values() if not rule.is_default and rule not in others}
    if priority in taken:
        raise AwsError("PriorityInUse", f"Priority '{priority}' is currently in use")
    if not 1 <= priority <= 50000:
        raise AwsError("ValidationError", f"'{priority}' is not a valid priority: it must be between 1 and 50000")


@operation("elbv2", "CreateRule")
def create_rule(call):
    listener = listener_of(call, call.params["ListenerArn"])
    balancer = balancer_of(call, listener.load_balancer_arn)
    _check_priority(listener, call.params["Priority"])
    _check_actions(call, balancer, listener.protocol, call.params["Actions"])
    transforms = call.params.get("Transforms", [])
    _listener, rule = _rules_of(call, [call.forward()["Rules"][0]["RuleArn"]])[0]
    rule.transforms, rule.priority = transforms, int(rule.priority)
    return {"Rules": [_rule_shown(rule)]}


@operation("elbv2", "ModifyRule")
def modify_rule(call):
    listener, rule = _changeable(call, call.params["RuleArn"])
    transforms, reset = call.params.get("Transforms"), call.params.get("ResetTransforms", False)
    if transforms and reset:
        raise AwsError("ValidationError", "Transforms and ResetTransforms cannot be specified at the same time")
    if call.params.get("Actions"):
        _check_actions(call, balancer_of(call, listener.load_balancer_arn), listener.protocol, call.params["Actions"])
    if call.params.get("Actions") or call.params.get("Conditions"):
        call.forward()
    elif transforms is None and not reset:
        raise AwsError("ValidationError", "Either conditions, actions or transforms must be specified")
    rule.transforms = [] if reset else transforms or getattr(rule, "transforms", [])
    return {"Rules": [_rule_shown(rule)]}


@operation("elbv2", "SetRulePriorities")
def set_rule_priorities(call):
    wanted = {pair["RuleArn"]: pair["Priority"] for pair in call.params["RulePriorities"]}
    found = [_changeable(call, arn) for arn in wanted]
    for listener, rule in found:
        _check_priority(listener, wanted[rule.arn], [other for _listener, other in found])
    for _listener, rule in found:
        rule.priority = wanted[rule.arn]
    return {"Rules": [_rule_shown(rule) for _listener, rule in found]}


@operation("elbv2", "DescribeRules")
def describe_rules(call):
    if bool(call.params.get("ListenerArn")) == bool(call.params.get("RuleArns")):
        raise AwsError("ValidationError", "You must specify either listener rule ARNs or a listener ARN")
    if call.params.get("ListenerArn"):
        rules = list(listener_of(call, call.params["ListenerArn"]).rules.values())
    else:
        rules = [rule for _listener, rule in _rules_of(call, call.params["RuleArns"])]
    rules.sort(key=lambda rule: (rule.is_default, int(rule.priority) if not rule.is_default else 0))
    start, size = int(call.params.get("Marker", 0)), call.params.get("PageSize", 400)
    more = {"NextMarker": str(start + size)} if start + size < len(rules) else {}
    return {"Rules": [_rule_shown(rule) for rule in rules[start : start + size]], **more}


@operation("elbv2", "DeleteRule")
def delete_rule(call):
    listener, rule = _changeable(call, call.params["RuleArn"])
    listener.remove_rule(rule.arn)


# Tags


@operation("elbv2", "AddTags")
def add_tags(call):
    load_balancing, tags = backend(call), call.params["Tags"]
    for arn in call.params["ResourceArns"]:
        _must_exist(load_balancing, arn)
        present = load_balancing.tagging_service.get_tag_dict_for_resource(arn)
        if len({*present, *(tag["Key"] for tag in tags)}) > _LIMIT_OF_TAGS:
            raise AwsError("TooManyTags", "The maximum number of tags per resource is 50")
        load_balancing.tagging_service.tag_resource(arn, tags)


def _must_exist(load_balancing, arn):
    try:
        load_balancing._get_resource_by_arn(arn)
    except ServiceException as missing:
        raise AwsError(missing.code, missing.message) from missing


_tagged = ELBv2Backend.iter_tagged_resources


def _all_tagged(load_balancing):
    """Yield what moto has in the index of tagged resources, and listeners and rules, which AWS has there too."""
    yield from _tagged(load_balancing)
    for balancer in load_balancing.load_balancers.values():
        for listener in balancer.listeners.values():
            for thing, kind in [(listener, "listener"), *((rule, "listener-rule") for rule in listener.rules.values())]:
                tags = load_balancing.tagging_service.get_tag_dict_for_resource(thing.arn)
                yield TaggedResource(arn=thing.arn, tags=tags, resource_type=f"elasticloadbalancing:{kind}")


ELBv2Backend.iter_tagged_resources = _all_tagged
