# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Policies of resources: who, what, where, and under which conditions."""

from __future__ import annotations

import pytest

from ansible_collections.slipway.aws.extensions.emulator.policies import ALLOWED, DENIED, SILENT, decision, holds

ME = {"account": "111122223333", "arns": ["arn:aws:iam::111122223333:role/app"]}
THING = "arn:aws:s3:::shop/a.txt"


def said(*statements, action="s3:GetObject", resource=THING, principal=None, **context):
    return decision({"Statement": list(statements)}, action, resource, principal or ME, context)


def statement(effect="Allow", **more):
    return {"Effect": effect, "Principal": "*", "Action": "s3:*", "Resource": "*", **more}


def test_who_denies_wins():
    assert said(statement()) == ALLOWED
    assert said(statement(), statement("Deny")) == DENIED
    assert said(statement("Deny", Action="s3:Put*")) == SILENT
    assert said() == SILENT


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"Action": "S3:getobject"}, ALLOWED),
        ({"Action": ["s3:PutObject", "s3:Get*"]}, ALLOWED),
        ({"Action": "s3:GetObjectTagging"}, SILENT),
        ({"Resource": "arn:aws:s3:::shop/*"}, ALLOWED),
        ({"Resource": "arn:aws:s3:::shop"}, SILENT),
        ({"Resource": "arn:aws:s3:::sh?p/a.txt"}, ALLOWED),
        ({"Principal": {"AWS": "111122223333"}}, ALLOWED),
        ({"Principal": {"AWS": ["arn:aws:iam::111122223333:root"]}}, ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}}, ALLOWED),
        ({"Principal": {"AWS": "arn:aws:iam::111122223333:role/other"}}, SILENT),
        ({"Principal": {"Service": "cloudfront.amazonaws.com"}}, SILENT),
    ],
)
def test_what_a_statement_is_about(more, expected):
    assert said(statement(**more)) == expected


def test_everything_but():
    but_get = {"Effect": "Deny", "Principal": "*", "NotAction": "s3:GetObject", "Resource": "*"}
    assert said(but_get) == SILENT
    assert said(but_get, action="s3:PutObject") == DENIED
    assert said({"Effect": "Deny", "Principal": "*", "Action": "*", "NotResource": "arn:aws:s3:::shop/*"}) == SILENT
    assert said({"Effect": "Deny", "NotPrincipal": {"AWS": ME["arns"]}, "Action": "*", "Resource": "*"}) == SILENT
    assert said({"Effect": "Deny", "NotPrincipal": {"AWS": "999999999999"}, "Action": "*", "Resource": "*"}) == DENIED


@pytest.mark.parametrize(
    ("operator", "wanted", "present", "expected"),
    [
        ("Bool", "false", "true", False),
        ("Bool", False, "false", True),
        ("Bool", "false", None, False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "A", "a", False),
        ("StringEqualsIgnoreCase", "A", "a", True),
        ("StringEquals", "a", None, False),
        ("StringEqualsIfExists", "a", None, True),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", "a", None, True),
        ("StringLike", "prod-*", "prod-1", True),
        ("StringNotLike", "prod-*", "prod-1", False),
        ("ArnLike", "arn:aws:iam::*:role/app-*", "arn:aws:iam::1:role/app-x", True),
        ("ArnLike", "arn:aws:iam::*", "arn:aws:iam::1:role/app-x", False),
        ("ArnNotEquals", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b", True),
        ("Null", "true", None, True),
        ("Null", "true", "x", False),
        ("Null", "false", "x", True),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
        ("NotIpAddress", ["10.0.0.0/8", "192.0.2.1"], "192.0.2.1", False),
        ("NumericLessThan", "1.2", "1.3", False),
        ("NumericGreaterThanEquals", 30, "30", True),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-06-01T00:00:00+00:00", True),
        ("DateLessThan", "1735689600", "2026-06-01", False),
        ("ForAllValues:StringEquals", ["a", "b"], ["a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False),
        ("ForAllValues:StringEquals", "a", None, True),
        ("ForAnyValue:StringEquals", "a", ["x", "a"], True),
        ("ForAnyValue:StringEquals", "a", None, False),
    ],
)
def test_conditions(operator, wanted, present, expected):
    context = {} if present is None else {"aws:key": present}
    assert holds({"Condition": {operator: {"AWS:Key": wanted}}}, context) is expected


def test_all_conditions_have_to_hold():
    both = {"Condition": {"StringEquals": {"a": "1", "b": "2"}}}
    assert holds(both, {"a": "1", "b": "2"})
    assert not holds(both, {"a": "1", "b": "3"})


def test_unknown_operators_are_not_guessed_at():
    with pytest.raises(ValueError, match="StringAlmost"):
        holds({"Condition": {"StringAlmost": {"a": "1"}}}, {"a": "1"})
