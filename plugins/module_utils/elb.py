# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""What listeners and rules share: actions in one normal form, and traffic weights that belong to deployments.

ECS and CodeDeploy move traffic by rewriting the forward action of a listener or a rule. Whoever compares weights reverts a
deployment with his next run. So an action keeps the weights it has as long as its target groups are the wanted ones.
"""

from __future__ import annotations

from ansible_collections.slipway.aws.plugins.module_utils import shapes


def load_balancer_arn(caller, wanted):
    """Return the ARN of a load balancer that is given by name or ARN; None when no load balancer has that name."""
    if wanted.startswith("arn:"):
        return wanted
    found = caller.read("describe_load_balancers", Names=[wanted])
    return found and found["LoadBalancers"][0]["LoadBalancerArn"]


def listener_at(caller, balancer, port):
    """Return the listener of a load balancer that has a port, or None."""
    listeners = caller.pages("describe_listeners", "Listeners", LoadBalancerArn=balancer) if balancer else []
    return next((listener for listener in listeners if listener.get("Port") == port), None)


class ForeignTrafficError(ValueError):
    """A target group that nobody named gets traffic."""


# What AWS takes where an action says nothing. Filled in on both sides, so it does not matter which of them an answer tells.
_AUTHENTICATION = {
    "SessionCookieName": "AWSELBAuthSessionCookie",
    "Scope": "openid",
    "SessionTimeout": 604800,
    "OnUnauthenticatedRequest": "authenticate",
}
_DEFAULTS = {
    "RedirectConfig": {
        "Protocol": "#{protocol}",
        "Port": "#{port}",
        "Host": "#{host}",
        "Path": "/#{path}",
        "Query": "#{query}",
    },
    "FixedResponseConfig": {"ContentType": "text/plain"},
    "AuthenticateOidcConfig": _AUTHENTICATION,
    "AuthenticateCognitoConfig": _AUTHENTICATION,
}
_NOT_STICKY = {"Enabled": False}


def normal(actions):
    """Return actions in the order they are carried out, each forward in the form of ForwardConfig with explicit weights."""
    ordered = sorted(enumerate(actions), key=lambda pair: (pair[1].get("Order", pair[0] + 1), pair[0]))
    return [_normal(action) for _position, action in ordered]


def _normal(action):
    if action["Type"] != "forward":
        return {key: {**_DEFAULTS[key], **value} if key in _DEFAULTS else value for key, value in action.items()}
    forward = action.get("ForwardConfig") or {}
    groups = forward.get("TargetGroups") or [{"TargetGroupArn": action.get("TargetGroupArn")}]
    rest = {key: value for key, value in action.items() if key not in ("TargetGroupArn", "ForwardConfig")}
    return {**rest, "ForwardConfig": {**forward, "TargetGroups": [{"Weight": 1, **group} for group in groups]}}


def _weights(action):
    """Return the weights of a forward action by target group; nothing for other actions."""
    groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
    return {group["TargetGroupArn"]: group["Weight"] for group in groups}


def settled(wanted, present=(), keep_weights=True):
    """Return the wanted actions, completed by what the present ones have and nobody asked to change.

    A wanted forward is paired with the present forward that shares a target group with it. From there it takes the stickiness, when
    it says nothing about it, and the weights. Target groups that are wanted and not there yet come in with weight 0. Raises
    ForeignTrafficError when a target group that is not wanted any more still gets traffic beside wanted ones: that is what a
    deployment looks like to somebody who named one of its two target groups.
    """
    return [_settled(action, present, keep_weights) if action["Type"] == "forward" else action for action in wanted]


def _settled(action, present, keep_weights):
    wanted = _weights(action)
    pair = next((other for other in present if _weights(other).keys() & wanted.keys()), None)
    forward = {"TargetGroupStickinessConfig": _NOT_STICKY}
    if pair is not None:
        forward["TargetGroupStickinessConfig"] = pair["ForwardConfig"].get("TargetGroupStickinessConfig", _NOT_STICKY)
    forward.update(action["ForwardConfig"])
    if pair is not None and keep_weights:
        weights = _weights(pair)
        foreign = sorted(arn for arn, weight in weights.items() if weight and arn not in wanted)
        if foreign:
            raise ForeignTrafficError(", ".join(foreign))
        forward["TargetGroups"] = [{"TargetGroupArn": arn, "Weight": weights.get(arn, 0)} for arn in wanted]
    return {**action, "ForwardConfig": forward}


def wanted_actions(module, shape, option, present, owner):
    """Return the actions that an option of a module asks for, in normal form and settled; None when it is left out."""
    if module.params[option] is None:
        return None
    actions = normal(shapes.to_api(shape.members[shapes.members(shape)[option]], module.params[option]))
    if len(actions) > 1:
        actions = [{**action, "Order": position} for position, action in enumerate(actions, 1)]
    try:
        return settled(actions, present, keep_weights=module.params["forward_weights"] == "ignore")
    except ForeignTrafficError as foreign:
        return module.fail_json(
            msg=f"{owner} sends traffic to {foreign}, which {option} does not name: a deployment may be under way. Name all"
            " target groups of the deployment, or set forward_weights to managed."
        )


def with_secret(actions, secret):
    """Return actions as they are sent: an OIDC action carries the client secret, or says that AWS shall keep the one it has."""
    extra = {"ClientSecret": secret} if secret else {"UseExistingClientSecret": True}
    return [
        {**action, "AuthenticateOidcConfig": {**action["AuthenticateOidcConfig"], **extra}}
        if action["Type"] == "authenticate-oidc"
        else action
        for action in actions
    ]


def lacking_secret(params, option):
    """Return the name of the option for the client secret when the actions cannot be created without it."""
    oidc = any(action.get("type") == "authenticate-oidc" for action in params[option] or [])
    return ["client_secret"] if oidc and not params["client_secret"] else []


_CONFIGS = {
    "forward": ("target_group_arn", "forward_config"),
    "redirect": ("redirect_config",),
    "fixed-response": ("fixed_response_config",),
    "authenticate-oidc": ("authenticate_oidc_config",),
    "authenticate-cognito": ("authenticate_cognito_config",),
    "jwt-validation": ("jwt_validation_config",),
}
_LAST = ("forward", "redirect", "fixed-response")


def faults_of(option, actions):
    """Return sentences about actions that AWS would refuse."""
    faults = []
    for number, action in enumerate(actions or [], 1):
        needed = _CONFIGS.get(action.get("type"))
        if needed is None:
            faults.append(f"{option}: action {number} needs a type, one of {', '.join(_CONFIGS)}.")
        elif not any(action.get(name) for name in needed):
            faults.append(f"{option}: action {number} is {action['type']} and needs {' or '.join(needed)}.")
        if "client_secret" in (action.get("authenticate_oidc_config") or {}):
            faults.append(f"{option}: write the client secret into the option client_secret, where it is kept out of the logs.")
    last = [action.get("type") for action in actions or [] if action.get("type") in _LAST]
    if actions and len(last) != 1:
        faults.append(f"{option}: exactly one action has to be the last one, a {', '.join(_LAST[:-1])} or {_LAST[-1]}.")
    return faults
