# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""How a module talks to AWS: reading, writing, patience with what AWS has not noticed yet, and failures that say what to do.

Resource (resource.py) builds on it, and so do modules that look (``_info``) or run something once.
"""

from __future__ import annotations

import time

from ansible_collections.slipway.aws.plugins.module_utils import shapes
from ansible_collections.slipway.aws.plugins.module_utils.aws import AnsibleAWSModule, BotoCoreError, ClientError, retrying
from ansible_collections.slipway.aws.plugins.module_utils.spec import argument_spec, refuse_misfits

# Options that are the engine's; they are never parameters of a call.
_OURS = ("state", "tags", "purge_tags", "wait", "wait_timeout")

_ALLOW = "Allow the caller {action} on it, or use a role that may."
_SIGN_IN = "The credentials have expired: sign in again and run the same command."
_QUOTA = "Ask AWS for a higher quota, or remove what is not needed."
_REMEDIES = {
    "AccessDenied": _ALLOW,
    "AccessDeniedException": _ALLOW,
    "AuthorizationError": _ALLOW,
    "ExpiredToken": _SIGN_IN,
    "ExpiredTokenException": _SIGN_IN,
    "LimitExceeded": _QUOTA,
    "LimitExceededException": _QUOTA,
    "UnauthorizedOperation": _ALLOW,
}
_AGAIN = object()


class Caller:
    """A module that calls one AWS service."""

    service = ""  # name of the boto3 client
    noun = ""  # what people call the thing it works on; in snake_case, the key of the result
    missing = ()  # error codes that mean "there is none"
    verbatim = ()  # keys whose content carries names of the user's, which are not converted
    region = None  # where it works, if not in the region of the task
    first_pauses = (0.2, 0.3, 0.5)  # seconds before the first looks at something that is on its way: some things are there at once
    pauses = (1, 2, 3, 5, 5, 10, 10, 15)  # seconds between two looks from then on; the last one repeats

    def __init__(self, module):
        self.module = module
        self.params = module.params
        self.check = module.check_mode
        elsewhere = {"region": self.region} if self.region else {}
        self.client = module.client(self.service, retry_decorator=retrying(), **elsewhere)

    @classmethod
    def main(cls, documentation, no_log=(), **constraints):
        """Run as an Ansible module whose options are those of its DOCUMENTATION."""
        spec = argument_spec(documentation, no_log)
        module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True, **constraints)
        refuse_misfits(module, spec)
        cls(module).run()

    def run(self):
        """Do the module's work and leave through exit_json or fail."""
        raise NotImplementedError

    @property
    def name(self):
        """What messages call this one."""
        return self.params.get("name", "")

    # Calls

    def read(self, operation, tolerate=(), **parameters):
        """Call an operation that changes nothing; None when the resource, or what it belongs to, does not exist."""
        return self._call(operation, (*self.missing, *tolerate), parameters)

    def write(self, operation, tolerate=(), patience=None, **parameters):
        """Call an operation that changes something; None when AWS refuses with one of the ``tolerate`` codes.

        ``patience`` maps error codes to a word of their message: AWS needs up to a minute to know, say, a role that it has just
        created, and until then refuses to use it.
        """
        if self.check:
            raise AssertionError(f"{operation} in check mode")
        deadline = time.monotonic() + 60
        while True:
            waiting = patience if time.monotonic() < deadline else None
            answer = self._call(operation, tolerate, parameters, waiting)
            if answer is not _AGAIN:
                return answer
            time.sleep(self.pauses[1])

    def pages(self, operation, key, tolerate=(), **parameters):
        """Return all elements that a list operation has under ``key``, from all its pages; nothing when the parent is missing."""
        if not self.client.can_paginate(operation):
            return self._follow(operation, key, tolerate, parameters)
        paginate = self.client.get_paginator(operation).paginate
        collect = retrying()(lambda: paginate(**parameters).build_full_result())
        return (self._guarded(operation, (*self.missing, *tolerate), collect) or {}).get(key, [])

    def _follow(self, operation, key, tolerate, parameters):
        """Collect pages without botocore's help: some list operations have a next token and no paginator."""
        shape = self.client.meta.service_model.operation_model(self.client.meta.method_to_api_mapping[operation]).input_shape
        token = next((name for name in shape.members if name.lower() == "nexttoken"), None)
        found, following = [], {}
        while True:
            answer = self.read(operation, tolerate, **parameters, **following) or {}
            found += answer.get(key, [])
            if not answer.get(token):
                return found
            following = {token: answer[token]}

    def looks(self, seconds):
        """Yield until the time is over, with a pause after every look: ``for _look in self.looks(60): ...``.

        The last look begins when the time is over: a machine that sleeps between two looks does not make a resource late.
        """
        deadline = time.monotonic() + seconds
        pauses = (*self.first_pauses, *self.pauses)
        for look in range(10**6):
            over = time.monotonic() >= deadline
            yield look
            if over:
                return
            time.sleep(pauses[min(look, len(pauses) - 1)])

    def _call(self, operation, tolerate, parameters, patience=None):
        call = getattr(self.client, operation)
        return self._guarded(operation, tolerate, lambda: call(aws_retry=True, **parameters), patience)

    def _guarded(self, operation, tolerate, call, patience=None):
        try:
            return call()
        except ClientError as error:
            code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            if code in tolerate:
                return None
            if patience and code in patience and patience[code].lower() in text.lower():
                return _AGAIN
            return self._refused(operation, error, code)
        except BotoCoreError as error:
            return self.module.fail_json_aws(error, msg=f"{self.noun} {self.name}: {operation} could not be sent")

    def _refused(self, operation, error, code):
        words = "".join(word.title() for word in operation.split("_"))
        remedy = _REMEDIES.get(code, "").format(action=f"{self.client.meta.service_model.signing_name}:{words}")
        said = error.response["Error"].get("Message") or code
        message = f"{self.noun} {self.name}: AWS refused {operation}: {said.rstrip('.')}. {remedy}".rstrip()
        self.fail(message, error={"code": code, "message": said}, request_id=error.response["ResponseMetadata"].get("RequestId"))

    # Options and failures

    def request(self, operation, **more):
        """Return the options that an operation knows, in the API's form, with ``more`` on top."""
        shape = self.client.meta.service_model.operation_model(operation).input_shape
        names = shapes.members(shape)
        given = {key: value for key, value in self.params.items() if key in names and key not in _OURS}
        try:
            return {**shapes.to_api(shape, given), **more}
        except shapes.UnknownMemberError as fault:
            return self.fail(f"{self.noun} {self.name}: {fault}.")

    def fail(self, message, **details):
        """End the task with a sentence."""
        self.module.fail_json(msg=message, **details)
