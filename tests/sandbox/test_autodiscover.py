"""Autodiscover, the plain XML kind."""

from __future__ import annotations

import pytest
import requests
from lxml import etree

from ewsfs.sandbox import Sandbox

SCHEMA = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
REQUEST = (
    '<?xml version="1.0" encoding="utf-8"?><Autodiscover '
    'xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/'
    'requestschema/2006"><Request><EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>{schema}'
    "</AcceptableResponseSchema></Request></Autodiscover>"
)


def ask(sandbox: Sandbox, body: str, path: str = "/autodiscover/autodiscover.xml") -> etree._Element:
    with requests.post(sandbox.url + path, data=body.encode(), auth=("ada", "secret"), timeout=10) as response:
        assert response.status_code == 200
        return etree.fromstring(response.content)


@pytest.mark.parametrize("path", ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"])
def test_the_url_of_ews(sandbox: Sandbox, path: str) -> None:
    reply = ask(sandbox, REQUEST.format(address="Ada@example.test", schema=SCHEMA), path)
    assert reply.findtext(f".//{{{SCHEMA}}}EwsUrl") == sandbox.endpoint
    assert reply.findtext(f".//{{{SCHEMA}}}AutoDiscoverSMTPAddress") == "ada@example.test"
    assert reply.findtext(f".//{{{SCHEMA}}}Action") == "settings"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (REQUEST.format(address="x@example.test", schema=SCHEMA), "500"),
        (REQUEST.format(address="ada@example.test", schema="urn:other"), "601"),
        ("<a/>", "600"),
        ("no xml", "600"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "600"),
    ],
)
def test_errors(sandbox: Sandbox, body: str, code: str) -> None:
    assert ask(sandbox, body).findtext(".//{*}ErrorCode") == code


def test_a_logon_is_needed(sandbox: Sandbox) -> None:
    with requests.post(sandbox.url + "/autodiscover/autodiscover.xml", data=b"", timeout=10) as response:
        assert response.status_code == 401
