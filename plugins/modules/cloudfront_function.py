#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudfront_function
version_added: 0.1.0
short_description: Manage CloudFront functions
description:
  - Creates, changes, publishes and removes CloudFront functions, which change requests and answers at the edge.
  - A function has two stages. Changes go to C(DEVELOPMENT), and distributions call what was last published to C(LIVE). Both are
    compared, so that one which somebody changed without publishing it is published.
  - Distributions that use it get a published change by themselves, which takes them some minutes.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: slipway.aws.cloudfront_distribution
    description: Calls the function by its ARN in C(function_associations) of a behavior.
options:
  name:
    description: Name of the function, at most 64 letters, digits, C(-) and C(_).
    type: str
    required: true
  code:
    description: Its code in JavaScript, at most 10240 bytes. A new function needs this or O(src).
    type: str
  src:
    description: File with the code, where the module runs.
    type: path
  comment:
    description: A line about it.
    type: str
  runtime:
    description: What runs it. Key value stores and C(async) need the newer one.
    type: str
    choices: [cloudfront-js-1.0, cloudfront-js-2.0]
    default: cloudfront-js-2.0
  key_value_store_arn:
    description: ARN of the key value store that it reads, of which it has one at most. V("") takes it away.
    type: str
  publish:
    description: Whether it is published when C(LIVE) has something else, or nothing. Only a published function can be used.
    type: bool
    default: true
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.tags
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Folders have an index
  slipway.aws.cloudfront_function:
    name: shop-index
    code: |
      function handler(event) {
        if (event.request.uri.endsWith('/')) {
          event.request.uri += 'index.html';
        }
        return event.request;
      }
    tags:
      Project: Shop
  register: index

- name: Redirects from a key value store, to be tested before they are published
  slipway.aws.cloudfront_function:
    name: shop-redirects
    src: files/redirects.js
    key_value_store_arn: arn:aws:cloudfront::123456789012:key-value-store/8aa76c93-3198-462c-aaf6-e1b1f4a0e3c2
    publish: false

- name: No redirects any more
  slipway.aws.cloudfront_function:
    name: shop-redirects
    state: absent
"""

RETURN = r"""
function:
  description: The function; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: Its ARN, which a behavior of a distribution names.
      type: str
      sample: arn:aws:cloudfront::123456789012:function/shop-index
    code:
      description: Its code in the stage C(DEVELOPMENT).
      type: str
    published:
      description: Whether C(LIVE) has the same code and settings.
      type: bool
    status:
      description: How AWS calls its state, for example C(UNPUBLISHED), or C(UNASSOCIATED) when no distribution uses it.
      type: str
    tags:
      description: Its tags.
      type: dict
"""

import re

from ansible_collections.slipway.aws.plugins.module_utils import cloudfront
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN, Resource
from ansible_collections.slipway.aws.plugins.module_utils.tags import from_form

_LARGEST = 10240  # bytes, by AWS; it raises this for nobody


class Function(Resource):
    """A function with its two stages. Whoever changes, publishes or deletes it shows the tag of DEVELOPMENT."""

    service = "cloudfront"
    noun = "function"
    missing = ("NoSuchFunctionExists",)
    outputs = ("arn", "status")

    def validate(self):
        code, faults = self._code(), []
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.name):
            faults.append(f"name: {self.name} is not 1 to 64 letters, digits, - and _.")
        if code is not None and not 0 < len(code.encode()) <= _LARGEST:
            option = "src" if self.params["src"] else "code"
            faults.append(f"{option}: it has {len(code.encode())} bytes, and AWS takes 1 to {_LARGEST}.")
        store = self.params["key_value_store_arn"]
        if store and self.params["runtime"] == "cloudfront-js-1.0":
            faults.append("key_value_store_arn: the runtime cloudfront-js-1.0 reads no key value store.")
        if store and ":key-value-store/" not in store and store != UNKNOWN:
            faults.append(f"key_value_store_arn: {store} is not the ARN of a key value store.")
        return faults

    def _code(self):
        if not self.params["src"] or self.params["state"] == "absent":
            return self.params["code"]
        try:
            with open(self.params["src"], encoding="utf-8") as file:
                return file.read()
        except (OSError, UnicodeDecodeError) as fault:
            return self.fail(f"function {self.name}: src {self.params['src']} cannot be read: {fault}.")

    def find(self):
        have = self._stage("DEVELOPMENT")
        if have is None:
            return None
        live = self._stage("LIVE")
        published = live is not None and all(live[key] == have[key] for key in ("Code", "Comment", "Runtime", "KeyValueStoreARN"))
        tags = self.read("list_tags_for_resource", tolerate=("NoSuchResource",), Resource=have["arn"])
        return {
            **have,
            "name": self.name,
            "status": live["status"] if published else have["status"],
            "Published": published,
            "Tags": from_form(tags["Tags"]) if tags else {},
        }

    def _stage(self, stage):
        """Return code and settings of a stage, or None when nothing was published to it."""
        told = self.read("describe_function", Name=self.name, Stage=stage)
        code = told and self.read("get_function", Name=self.name, Stage=stage)
        if not code:
            return None
        summary = told["FunctionSummary"]
        config = summary["FunctionConfig"]
        stores = config.get("KeyValueStoreAssociations", {}).get("Items", [])
        return {
            "arn": summary["FunctionMetadata"]["FunctionARN"],
            "status": summary.get("Status"),
            "ETag": told["ETag"],
            "Comment": config["Comment"],
            "Runtime": config["Runtime"],
            "KeyValueStoreARN": stores[0]["KeyValueStoreARN"] if stores else "",
            "Code": code["FunctionCode"].read().decode(),
        }

    def want(self, have):
        code = self._code()
        if have is None and code is None:
            self.fail(f"function {self.name} does not exist, and to create it code or src has to be given.")
        wish = {
            "Code": code,
            "Comment": self.params["comment"],
            "Runtime": self.params["runtime"],
            "KeyValueStoreARN": self.params["key_value_store_arn"],
        }
        publish = self.params["publish"]
        if have and not publish:  # what is changed and not published is not published any more
            publish = False if self._changes(have, wish) else None
        return {**wish, "Published": publish}

    def create(self, want):
        tags = {"Tags": want["Tags"]} if "Tags" in want else {}
        made = self.write("create_function", Name=self.name, **self._content(want), **tags)
        if want["Published"]:
            self._publish(made["ETag"])

    def update(self, have, changes):
        tag = have["ETag"]
        if changes.keys() - {"Published"}:
            content = self._content({**have, **changes})
            tag = self.write("update_function", Name=self.name, IfMatch=tag, **content)["ETag"]
        if self.params["publish"]:
            self._publish(tag)

    @staticmethod
    def _content(wish):
        stores = [{"KeyValueStoreARN": wish["KeyValueStoreARN"]}] if wish.get("KeyValueStoreARN") else []
        config = {"Comment": wish.get("Comment") or "", "Runtime": wish["Runtime"]}
        if stores:
            config["KeyValueStoreAssociations"] = {"Quantity": 1, "Items": stores}
        return {"FunctionConfig": config, "FunctionCode": wish["Code"].encode()}

    def _publish(self, tag):
        self.write("publish_function", Name=self.name, IfMatch=tag)

    def delete(self, have):
        tolerated = (*self.missing, "FunctionInUse")
        if self.write("delete_function", tolerate=tolerated, Name=self.name, IfMatch=have["ETag"]) is None:
            used = cloudfront.used_by(self, lambda behavior: have["arn"] in cloudfront.functions_of(behavior))
            if used:
                self.fail(f"function {self.name} is in use by {cloudfront.names(used)}. Take it out of their behaviors first.")


def main():
    Function.main(DOCUMENTATION, mutually_exclusive=[("code", "src")])


if __name__ == "__main__":
    main()
