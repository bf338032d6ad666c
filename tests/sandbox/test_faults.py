"""Faults on order: the grammar, and what a client meets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from lxml import etree

from ewsfs.sandbox import Faults, Sandbox
from tests.sandbox.client import Client, codes, envelope

FIND = (
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
    '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/><t:DistinguishedFolderId Id="drafts"/></m:ParentFolderIds>'
    "</m:FindItem>"
)
CREATE = (
    '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:DistinguishedFolderId Id="inbox"/>'
    "</m:SavedItemFolderId><m:Items><t:Message><t:Subject>new</t:Subject></t:Message></m:Items></m:CreateItem>"
)


@pytest.fixture
def client(sandbox: Sandbox, ada: Client) -> Iterator[Client]:
    ada.message("a message")
    yield ada
    sandbox.faults.clear()


def test_busy_answers_every_item_of_the_request(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("FindItem:busy:1:ms=7")
    reply = client.call(FIND)
    assert codes(reply) == ["ErrorServerBusy", "ErrorServerBusy"]
    assert [value.text for value in reply.iter("{*}Value") if value.get("Name") == "BackOffMilliseconds"] == ["7", "7"]
    assert codes(client.call(FIND)) == ["NoError", "NoError"]


def test_a_batch_that_is_busy_in_its_middle(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("CreateItem:busy:1:from=1")
    items = "<t:Message><t:Subject>new</t:Subject></t:Message>" * 3
    body = f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items>{items}</m:Items></m:CreateItem>'
    assert client.codes(body) == ["NoError", "ErrorServerBusy", "ErrorServerBusy"]
    assert client.subjects("drafts") == ["new"]


def test_any_response_code_can_be_asked_for(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("CreateItem:ErrorQuotaExceeded:1")
    assert client.codes(CREATE) == ["ErrorQuotaExceeded"]
    assert client.subjects() == ["a message"]
    with pytest.raises(ValueError, match="no response code"):
        sandbox.faults.add("CreateItem:error")


def test_busy_changes_nothing(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("CreateItem:busy:1")
    assert client.codes(CREATE) == ["ErrorServerBusy"]
    assert client.subjects() == ["a message"]


def test_busy_fault(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("*:busy-fault:1:ms=0")
    response = client.post(envelope(FIND))
    assert response.status_code == 500
    root = etree.fromstring(response.content)
    assert root.findtext(".//{*}ResponseCode") == "ErrorServerBusy"
    assert [value.text for value in root.iter("{*}Value")] == ["0"]
    assert root.find(".//{*}ServerVersionInfo") is None
    assert client.post(envelope(FIND)).status_code == 200


def test_503_keeps_the_connection(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("FindItem:503:1:ms=1500")
    response = client.post(envelope(FIND))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert client.post(envelope(FIND)).status_code == 200


def test_drop_comes_before_the_operation(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("CreateItem:drop:1")
    with pytest.raises(requests.ConnectionError):
        client.post(envelope(CREATE))
    assert client.subjects() == ["a message"]


def test_drop_after_comes_after_it(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("CreateItem:drop-after:1")
    with pytest.raises(requests.ConnectionError):
        client.post(envelope(CREATE))
    assert sorted(map(str, client.subjects())) == ["a message", "new"]


def test_cut_ends_in_the_middle(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("FindItem:cut:1")
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.post(envelope(FIND))


def test_badchars_are_no_xml(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("FindItem:badchars:1")
    content = client.post(envelope(FIND)).content
    assert b"<t:Subject>&#x1F;\x0b&#x0;\x01a message" in content
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(content)


def test_slow_waits(sandbox: Sandbox, client: Client) -> None:
    sandbox.faults.add("FindItem:slow:1:ms=120")
    begin = time.monotonic()
    client.call(FIND)
    assert time.monotonic() - begin >= 0.12


def test_faulty_requests_are_counted(sandbox: Sandbox, client: Client) -> None:
    sandbox.calls.reset()
    sandbox.faults.add("FindItem:503:2")
    client.post(envelope(FIND))
    client.post(envelope(FIND))
    assert sandbox.calls.count("FindItem") == 2


@pytest.mark.parametrize(
    ("spec", "requests_made", "hit"),
    [
        ("A:busy", "AAA", [0, 1, 2]),
        ("A:busy:2", "AAA", [0, 1]),
        ("A:busy:every=2", "AAAA", [1, 3]),
        ("A:busy:after=1", "AAA", [1, 2]),
        ("A:busy:1:after=1", "AAA", [1]),
        ("A:busy:1:every=2:after=1", "AAAAA", [2]),
        ("*:busy:2", "ABA", [0, 1]),
        ("B:busy", "ABA", [1]),
        (" A:busy:1 , B:busy:1 ", "ABAB", [0, 1]),
    ],
)
def test_the_grammar(spec: str, requests_made: str, hit: list[int]) -> None:
    faults = Faults(spec)
    assert [index for index, name in enumerate(requests_made) if faults.hits(name)] == hit


@pytest.mark.parametrize(
    "spec", ["A", "A:", "A:sick", ":busy", "A:busy:x", "A:busy:every=0", "A:busy:ms=-1", "A:busy:until=3", "A b:busy"]
)
def test_a_wrong_spec_is_refused(spec: str) -> None:
    with pytest.raises(ValueError, match="fault"):
        Faults(spec)


@pytest.mark.parametrize("fault", ["reset", "early-503", "early-401"])
def test_a_request_is_ended_while_it_is_sent(sandbox: Sandbox, client: Client, fault: str) -> None:
    """More than the system takes from us at once: who is not read to the end can't finish sending."""
    sandbox.faults.add(f"CreateItem:{fault}:1:at=100000")
    body = CREATE.replace("new</t:Subject>", f"new</t:Subject><t:Body BodyType='Text'>{'x' * (32 << 20)}</t:Body>")
    request = envelope(body)
    head = f"POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nContent-Length: {len(request)}\r\n\r\n".encode()
    host, port = urlsplit(sandbox.endpoint).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection, pytest.raises(ConnectionError):
        connection.sendall(head + request)
    assert client.subjects() == ["a message"]
    assert client.codes(CREATE) == ["NoError"]
    assert set(client.subjects()) == {"a message", "new"}


@pytest.mark.parametrize(("fault", "status"), [("early-503", 503), ("early-401", 401)])
def test_a_small_request_hears_what_it_is_told_early(sandbox: Sandbox, client: Client, fault: str, status: int) -> None:
    before = sandbox.calls.count("CreateItem")
    sandbox.faults.add(f"CreateItem:{fault}:1:at=100000")
    assert client.post(envelope(CREATE)).status_code == status
    assert sandbox.calls.count("CreateItem") == before + 1
    assert client.subjects() == ["a message"]
