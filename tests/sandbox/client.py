"""A client for the tests of the sandbox: raw SOAP over requests, so that tests see what travels."""

from __future__ import annotations

import base64
from collections.abc import Iterable

import requests
from lxml import etree

from ewsfs.sandbox import Sandbox
from ewsfs.sandbox.model import MESSAGES, TYPES, m, t

ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    f'xmlns:t="{TYPES}" xmlns:m="{MESSAGES}"><s:Header><t:RequestServerVersion Version="Exchange2016"/>'
    "{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
)
SECRET = "secret"  # the password of the first user
BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"


def envelope(body: str, header: str = "") -> bytes:
    """A request as bytes."""
    return ENVELOPE.replace("{header}", header).replace("{body}", body).encode()


class Client:
    """Talks to a sandbox as one user, with Basic."""

    def __init__(self, sandbox: Sandbox, user: str = "ada", password: str = SECRET) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (user, password)

    def post(self, data: bytes, **headers: str) -> requests.Response:
        """Bytes to the endpoint."""
        return self.session.post(
            self.sandbox.endpoint, data=data, headers={"Content-Type": "text/xml; charset=utf-8", **headers}, timeout=30
        )

    def call(self, body: str, header: str = "") -> etree._Element:
        """The reply's element; fails when the status isn't 200."""
        response = self.post(envelope(body, header))
        assert response.status_code == 200, response.text
        found = etree.fromstring(response.content, etree.XMLParser(huge_tree=True)).find(BODY)
        assert found is not None
        return found[0]

    def codes(self, body: str, header: str = "") -> list[str]:
        """The ResponseCode of each response message, in order."""
        return codes(self.call(body, header))

    def fault(self, data: bytes) -> str:
        """The ResponseCode of the fault that a request gets."""
        response = self.post(data)
        assert response.status_code == 500, response.text
        code = etree.fromstring(response.content).findtext(".//{*}detail/{*}ResponseCode")
        assert code is not None
        return code

    def create(
        self, items: str, folder: str = "inbox", extra: str = 'MessageDisposition="SaveOnly"'
    ) -> list[tuple[str, str]]:
        """CreateItem; the ids and change keys."""
        place = folder if folder.startswith("<") else f'<t:DistinguishedFolderId Id="{folder}"/>'
        reply = self.call(
            f"<m:CreateItem {extra}><m:SavedItemFolderId>{place}</m:SavedItemFolderId>"
            f"<m:Items>{items}</m:Items></m:CreateItem>"
        )
        assert set(codes(reply)) == {"NoError"}, etree.tostring(reply)
        return ids(reply)

    def message(self, subject: str, folder: str = "inbox") -> tuple[str, str]:
        """A message with that subject; its id and change key."""
        return self.create(f"<t:Message><t:Subject>{subject}</t:Subject></t:Message>", folder)[0]

    def mime(self, source: bytes, folder: str = "inbox") -> tuple[str, str]:
        """A message made of MIME; its id and change key."""
        content = base64.b64encode(source).decode()
        return self.create(f"<t:Message><t:MimeContent>{content}</t:MimeContent></t:Message>", folder)[0]

    def folder(self, name: str, parent: str = "inbox") -> str:
        """A new folder; its id."""
        place = f'<t:DistinguishedFolderId Id="{parent}"/>' if len(parent) < 40 else f'<t:FolderId Id="{parent}"/>'
        reply = self.call(
            f"<m:CreateFolder><m:ParentFolderId>{place}</m:ParentFolderId><m:Folders><t:Folder>"
            f"<t:DisplayName>{name}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
        )
        assert codes(reply) == ["NoError"]
        found = reply.find(f".//{t('FolderId')}")
        assert found is not None
        return found.get("Id", "")

    def get(self, item: str, shape: str = "AllProperties", extra: str = "") -> etree._Element:
        """One item."""
        reply = self.call(
            f"<m:GetItem><m:ItemShape><t:BaseShape>{shape}</t:BaseShape>{extra}</m:ItemShape>"
            f'<m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:GetItem>'
        )
        assert codes(reply) == ["NoError"], etree.tostring(reply)
        found = reply.find(f".//{m('Items')}")
        assert found is not None
        return found[0]

    def subjects(self, folder: str = "inbox", rest: str = "", view: str = "") -> list[str | None]:
        """The subjects that FindItem gives."""
        place = f'<t:DistinguishedFolderId Id="{folder}"/>' if len(folder) < 40 else f'<t:FolderId Id="{folder}"/>'
        reply = self.call(
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
            f"{view}{rest}<m:ParentFolderIds>{place}</m:ParentFolderIds></m:FindItem>"
        )
        assert codes(reply) == ["NoError"], etree.tostring(reply)
        return [item.findtext(t("Subject")) for item in reply.iterfind(f".//{t('Items')}/*")]


def codes(reply: etree._Element) -> list[str]:
    """The ResponseCode of each response message of a reply."""
    return [str(code.text) for code in reply.iter(m("ResponseCode"))]


def ids(reply: etree._Element) -> list[tuple[str, str]]:
    """The ids and change keys of the items in a reply."""
    return pairs(reply.iter(t("ItemId")))


def pairs(elements: Iterable[etree._Element]) -> list[tuple[str, str]]:
    """Id and ChangeKey of each element."""
    return [(element.get("Id", ""), element.get("ChangeKey", "")) for element in elements]
