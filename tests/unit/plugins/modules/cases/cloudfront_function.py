# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

CODE = "function handler(event) { return event.request; }"
STORE = {}


def prepare(aws):
    STORE["key_value_store_arn"] = aws.client("cloudfront").create_key_value_store(Name="redirects")["KeyValueStore"]["ARN"]
    return {}


CHAIN = Chain(
    create={"name": "shop", "code": CODE, "publish": False},
    changes=[
        {"comment": "Redirects"},
        {"publish": True},
        {"code": CODE.replace("request", "response")},
        STORE,
        {"key_value_store_arn": ""},
        {"runtime": "cloudfront-js-1.0"},
        {"publish": False, "code": CODE},
        {"publish": True, "runtime": "cloudfront-js-2.0"},
    ],
    invalid=[
        ({"name": "shop.redirects"}, "name: shop.redirects is not"),
        ({"code": ""}, "code: it has 0 bytes"),
        ({"code": "x" * 10241}, "code: it has 10241 bytes"),
        ({"src": "/etc/hostname"}, "code|src"),
        (
            {"key_value_store_arn": "arn:aws:cloudfront::123456789012:key-value-store/1", "runtime": "cloudfront-js-1.0"},
            "key_value_store_arn: the runtime cloudfront-js-1.0 reads no key value store",
        ),
        ({"key_value_store_arn": "redirects"}, "key_value_store_arn: redirects is not the ARN"),
        ({"runtime": "nodejs22.x"}, "runtime must be one of"),
    ],
    elsewhere={"src"},
    prepare=prepare,
)
