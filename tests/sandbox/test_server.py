"""The server as a whole: HTTP, compression, keep-alive, counters, faults of the envelope, restarts."""

from __future__ import annotations

import gzip
import http.client
import json
from pathlib import Path

import pytest
import requests
from lxml import etree

from ewsfs.sandbox import Sandbox
from tests.sandbox.client import Client, envelope
from tests.schema import Validator

GET_INBOX = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
    '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
)
UTF16 = ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY x "y">]><a/>').encode("utf-16")
BASIC = {"Authorization": "Basic YWRhOnNlY3JldA=="}


def test_the_header_tells_the_version_of_exchange_2016(ada: Client) -> None:
    response = ada.post(envelope(GET_INBOX))
    version = etree.fromstring(response.content).find(".//{*}ServerVersionInfo")
    assert version is not None
    assert (version.get("MajorVersion"), version.get("MinorVersion"), version.get("Version")) == (
        "15",
        "1",
        "V2017_07_11",
    )


def test_gzip_both_ways(sandbox: Sandbox, ada: Client) -> None:
    response = ada.post(gzip.compress(envelope(GET_INBOX)), **{"Content-Encoding": "gzip", "Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert b"NoError" in response.content


def test_no_gzip_for_who_does_not_want_it(ada: Client) -> None:
    assert "Content-Encoding" not in ada.post(envelope(GET_INBOX), **{"Accept-Encoding": "identity"}).headers


def test_a_body_that_is_no_gzip_is_refused(ada: Client) -> None:
    assert ada.post(b"plain", **{"Content-Encoding": "gzip"}).status_code == 400


def test_one_connection_serves_many_requests(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(sandbox.url.rpartition(":")[2]), timeout=10)
    connection.connect()
    own = connection.sock
    for _ in range(3):
        connection.request("POST", "/EWS/Exchange.asmx", envelope(GET_INBOX), BASIC)
        assert connection.getresponse().read().count(b"NoError") == 1
    assert connection.sock is own
    connection.close()


def test_a_chunked_request(sandbox: Sandbox) -> None:
    data = envelope(GET_INBOX)
    response = requests.post(sandbox.endpoint, data=iter([data[:100], data[100:]]), auth=("ada", "secret"), timeout=10)
    assert b"NoError" in response.content
    response.close()


def test_observers_see_each_exchange_before_faults_spoil_it(sandbox: Sandbox, ada: Client) -> None:
    validator = Validator()
    seen: list[str] = []
    sandbox.observers += [validator, lambda name, request, response: seen.append(name)]
    ada.call(GET_INBOX)
    sandbox.faults.add("GetFolder:badchars:1")
    assert b"&#x0;" in ada.post(envelope(GET_INBOX)).content
    assert seen == ["GetFolder", "GetFolder"]
    validator.assert_valid()


@pytest.mark.parametrize("path", ["/ews/exchange.asmx", "/EWS/exchange.asmx"])
def test_the_path_is_compared_without_case(sandbox: Sandbox, path: str) -> None:
    with requests.post(sandbox.url + path, data=envelope(GET_INBOX), auth=("ada", "secret"), timeout=10) as response:
        assert response.status_code == 200


def test_an_unknown_path_is_not_found(sandbox: Sandbox) -> None:
    with requests.get(sandbox.url + "/owa/", timeout=10) as response:
        assert response.status_code == 404


def test_get_of_the_endpoint_asks_for_a_logon_and_then_redirects(sandbox: Sandbox) -> None:
    with requests.get(sandbox.endpoint, timeout=10) as response:
        assert response.status_code == 401
        assert "NTLM" in response.headers["WWW-Authenticate"]
        assert "Basic realm=" in response.headers["WWW-Authenticate"]
    with requests.get(sandbox.endpoint, auth=("ada", "secret"), timeout=10, allow_redirects=False) as response:
        assert response.status_code == 302


def test_calls_are_counted_by_operation(sandbox: Sandbox, ada: Client) -> None:
    ada.call(GET_INBOX)
    ada.call(GET_INBOX)
    assert (sandbox.calls.count("GetFolder"), sandbox.calls.total()) == (2, 2)
    with requests.get(sandbox.url + "/sandbox/calls", timeout=10) as response:
        assert json.loads(response.content) == {"GetFolder": 2}
    with requests.delete(sandbox.url + "/sandbox/calls", timeout=10) as response:
        assert response.status_code == 204
    assert sandbox.calls.as_dict() == {}
    with requests.post(sandbox.url + "/sandbox/calls/reset", timeout=10) as response:
        assert response.status_code == 204


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "ErrorSchemaValidation"),
        (b"<a", "ErrorSchemaValidation"),
        (b"<a/>", "ErrorSchemaValidation"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "ErrorSchemaValidation"),
        (UTF16, "ErrorSchemaValidation"),
        (envelope(""), "ErrorSchemaValidation"),
        (envelope("<m:GetFolder/>"), "ErrorSchemaValidation"),
        (envelope("<x xmlns='urn:other'/>"), "ErrorSchemaValidation"),
    ],
)
def test_what_is_no_request_gets_a_fault(data: bytes, code: str) -> None:
    with Sandbox() as sandbox:
        client = Client(sandbox)
        assert client.fault(data) == code
        client.session.close()


def test_an_unknown_operation_gets_a_fault_and_is_counted() -> None:
    with Sandbox() as sandbox:
        client = Client(sandbox)
        assert client.fault(envelope("<m:MakeCoffee/>")) == "ErrorInvalidRequest"
        assert sandbox.calls.as_dict() == {"MakeCoffee": 1}
        client.session.close()


def test_entities_are_not_expanded() -> None:
    bomb = b"<!DOCTYPE a [" + b"".join(
        b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"x") for n in range(12)
    )
    with Sandbox() as sandbox:
        client = Client(sandbox)
        assert client.fault(bomb + b"]>" + envelope("<m:GetFolder>&e11;</m:GetFolder>")) == "ErrorSchemaValidation"
        client.session.close()


def test_a_version_that_no_server_has_gets_a_fault() -> None:
    with Sandbox() as sandbox:
        client = Client(sandbox)
        assert (
            client.fault(envelope(GET_INBOX).replace(b"Exchange2016", b"Exchange1997")) == "ErrorInvalidServerVersion"
        )
        client.session.close()


def test_the_state_outlives_the_server(tmp_path: Path) -> None:
    store = str(tmp_path / "store.sqlite")
    with Sandbox(store=store) as sandbox:
        client = Client(sandbox)
        item, key = client.message("kept")
        client.session.close()
    with Sandbox(store=store) as sandbox:
        client = Client(sandbox)
        assert client.subjects() == ["kept"]
        element = client.get(item).find("{*}ItemId")
        assert element is not None
        assert element.get("ChangeKey") == key
        client.session.close()


def test_stop_ends_idle_connections() -> None:
    with Sandbox() as sandbox:
        connection = http.client.HTTPConnection("127.0.0.1", int(sandbox.url.rpartition(":")[2]), timeout=10)
        connection.request("POST", "/EWS/Exchange.asmx", envelope(GET_INBOX), BASIC)
        connection.getresponse().read()
        own = connection.sock
    assert own.recv(1) == b""
    connection.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"mime": "boiled"},
        {"sample": "huge"},
        {"users": {}},
        {"auth": ["kerberos"]},
        {"latency_ms": -1},
        {"faults": "x"},
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Sandbox(**wrong).start()  # type: ignore[arg-type]  # wrong on purpose
