# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CloudFront's way of writing lists, and the names of AWS's own policies.

CloudFront writes a list as ``{"Quantity": 2, "Items": [...]}``, now and then with more members beside. People and the comparison
see plain lists; ``plain`` and ``wrapped`` go from one form to the other, guided by botocore's model.
"""

from __future__ import annotations

from difflib import get_close_matches

from ansible_collections.slipway.aws.plugins.module_utils import shapes
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN

# AWS's ids never change: they are part of its documentation.
POLICIES = {
    "CachePolicyId": {
        "Amplify": "2e54312d-136d-493c-8eb9-b001f22f67d2",
        "CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        "CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        "CachingOptimizedForUncompressedObjects": "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
        "Elemental-MediaPackage": "08627262-05a9-4f76-9ded-b50ca2e3a84f",
        "UseOriginCacheControlHeaders": "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
        "UseOriginCacheControlHeaders-QueryStrings": "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
    },
    "OriginRequestPolicyId": {
        "AllViewer": "216adef6-5c7f-47e4-b989-5492eafa07d3",
        "AllViewerAndCloudFrontHeaders-2022-06": "33f36d7e-f396-46d9-90e0-52428a34d9dc",
        "AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
        "CORS-CustomOrigin": "59781a5b-3903-41f3-afcb-af62929ccde1",
        "CORS-S3Origin": "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
        "Elemental-MediaTailor-PersonalizedManifests": "775133bc-15f2-49f9-abea-afb2e0bf67d2",
        "HostHeaderOnly": "bf0718e1-ba1e-49d1-88b1-f726733018ae",
        "UserAgentRefererHeaders": "acba4595-bd28-49b8-b9fe-13317c0390fa",
    },
    "ResponseHeadersPolicyId": {
        "CORS-and-SecurityHeadersPolicy": "e61eb60c-9c35-4d20-a928-2b84e02af89c",
        "CORS-With-Preflight": "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
        "CORS-with-preflight-and-SecurityHeadersPolicy": "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
        "SecurityHeadersPolicy": "67f7725c-6f97-4210-82d7-5512b31e9d03",
        "SimpleCORS": "60669652-455b-4ae9-85a4-c4c02393f86c",
    },
}


def policy(member, wanted):
    """Return the id of a policy that is given by id or by the name of one of AWS's own. Raises ValueError for another name."""
    name = wanted.removeprefix("Managed-")
    if name in POLICIES[member]:
        return POLICIES[member][name]
    if wanted in ("", UNKNOWN) or (wanted.count("-") == 4 and len(wanted) == 36):
        return wanted
    near = get_close_matches(name, POLICIES[member], n=1) or sorted(POLICIES[member])
    raise ValueError(f"{wanted} is neither an id nor one of AWS's own policies, such as {near[0]}")


def _is_list(shape):
    return shape.type_name == "structure" and {"Quantity", "Items"} <= shape.members.keys()


def _beside(shape):
    """Return the members that stand beside the items of a list."""
    return [name for name in shape.members if name not in ("Quantity", "Items", "Enabled")]


def to_api(shape, value, path=""):
    """Return what a user wrote in the API's names, lists plain, ``None`` left out."""
    if value is None:
        return None
    if _is_list(shape) and isinstance(value, (list, tuple)):
        member = shape.members["Items"].member
        return [to_api(member, item, f"{path}[{index}]") for index, item in enumerate(value)]
    if shape.type_name == "structure" and isinstance(value, dict):
        names = {**shapes.members(shape), **_hoisted(shape)}
        shapes.to_api(shape, dict.fromkeys(key for key in value if key not in names), path)  # raises for unknown names
        members = {**shape.members, **dict.fromkeys(_hoisted(shape).values(), shape.members.get("AllowedMethods"))}
        named = {names.get(key, key): (key, item) for key, item in value.items() if item is not None}
        return {name: to_api(members[name], item, f"{path}.{key}".strip(".")) for name, (key, item) in named.items()}
    return shapes.to_api(shape, value, path)


def _hoisted(shape):
    """Return members that the API hides inside another list; people write them beside it."""
    return {"cached_methods": "CachedMethods"} if "AllowedMethods" in shape.members else {}


def plain(shape, value):
    """Return a part of a configuration with plain lists."""
    if value is None:
        return None
    if _is_list(shape):
        items = [plain(shape.members["Items"].member, item) for item in value.get("Items", [])]
        beside = {name: plain(shape.members[name], value[name]) for name in _beside(shape) if name in value}
        return {**beside, "Items": items} if "RestrictionType" in beside else items
    if shape.type_name == "structure" and isinstance(value, dict):
        found = {key: plain(shape.members[key], item) for key, item in value.items() if key in shape.members}
        if "CachedMethods" in value.get("AllowedMethods", {}):
            found["CachedMethods"] = value["AllowedMethods"]["CachedMethods"].get("Items", [])
        return found
    return value


def wrapped(shape, value):
    """Return a part of a configuration as the API wants it."""
    if _is_list(shape):
        beside = {name: value[name] for name in _beside(shape) if isinstance(value, dict) and name in value}
        items = [wrapped(shape.members["Items"].member, item) for item in (value["Items"] if isinstance(value, dict) else value)]
        enabled = {"Enabled": bool(items)} if "Enabled" in shape.members else {}
        return {**beside, **enabled, "Quantity": len(items), **({"Items": items} if items else {})}
    if shape.type_name == "structure" and isinstance(value, dict):
        found = {key: wrapped(shape.members[key], item) for key, item in value.items() if key in shape.members}
        if "CachedMethods" in value and "AllowedMethods" in found:
            found["AllowedMethods"]["CachedMethods"] = {"Quantity": len(value["CachedMethods"]), "Items": value["CachedMethods"]}
        return found
    return value


def listed(caller, operation, key, **parameters):
    """Return all elements of a CloudFront list; they stand one level deeper than in other services."""
    found, following = [], {}
    while True:
        page = (caller.read(operation, **parameters, **following) or {key: {}})[key]
        found += page.get("Items") or []
        if not page.get("NextMarker"):
            return found
        following = {"Marker": page["NextMarker"]}


def used_by(caller, uses):
    """Return the distributions that have a behavior of which ``uses`` is true."""

    def behaviors(distribution):
        return [distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"].get("Items", [])]

    summaries = listed(caller, "list_distributions", "DistributionList")
    return [each for each in summaries if any(uses(behavior) for behavior in behaviors(each))]


def functions_of(behavior):
    """Return the ARNs of the functions that a behavior calls."""
    return [each["FunctionARN"] for each in behavior.get("FunctionAssociations", {}).get("Items", [])]


def names(distributions):
    """Return distributions as sentences name them."""
    told = [f"{each['Id']} ({each['Comment']})" if each.get("Comment") else each["Id"] for each in distributions]
    return f"the distribution{'s' if len(told) > 1 else ''} {', '.join(told)}"
