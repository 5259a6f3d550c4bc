# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Engines of ElastiCache: which versions there are, and which parameters their families have.

A group of AWS has every parameter of its family. The tables hold those that platforms set; what is not in them is refused as AWS
refuses a parameter that the family does not have.
"""

from __future__ import annotations

from .elasticache import contradiction, refused

# By engine: the version that is asked for, the one that runs then, and the family of its parameters.
VERSIONS = {
    "redis": {
        "4.0.10": ("4.0.10", "redis4.0"),
        "5.0.0": ("5.0.0", "redis5.0"),
        "5.0.6": ("5.0.6", "redis5.0"),
        "6.0": ("6.0.5", "redis6.x"),
        "6.2": ("6.2.6", "redis6.x"),
        "7.0": ("7.0.7", "redis7"),
        "7.1": ("7.1.0", "redis7"),
    },
    "valkey": {
        "7.2": ("7.2.6", "valkey7"),
        "8.0": ("8.0.1", "valkey8"),
        "8.1": ("8.1.0", "valkey8"),
    },
}

# name: (default, type, allowed values, whether it can be changed, when a change is effective)
_SHARED = {
    "acllog-max-len": ("128", "integer", "1-10000"),
    "activedefrag": ("no", "string", "yes,no"),
    "active-defrag-cycle-max": ("75", "integer", "1-75"),
    "active-defrag-cycle-min": ("5", "integer", "1-75"),
    "active-defrag-ignore-bytes": ("104857600", "integer", "1048576-"),
    "active-defrag-max-scan-fields": ("1000", "integer", "1-1000000"),
    "active-defrag-threshold-lower": ("10", "integer", "1-100"),
    "active-defrag-threshold-upper": ("100", "integer", "1-100"),
    "active-expire-effort": ("1", "integer", "1-10"),
    "activerehashing": ("yes", "string", "yes,no", True, "requires-reboot"),
    "appendfsync": ("everysec", "string", "always,everysec,no", False),
    "appendonly": ("no", "string", "yes,no", False),
    "client-output-buffer-limit-normal-hard-limit": ("0", "integer", "0-"),
    "client-output-buffer-limit-normal-soft-limit": ("0", "integer", "0-"),
    "client-output-buffer-limit-normal-soft-seconds": ("0", "integer", "0-"),
    "client-output-buffer-limit-pubsub-hard-limit": ("33554432", "integer", "0-"),
    "client-output-buffer-limit-pubsub-soft-limit": ("8388608", "integer", "0-"),
    "client-output-buffer-limit-pubsub-soft-seconds": ("60", "integer", "0-"),
    "client-output-buffer-limit-replica-soft-seconds": ("60", "integer", "0-", False),
    "close-on-replica-write": ("yes", "string", "yes,no"),
    "cluster-enabled": ("no", "string", "yes,no", True, "requires-reboot"),
    "cluster-require-full-coverage": ("no", "string", "yes,no"),
    "databases": ("16", "integer", "1-1200000", True, "requires-reboot"),
    "hll-sparse-max-bytes": ("3000", "integer", "1-16000"),
    "lazyfree-lazy-eviction": ("no", "string", "yes,no"),
    "lazyfree-lazy-expire": ("no", "string", "yes,no"),
    "lazyfree-lazy-server-del": ("no", "string", "yes,no"),
    "lazyfree-lazy-user-del": ("no", "string", "yes,no"),
    "lfu-decay-time": ("1", "integer", "0-"),
    "lfu-log-factor": ("10", "integer", "1-"),
    "list-compress-depth": ("0", "integer", "0-"),
    "maxclients": ("65000", "integer", "1-65000", False),
    "maxmemory-policy": (
        "volatile-lru",
        "string",
        "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,noeviction",
    ),
    "maxmemory-samples": ("3", "integer", "1-"),
    "min-replicas-max-lag": ("10", "integer", "0-"),
    "min-replicas-to-write": ("0", "integer", "0-"),
    "notify-keyspace-events": ("", "string", ""),
    "proto-max-bulk-len": ("536870912", "integer", "1048576-536870912"),
    "repl-backlog-size": ("1048576", "integer", "16384-"),
    "repl-backlog-ttl": ("3600", "integer", "0-"),
    "replica-ignore-maxmemory": ("yes", "string", "yes,no", False),
    "reserved-memory-percent": ("25", "integer", "0-100"),
    "set-max-intset-entries": ("512", "integer", "0-500000000"),
    "slowlog-log-slower-than": ("10000", "integer", "-1-"),
    "slowlog-max-len": ("128", "integer", "0-"),
    "stream-node-max-bytes": ("4096", "integer", "0-"),
    "stream-node-max-entries": ("100", "integer", "0-"),
    "tcp-keepalive": ("300", "integer", "0-"),
    "timeout": ("0", "integer", "0,20-"),
    "tracking-table-max-keys": ("1000000", "integer", "1-100000000"),
}
_ZIPLISTS = {
    "hash-max-ziplist-entries": ("512", "integer", "0-"),
    "hash-max-ziplist-value": ("64", "integer", "0-"),
    "list-max-ziplist-size": ("-2", "integer", "-5-"),
    "lua-replicate-commands": ("yes", "string", "yes,no", False),
    "zset-max-ziplist-entries": ("128", "integer", "0-"),
    "zset-max-ziplist-value": ("64", "integer", "0-"),
}
_LISTPACKS = {
    "cluster-allow-pubsubshard-when-down": ("yes", "string", "yes,no"),
    "cluster-allow-reads-when-down": ("no", "string", "yes,no"),
    "cluster-preferred-endpoint-type": ("tls-dynamic", "string", "ip,tls-dynamic"),
    "hash-max-listpack-entries": ("512", "integer", "0-"),
    "hash-max-listpack-value": ("64", "integer", "0-"),
    "latency-tracking": ("no", "string", "yes,no"),
    "list-max-listpack-size": ("-2", "integer", "-5-"),
    "maxmemory-clients": ("0", "string", ""),
    "zset-max-listpack-entries": ("128", "integer", "0-"),
    "zset-max-listpack-value": ("64", "integer", "0-"),
}
_MEMCACHED = {
    "binding_protocol": ("auto", "string", "auto,binary,ascii"),
    "cas_disabled": ("0", "boolean", "0,1", True, "requires-reboot"),
    "chunk_size": ("48", "integer", "1-1024", True, "requires-reboot"),
    "chunk_size_growth_factor": ("1.25", "float", "1-1024", True, "requires-reboot"),
    "error_on_memory_exhausted": ("0", "boolean", "0,1", True, "requires-reboot"),
    "max_item_size": ("1048576", "integer", "1024-1073741824", True, "requires-reboot"),
    "maxconns_fast": ("0", "boolean", "0,1", True, "requires-reboot"),
    "slab_reassign": ("1", "boolean", "0,1", True, "requires-reboot"),
}
FAMILIES = {
    "memcached1.4": _MEMCACHED,
    "memcached1.5": _MEMCACHED,
    "memcached1.6": _MEMCACHED,
    "redis2.6": {**_SHARED, **_ZIPLISTS},
    "redis2.8": {**_SHARED, **_ZIPLISTS},
    "redis3.2": {**_SHARED, **_ZIPLISTS},
    "redis4.0": {**_SHARED, **_ZIPLISTS},
    "redis5.0": {**_SHARED, **_ZIPLISTS},
    "redis6.x": {**_SHARED, **_ZIPLISTS},
    "redis7": {**_SHARED, **_LISTPACKS},
    "valkey7": {**_SHARED, **_LISTPACKS},
    "valkey8": {**_SHARED, **_LISTPACKS, "repl-backlog-size": ("10485760", "integer", "16384-")},
}


def parameter(family, name):
    """Return the description of one parameter of a family, as the API shows it."""
    default, kind, allowed, modifiable, when = (*FAMILIES[family][name], True, "immediate")[:5]
    row = {"ParameterName": name, "DataType": kind, "IsModifiable": modifiable, "ChangeType": when, "Source": "system"}
    return {**row, "ParameterValue": default, **({"AllowedValues": allowed} if allowed else {})}


def takes(family, name, value):
    """Tell whether a parameter can have a value."""
    _default, kind, allowed = FAMILIES[family][name][:3]
    if kind == "string":
        return not allowed or value in allowed.split(",")
    try:
        number = float(value) if kind == "float" else int(value)
    except ValueError:
        return False
    return any(_within(number, span) for span in allowed.split(","))


def _within(number, span):
    low, dash, high = span[1:].partition("-") if span.startswith("-") else span.partition("-")
    low = -float(low) if span.startswith("-") else float(low)
    if not dash:
        return number == low
    return number >= low and (not high or number <= float(high))


def version_of(engine, wanted):
    """Return the version that runs when one is asked for (the newest when none is), and its family of parameters."""
    if engine not in VERSIONS:
        refused(f"Invalid cache engine name {engine}. Valid values are redis and valkey.")
    known = VERSIONS[engine]
    if wanted is None:
        return list(known.values())[-1]
    if wanted not in known and not (engine == "redis" and wanted == "6.x"):
        contradiction(f"Cannot find version {wanted} for {engine}")
    return known["6.2" if wanted == "6.x" else wanted]


def numbers(version):
    """Return a version as numbers that can be compared."""
    return tuple(int(part) for part in version.split("."))
