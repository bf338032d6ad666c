"""A few EWS requests by hand, so that what a mount shows can be compared with what the server was given.

Nothing of `ewsfs.ews` is used here: a misunderstanding of the protocol must not hide on both sides of a test.
Source of the requests: the EWS reference pages "CreateItem operation", "FindItem operation" and so on.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import NamedTuple
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

import requests
from lxml import etree

TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
NS = {"t": TYPES, "m": MESSAGES, "s": "http://schemas.xmlsoap.org/soap/envelope/"}
_BATCH = 250


class Folder(NamedTuple):
    id: str
    name: str
    parent_id: str


class Server:
    """A sandbox, spoken to without the code under test. Use it as a context manager."""

    def __init__(self, endpoint: str, user: str, password: str, certificate: Path | None = None) -> None:
        self.endpoint = endpoint
        parts = urlsplit(endpoint)
        self._calls = f"{parts.scheme}://{parts.netloc}/sandbox/calls"
        self._http = requests.Session()
        self._http.auth = (user, password)
        self._http.trust_env = False
        if certificate is not None:
            self._http.verify = str(certificate)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    # -- counting ------------------------------------------------------------------------------------------------

    def calls(self) -> dict[str, int]:
        """How often each operation was asked for since `reset_calls`."""
        answer = self._http.get(self._calls, timeout=30)
        answer.raise_for_status()
        counted: dict[str, int] = json.loads(answer.text)
        return {name: number for name, number in counted.items() if number}

    def reset_calls(self) -> None:
        self._http.delete(self._calls, timeout=30).raise_for_status()

    # -- folders -------------------------------------------------------------------------------------------------

    def folder(self, distinguished: str) -> str:
        """The id of a default folder."""
        answer = self._ask(
            "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
            f"<m:FolderIds><t:DistinguishedFolderId Id={quoteattr(distinguished)}/></m:FolderIds></m:GetFolder>"
        )
        return _one_id(answer, "FolderId")

    def make_folder(self, parent_id: str, name: str) -> str:
        answer = self._ask(
            f"<m:CreateFolder><m:ParentFolderId><t:FolderId Id={quoteattr(parent_id)}/></m:ParentFolderId>"
            f"<m:Folders><t:Folder><t:DisplayName>{_text(name)}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
        )
        return _one_id(answer, "FolderId")

    def let_only_read(self, folder_id: str, address: str) -> None:
        """Give a user, even the owner, the permission level of a reviewer on a folder."""
        level = "<t:PermissionLevel>Reviewer</t:PermissionLevel>"
        user = f"<t:UserId><t:PrimarySmtpAddress>{_text(address)}</t:PrimarySmtpAddress></t:UserId>"
        self._ask(
            f"<m:UpdateFolder><m:FolderChanges><t:FolderChange><t:FolderId Id={quoteattr(folder_id)}/><t:Updates>"
            '<t:SetFolderField><t:FieldURI FieldURI="folder:PermissionSet"/><t:Folder><t:PermissionSet><t:Permissions>'
            f"<t:Permission>{user}{level}</t:Permission>"
            "</t:Permissions></t:PermissionSet></t:Folder></t:SetFolderField>"
            "</t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>"
        )

    def folders(self) -> list[Folder]:
        """All folders of the mailbox below its top."""
        answer = self._ask(
            '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape>'
            '<t:AdditionalProperties><t:FieldURI FieldURI="folder:ParentFolderId"/></t:AdditionalProperties>'
            '</m:FolderShape><m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds>'
            "</m:FindFolder>"
        )
        return [
            Folder(
                _id(folder, "FolderId"),
                folder.findtext("t:DisplayName", namespaces=NS) or "",
                _id(folder, "ParentFolderId"),
            )
            for folder in answer.iterfind(".//m:RootFolder/t:Folders/*", NS)
        ]

    # -- items ---------------------------------------------------------------------------------------------------

    def add_messages(self, folder_id: str, mimes: Iterable[bytes], received: datetime | None = None) -> list[str]:
        """Create received, read messages from MIME; returns their ids, in order."""
        ids = []
        for batch in _batches(list(mimes), _BATCH):
            answer = self._ask(
                '<m:CreateItem MessageDisposition="SaveOnly">'
                f"<m:SavedItemFolderId><t:FolderId Id={quoteattr(folder_id)}/></m:SavedItemFolderId>"
                f"<m:Items>{''.join(_message(mime, received) for mime in batch)}</m:Items></m:CreateItem>"
            )
            ids += [_id(item, "ItemId") for item in answer.iterfind(".//m:Items/*", NS)]
        return ids

    def items(self, folder_id: str) -> list[str]:
        """The ids of all items of a folder."""
        ids: list[str] = []
        while True:
            answer = self._ask(
                '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
                f'<m:IndexedPageItemView MaxEntriesReturned="1000" Offset="{len(ids)}" BasePoint="Beginning"/>'
                f"<m:ParentFolderIds><t:FolderId Id={quoteattr(folder_id)}/></m:ParentFolderIds></m:FindItem>"
            )
            found = [_id(item, "ItemId") for item in answer.iterfind(".//t:Items/*", NS)]
            ids += found
            (root,) = answer.iterfind(".//m:RootFolder", NS)
            if not found or root.get("IncludesLastItemInRange") == "true":
                return ids

    def kinds_and_mimes(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """The kind (element name) and the MIME of items, in order."""
        for batch in _batches(list(ids), 50):
            answer = self._ask(
                "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
                "<t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape><m:ItemIds>"
                + "".join(f"<t:ItemId Id={quoteattr(i)}/>" for i in batch)
                + "</m:ItemIds></m:GetItem>"
            )
            for item in answer.iterfind(".//m:Items/*", NS):
                encoded = item.findtext("t:MimeContent", namespaces=NS) or ""
                yield etree.QName(item).localname, base64.b64decode(encoded)

    def delete(self, item_id: str) -> None:
        self._ask(
            '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"'
            ' AffectedTaskOccurrences="AllOccurrences">'
            f"<m:ItemIds><t:ItemId Id={quoteattr(item_id)}/></m:ItemIds></m:DeleteItem>"
        )

    # -- the wire ------------------------------------------------------------------------------------------------

    def _ask(self, body: str) -> etree._Element:
        envelope = (
            '<?xml version="1.0" encoding="utf-8"?>'
            f'<s:Envelope xmlns:s="{NS["s"]}" xmlns:t="{TYPES}" xmlns:m="{MESSAGES}">'
            '<s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header>'
            f"<s:Body>{body}</s:Body></s:Envelope>"
        )
        answer = self._http.post(
            self.endpoint,
            data=envelope.encode(),
            headers={"Content-Type": "text/xml; charset=utf-8"},
            timeout=120,
        )
        if not answer.ok:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:1000]}")
        root = etree.fromstring(answer.content)
        for message in root.iterfind(".//*[@ResponseClass]"):
            if message.get("ResponseClass") != "Success":
                raise RuntimeError(etree.tostring(message).decode()[:500])
        return root


def _message(mime: bytes, received: datetime | None) -> str:
    properties = _extended("0x0E07", "Integer", "1")  # PidTagMessageFlags: read, and not a draft
    if received is not None:
        when = received.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        properties += _extended("0x0E06", "SystemTime", when)  # PidTagMessageDeliveryTime
    return f"<t:Message><t:MimeContent>{base64.b64encode(mime).decode()}</t:MimeContent>{properties}</t:Message>"


def _extended(tag: str, kind: str, value: str) -> str:
    return (
        f'<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'
        f"<t:Value>{value}</t:Value></t:ExtendedProperty>"
    )


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _id(element: etree._Element, name: str) -> str:
    found = element.find(f"t:{name}", NS)
    assert found is not None
    return found.get("Id") or ""


def _one_id(answer: etree._Element, name: str) -> str:
    (found,) = answer.iterfind(f".//t:{name}", NS)
    return found.get("Id") or ""


def _batches(things: list[bytes] | list[str], size: int) -> Iterator[list]:  # type: ignore[type-arg]
    for start in range(0, len(things), size):
        yield things[start : start + size]
