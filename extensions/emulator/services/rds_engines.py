# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""One API, several services: DocumentDB and Neptune sign their requests as RDS does, and only the engine tells them apart.

An operation that several of them answer is registered here with ``shared``. Another service steps in front of it:

    @instead("CreateDBCluster")
    def create_cluster(call):
        if call.params["Engine"] != "docdb":
            return NOT_MINE
        ...

    @besides("DescribeDBClusters")
    def describe_clusters(call):
        return [...]  # what is shown besides the clusters of RDS when nobody is asked for by name
"""

from __future__ import annotations

from ..registry import operation

NOT_MINE = object()
_INSTEAD, _BESIDES = {}, {}


def shared(*names):
    """Register a function as RDS's answer to operations that other services may answer for their own engines."""

    def register(function):
        def answer(call):
            for other in _INSTEAD.get(call.operation, ()):
                result = other(call)
                if result is not NOT_MINE:
                    return result
            return function(call)

        operation("rds", *names)(answer)
        return function

    return register


def instead(*names):
    """Register a function that is asked before RDS; it returns NOT_MINE for what belongs to another engine."""

    def register(function):
        for name in names:
            _INSTEAD.setdefault(name, []).append(function)
        return function

    return register


def besides(name):
    """Register a function that returns what a list operation shows besides what RDS has."""

    def register(function):
        _BESIDES.setdefault(name, []).append(function)
        return function

    return register


def others(call):
    """Return what the other services show in answer to a list operation."""
    return [thing for function in _BESIDES.get(call.operation, ()) for thing in function(call)]
