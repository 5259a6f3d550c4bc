# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""logs_query_definition: a change repeats the rest, names are exact, two of a name are not guessed at."""

from __future__ import annotations

QUERY = {"name": "errors", "query_string": "fields @message\n", "log_group_names": ["a", "b"]}


def test_a_change_repeats_the_rest_under_the_same_id(aws):
    made = aws.run("logs_query_definition", **QUERY).query_definition["query_definition_id"]
    with aws.recorded() as sent:
        aws.run("logs_query_definition", name="errors", log_group_names=["a"])
    parameters = sent.parameters("PutQueryDefinition")
    assert parameters["queryDefinitionId"] == made
    assert parameters["queryString"] == "fields @message"


def test_order_of_groups_and_a_last_line_break_make_no_change(aws):
    aws.run("logs_query_definition", **QUERY)
    again = {**QUERY, "query_string": "fields @message", "log_group_names": ["b", "a"]}
    assert not aws.run("logs_query_definition", **again).changed


def test_a_name_that_begins_like_another_is_another(aws):
    aws.run("logs_query_definition", **{**QUERY, "name": "errors of today"})
    assert aws.run("logs_query_definition", **QUERY).changed
    assert len(aws.client("logs").describe_query_definitions()["queryDefinitions"]) == 2


def test_two_of_a_name_are_not_guessed_at(aws):
    for _number in range(2):
        aws.client("logs").put_query_definition(name="errors", queryString="fields @message")
    result = aws.run("logs_query_definition", **QUERY)
    assert result.failed
    assert "2 queries are named errors" in result.msg


def test_creation_says_what_it_needs(aws):
    result = aws.run("logs_query_definition", name="errors", check=True)
    assert "to create it query_string has to be given" in result.msg
