# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Rules of AWS about values and their combinations that a type cannot express; each names where the rule comes from."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.slipway.aws.plugins.module_utils.fargate import memory_sizes

_RULES = []


def rule(*keys):
    """Register a function that gets the values of some keys and returns what is wrong with them, or None."""

    def register(function):
        _RULES.append((keys, function))
        return function

    return register


def broken(values, host, scopes, origins):
    """Return sentences about the rules that the values of a host break. Rules about keys that a host does not have are left out."""
    faults = []
    for keys, function in _RULES:
        if all(key in values for key in keys):
            reason = function(*(values[key] for key in keys))
            if reason:
                said = " and ".join(f"{key} is {values[key]!r}" for key in keys)
                faults.append(f"{origins.place(keys[0], host, *scopes)}: {said}, {reason}")
    return faults


def _number(value):
    return int(value) if str(value).isdigit() else None  # what is no number is a fault of type, reported elsewhere


@rule("network_cidr")
def _cidr(cidr):
    """A VPC is a /16 to /28 (Amazon VPC user guide, VPC CIDR blocks); our tiers take four bits more than the VPC."""
    try:
        network = ipaddress.ip_network(str(cidr))
    except ValueError as error:
        return f"it has to be a network such as 10.0.0.0/16 ({error})"
    return (
        None if 16 <= network.prefixlen <= 24 else "it has to be between /16 and /24, so that every zone gets a subnet of each tier"
    )


@rule("network_zones", "network_nat_gateways")
def _gateways(zones, gateways):
    """More NAT gateways than zones would have no subnet to stand in."""
    zones, gateways = _number(zones), _number(gateways)
    if zones is not None and not 2 <= zones <= 4:
        return "load balancers and databases need 2 zones, and there is room for 4"
    return "there cannot be more NAT gateways than zones" if None not in (zones, gateways) and gateways > zones else None


@rule("database_backup_days")
def _backup_days(days):
    """RDS keeps automated backups for up to 35 days (Amazon RDS user guide, backup retention period)."""
    days = _number(days)
    return "RDS keeps automated backups for 0 to 35 days" if days is not None and days > 35 else None


@rule("service_cpu", "service_memory_mb")
def _task_size(cpu, memory):
    """Fargate knows only some pairs of CPU and memory (Amazon ECS developer guide, task size)."""
    cpu, memory = _number(cpu), _number(memory)
    if cpu is None or memory is None:
        return None
    sizes = memory_sizes(cpu)
    if not sizes:
        return "Fargate has 256, 512, 1024, 2048, 4096, 8192 and 16384 CPU units"
    return (
        None
        if memory in sizes
        else f"with {cpu} CPU units Fargate has {min(sizes)} to {max(sizes)} MiB: {', '.join(map(str, sizes))}"
    )


@rule("service_tasks", "service_tasks_max")
def _tasks(least, most):
    """Application Auto Scaling refuses a minimum above the maximum."""
    least, most = _number(least), _number(most)
    return "there cannot be more tasks at the start than at most" if None not in (least, most) and least > most else None


@rule("service_type", "service_hostname")
def _hostname(kind, hostname):
    """A rule of the load balancer needs a name to go by."""
    if kind == "public" and not hostname:
        return "a public service needs the name under which the load balancer reaches it"
    return "an internal service stands behind no load balancer" if kind == "internal" and hostname else None


@rule("service_platform_id", "service_name")
def _name(platform, name):
    """Names of IAM roles have at most 64 characters (IAM user guide, quotas); the longest of a service ends with -execution."""
    longest = f"{platform}-{name}-execution"
    return f"its roles would be called {longest}, and IAM takes 64 characters, not {len(longest)}" if len(longest) > 64 else None


@rule("storage_buckets")
def _locks(buckets):
    """Access logs go to no bucket with a default retention (Amazon S3 user guide, server access logging); a lock needs versions."""
    for bucket in _described(buckets):
        locked, delivered = _number(bucket.get("locked_days", 0)), bucket.get("delivered_by") or []
        if locked and "s3_access_logs" in delivered:
            return f"and S3 delivers access logs to no bucket that is locked, as {bucket.get('name')} is: drop locked_days there"
        if locked and str(bucket.get("versioned", True)).lower() in ("false", "no"):
            return f"and what is locked has versions: drop versioned at {bucket.get('name')}"
    return None


@rule("aws_region", "aws_second_region")
def _second_region(first, second):
    """A copy in the same region would be lost with it, and ECR and Secrets Manager make none."""
    return "the second region has to be another" if first == second else None


@rule("security_second_region", "security_keys")
def _second_keys(region, keys):
    """A key of KMS works in its region only (AWS KMS developer guide, KMS keys): copies elsewhere need one there."""
    data = [each for each in _described(keys) if each.get("name") == "data"]
    twice = [each for each in data if str(each.get("in_second_region", False)).lower() in ("true", "yes", "1")]
    return "and the key data is not in_second_region, with which copies there are encrypted" if region and not twice else None


@rule("platform_replaces", "platform_replaced_id", "platform_replaced_region")
def _replaced(environment, identity, region):
    """Copies are found by the names of the environment that they come from."""
    return "and what is replaced has a platform_id and a region" if environment and not (identity and region) else None


@rule("governance_operators")
def _trusted(operators):
    """Who may assume a role is an account, a role or a user, by ARN (IAM user guide, principal); nobody is not somebody."""
    for operator in _described(operators):
        trusted = operator.get("trusted")
        strange = [one for one in trusted if not _SOMEBODY.fullmatch(str(one))] if isinstance(trusted, list) else []
        if strange or trusted == []:
            what = f"{strange[0]!r} is not" if strange else "there is not"
            return f"and {operator.get('name')} has to trust somebody: {what} an ARN such as arn:aws:iam::123456789012:root"
    return None


_SOMEBODY = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/\S+)")


def _described(values):
    """Return the dictionaries of a list; what else stands in it is a fault of type, reported elsewhere."""
    return [each for each in values if isinstance(each, dict)] if isinstance(values, list) else []
