"""vCard in and out: what MimeContent is for contacts.

Read and written by vobject; what it can't read is refused with ErrorMimeContentConversionFailed.

Source: RFC 2426 (vCard 3.0, what Exchange writes); [MS-OXVCARD] for which property becomes which.

Threading: pure functions.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from urllib.parse import quote

import vobject
from lxml import etree

from ewsfs.sandbox import schema, text
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.mime_headers import decode
from ewsfs.sandbox.model import Attachment, Draft, Item, new_properties, t
from ewsfs.sandbox.values import format_datetime, parse_datetime

PHOTO_NAME = "ContactPicture.jpg"

# PhoneNumbers key -> the TYPE parameters that say the same, in the order in which they are looked for.
_PHONES: dict[str, tuple[str, ...]] = {
    "BusinessFax": ("WORK", "FAX"),
    "HomeFax": ("HOME", "FAX"),
    "OtherFax": ("FAX",),
    "MobilePhone": ("CELL", "VOICE"),
    "CarPhone": ("CAR", "VOICE"),
    "Pager": ("PAGER",),
    "Isdn": ("ISDN",),
    "PrimaryPhone": ("PREF", "VOICE"),
    "BusinessPhone": ("WORK", "VOICE"),
    "BusinessPhone2": ("WORK", "VOICE"),
    "HomePhone": ("HOME", "VOICE"),
    "HomePhone2": ("HOME", "VOICE"),
    "OtherTelephone": ("VOICE",),
}
_ADDRESSES = {"Business": "WORK", "Home": "HOME", "Other": "POSTAL"}
_SIMPLE = {
    "nickname": "Nickname",
    "title": "JobTitle",
    "role": "Profession",
    "url": "BusinessHomePage",
    "x_ms_spouse": "SpouseName",
    "x_ms_manager": "Manager",
    "x_ms_assistant": "AssistantName",
}
_DATES = {"bday": "Birthday", "x_anniversary": "WeddingAnniversary"}


def contact_from_item(item: Item) -> bytes:
    """A contact as a vCard 3.0."""
    card = vobject.vCard()

    def get(name: str) -> str:
        return item.get(name) or ""

    card.add("n").value = vobject.vcard.Name(
        family=get("Surname"), given=get("GivenName"), additional=get("MiddleName"), suffix=get("Generation")
    )
    card.add("fn").value = get("DisplayName") or get("FileAs") or get("Subject")
    if get("CompanyName") or get("Department"):
        card.add("org").value = [get("CompanyName"), *([get("Department")] if get("Department") else [])]
    for name, element in _SIMPLE.items():
        if get(element):
            card.add(name.replace("_", "-")).value = get(element)
    for name, element in _DATES.items():
        if get(element):
            card.add(name.replace("_", "-")).value = f"{parse_datetime(get(element)):%Y-%m-%d}"
    _add_numbers(card, item)
    _add_addresses(card, item)
    body = item.properties.find(t("Body"))
    if body is not None and body.text:
        html = body.get("BodyType") == "HTML"
        card.add("note").value = text.text_of_html(body.text) if html else body.text
    words = [child.text or "" for child in item.properties.iterfind(f"{t('Categories')}/{t('String')}")]
    if words:
        card.add("categories").value = words
    photo = next((one for one in item.attachments if one.is_contact_photo), None)
    if photo is not None:
        line = card.add("photo")
        line.value = photo.content
        line.encoding_param = "b"
        line.type_param = "JPEG"
    card.add("rev").value = format_datetime(item.modified)
    return str(card.serialize()).encode()


def _entries(item: Item, name: str) -> list[etree._Element]:
    return list(item.properties.iterfind(f"{t(name)}/{t('Entry')}"))


def _add_numbers(card: Any, item: Item) -> None:
    for entry in _entries(item, "PhoneNumbers"):
        kinds = _PHONES.get(entry.get("Key", ""))
        if entry.text:
            line = card.add("tel")
            line.value = entry.text
            line.type_param = list(kinds or ("VOICE", f"X-{entry.get('Key', '').upper()}"))
    for entry in _entries(item, "EmailAddresses"):
        if entry.text:
            line = card.add("email")
            line.value = entry.text
            line.type_param = "INTERNET"
    for entry in _entries(item, "ImAddresses"):
        if entry.text:
            card.add("x-ms-imaddress").value = entry.text


def _add_addresses(card: Any, item: Item) -> None:
    for entry in _entries(item, "PhysicalAddresses"):
        line = card.add("adr")
        line.value = vobject.vcard.Address(
            street=entry.findtext(t("Street")) or "",
            city=entry.findtext(t("City")) or "",
            region=entry.findtext(t("State")) or "",
            code=entry.findtext(t("PostalCode")) or "",
            country=entry.findtext(t("CountryOrRegion")) or "",
        )
        line.type_param = _ADDRESSES.get(entry.get("Key", ""), "POSTAL")


def contact_from_bytes(source: bytes) -> Draft:
    """The contact that the first vCard of some text describes; its picture becomes an attachment.

    Raises ResponseError: ErrorMimeContentConversionFailed when there is no vCard that can be read.
    """
    try:
        card = next(vobject.readComponents(decode(source, "utf-8"), allowQP=True, ignoreUnreadable=True), None)
        if card is None or card.name != "VCARD":
            raise ValueError("no vCard")
        draft = Draft("Contact", _properties(card.contents), _photos(card.contents), source)
    except (vobject.base.VObjectError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ResponseError("ErrorMimeContentConversionFailed", f"The vCard can't be read: {error}") from None
    return draft


_Contents = dict[str, list[Any]]


def _value(contents: _Contents, name: str) -> str:
    lines = contents.get(name.replace("_", "-")) or []
    return _flat(lines[0].value) if lines else ""


def _flat(value: Any) -> str:
    if isinstance(value, list | tuple):
        value = " ".join(_flat(one) for one in value if one)
    return text.xml_safe(str(value)).strip()


def _properties(contents: _Contents) -> etree._Element:
    properties = new_properties("Contact")

    def put(name: str, value: str) -> None:
        if value:
            schema.set_text(properties, name, value)

    put("DisplayName", _value(contents, "fn"))
    if contents.get("n"):
        name = contents["n"][0].value
        put("Surname", _flat(name.family))
        put("GivenName", _flat(name.given))
        put("MiddleName", _flat(name.additional))
        put("Generation", _flat(name.suffix))
    if contents.get("org"):
        units = contents["org"][0].value
        units = list(units) if isinstance(units, list | tuple) else [units]
        put("CompanyName", _flat(units[0]) if units else "")
        put("Department", _flat(units[1]) if len(units) > 1 else "")
    for name, tag in _SIMPLE.items():
        put(tag, _uri(_value(contents, name)) if name == "url" else _value(contents, name))
    for name, tag in _DATES.items():
        put(tag, _date(_value(contents, name)))
    _put_numbers(properties, contents)
    _put_addresses(properties, contents)
    note = _value(contents, "note")
    if note:
        body = etree.Element(t("Body"), BodyType="Text")
        body.text = note
        schema.insert(properties, body)
    words = contents["categories"][0].value if contents.get("categories") else []
    if words:
        element = etree.Element(t("Categories"))
        for word in words if isinstance(words, list | tuple) else [words]:
            etree.SubElement(element, t("String")).text = _flat(word)
        schema.insert(properties, element)
    return properties


def _uri(value: str) -> str:
    """A web address that an xs:anyURI may be; some programs escape the colon."""
    return quote(value.replace("\\", ""), safe="%/:=&?~#+!$,;'@()*[]")


def _date(value: str) -> str:
    """A date of a vCard as a dateTime, "" when it isn't complete (a birthday without a year)."""
    found = re.match(r"(\d{4})-?(\d\d)-?(\d\d)", value)
    if found is None:
        return ""
    try:
        return format_datetime(parse_datetime(f"{found[1]}-{found[2]}-{found[3]}"))
    except ValueError:
        return ""


def _types(line: Any) -> set[str]:
    values = [*line.params.get("TYPE", []), *line.singletonparams]
    return {part.strip().upper() for value in values for part in str(value).split(",")}


def _put_entries(properties: etree._Element, name: str, entries: dict[str, str]) -> None:
    if not entries:
        return
    element = etree.Element(t(name))
    for key in schema.INDEX_KEYS[name]:
        if key in entries:
            etree.SubElement(element, t("Entry"), Key=key).text = entries[key]
    schema.insert(properties, element)


def _put_numbers(properties: etree._Element, contents: _Contents) -> None:
    phones: dict[str, str] = {}
    for line in contents.get("tel", []):
        types = _types(line)
        number = _flat(line.value).removeprefix("tel:")
        for key, wanted in _PHONES.items():
            needed = {kind for kind in wanted if kind not in {"VOICE", "PREF"}}
            voice = "FAX" not in types or "FAX" in wanted
            if number and key not in phones and voice and needed <= types and key != "PrimaryPhone":
                phones[key] = number
                break
    _put_entries(properties, "PhoneNumbers", phones)
    for name, line_name in (("EmailAddresses", "email"), ("ImAddresses", "x-ms-imaddress")):
        keys = schema.INDEX_KEYS[name]
        found = [_flat(line.value).removeprefix("mailto:") for line in contents.get(line_name, [])]
        _put_entries(properties, name, dict(zip(keys, filter(None, found), strict=False)))


def _put_addresses(properties: etree._Element, contents: _Contents) -> None:
    found: dict[str, Any] = {}
    for line in contents.get("adr", []):
        types = _types(line)
        key = "Business" if "WORK" in types else "Home" if "HOME" in types else "Other"
        found.setdefault(key, line.value)
    element = etree.Element(t("PhysicalAddresses"))
    for key in schema.INDEX_KEYS["PhysicalAddresses"]:
        if key in found:
            address = found[key]
            entry = etree.SubElement(element, t("Entry"), Key=key)
            for tag, value in (
                ("Street", address.street),
                ("City", address.city),
                ("State", address.region),
                ("CountryOrRegion", address.country),
                ("PostalCode", address.code),
            ):
                if _flat(value):
                    etree.SubElement(entry, t(tag)).text = _flat(value)
    if len(element):
        schema.insert(properties, element)


def _photos(contents: _Contents) -> list[Attachment]:
    for line in contents.get("photo", []):
        content = line.value
        if isinstance(content, str):
            content = _decoded(content)
        if isinstance(content, bytes) and content:
            return [
                Attachment(
                    id="",
                    kind="FileAttachment",
                    name=PHOTO_NAME,
                    content_type="image/jpeg",
                    is_contact_photo=True,
                    content=content,
                )
            ]
    return []


def _decoded(value: str) -> bytes:
    """The bytes of a picture in text form; b"" for a link to one."""
    _, found, data = value.partition(";base64,")
    if not found and "://" in value:
        return b""
    try:
        return base64.b64decode(data or value, validate=True)
    except (binascii.Error, ValueError):
        return b""
