# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Parameters of databases. A group of AWS has every parameter of its family; moto's groups have only what was set.

The lists hold the parameters that platforms tend to set, with type, whether a change needs a reboot, and the default that RDS
reports (None: the engine's own). What is not in them is refused as AWS refuses a parameter that the family does not have.
"""

from __future__ import annotations

from moto.rds.models import rds_backends

from ..calls import AwsError
from ..registry import operation

_MYSQL = {
    "binlog_format": ("string", "dynamic", None),
    "character_set_server": ("string", "dynamic", None),
    "collation_server": ("string", "dynamic", None),
    "event_scheduler": ("string", "dynamic", None),
    "general_log": ("boolean", "dynamic", None),
    "innodb_buffer_pool_size": ("integer", "static", "{DBInstanceClassMemory*3/4}"),
    "innodb_flush_log_at_trx_commit": ("integer", "dynamic", None),
    "innodb_lock_wait_timeout": ("integer", "dynamic", None),
    "local_infile": ("boolean", "dynamic", None),
    "log_bin_trust_function_creators": ("boolean", "dynamic", None),
    "log_error_verbosity": ("integer", "dynamic", None),
    "log_output": ("string", "dynamic", "TABLE"),
    "log_queries_not_using_indexes": ("boolean", "dynamic", None),
    "long_query_time": ("float", "dynamic", None),
    "lower_case_table_names": ("integer", "static", None),
    "max_allowed_packet": ("integer", "dynamic", None),
    "max_connections": ("integer", "dynamic", "{DBInstanceClassMemory/12582880}"),
    "performance_schema": ("boolean", "static", "0"),
    "require_secure_transport": ("boolean", "dynamic", None),
    "slow_query_log": ("boolean", "dynamic", None),
    "sql_mode": ("string", "dynamic", None),
    "time_zone": ("string", "dynamic", None),
    "tls_version": ("string", "static", None),
    "wait_timeout": ("integer", "dynamic", None),
}
_POSTGRES = {
    "autovacuum": ("boolean", "dynamic", None),
    "idle_in_transaction_session_timeout": ("integer", "dynamic", "86400000"),
    "log_connections": ("boolean", "dynamic", None),
    "log_disconnections": ("boolean", "dynamic", None),
    "log_duration": ("boolean", "dynamic", None),
    "log_lock_waits": ("boolean", "dynamic", None),
    "log_min_duration_statement": ("integer", "dynamic", None),
    "log_statement": ("string", "dynamic", None),
    "max_connections": ("integer", "static", "LEAST({DBInstanceClassMemory/9531392},5000)"),
    "pg_stat_statements.track": ("string", "dynamic", None),
    "pgaudit.log": ("string", "dynamic", None),
    "rds.force_ssl": ("boolean", "dynamic", "1"),
    "rds.logical_replication": ("boolean", "static", "0"),
    "shared_buffers": ("integer", "static", "{DBInstanceClassMemory/32768}"),
    "shared_preload_libraries": ("list", "static", "pg_stat_statements"),
    "statement_timeout": ("integer", "dynamic", None),
    "timezone": ("string", "dynamic", "UTC"),
    "work_mem": ("integer", "dynamic", None),
}


def _group(call):
    name = call.params["DBParameterGroupName"]
    group = rds_backends[call.account][call.region].db_parameter_groups.get(name)
    if group is None:
        raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
    return group


def _family(group):
    family = group.family or ""
    return _POSTGRES if family.startswith(("postgres", "aurora-postgresql")) else _MYSQL


@operation("rds", "DescribeDBParameters")
def describe(call):
    group, wanted = _group(call), call.params.get("Source")
    call.params.get("MaxRecords")  # a group fits on one page
    rows = []
    for name, (kind, when, default) in _family(group).items():
        given = group.parameters.get(name, {})
        value = given.get("ParameterValue", default)
        row = {
            "ParameterName": name,
            "DataType": kind,
            "ApplyType": when,
            "IsModifiable": True,
            "ApplyMethod": given.get("ApplyMethod", "pending-reboot"),
            "Source": "user" if given else "system" if default else "engine-default",
        }
        if value is not None:
            row["ParameterValue"] = str(value)
        if wanted in (None, row["Source"]):
            rows.append(row)
    return {"Parameters": rows}


@operation("rds", "ModifyDBParameterGroup")
def modify(call):
    known = _family(_group(call))
    for parameter in call.params["Parameters"]:
        name = parameter["ParameterName"]
        if name not in known:
            raise AwsError("InvalidParameterValue", f"Could not find parameter with name: {name}")
        if known[name][1] == "static" and parameter.get("ApplyMethod") == "immediate":
            raise AwsError("InvalidParameterCombination", "cannot use immediate apply method for static parameter")
    return call.forward()
