#!/usr/bin/python
# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: secretsmanager_rotation_schedule
version_added: 0.1.0
short_description: Manage when a secret rotates
description:
  - Sets, changes and cancels the rotation of a secret in AWS Secrets Manager, by a rotation function or by the service that owns
    the secret (such as RDS).
  - It touches nothing but the rotation; a secret that no task speaks of keeps the rotation it has.
author: slipway.aws maintainers (@slipway)
seealso:
  - module: community.aws.secretsmanager_secret
    description: >-
      Starts and cancels the rotation of a secret in check mode as well, and cancels one that the task does not mention. It counts
      in days only, without schedules and windows.
options:
  name:
    description: Name or ARN of the secret.
    type: str
    required: true
  rotation_lambda_arn:
    description:
      - ARN of the rotation function. Secrets Manager needs the permission to invoke it before this runs.
      - Left out, the secret has to be one that another AWS service rotates.
    type: str
  automatically_after_days:
    description: Rotate after so many days, 1 to 1000. Either this or O(schedule_expression).
    type: int
  schedule_expression:
    description: When to rotate, for example V(cron(0 8 1 * ? *)) or V(rate(10 days)), in UTC.
    type: str
  duration:
    description: How long the window is that opens then, for example V(3h).
    type: str
  rotate_immediately:
    description:
      - Whether setting or changing the rotation also rotates at once.
      - With V(false) Secrets Manager still tests the function.
    type: bool
    default: false
extends_documentation_fragment:
  - slipway.aws.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A new password every 30 days, on a quiet night
  slipway.aws.secretsmanager_rotation_schedule:
    name: shop/production/database
    rotation_lambda_arn: arn:aws:lambda:eu-west-1:123456789012:function:rotate-postgres
    schedule_expression: cron(0 2 1 * ? *)
    duration: 2h

- name: RDS rotates its own password every week
  slipway.aws.secretsmanager_rotation_schedule:
    name: arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-1234abcd-AbCdEf
    automatically_after_days: 7

- name: No rotation any more
  slipway.aws.secretsmanager_rotation_schedule:
    name: shop/production/database
    state: absent
"""

RETURN = r"""
rotation:
  description: The rotation; empty when it is absent.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the secret.
      type: str
    rotation_rules:
      description: When it rotates.
      type: dict
    next_rotation_date:
      description: When it rotates next.
      type: str
    owning_service:
      description: The service that owns and rotates the secret, if one does.
      type: str
"""

from ansible_collections.slipway.aws.plugins.module_utils import formats
from ansible_collections.slipway.aws.plugins.module_utils.resource import Resource


class Rotation(Resource):
    """The rotation of a secret: its function and its rules, which AWS takes only as a whole."""

    service = "secretsmanager"
    noun = "rotation"
    missing = ("ResourceNotFoundException",)
    whole = ("RotationRules",)
    outputs = ("arn",)

    def validate(self):
        p = self.params
        faults = formats.out_of_range(1, 1000, automatically_after_days=p["automatically_after_days"])
        faults += formats.no_schedule("schedule_expression", p["schedule_expression"])
        faults += formats.malformed("function", rotation_lambda_arn=p["rotation_lambda_arn"])
        faults += formats.misnamed("duration", p["duration"] or "1h", r"([1-9]|1\d|2[0-4])h", "it is a number of hours, such as 3h")
        if p["state"] == "present" and bool(p["automatically_after_days"]) == bool(p["schedule_expression"]):
            faults.append("Say when to rotate: either automatically_after_days or schedule_expression.")
        return faults

    def find(self):
        secret = self.read("describe_secret", SecretId=self.name)
        if not secret or secret.get("DeletedDate"):
            if self.params["state"] == "present" and not self.check:
                self.fail(f"There is no secret {self.name} that could rotate. Make it first: slipway.aws.secretsmanager_secret.")
            return None
        if not secret.get("RotationEnabled"):
            return None
        keys = ("RotationLambdaARN", "NextRotationDate", "LastRotatedDate", "OwningService")
        rules = dict(secret.get("RotationRules") or {})
        if "ScheduleExpression" in rules:
            rules.pop("AutomaticallyAfterDays", None)  # AWS's own calculation from the expression
        return {"arn": secret["ARN"], "RotationRules": rules, **{key: secret[key] for key in keys if key in secret}}

    def want(self, have):
        p = self.params
        rules = {"AutomaticallyAfterDays": p["automatically_after_days"], "ScheduleExpression": p["schedule_expression"]}
        return {
            "RotationLambdaARN": p["rotation_lambda_arn"],
            "RotationRules": {key: value for key, value in {**rules, "Duration": p["duration"]}.items() if value is not None},
        }

    def create(self, want):
        # A function whose permission is new is refused for a moment.
        self.write(
            "rotate_secret",
            patience={"AccessDeniedException": "invoke"},
            SecretId=self.name,
            RotateImmediately=self.params["rotate_immediately"],
            **want,
        )

    def update(self, have, changes):
        self.create(changes if "RotationRules" in changes else {"RotationRules": have["RotationRules"], **changes})

    def delete(self, have):
        if have.get("OwningService"):
            self.fail(f"The rotation of {self.name} belongs to {have['OwningService']}, which alone can end it.")
        self.write("cancel_rotate_secret", tolerate=self.missing, SecretId=self.name)


def main():
    Rotation.main(DOCUMENTATION)


if __name__ == "__main__":
    main()
