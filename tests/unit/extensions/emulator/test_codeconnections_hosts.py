# Copyright: slipway.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""Connections stay pending until a test signs in, under both names of the service, and hosts are kept while they are used."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ansible_collections.slipway.aws.extensions.emulator import cli


@pytest.fixture
def client(aws):
    return aws.client("codeconnections")


def status(client, arn):
    return client.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"]


def test_a_connection_is_pending_until_somebody_signs_in(client):
    arn = client.create_connection(ConnectionName="shop", ProviderType="GitHub")["ConnectionArn"]
    assert status(client, arn) == "PENDING"
    assert cli.call(client.meta.endpoint_url, "authorise", arn=arn) == [arn]
    assert status(client, arn) == "AVAILABLE"
    assert cli.call(client.meta.endpoint_url, "authorise", arn=arn, status="ERROR") == [arn]
    assert status(client, arn) == "ERROR"


def test_whoever_comes_later_can_be_signed_in_beforehand(client):
    assert cli.call(client.meta.endpoint_url, "authorise") == []
    arn = client.create_connection(ConnectionName="shop", ProviderType="Bitbucket")["ConnectionArn"]
    assert status(client, arn) == "AVAILABLE"


def test_the_old_name_of_the_service_has_the_same_connections(aws, client):
    old = aws.client("codestar-connections")
    arn = old.create_connection(ConnectionName="shop", ProviderType="GitHub")["ConnectionArn"]
    assert arn.startswith("arn:aws:codestar-connections:")
    assert [one["ConnectionArn"] for one in client.list_connections()["Connections"]] == [arn]


def test_an_installed_provider_needs_a_host_and_keeps_it(client):
    with pytest.raises(ClientError, match="needs a HostArn"):
        client.create_connection(ConnectionName="shop", ProviderType="GitLabSelfManaged")
    host = client.create_host(Name="git", ProviderType="GitLabSelfManaged", ProviderEndpoint="https://git.example.com")["HostArn"]
    arn = client.create_connection(ConnectionName="shop", HostArn=host)["ConnectionArn"]
    assert client.get_connection(ConnectionArn=arn)["Connection"]["ProviderType"] == "GitLabSelfManaged"
    with pytest.raises(ClientError, match="still has connections"):
        client.delete_host(HostArn=host)
    client.delete_connection(ConnectionArn=arn)
    client.delete_host(HostArn=host)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.get_host(HostArn=host)


def test_what_is_not_emulated_is_not_answered_with_yes(client):
    with pytest.raises(ClientError):
        client.create_repository_link(ConnectionArn="arn:aws:codeconnections:x", OwnerId="shop", RepositoryName="shop")
