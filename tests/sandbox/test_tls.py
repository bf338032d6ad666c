"""TLS: verified with the authority's certificate, refused without."""

from __future__ import annotations

import pytest
import requests
from requests_ntlm import HttpNtlmAuth

from ewsfs.sandbox import Sandbox
from tests.sandbox.client import envelope

FIND = (
    '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
    '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
)


def test_a_client_that_trusts_the_authority() -> None:
    with Sandbox(tls=True) as sandbox, requests.Session() as session:
        assert sandbox.endpoint.startswith("https://")
        session.trust_env = False
        session.verify = str(sandbox.certificate)
        for auth in (("ada", "secret"), HttpNtlmAuth("ada", "secret")):
            response = session.post(sandbox.endpoint, data=envelope(FIND), auth=auth, timeout=10)
            assert response.status_code == 200


def test_a_client_that_does_not() -> None:
    with Sandbox(tls=True) as sandbox, requests.Session() as session:
        session.trust_env = False
        session.auth = ("ada", "secret")
        with pytest.raises(requests.exceptions.SSLError):
            session.post(sandbox.endpoint, data=envelope(FIND), timeout=10)
        session.verify = str(sandbox.certificate)
        assert session.post(sandbox.endpoint, data=envelope(FIND), timeout=10).status_code == 200


def test_plain_http_on_the_port_of_tls() -> None:
    with Sandbox(tls=True) as sandbox, pytest.raises(requests.ConnectionError):
        requests.post(sandbox.endpoint.replace("https", "http"), data=b"", timeout=10)
