#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudcontrol_resource
version_added: 0.1.0
short_description: Manage a resource of any type that AWS Cloud Control API knows
description:
  - Creates, changes and removes resources of more than a thousand types, with the properties that they have in AWS CloudFormation.
  - Use a module of its own where there is one. It knows the pitfalls of its service; this module knows only what the schema says.
  - Properties that AWS sets itself or never gives back are not compared. A change is sent as a patch of the properties that differ.
  - The caller needs C(cloudformation:DescribeType), C(cloudformation:*Resource), C(cloudformation:ListResources),
    C(cloudformation:GetResourceRequestStatus), C(cloudformation:ListResourceRequests) and whatever the type's own service asks for.
author: slipway.aws maintainers (@slipway)
options:
  type_name:
    description: The type, as in CloudFormation, for example V(AWS::Batch::JobQueue).
    type: str
    required: true
  identifier:
    description:
      - The primary identifier of an existing resource. A compound one has its parts in the order of the schema, joined by C(|).
      - Left out, it is taken from O(properties), when they name what identifies the resource, or found by O(match).
    type: str
  match:
    description:
      - Properties that only this resource has, such as its C(Name), for types whose identifier AWS makes.
      - They belong to O(properties) as well and need not be repeated there. All resources of the type are listed to find it.
    type: dict
  properties:
    description:
      - The properties that the resource shall have, named and nested as in CloudFormation, V(Tags) among them.
      - What is left out, at any depth, stays as it is; a list is always given completely.
    type: dict
    default: {}
  unset:
    description: Names of properties that the resource shall not have, as leaving them out leaves them alone.
    type: list
    elements: str
    default: []
  update_write_only:
    description:
      - When properties that AWS never gives back are sent again.
      - V(with_changes) sends them along whenever something else differs, as AWS forgets them otherwise.
      - V(always) sends them in every run and always reports a change.
    type: str
    choices: [with_changes, always]
    default: with_changes
  replace:
    description: Whether to remove the resource and create it anew when a property has to change that cannot change.
    type: bool
    default: false
  role_arn:
    description: Role that Cloud Control works with instead of the caller's permissions.
    type: str
extends_documentation_fragment:
  - slipway.aws.resource
  - slipway.aws.resource.wait
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Batch runs jobs on Fargate
  slipway.aws.cloudcontrol_resource:
    type_name: AWS::Batch::ComputeEnvironment
    properties:
      ComputeEnvironmentName: shop-dev
      Type: MANAGED
      State: ENABLED
      ComputeResources:
        Type: FARGATE
        MaxvCpus: 16
        Subnets: [subnet-0123456789abcdef0]
        SecurityGroupIds: [sg-0123456789abcdef0]
  register: batch

- name: Jobs wait in a queue
  slipway.aws.cloudcontrol_resource:
    type_name: AWS::Batch::JobQueue
    match:
      JobQueueName: shop-dev
    properties:
      Priority: 1
      ComputeEnvironmentOrder:
        - Order: 1
          ComputeEnvironment: "{{ batch.resource.identifier }}"

- name: An HTTP API leads to a load balancer
  slipway.aws.cloudcontrol_resource:
    type_name: AWS::ApiGatewayV2::Api
    match:
      Name: shop-dev
    properties:
      ProtocolType: HTTP
      CorsConfiguration:
        AllowOrigins: ["https://shop.example.com"]
      Tags:
        Project: Shop

- name: Costs that are out of the ordinary are noticed
  slipway.aws.cloudcontrol_resource:
    type_name: AWS::CE::AnomalyMonitor
    match:
      MonitorName: services
    properties:
      MonitorType: DIMENSIONAL
      MonitorDimension: SERVICE
    region: us-east-1

- name: No queue any more
  slipway.aws.cloudcontrol_resource:
    type_name: AWS::Batch::JobQueue
    match:
      JobQueueName: shop-dev
    state: absent
"""

RETURN = r"""
resource:
  description: The resource; empty when it is absent.
  returned: always
  type: dict
  contains:
    identifier:
      description: Its primary identifier.
      type: str
      sample: arn:aws:batch:eu-west-1:123456789012:compute-environment/shop-dev
    type_name:
      description: Its type.
      type: str
      sample: AWS::Batch::ComputeEnvironment
    properties:
      description: Its properties, named as in CloudFormation, with those that AWS sets.
      type: dict
"""

import json
import re
from functools import cached_property

from ansible_collections.slipway.aws.plugins.module_utils import compare
from ansible_collections.slipway.aws.plugins.module_utils.cloudcontrol import Types, is_done, patch, plain, same
from ansible_collections.slipway.aws.plugins.module_utils.resource import UNKNOWN, Resource

_TYPE = re.compile(r"[A-Za-z0-9]{2,64}(::[A-Za-z0-9]{2,64}){2}(::MODULE)?")
_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.+")
_ADVICE = {
    "AccessDenied": "Allow the caller, or role_arn, what the message names.",
    "AlreadyExists": "It is there and was not recognised: give its identifier, or other properties to match.",
    "NotUpdatable": "Say replace=true if it may be removed and created anew.",
    "ServiceLimitExceeded": "Ask AWS for a higher quota, or remove what is not needed.",
}


class CloudControlResource(Resource):
    """A resource of any type. What is particular about it stands in the schema of the type."""

    service = "cloudcontrol"
    noun = "resource"
    missing = ("ResourceNotFoundException",)
    verbatim = ("Properties",)
    outputs = ("Identifier",)

    def __init__(self, module):
        super().__init__(module)
        self.known = None  # the identifier, once it was seen
        self.sent = False  # whether the write-only properties were sent in this run
        self.locked = []
        self.wanted = {**(self.params["match"] or {}), **self.params["properties"]}

    @cached_property
    def schema(self):
        """Return the schema of the type, with which everything else begins."""
        return Types(self.module).schema()

    @property
    def unordered(self):
        """Return the properties whose lists are sets."""
        return self.schema.unordered

    @property
    def immutable(self):
        """Return what has to change and cannot."""
        return ("Properties",) if self.locked else ()

    @property
    def replaceable(self):
        """Return in which order the resource is replaced: most have a name, which only one can have."""
        return "delete first" if self.params["replace"] else ""

    @property
    def name(self):
        p = self.params
        which = p["identifier"] or self.known or ", ".join(str(value) for value in (p["match"] or {}).values())
        return f"{p['type_name']} {which}".strip()

    def fail(self, message, **details):
        """End the task. Cloud Control signs as cloudcontrolapi, and its permissions are those of CloudFormation."""
        super().fail(message.replace("cloudcontrolapi:", "cloudformation:"), **details)

    def validate(self):
        p, faults = self.params, []
        if not _TYPE.fullmatch(p["type_name"]):
            faults.append(f"type_name is like AWS::Batch::JobQueue, not {p['type_name']!r}.")
        if p["identifier"] is not None and p["match"] is not None:
            faults.append("Either identifier or match tells which resource is meant, not both.")
        if p["match"] == {} or p["identifier"] == "":
            faults.append("identifier and match tell which resource is meant; leave out what is empty.")
        both = sorted(set(p["unset"]) & self.wanted.keys())
        if both:
            faults.append(f"unset and properties both name {', '.join(both)}.")
        if p["role_arn"] and not _ROLE.fullmatch(p["role_arn"]):
            faults.append(f"role_arn is the ARN of an IAM role, not {p['role_arn']!r}.")
        return faults

    # Finding

    def find(self):
        key = self.known or self.params["identifier"] or self.schema.identifier(self.wanted)
        have = self._get(key) if key else self._matching()
        self.known = have["Identifier"] if have else self.known
        return have

    def _get(self, identifier):
        answer = self.read("get_resource", TypeName=self.params["type_name"], Identifier=identifier, **self._role())
        if answer is None:
            return None
        found = answer["ResourceDescription"]
        properties = json.loads(found["Properties"])
        tags = properties.get(self.schema.tags)
        if isinstance(tags, list):  # AWS's own tags are nobody's wish
            properties[self.schema.tags] = [tag for tag in tags if not str(tag.get("Key", "")).startswith("aws:")]
        return {"Identifier": found["Identifier"], "TypeName": self.params["type_name"], "Properties": properties}

    def _role(self):
        return {"RoleArn": self.params["role_arn"]} if self.params["role_arn"] else {}

    def _matching(self):
        if not self.params["match"]:
            names = ", ".join(self.schema.identifiers[0])
            self.fail(f"Which {self.params['type_name']} is meant? AWS makes {names}: give identifier, or properties to match.")
        seen = self._listed()
        found = [have for have in (self._get(each) for each in seen) if self._fits(have)]
        if not found:
            # A list is up to a minute late, and a second resource of the same name is easily made.
            recent = {event.get("Identifier") for event in self._creations("SUCCESS")} - {None, *seen}
            found = [have for have in (self._get(each) for each in sorted(recent)) if self._fits(have)]
        if len(found) > 1:
            several = ", ".join(have["Identifier"] for have in found)
            self.fail(f"{len(found)} resources {self.name} match: give identifier one of {several}, or more properties to match.")
        return found[0] if found else None

    def _listed(self):
        """Return the identifiers of the resources of the type, without those whose listed properties say that they do not match."""
        asked = {name: self.wanted[name] for name in self.schema.listed_by() if name in self.wanted}
        model = {"ResourceModel": json.dumps(asked)} if asked else {}
        listed = self.pages("list_resources", "ResourceDescriptions", TypeName=self.params["type_name"], **self._role(), **model)
        told = {each["Identifier"]: json.loads(each.get("Properties") or "{}") for each in listed}
        return [identifier for identifier, properties in told.items() if self._may_fit(properties)]

    def _may_fit(self, properties):
        """Tell whether properties do not contradict match: a list often has no more than the identifier."""
        match = {key: value for key, value in self.params["match"].items() if key in properties}
        return same({key: properties[key] for key in match}, match, self.unordered)

    def _fits(self, have):
        return have is not None and same(have["Properties"], self.params["match"], self.unordered)

    def _creations(self, *statuses):
        kind = {"Operations": ["CREATE"], "OperationStatuses": list(statuses)}
        events = self.pages("list_resource_requests", "ResourceRequestStatusSummaries", ResourceRequestStatusFilter=kind)
        return [event for event in events if event["TypeName"] == self.params["type_name"]]

    # Wanting

    def want(self, have):
        properties, faults = self.schema.shaped(self.wanted)
        if faults:
            self.fail(f"{self.noun} {self.name}: {'; '.join(faults)}.")
        if have is None and self.params["identifier"] not in (None, self.schema.identifier(properties)):
            self.fail(f"There is no {self.name}. Leave identifier out to create one, and say with match how it is found again.")
        return {"TypeName": self.params["type_name"], "Properties": properties}

    def _changes(self, have, want):
        present, wanted = have["Properties"], self.schema.readable(want["Properties"])
        differing = compare.difference(plain(present), plain(wanted), self.unordered)
        changes = {name: wanted[name] for name in differing}
        self.locked = self.schema.locked(present, changes)
        changes.update({name: None for name in self.params["unset"] if present.get(name) not in (None, "", [], {})})
        forced = self.params["update_write_only"] == "always" and not self.sent and wanted != want["Properties"]
        return {"Properties": changes} if changes or forced else {}

    def _replaced(self, before, want, changes, locked):
        if not self.params["replace"]:
            details = ", ".join(f"{path} is {present!r}, wanted {wanted!r}" for path, present, wanted in self.locked)
            self.fail(
                f"{self.noun} {self.name} cannot be changed in place: {details}. Keep the present value, or say replace=true to"
                " remove it and create it anew."
            )
        return super()._replaced(before, want, changes, locked)

    def _predicted(self, before, changes, add, remove):
        after = super()._predicted(before, changes, add, remove)
        gone = [name for name, value in changes.get("Properties", {}).items() if value is None]
        return {**after, "Properties": {key: value for key, value in after["Properties"].items() if key not in gone}}

    def _doubt(self, want, after):
        rest = self._changes(after, want).get("Properties", {})
        if rest and self.params["wait"]:
            self.module.warn(f"AWS accepted {self.noun} {self.name} but reports another value for {', '.join(sorted(rest))}.")

    # Doing

    def create(self, want):
        self.known = None
        underway = self._creations("PENDING", "IN_PROGRESS")  # what an earlier run asked for and did not wait for
        for event in underway:
            self._settled(event)
        if underway and self.find():
            return
        properties = {key: value for key, value in want["Properties"].items() if value is not None}
        self.known = self._carry_out("create_resource", DesiredState=json.dumps(properties, sort_keys=True)).get("Identifier")

    def update(self, have, changes):
        properties = self.schema.updatable(self.schema.shaped(self.wanted)[0])
        operations = patch(have["Properties"], properties, self.unordered)
        operations += [{"op": "remove", "path": f"/{name}"} for name, value in changes["Properties"].items() if value is None]
        self.sent = True
        self._carry_out("update_resource", Identifier=have["Identifier"], PatchDocument=json.dumps(operations, sort_keys=True))

    def delete(self, have):
        self._carry_out("delete_resource", Identifier=have["Identifier"])

    def _carry_out(self, operation, **parameters):
        """Send a request and wait until it has ended; return its last event."""
        again = {"ConcurrentOperationException": ""}
        where = {"TypeName": self.params["type_name"], **self._role()}
        event = self.write(operation, tolerate=self.missing, patience=again, **where, **parameters)
        return self._ended(event["ProgressEvent"]) if event else {}

    def _ended(self, event):
        event = self._settled(event) if self.params["wait"] else event
        status, code = event["OperationStatus"], event.get("ErrorCode", "")
        if status in ("FAILED", "CANCEL_COMPLETE") and not (event["Operation"] == "DELETE" and code == "NotFound"):
            said = (event.get("StatusMessage") or status).rstrip(".")
            message = (
                f"{self.noun} {self.name}: AWS could not {event['Operation'].lower()} it: {said}. {_ADVICE.get(code, '')}".rstrip()
            )
            self.fail(message, error={"code": code, "message": said}, request_token=event["RequestToken"])
        return event

    def _settled(self, event):
        for _look in self.looks(self._patience()):
            if is_done(event):
                return event
            event = self.read("get_resource_request_status", RequestToken=event["RequestToken"])["ProgressEvent"]
        return self._late({"status": event["OperationStatus"]}, "ready")

    def settle_present(self, visible_only=False):
        """Look until it is there; without waiting, an identifier that AWS has not told yet remains unknown."""
        if visible_only and self.find() is None:
            return {"Identifier": UNKNOWN, "TypeName": self.params["type_name"], "Properties": self.schema.readable(self.wanted)}
        return super().settle_present(visible_only)

    # Showing

    def view(self, have):
        """Return the resource as results show it; what AWS never gives back is masked."""
        shown = dict(have or {})
        if "Properties" in shown:
            hidden = shown["Properties"].keys() - self.schema.readable(shown["Properties"]).keys()
            shown["Properties"] = {**self.schema.readable(shown["Properties"]), **dict.fromkeys(hidden, "********")}
        return super().view(shown)

    def _compared(self, have, keys):
        """Show in a difference only the properties that the task speaks of."""
        names = {*self.wanted, *self.params["unset"]}
        properties = {key: value for key, value in have["Properties"].items() if key in names}
        return super()._compared({**have, "Properties": properties}, keys)


def main():
    CloudControlResource.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
