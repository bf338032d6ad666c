"""A sandbox that is an older server."""

from __future__ import annotations

import pytest
from lxml import etree

from ewsfs.sandbox import Sandbox
from ewsfs.sandbox.versions import BUILDS
from tests.sandbox.client import SECRET, Client, envelope

SHAPE = (
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="{}"/>'
    '</t:AdditionalProperties></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds>'
    "</m:GetFolder>"
)


def request(asked: str, uri: str) -> bytes:
    return envelope(SHAPE.format(uri)).replace(b'"Exchange2016"', f'"{asked}"'.encode())


@pytest.mark.parametrize("version", BUILDS)
def test_an_older_server_tells_its_build_and_refuses_newer_versions(version: str) -> None:
    with Sandbox(users={"ada": SECRET}, version=version) as running:
        client = Client(running)
        reply = client.post(request(version, "folder:DisplayName"))
        assert reply.status_code == 200
        told = etree.fromstring(reply.content).find(".//{*}ServerVersionInfo")
        assert told is not None
        build = tuple(int(told.get(name, "")) for name in ("MajorVersion", "MinorVersion", "MajorBuildNumber"))
        assert build == BUILDS[version][:3]
        newer = list(BUILDS)[list(BUILDS).index(version) + 1 :]
        assert {client.fault(request(one, "folder:DisplayName")) for one in newer} <= {"ErrorInvalidServerVersion"}


@pytest.mark.parametrize(
    ("version", "uri", "known"),
    [
        ("Exchange2010_SP2", "folder:DistinguishedFolderId", False),
        ("Exchange2013", "folder:DistinguishedFolderId", True),
        ("Exchange2007_SP1", "folder:SharingEffectiveRights", False),
        ("Exchange2010", "folder:SharingEffectiveRights", True),
    ],
)
def test_an_older_server_lacks_newer_properties(version: str, uri: str, known: bool) -> None:
    with Sandbox(users={"ada": SECRET}, version=version) as running:
        client = Client(running)
        if known:
            assert client.post(request(version, uri)).status_code == 200
        else:
            assert client.fault(request(version, uri)) == "ErrorSchemaValidation"


def test_a_version_that_no_server_has_is_refused() -> None:
    with pytest.raises(ValueError, match="version is one of"):
        Sandbox(version="Exchange2003")
