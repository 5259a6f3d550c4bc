# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Sentences about values that cannot be what an option wants: forms of names, ARNs, networks and schedules, and ranges of numbers.

AWS refuses them as well, later, and with less to go by. What a check run does not know yet passes.
"""

from __future__ import annotations

import ipaddress
import re

_ARN = r"arn:[\w-]+"

# What may stand in an option, and how a sentence calls it.
_FORMS = {
    "account": (r"\d{12}", "the twelve digits of an AWS account"),
    "arn": (rf"{_ARN}:[\w.-]+:[\w-]*:[\w-]*:.+", "an ARN"),
    "domain": (r"(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*)(\.[A-Za-z0-9_][A-Za-z0-9_-]*)+\.?", "a domain name, such as shop.example.com"),
    "function": (rf"{_ARN}:lambda:[\w-]+:\d{{12}}:function:.+", "the ARN of a Lambda function"),
    "path": (r"/([!-~]+/)?", "a path, which begins and ends with /"),
    "policy": (rf"{_ARN}:iam::(\d{{12}}|aws):policy/.+", "the ARN of a policy"),
    "region": (r"[a-z]{2,}(-[a-z]+)+-\d", "a region, such as eu-west-1"),
    "role": (rf"{_ARN}:iam::\d{{12}}:role/.+", "the ARN of an IAM role"),
    "route table": (r"rtb-\w+", "the id of a route table"),
    "security group": (r"sg-\w+", "the id of a security group"),
    "subnet": (r"subnet-\w+", "the id of a subnet"),
    "vpc": (r"vpc-\w+", "the id of a VPC"),
}
_RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minute|hour|day)s)\)")
_CRON = re.compile(r"cron\(\S+ \S+ (\S+) \S+ (\S+) \S+\)")


def _values(value):
    values = value if isinstance(value, (list, tuple)) else [value]
    return [each for each in values if each is not None and not str(each).startswith("(")]


def malformed(form, **options):
    """Return a sentence for every option, a text or a list of them, that has not the form: see ``_FORMS``."""
    pattern, called = _FORMS[form]
    return [
        f"{option} {value!r} is not {called}."
        for option, given in options.items()
        for value in _values(given)
        if not re.fullmatch(pattern, str(value))
    ]


def misnamed(option, name, pattern, rule, longest=None):
    """Return a sentence when a name has other characters than AWS allows, or too many of them."""
    if not _values(name) or (re.fullmatch(pattern, name) and (longest is None or len(name) <= longest)):
        return []
    return [f"{option} {name!r} cannot be: {rule}."]


def no_network(option, *values):
    """Return a sentence for every value that is no IPv4 network as AWS writes it."""
    return [f"{option} {value!r} is not a network, such as 10.0.0.0/16." for value in _values(values) if not _is_network(value)]


def _is_network(value):
    try:
        return "/" in value and bool(ipaddress.IPv4Network(value))
    except ValueError:
        return False


def no_address(option, version, values):
    """Return a sentence for every value that is no IP address of a version, 4 or 6."""
    return [f"{option} {value!r} is not an IPv{version} address." for value in _values(values) if not _is_address(value, version)]


def _is_address(value, version):
    try:
        return ipaddress.ip_address(value).version == version
    except ValueError:
        return False


def out_of_range(low, high, **options):
    """Return a sentence for every option that is a number outside of a range."""
    wanted = f"between {low} and {high}" if high is not None else f"{low} or more"
    return [
        f"{option} is {value}, it has to be {wanted}."
        for option, value in options.items()
        if value is not None and (value < low or (high is not None and value > high))
    ]


def no_schedule(option, expression, *more):
    """Return a sentence when an expression is neither a rate nor a cron() of six fields, one day of them ``?``."""
    for value in _values(expression):
        cron = _CRON.fullmatch(value)
        if cron and (cron[1] == "?") == (cron[2] == "?"):
            return [f"{option} {value!r}: of day of the month and day of the week exactly one is ?."]
        if not cron and not _RATE.fullmatch(value) and not any(re.fullmatch(pattern, value) for pattern in more):
            return [f"{option} {value!r} is neither like rate(5 minutes) nor like cron(0 3 * * ? *)."]
    return []
