# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""A connection that nobody has authorised yet, names that are not unique, installed providers."""

from __future__ import annotations

from ansible_collections.slipway.aws.extensions.emulator.clock import CLOCK
from ansible_collections.slipway.aws.extensions.emulator.services.codeconnections import authorise
from ansible_collections.slipway.aws.tests.support.delivery import done, rests

MODULE = "codeconnections_connection"
GITHUB = {"name": "shop", "provider_type": "GitHub"}


def test_a_pending_connection_is_a_good_end_with_a_warning_that_says_where_to_sign_in(aws):
    made = aws.run(MODULE, **GITHUB)
    assert made.changed
    assert made.connection["status"] == "PENDING"
    key = made.connection["arn"].rsplit("/", 1)[-1]
    page = f"https://us-east-1.console.aws.amazon.com/codesuite/settings/123456789012/us-east-1/codeconnections/connections/{key}"
    assert made.connection["console_url"] == page
    assert [page in warning for warning in made.warnings] == [True]

    again = aws.run(MODULE, **GITHUB)
    assert not again.changed
    assert [page in warning for warning in again.warnings] == [True]

    authorise(made.connection["arn"])
    after = aws.run(MODULE, **GITHUB)
    assert (after.changed, after.connection["status"], after.warnings) == (False, "AVAILABLE", [])


def test_waiting_for_a_person_ends_with_the_address_of_the_page(aws):
    start = CLOCK.seconds()
    result = aws.run(MODULE, **GITHUB, wait_for="available", wait_timeout=120)
    assert result.failed
    assert "not authorised within 120 seconds" in result.msg
    assert "codesuite/settings" in result.msg
    assert CLOCK.seconds() - start >= 120


def test_waiting_ends_when_the_person_has_signed_in(aws):
    done(aws, MODULE, **GITHUB)
    authorise()
    result = aws.run(MODULE, **GITHUB, wait_for="available")
    assert (result.failed, result.changed, result.connection["status"]) == (False, False, "AVAILABLE")


def test_a_connection_in_error_is_not_good(aws):
    authorise(status="ERROR")
    result = aws.run(MODULE, **GITHUB)
    assert result.failed
    assert "remove it with state=absent" in result.msg


def test_two_of_the_same_name_are_not_guessed_at(aws):
    client = aws.client("codeconnections")
    arns = [client.create_connection(ConnectionName="shop", ProviderType="GitHub")["ConnectionArn"] for _time in range(2)]
    for state in ("present", "absent"):
        with aws.recorded() as sent:
            result = aws.run(MODULE, **GITHUB, state=state)
        assert result.failed
        assert all(arn in result.msg for arn in arns)
        assert sent.writes == []


def test_another_provider_is_another_connection(aws):
    aws.client("codeconnections").create_connection(ConnectionName="shop", ProviderType="Bitbucket")
    assert aws.run(MODULE, **GITHUB).changed
    assert len(aws.client("codeconnections").list_connections()["Connections"]) == 2


def test_a_connection_beyond_the_first_page_is_found(aws):
    client = aws.client("codeconnections")
    for number in range(50):
        client.create_connection(ConnectionName=f"shop-{number}", ProviderType="GitHub")
    assert len(client.list_connections()["Connections"]) == 20
    with aws.recorded() as sent:
        rests(aws, MODULE, name="shop-49", provider_type="GitHub")
    assert sent.writes == []


def test_an_installed_provider_is_named_by_its_host_alone(aws):
    client = aws.client("codeconnections")
    hosts = [
        client.create_host(Name=name, ProviderType="GitLabSelfManaged", ProviderEndpoint=f"https://{name}.example.com")["HostArn"]
        for name in ("git", "other")
    ]
    gitlab = {"name": "shop", "provider_type": "GitLabSelfManaged"}
    with aws.recorded() as sent:
        made = aws.run(MODULE, **gitlab, host_arn=hosts[0])
    assert made.connection["host_arn"] == hosts[0]
    assert sent.parameters("CreateConnection") == {"ConnectionName": "shop", "HostArn": hosts[0]}
    moved = aws.run(MODULE, **gitlab, host_arn=hosts[1])
    assert moved.failed
    assert "cannot be changed in place" in moved.msg
