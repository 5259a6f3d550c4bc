# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Saved queries of CloudWatch Logs Insights, which moto does not have."""

from __future__ import annotations

from moto.moto_api._internal import mock_random

from ..calls import AwsError
from ..clock import CLOCK
from ..registry import operation, state_of


def _kept(call):
    return state_of(call, "query definition")


@operation("logs", "PutQueryDefinition")
def put_query_definition(call):
    identity = call.params.get("queryDefinitionId")
    if identity is not None and identity not in _kept(call):
        raise AwsError("ResourceNotFoundException", "The specified query definition does not exist.")
    call.params.take("clientToken")
    identity = identity or str(mock_random.uuid4())
    given = call.params.take("name", "queryString", "queryLanguage", "logGroupNames", "parameters")
    # A definition is replaced as a whole: what is left out is gone.
    _kept(call)[identity] = {
        "queryLanguage": "CWLI",
        **given,
        "queryDefinitionId": identity,
        "lastModified": int(CLOCK.now().timestamp() * 1000),
    }
    return {"queryDefinitionId": identity}


@operation("logs", "DescribeQueryDefinitions")
def describe_query_definitions(call):
    prefix, language = call.params.get("queryDefinitionNamePrefix", ""), call.params.get("queryLanguage")
    found = [each for each in _kept(call).values() if each["name"].startswith(prefix)]
    found = [each for each in found if language in (None, each["queryLanguage"])]
    start, size = int(call.params.get("nextToken") or 0), call.params.get("maxResults", 1000)
    more = {"nextToken": str(start + size)} if start + size < len(found) else {}
    return {"queryDefinitions": found[start : start + size], **more}


@operation("logs", "DeleteQueryDefinition")
def delete_query_definition(call):
    if _kept(call).pop(call.params["queryDefinitionId"], None) is None:
        raise AwsError("ResourceNotFoundException", "The specified query definition does not exist.")
    return {"success": True}
