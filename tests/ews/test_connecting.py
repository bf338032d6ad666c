"""Accounts that connect: Digest, connections that accounts share, proxies, outages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

import pytest
import requests
from requests.adapters import HTTPAdapter

from ewsfs.ews import (
    DIGEST,
    Account,
    Configuration,
    Credentials,
    FileAttachment,
    Message,
    ServiceAccount,
    errors,
)
from ewsfs.ews.protocol import BaseProtocol
from ewsfs.sandbox import Sandbox
from tests.ews.rogue import Call, Rogue, items, response, success

USERS = {"ada": "sécret", "łucja": "zażółć", "ben": "hidden"}


@pytest.fixture(scope="module")
def digesting() -> Iterator[Sandbox]:
    with Sandbox(users=USERS, auth=("digest",)) as running:
        yield running


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users=USERS) as running:
        yield running


def configuration(sandbox: Sandbox, name: str = "ada", password: str | None = None) -> Configuration:
    user = Credentials(name, USERS[name] if password is None else password)
    return Configuration(service_endpoint=sandbox.endpoint, credentials=user)


# -- Digest --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", "EXAMPLE\\{}", "{}@example.test"])
@pytest.mark.parametrize("name", ["ada", "łucja"])
def test_digest_is_found_out_and_answered(digesting: Sandbox, form: str, name: str) -> None:
    config = Configuration(service_endpoint=digesting.endpoint, credentials=Credentials(form.format(name), USERS[name]))
    connected = Account(digesting.address(name), config=config)
    assert connected.inbox.name == "Inbox"
    assert connected.protocol.auth_type == DIGEST
    assert [folder.name for folder in connected.calendar.children] == []


def test_digest_refuses_a_wrong_password(digesting: Sandbox) -> None:
    with pytest.raises(errors.Unauthorized):
        _ = Account(digesting.address("ada"), config=configuration(digesting, "ada", "wrong")).inbox


def test_digest_sends_a_large_body_from_a_file_again(digesting: Sandbox) -> None:
    content = bytes(range(256)) * 4000
    # An account of its own: its first request is the large one, whose body is read twice.
    first = Account(digesting.address("ada"), config=configuration(digesting))
    message = Message(folder=first.drafts, subject="large").save()
    config = Configuration(
        service_endpoint=digesting.endpoint, credentials=Credentials("ADA", USERS["ada"]), auth_type=DIGEST
    )
    other = Account(digesting.address("ada"), config=config)
    assert other.protocol is not first.protocol
    [attached] = other.create_attachments(
        (message.item_id, message.changekey), [FileAttachment(name="a.bin", content=io.BytesIO(content))]
    )
    assert isinstance(attached, FileAttachment)
    [found] = other.get_attachments([attached.attachment_id or ""])
    assert isinstance(found, FileAttachment)
    assert found.content == content


# -- what accounts share -------------------------------------------------------------------------------


def test_accounts_that_connect_alike_share_their_connections(sandbox: Sandbox) -> None:
    config = configuration(sandbox)
    one = Account(sandbox.address("ada"), config=config)
    _ = one.inbox
    two = Account(sandbox.address("ben"), config=configuration(sandbox))
    assert two.protocol is one.protocol
    assert two.server_version == one.server_version == "Exchange2016"
    assert Account(sandbox.address("ben"), config=configuration(sandbox, "ben")).protocol is not one.protocol


def test_the_second_account_asks_for_nothing_again() -> None:
    def script(call: Call) -> None:
        if call.header("Authorization") is None:
            call.reply(401, headers=["WWW-Authenticate: Basic"])
        else:
            call.reply(200, response("GetFolder", *[success("GetFolder", FOLDER)] * call.body.count(b"FolderId ")))

    with Rogue(script) as server:
        config = Configuration(service_endpoint=server.endpoint, credentials=Credentials("ada", "x"))
        one = Account("ada@example.test", config=config)
        _ = one.default_folder("conversationhistory").name
        assert [call.header("Authorization") is None for call in server.calls] == [True, False]
        two = Account("ben@example.test", config=config)
        _ = two.default_folder("conversationhistory").name
        assert [call.header("Authorization") is None for call in server.calls] == [True, False, False]
        assert server.connections == 2  # the question how to authenticate, and one for both accounts
        one.close()
        two.close()


FOLDER = '<m:Folders><t:Folder><t:FolderId Id="f" ChangeKey="c"/></t:Folder></m:Folders>'


def test_an_account_that_is_closed_leaves_the_others_their_connections(sandbox: Sandbox) -> None:
    user = Credentials("ada", USERS["ada"])
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=user, timeout=77)  # no other test's
    one = Account(sandbox.address("ada"), config=config)
    two = Account(sandbox.address("ada"), config=config)
    one.close()
    assert two.inbox.name == "Inbox"
    two.close()
    with pytest.raises(errors.Closed):
        two.inbox.refresh()
    assert Account(sandbox.address("ada"), config=config).inbox.name == "Inbox"


# -- proxies, outages ----------------------------------------------------------------------------------


def test_an_adapter_leads_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    reply = response("GetItem", success("GetItem", items("1")))
    with Rogue(lambda call: call.reply(200, reply)) as proxy:

        class Proxied(HTTPAdapter):
            def send(
                self,
                request: requests.PreparedRequest,
                stream: bool = False,
                timeout: float | tuple[float, float] | tuple[float, None] | None = None,
                verify: bool | str = True,
                cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
                proxies: Mapping[str, str] | None = None,
            ) -> requests.Response:
                return super().send(request, stream, timeout, verify, cert, {"http": proxy.endpoint[:-18]})

        monkeypatch.setattr(BaseProtocol, "HTTP_ADAPTER_CLS", Proxied)
        config = Configuration(service_endpoint="http://127.0.0.1:9/EWS/Exchange.asmx", auth_type="no authentication")
        [found] = Account("ada@example.test", config=config).fetch(["1"])
        assert found.item_id == "1"
        assert "http://127.0.0.1:9/EWS/Exchange.asmx" in proxy.calls[0].head


def test_a_service_account_survives_an_outage(sandbox: Sandbox) -> None:
    user = ServiceAccount("ada", USERS["ada"], max_wait=60)
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=user)
    connected = Account(sandbox.address("ada"), config=config)
    hasty = Account(sandbox.address("ada"), config=configuration(sandbox))
    for spec in ("GetFolder:503:1:ms=1000", "GetFolder:busy:1", "GetFolder:drop:2"):
        sandbox.faults.add(spec)
        with pytest.raises(errors.EWSError):
            hasty.default_folder("tasks").refresh()
        sandbox.faults.add(spec)
        assert connected.default_folder("calendar").refresh().name == "Calendar"
