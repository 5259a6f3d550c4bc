# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""CloudFront functions: two stages with a tag of their own each, and distributions that use the live one.

moto has one stage, can neither change nor publish a function, and deletes one that a distribution uses.
"""

from __future__ import annotations

from moto.cloudfront.models import cloudfront_backends

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, taggable
from .cloudfront import DEPLOYS_IN, functions, is_deployed, match, new_id, page, users

LARGEST = 10 * 1024  # bytes of code

taggable("cloudfront", "function", arn="arn", tags="Tags")


def _function(call):
    found = functions(call).get(call.params["Name"])
    if found is None:
        raise AwsError("NoSuchFunctionExists", "The specified function does not exist.")
    return found


def _stage(call):
    """Return a function and the stage that is asked for, which is there or AWS says that the function is not."""
    kept, name = _function(call), call.params.get("Stage", "DEVELOPMENT")
    if name not in kept:
        raise AwsError("NoSuchFunctionExists", "The specified function does not exist.")
    return kept, name


def _content(call):
    """Return code and configuration of a request, or raise what AWS raises about them."""
    config, code = call.params["FunctionConfig"], call.params["FunctionCode"]
    if len(code) > LARGEST:
        raise AwsError("FunctionSizeLimitExceeded", "The function is too large. The maximum allowed size is 10240 bytes.")
    stores = config.get("KeyValueStoreAssociations", {}).get("Items", [])
    if stores and config["Runtime"] != "cloudfront-js-2.0":
        raise AwsError("InvalidArgument", "Key value stores are supported by the runtime cloudfront-js-2.0 only.")
    if len(stores) > 1:
        raise AwsError("InvalidArgument", "A function can be associated with one key value store only.")
    known = [store.arn for store in cloudfront_backends[call.account]["aws"].key_value_stores.values()]
    if any(store["KeyValueStoreARN"] not in known for store in stores):
        raise AwsError("InvalidArgument", "The specified key value store does not exist.")
    return {"Config": config, "Code": code, "ETag": new_id(), "Modified": CLOCK.now()}


def _users(call, kept):
    def calls(behavior):
        return any(each["FunctionARN"] == kept["arn"] for each in behavior.get("FunctionAssociations", {}).get("Items", []))

    return users(call, calls)


def _status(call, kept, stage):
    live = kept.get("LIVE")
    if live is None or (stage == "DEVELOPMENT" and any(live[key] != kept[stage][key] for key in ("Config", "Code"))):
        return "UNPUBLISHED"
    using = _users(call, kept)
    if not using:
        return "UNASSOCIATED"
    return "ASSOCIATED" if all(is_deployed(each) for each in using) else "IN_PROGRESS"


def _summary(call, kept, stage):
    return {
        "Name": kept["name"],
        "Status": _status(call, kept, stage),
        "FunctionConfig": kept[stage]["Config"],
        "FunctionMetadata": {
            "FunctionARN": kept["arn"],
            "Stage": stage,
            "CreatedTime": kept["created"],
            "LastModifiedTime": kept[stage]["Modified"],
        },
    }


@operation("cloudfront", "CreateFunction")
def create_function(call):
    name = call.params["Name"]
    if name in functions(call):
        raise AwsError("FunctionAlreadyExists", "A function with the same name already exists in this AWS account.")
    content = _content(call)
    tags = call.params.get("Tags", {}).get("Items", [])
    functions(call)[name] = kept = {
        "name": name,
        "arn": call.arn(f"function/{name}", region=""),
        "created": CLOCK.now(),
        "DEVELOPMENT": content,
        "Tags": {tag["Key"]: tag.get("Value", "") for tag in tags},
    }
    where = f"https://cloudfront.amazonaws.com/2020-05-31/function/{kept['arn']}"
    return {"FunctionSummary": _summary(call, kept, "DEVELOPMENT"), "ETag": content["ETag"], "Location": where}


@operation("cloudfront", "DescribeFunction")
def describe_function(call):
    kept, stage = _stage(call)
    return {"FunctionSummary": _summary(call, kept, stage), "ETag": kept[stage]["ETag"]}


@operation("cloudfront", "GetFunction")
def get_function(call):
    kept, stage = _stage(call)
    return {"FunctionCode": kept[stage]["Code"], "ETag": kept[stage]["ETag"], "ContentType": "application/octet-stream"}


@operation("cloudfront", "UpdateFunction")
def update_function(call):
    kept = _function(call)
    match(call, kept["DEVELOPMENT"])
    kept["DEVELOPMENT"] = _content(call)
    return {"FunctionSummary": _summary(call, kept, "DEVELOPMENT"), "ETag": kept["DEVELOPMENT"]["ETag"]}


@operation("cloudfront", "PublishFunction")
def publish_function(call):
    kept = _function(call)
    match(call, kept["DEVELOPMENT"])
    kept["LIVE"] = {**kept["DEVELOPMENT"], "ETag": new_id(), "Modified": CLOCK.now()}
    for distribution in _users(call, kept):  # they get it at once, and take as long as with any change
        distribution["DeployedAt"] = CLOCK.seconds() + DEPLOYS_IN
    return {"FunctionSummary": _summary(call, kept, "LIVE")}


@operation("cloudfront", "DeleteFunction")
def delete_function(call):
    kept = _function(call)
    match(call, kept["DEVELOPMENT"])
    using = _users(call, kept)
    if using:
        raise AwsError("FunctionInUse", f"Cannot delete function {kept['name']}, it is in use by {len(using)} distributions")
    del functions(call)[kept["name"]]


@operation("cloudfront", "ListFunctions")
def list_functions(call):
    stage = call.params.get("Stage", "DEVELOPMENT")
    found, _marks = page(call, [_summary(call, kept, stage) for kept in functions(call).values() if stage in kept])
    return {"FunctionList": found}
