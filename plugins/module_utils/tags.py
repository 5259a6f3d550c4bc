# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Tags, which every AWS service spells in its own way: one row per service."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.slipway.aws.plugins.module_utils.aws import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
)


class TagApi(NamedTuple):
    """How one service tags: the operations, the names of their parameters and the form of a tag."""

    resource: str  # parameter that names the resource
    add: str = "tag_resource"
    remove: str = "untag_resource"
    tags: str = "Tags"  # parameter that holds the tags, in create operations too
    keys: str = "TagKeys"
    form: str = "Key"  # "Key" and "key": a list of pairs; "map": a dictionary; "items": a list of pairs under Items


APIS = {
    "acm": TagApi("CertificateArn", "add_tags_to_certificate", "remove_tags_from_certificate", keys="Tags"),
    "application-autoscaling": TagApi("ResourceARN", form="map"),
    "backup": TagApi("ResourceArn", keys="TagKeyList", form="map"),
    "budgets": TagApi("ResourceARN", tags="ResourceTags", keys="ResourceTagKeys"),
    "cloudfront": TagApi("Resource", form="items"),
    "cloudwatch": TagApi("ResourceARN"),
    "codebuild": TagApi("name", "update_project", "update_project", tags="tags", form="key"),  # see codebuild_project.retag
    "codecommit": TagApi("resourceArn", tags="tags", keys="tagKeys", form="map"),
    "codeconnections": TagApi("ResourceArn"),
    "codedeploy": TagApi("ResourceArn"),
    "codepipeline": TagApi("resourceArn", tags="tags", keys="tagKeys", form="key"),
    "codestar-notifications": TagApi("Arn", form="map"),
    "config": TagApi("ResourceArn"),
    "docdb": TagApi("ResourceName", "add_tags_to_resource", "remove_tags_from_resource"),
    "dynamodb": TagApi("ResourceArn"),
    "ec2": TagApi("Resources", "create_tags", "delete_tags", keys="Tags"),
    "ecr": TagApi("resourceArn", tags="tags", keys="tagKeys"),
    "ecs": TagApi("resourceArn", tags="tags", keys="tagKeys", form="key"),
    "efs": TagApi("ResourceId"),
    "elasticache": TagApi("ResourceName", "add_tags_to_resource", "remove_tags_from_resource"),
    "elbv2": TagApi("ResourceArns", "add_tags", "remove_tags"),
    "events": TagApi("ResourceARN"),
    "guardduty": TagApi("ResourceArn", form="map"),
    "iam": TagApi("PolicyArn", "tag_policy", "untag_policy"),
    "logs": TagApi("resourceArn", tags="tags", keys="tagKeys", form="map"),
    "rds": TagApi("ResourceName", "add_tags_to_resource", "remove_tags_from_resource"),
    "secretsmanager": TagApi("SecretId"),
    "servicediscovery": TagApi("ResourceARN"),
    "sns": TagApi("ResourceArn"),
    "xray": TagApi("ResourceARN"),
}


def to_form(tags, form):
    """Return a dictionary of tags in the form a service wants."""
    if form == "map":
        return dict(tags)
    if form == "items":
        return {"Items": ansible_dict_to_boto3_tag_list(tags)}
    value = {"Key": "Value", "key": "value"}[form]
    return ansible_dict_to_boto3_tag_list(tags, form, value)


def from_form(tags):
    """Return tags in any form as a dictionary, without those that AWS itself sets."""
    if isinstance(tags, dict):
        tags = tags["Items"] if isinstance(tags.get("Items"), list) else tags
    found = tags if isinstance(tags, dict) else boto3_tag_list_to_ansible_dict(tags or [])
    return {key: value for key, value in found.items() if not key.startswith("aws:")}


def _keys(api, keys):
    if api.keys == api.tags:  # EC2 and ACM want pairs even to remove them
        return [{"Key": key} for key in keys]
    return {"Items": keys} if api.form == "items" else keys


def changes_of_tags(service, resource, add, remove):
    """Yield the operations, with their parameters, that add and remove tags of a resource."""
    api = APIS[service]
    target = [resource] if api.resource in ("Resources", "ResourceArns") else resource
    if remove:
        yield api.remove, {api.resource: target, api.keys: _keys(api, sorted(remove))}
    if add:
        yield api.add, {api.resource: target, api.tags: to_form(add, api.form)}
