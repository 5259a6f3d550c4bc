# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain
from ansible_collections.slipway.aws.tests.support.edge import listener, load_balancer, target_group

PATH = {"field": "path-pattern", "values": ["/orders/*"]}
HOST = {"field": "host-header", "host_header_config": {"values": ["b.example", "a.example"]}}
HEADER = {"field": "http-header", "http_header_config": {"http_header_name": "X-Beta", "values": ["yes"]}}
FIXED = {"type": "fixed-response", "fixed_response_config": {"status_code": 200, "message_body": "pong"}}
SINGLE, BOTH = {"type": "forward"}, {"type": "forward"}
REWRITE = {"type": "url-rewrite", "url_rewrite_config": {"rewrites": [{"regex": "^/orders/(.*)", "replace": "/$1"}]}}


def prepare(aws):
    arn = listener(aws, load_balancer(aws, "shop"))
    blue, green = target_group(aws, "blue"), target_group(aws, "green")
    SINGLE["target_group_arn"] = blue
    BOTH["forward_config"] = {
        "target_groups": [{"target_group_arn": green, "weight": 20}, {"target_group_arn": blue, "weight": 80}],
        "target_group_stickiness_config": {"enabled": True, "duration_seconds": 60},
    }
    return {"listener_arn": arn}


CHAIN = Chain(
    create={"name": "orders", "priority": 10, "conditions": [PATH], "actions": [FIXED]},
    changes=[
        {"priority": 20},
        {"conditions": [HOST, PATH]},
        {"conditions": [PATH, HEADER]},
        {"actions": [SINGLE]},
        {"actions": [BOTH], "forward_weights": "managed"},
        {"transforms": [REWRITE]},
        {"transforms": []},
    ],
    invalid=[
        ({"priority": 0}, "between 1 and 50000"),
        ({"conditions": [{"field": "path"}]}, "field path is unknown"),
        ({"conditions": [PATH, PATH]}, "path-pattern may stand there once"),
        ({"conditions": []}, "needs at least one"),
        ({"actions": [{"type": "redirect"}]}, "is redirect and needs redirect_config"),
        ({"actions": [{"type": "send"}]}, "action 1 needs a type"),
        ({"tags": {"Name": "other"}}, "Name is kept by the option name"),
    ],
    elsewhere={"listener_arn", "load_balancer", "port", "client_secret"},
    own_tags={"Name": "orders"},
    prepare=prepare,
)
