# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.edge import certificate, load_balancer, target_group

FIXED = {"type": "fixed-response", "fixed_response_config": {"status_code": 404}}
TO_HTTPS = {"type": "redirect", "redirect_config": {"protocol": "HTTPS", "port": 443, "status_code": "HTTP_301"}}


def prepare(aws):
    load_balancer(aws, "shop")
    blue, green = target_group(aws, "blue"), target_group(aws, "green")
    FORWARD["forward_config"] = {
        "target_groups": [{"target_group_arn": blue, "weight": 100}, {"target_group_arn": green, "weight": 0}]
    }
    SINGLE["target_group_arn"] = blue
    first, second, third = (certificate(aws, name) for name in ("shop.example", "a.example", "b.example"))
    SECOND["certificate_arn"] = second
    BOTH["additional_certificate_arns"] = [third, first]
    ONE["additional_certificate_arns"] = [third]
    return {"certificate_arn": first}


FORWARD, SINGLE = {"type": "forward"}, {"type": "forward"}
SECOND, BOTH, ONE = {"certificate_arn": None}, {"additional_certificate_arns": None}, {"additional_certificate_arns": None}
OIDC = {
    "type": "authenticate-oidc",
    "authenticate_oidc_config": {
        "issuer": "https://login.example",
        "authorization_endpoint": "https://login.example/authorize",
        "token_endpoint": "https://login.example/token",
        "user_info_endpoint": "https://login.example/me",
        "client_id": "shop",
    },
}

CHAIN = Chain(
    create={"load_balancer": "shop", "port": 443, "protocol": "HTTPS", "default_actions": [FIXED]},
    changes=[
        {"ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        {"default_actions": [TO_HTTPS]},
        {"default_actions": [FORWARD]},
        {"default_actions": [SINGLE]},
        {"default_actions": [OIDC, SINGLE], "client_secret": "s3cret"},
        SECOND,
        BOTH,
        ONE,
        {"mutual_authentication": {"mode": "passthrough"}},
        {"attributes": {"routing.http.response.server.enabled": False}},
    ],
    invalid=[
        ({"protocol": "HTTP"}, "only listeners with HTTPS or TLS have it, not HTTP"),
        ({"alpn_policy": "HTTP2Only"}, "only TLS listeners have it, not HTTPS"),
        ({"mutual_authentication": {"mode": "verify"}}, "verify needs trust_store_arn"),
        ({"default_actions": [{"type": "forward"}]}, "action 1 is forward and needs target_group_arn or forward_config"),
        ({"default_actions": [OIDC]}, "exactly one action has to be the last one"),
        (
            {"default_actions": [{"type": "authenticate-oidc", "authenticate_oidc_config": {"client_secret": "x"}}, FIXED]},
            "write the client secret into the option client_secret",
        ),
    ],
    elsewhere={"load_balancer", "port", "protocol", "alpn_policy", "forward_weights"},
    prepare=prepare,
)
