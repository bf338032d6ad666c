"""What the properties of contacts and distribution lists say about one another: names, and keys of members.

Source: "FileAsMapping", "Members", "Member" in the EWS reference.

Threading: pure functions of an element.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.mailboxes import complete
from ewsfs.sandbox.model import children, local, t


def _joined(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)


def _with_company(name: str, company: str, *, first: bool) -> str:
    """A name and a company on two lines, as Outlook shows them."""
    return _joined("\r\n", company, name) if first else _joined("\r\n", name, company)


# FileAsMapping -> the name made of (given, middle, surname, suffix, company, display).
_MAPPINGS: dict[str, Callable[[str, str, str, str, str, str], str]] = {
    "LastCommaFirst": lambda g, m, s, x, c, d: _joined(", ", s, _joined(" ", g, m)),
    "FirstSpaceLast": lambda g, m, s, x, c, d: _joined(" ", g, m, s, x),
    "Company": lambda g, m, s, x, c, d: c,
    "LastCommaFirstCompany": lambda g, m, s, x, c, d: _with_company(
        _joined(", ", s, _joined(" ", g, m)), c, first=False
    ),
    "CompanyLastCommaFirst": lambda g, m, s, x, c, d: _with_company(
        _joined(", ", s, _joined(" ", g, m)), c, first=True
    ),
    "CompanyLastFirst": lambda g, m, s, x, c, d: _with_company(_joined("", s, g), c, first=True),
    "LastFirst": lambda g, m, s, x, c, d: _joined("", s, g),
    "LastFirstCompany": lambda g, m, s, x, c, d: _with_company(_joined("", s, g), c, first=False),
    "LastFirstSuffix": lambda g, m, s, x, c, d: _joined(" ", _joined("", s, g), x),
    "LastFirstMiddleSuffix": lambda g, m, s, x, c, d: _joined(" ", _joined("", s, g), m, x),
    "LastSpaceFirst": lambda g, m, s, x, c, d: _joined(" ", s, g),
    "LastSpaceFirstCompany": lambda g, m, s, x, c, d: _with_company(_joined(" ", s, g), c, first=False),
    "CompanyLastSpaceFirst": lambda g, m, s, x, c, d: _with_company(_joined(" ", s, g), c, first=True),
    "DisplayName": lambda g, m, s, x, c, d: d,
    "FirstName": lambda g, m, s, x, c, d: g,
    "LastName": lambda g, m, s, x, c, d: s,
    "Empty": lambda g, m, s, x, c, d: "",
}


def fill_contact(properties: etree._Element) -> None:
    """Set DisplayName, FileAs and Subject of a new contact where nobody said them."""
    if properties.find(t("FileAsMapping")) is None:
        schema.set_text(properties, "FileAsMapping", "None" if properties.findtext(t("FileAs")) else "LastCommaFirst")
    if not properties.findtext(t("DisplayName")):
        schema.set_text(properties, "DisplayName", _file_as(properties, "FirstSpaceLast") or _fallback(properties))
    agree_names(properties)
    schema.set_text(properties, "ContactSource", "Store")


def agree_names(properties: etree._Element) -> None:
    """Make FileAs by its mapping, and Subject from DisplayName, after names were set."""
    mapping = properties.findtext(t("FileAsMapping")) or "None"
    if mapping in _MAPPINGS:
        name = _file_as(properties, mapping) or properties.findtext(t("DisplayName"))
        schema.set_text(properties, "FileAs", name or None)
    if properties.find(t("Subject")) is None or properties.findtext(t("DisplayName")):
        schema.set_text(properties, "Subject", properties.findtext(t("DisplayName")) or None)


def _file_as(properties: etree._Element, mapping: str) -> str:
    names = ("GivenName", "MiddleName", "Surname", "Generation", "CompanyName", "DisplayName")
    return _MAPPINGS[mapping](*(properties.findtext(t(name)) or "" for name in names))


def _fallback(properties: etree._Element) -> str | None:
    """A name for a contact that has no personal one."""
    return (
        properties.findtext(t("FileAs"))
        or properties.findtext(t("CompanyName"))
        or properties.findtext(t("Subject"))
        or properties.findtext(f"{t('EmailAddresses')}/{t('Entry')}")
        or None
    )


def fill_list(properties: etree._Element) -> None:
    """Set FileAs, Subject and the keys of the members of a new distribution list."""
    name = properties.findtext(t("DisplayName")) or properties.findtext(t("Subject"))
    schema.set_text(properties, "DisplayName", name)
    if not properties.findtext(t("FileAs")):
        schema.set_text(properties, "FileAs", name)
    schema.set_text(properties, "Subject", name)
    schema.set_text(properties, "ContactSource", "Store")
    fill_members(properties.find(t("Members")))


def fill_members(members: etree._Element | None) -> None:
    """Give every member a Key and a Status, which Exchange makes from its mailbox."""
    if members is None:
        return
    for member in children(members):
        mailbox = member.find(t("Mailbox"))
        if mailbox is not None:
            complete(mailbox)
            if not member.get("Key"):
                text = "\0".join(child.text or "" for child in children(mailbox) if local(child) != "MailboxType")
                member.set("Key", base64.b64encode(text.encode()).decode("ascii"))
        if member.find(t("Status")) is None:
            etree.SubElement(member, t("Status")).text = "Normal"
