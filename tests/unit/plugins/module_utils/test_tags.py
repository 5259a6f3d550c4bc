# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags in the words of each service."""

from __future__ import annotations

import botocore.session
import pytest

from ansible_collections.slipway.aws.plugins.module_utils.tags import APIS, changes_of_tags, from_form, to_form

TAGS = {"Project": "Shop", "Owner": "QA"}


@pytest.mark.parametrize("form", ["Key", "key", "map", "items"])
def test_every_form_goes_there_and_back(form):
    assert from_form(to_form(TAGS, form)) == TAGS


@pytest.mark.parametrize("tags", [None, [], {}, {"Items": []}, {"Quantity": 0, "Items": []}])
def test_no_tags_in_any_form(tags):
    assert from_form(tags) == {}


def test_tags_of_aws_are_not_ours():
    assert from_form([{"Key": "aws:cloudformation:stack-name", "Value": "x"}, {"Key": "Owner", "Value": "QA"}]) == {"Owner": "QA"}


@pytest.mark.parametrize("service", sorted(APIS.keys() - {"codebuild"}))  # whose tags are part of its one update
def test_every_service_has_these_operations_with_these_parameters(service):
    session = botocore.session.get_session()
    client = session.create_client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    for operation, parameters in changes_of_tags(service, "arn:of:something", TAGS, ["Old"]):
        shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape
        assert set(parameters) <= set(shape.members), operation
        assert set(shape.required_members) <= set(parameters), operation
        for name, value in parameters.items():
            kind = {list: "list", dict: {"map", "structure"}, str: "string"}[type(value)]
            assert shape.members[name].type_name in kind, (operation, name)


def test_what_is_not_changed_is_not_sent():
    assert list(changes_of_tags("ecs", "arn", {}, [])) == []
    assert [operation for operation, _parameters in changes_of_tags("ecs", "arn", TAGS, [])] == ["tag_resource"]
