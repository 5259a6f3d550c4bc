# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

from ansible_collections.slipway.aws.tests.support.chain import Chain

CHAIN = Chain(
    create={"name": "shop-faults", "filter_expression": 'service("shop") { fault }'},
    changes=[
        {"filter_expression": 'service("shop") AND responsetime > 2'},
        {"insights_configuration": {"insights_enabled": True}},
        {"insights_configuration": {"insights_enabled": True, "notifications_enabled": True}},
        {"insights_configuration": {"insights_enabled": False, "notifications_enabled": False}},
    ],
    invalid=[
        ({"name": "x" * 33}, "name 'xxx"),
        ({"insights_configuration": {"insights_enabled": False, "notifications_enabled": True}}, "insights_configuration:"),
        ({"insights_configuration": {"insights": True}}, "insights_configuration"),
        ({"name": "Default"}, "filter_expression: the group Default has all traces"),
        ({"name": "Default", "filter_expression": None, "state": "absent"}, "name: the group Default cannot be removed"),
    ],
)
