# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

CORS = {
    "access_control_allow_origins": ["https://shop.example", "https://www.shop.example"],
    "access_control_allow_headers": ["*"],
    "access_control_allow_methods": ["GET", "POST"],
}
OPEN = {**CORS, "access_control_allow_credentials": True}
TRANSPORT = {"access_control_max_age_sec": 31536000, "include_subdomains": True}
SECURITY = {
    "strict_transport_security": TRANSPORT,
    "content_type_options": {},
    "frame_options": {"frame_option": "DENY", "override": False},
    "referrer_policy": {"referrer_policy": "same-origin"},
    "content_security_policy": {"content_security_policy": "default-src 'self'"},
    "xss_protection": {"protection": True, "mode_block": True},
}
CACHE = {"header": "Cache-Control", "value": "no-store"}
ROBOTS = {"header": "X-Robots-Tag", "value": "noindex", "override": False}

CHAIN = Chain(
    create={"name": "shop", "security_headers_config": {"content_type_options": {}}},
    changes=[
        {"comment": "Careful browsers"},
        {"security_headers_config": SECURITY},
        {"security_headers_config": {"strict_transport_security": {**TRANSPORT, "preload": True}}},
        {"cors_config": {**CORS, "access_control_max_age_sec": 600, "access_control_expose_headers": ["ETag"]}},
        {"cors_config": {**CORS, "access_control_allow_methods": ["POST", "ALL"], "origin_override": False}},
        {"security_headers_config": {}},
        {"custom_headers_config": [CACHE, ROBOTS]},
        {"custom_headers_config": [{**ROBOTS, "value": "none"}]},
        {"cors_config": {}},
        {"remove_headers_config": ["Server", "X-Powered-By"]},
        {"custom_headers_config": []},
        {"server_timing_headers_config": {"sampling_rate": 12.5}},
        {"server_timing_headers_config": {"enabled": False}},
    ],
    invalid=[
        ({"name": "Managed-SimpleCORS"}, "name: Managed-SimpleCORS is one of AWS's own policies"),
        ({"cors_config": {"access_control_allow_origins": ["*"]}}, "cors_config: it needs access_control_allow_headers, access_c"),
        ({"cors_config": OPEN}, "cors_config: with access_control_allow_credentials, access_control_allow_headers has to name"),
        ({"cors_config": {**CORS, "access_control_allow_methods": ["FETCH"]}}, "access_control_allow_methods must be one or more"),
        (
            {"security_headers_config": {"xss_protection": {"protection": True, "mode_block": True, "report_uri": "/xss"}}},
            "security_headers_config: xss_protection takes mode_block or report_uri",
        ),
        (
            {"security_headers_config": {"strict_transport_security": {}}},
            "access_control_max_age_sec found in security_headers_config",
        ),
        ({"server_timing_headers_config": {}}, "server_timing_headers_config: it needs sampling_rate"),
        ({"server_timing_headers_config": {"sampling_rate": 101}}, "server_timing_headers_config: sampling_rate is a percentage"),
        (
            {"custom_headers_config": [{"header": "x-frame-options", "value": "DENY"}]},
            "custom_headers_config: X-Frame-Options has its place in security_headers_config",
        ),
        (
            {"custom_headers_config": [{"header": "Access-Control-Allow-Origin", "value": "*"}]},
            "custom_headers_config: access-control-allow-origin has its place in cors_config",
        ),
        ({"custom_headers_config": [CACHE, CACHE]}, "custom_headers_config: cache-control is given twice"),
        (
            {"custom_headers_config": [CACHE], "remove_headers_config": ["cache-control"]},
            "remove_headers_config: cache-control is set",
        ),
        ({"remove_headers_config": [f"X-{n}" for n in range(11)]}, "remove_headers_config: AWS takes 10 at most, not 11"),
        ({"custom_headers_config": [{"header": "X-A"}]}, "value found in custom_headers_config"),
    ],
    tagged=False,
)
