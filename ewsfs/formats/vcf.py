"""Contacts and distribution lists as vCards.

Used by vfs for the files of contact folders; `vcfread` is the way back. A contact is a vCard 3.0
(RFC 2426), which address books read everywhere; a distribution list needs 4.0 (RFC 6350), where KIND and
MEMBER came from. vobject serialises, icalendar folds: vobject counts characters where the RFC counts
octets, and leaves photos on one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timezone
from typing import Any
from urllib.parse import quote

import vobject
from icalendar.parser import Contentline

from ewsfs.ews.items import Contact, DistributionList
from ewsfs.ews.properties import HTMLBody, Mailbox
from ewsfs.formats import vcflabels
from ewsfs.formats.plaintext import clean, from_html, one_line
from ewsfs.formats.uids import uid
from ewsfs.formats.words import CLASSES, PRODUCT

CONTACT_FIELDS: tuple[str, ...] = (
    "subject",
    "sensitivity",
    "body",
    "categories",
    "last_modified_time",
    # Not for the card's text: the caller finds the picture among them.
    "attachments",
    "file_as",
    "display_name",
    "given_name",
    "initials",
    "middle_name",
    "nickname",
    "complete_name",
    "company_name",
    "email_addresses",
    "physical_addresses",
    "phone_numbers",
    "assistant_name",
    "birthday",
    "business_homepage",
    "children",
    "department",
    "generation",
    "im_addresses",
    "job_title",
    "manager",
    "office",
    "postal_address_index",
    "profession",
    "spouse_name",
    "surname",
    "wedding_anniversary",
)
LIST_FIELDS: tuple[str, ...] = (
    "subject",
    "sensitivity",
    "body",
    "categories",
    "last_modified_time",
    "display_name",
    "file_as",
    "members",
)

# Members that have no mail address: by directory name (EX), by the id of an item, by name alone.
MEMBER_BY_DN = "urn:x-ews:ex:"
MEMBER_BY_ID = "urn:x-ews:item:"
MEMBER_BY_NAME = "urn:x-ews:name:"

_UNNAMED = "Unnamed"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+$")


def contact(item: Contact, photo: bytes | None = None) -> bytes:
    """The contact as a vCard 3.0; any contact gives a valid one, also one without a name.

    Parameters: `photo`, the picture's bytes, if it has one.
    Source: EWS reference "Contact"; RFC 2426.
    """
    card = _Card("3.0")
    complete = item.complete_name
    name = vobject.vcard.Name(
        family=one_line(item.surname or ""),
        given=one_line(item.given_name or ""),
        additional=one_line(item.middle_name or ""),
        prefix=one_line((complete.title if complete else None) or ""),
        suffix=one_line(item.generation or ""),
    )
    card.add("N", name)
    card.add("FN", _formatted_name(item, str(name)))
    card.text("NICKNAME", item.nickname)
    card.text("X-INITIALS", item.initials)
    card.text("SORT-STRING", item.file_as)
    if item.company_name or item.department:
        units = [one_line(item.company_name or "")]
        card.add("ORG", units + ([one_line(item.department)] if item.department else []))
    card.text("TITLE", item.job_title)
    card.text("ROLE", item.profession)
    card.text("X-OFFICE", item.office)
    card.text("X-MANAGER", item.manager)
    card.text("X-ASSISTANT", item.assistant_name)
    card.text("X-SPOUSE", item.spouse_name)
    for child in item.children:
        card.text("X-CHILD", child)
    _add_emails(card, {entry.label or "": entry.email for entry in item.email_addresses})
    _add_phones(card, {entry.label or "": entry.phone_number for entry in item.phone_numbers})
    _add_addresses(card, item)
    _add_im_addresses(card, {entry.label or "": entry.im_address for entry in item.im_addresses})
    if item.business_homepage:
        # Commas and semicolons are escaped by some writers and not by others: encoded there is no doubt.
        url = one_line(item.business_homepage).replace(",", "%2C").replace(";", "%3B")
        card.add("URL", url, TYPE=["WORK"])
    card.text("BDAY", _day(item.birthday))
    card.text("X-ANNIVERSARY", _day(item.wedding_anniversary))
    if photo:
        kind = picture_type(photo)
        card.add("PHOTO", photo, ENCODING=["b"], TYPE=[kind] if kind else [])
    _add_common(card, item)
    return card.to_bytes()


def distribution_list(item: DistributionList) -> bytes:
    """The list as a vCard 4.0 of KIND:group, with a MEMBER for each member (RFC 6350 6.6.5).

    A member without an SMTP address (of the same organisation by its directory name, another list, a
    contact, a name alone) gets a URI of our own, so that it stays a member when the list is edited.
    Source: EWS reference "DistributionList".
    """
    card = _Card("4.0")
    card.add("KIND", "group")
    card.add("FN", _first(item.display_name, item.file_as, item.subject) or _UNNAMED)
    if item.file_as and item.file_as != item.display_name:
        card.text("X-FILE-AS", item.file_as)
    for member in item.members:
        mailbox = member.mailbox
        if mailbox is not None:
            # Servers call those by their address who have no name.
            name = _parameter(mailbox.name) if mailbox.name != mailbox.email_address else ""
            card.add("MEMBER", _member_uri(mailbox), **({"X-CN": [name]} if name else {}))
    _add_common(card, item)
    return card.to_bytes()


def picture_type(data: bytes) -> str | None:
    """The vCard TYPE of a picture, by its first bytes; None when they are of no known kind."""
    signatures = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG", "PNG"), (b"GIF8", "GIF"), (b"BM", "BMP"), (b"II*\0", "TIFF"))
    for signature, kind in signatures:
        if data.startswith(signature):
            return kind
    return "WEBP" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


class _Card:
    """A vCard under construction; what is empty is left out."""

    def __init__(self, version: str) -> None:
        self._card = vobject.vCard()
        self._card.add("VERSION").value = version
        self._card.add("PRODID").value = PRODUCT

    def add(self, name: str, value: object, **parameters: Sequence[str]) -> None:
        line = self._card.add(name)
        line.value = value
        for parameter, values in parameters.items():
            if values:
                line.params[parameter] = list(values)

    def text(self, name: str, value: str | None) -> None:
        cleaned = clean(value or "").strip()
        if cleaned:
            self.add(name, cleaned)

    def to_bytes(self) -> bytes:
        text: str = self._card.serialize(lineLength=1 << 31)
        # icalendar has this class without types.
        folded: Callable[[str], Any] = Contentline
        return b"".join(folded(line).to_ical() + b"\r\n" for line in text.split("\r\n") if line)


def _add_common(card: _Card, item: Contact | DistributionList) -> None:
    body = item.body or ""
    card.text("NOTE", from_html(body) if isinstance(body, HTMLBody) else str(body))
    categories = [one_line(category) for category in item.categories if one_line(category)]
    if categories:
        card.add("CATEGORIES", categories)
    if item.sensitivity and item.sensitivity != "Normal":
        card.add("CLASS", CLASSES.get(item.sensitivity, "PRIVATE"))
    card.add("UID", uid(item.item_id, item.display_name or ""))
    if item.last_modified_time:
        moment = item.last_modified_time.astimezone(timezone.utc)
        card.add("REV", moment.strftime("%Y%m%dT%H%M%SZ"))


def _formatted_name(item: Contact, composed: str) -> str:
    """What the contact is called; a vCard must say something (RFC 2426 3.1.1)."""
    email = next((entry.email for entry in item.email_addresses if entry.email), None)
    composed = " ".join(composed.split())
    name = _first(item.display_name, composed, item.file_as, item.company_name, item.subject, item.nickname, email)
    return name or _UNNAMED


def _first(*candidates: str | None) -> str:
    return next((one_line(text) for text in candidates if text and one_line(text)), "")


def _add_emails(card: _Card, found: Mapping[str, str | None]) -> None:
    taken: list[str] = []
    for key in vcflabels.EMAILS:
        address = one_line(found.get(key) or "")
        if address:
            types = ["INTERNET", "PREF"] if key == vcflabels.EMAILS[0] else ["INTERNET"]
            card.add("EMAIL", address, TYPE=types, **_label(key, vcflabels.first_free(vcflabels.EMAILS, taken)))
            taken.append(key)


def _add_phones(card: _Card, found: Mapping[str, str | None]) -> None:
    taken: list[str] = []
    for key, types in vcflabels.PHONES.items():
        number = one_line(found.get(key) or "")
        if number:
            card.add("TEL", number, TYPE=types, **_label(key, vcflabels.phone_key(types, taken)))
            taken.append(key)


def _add_addresses(card: _Card, item: Contact) -> None:
    found = {entry.label: entry for entry in item.physical_addresses}
    for key, types in vcflabels.ADDRESSES.items():
        entry = found.get(key)
        if entry is None or not any((entry.street, entry.city, entry.state, entry.zipcode, entry.country)):
            continue
        address = vobject.vcard.Address(
            street=clean(entry.street or "").strip(),
            city=one_line(entry.city or ""),
            region=one_line(entry.state or ""),
            code=one_line(entry.zipcode or ""),
            country=one_line(entry.country or ""),
        )
        preferred = ["PREF"] if item.postal_address_index == key else []
        card.add("ADR", address, TYPE=[*types, *preferred])


def _add_im_addresses(card: _Card, found: Mapping[str, str | None]) -> None:
    lines = []
    for key in vcflabels.IM_ADDRESSES:
        address = one_line(found.get(key) or "")
        if address:
            # RFC 4770 wants a URI; Outlook's own property takes anything.
            lines.append(("IMPP" if _URI.match(address) else "X-MS-IMADDRESS", key, address))
    # In the order in which vobject writes them and a reader finds them: by the name of the property. Where that isn't
    # the keys' own order from the first on, each tells its key, since a reader gives what is unlabelled what is left.
    lines.sort()
    plain = [key for _, key, _ in lines] == list(vcflabels.IM_ADDRESSES[: len(lines)])
    for name, key, address in lines:
        card.add(name, address, **_label(key, key if plain else None))


def _label(key: str, guessed: str | None) -> dict[str, list[str]]:
    """The parameter that names the key, where a reader would guess another one from the types."""
    return {} if key == guessed else {vcflabels.LABEL_PARAMETER: [key]}


def _member_uri(mailbox: Mailbox) -> str:
    address = one_line(mailbox.email_address or "")
    if "@" in address:
        return "mailto:" + quote(address, safe="@!$&'*+-/=^_`{|}~.")
    if address:
        return MEMBER_BY_DN + quote(address, safe="")
    if mailbox.item_id is not None and mailbox.item_id.id:
        return MEMBER_BY_ID + quote(mailbox.item_id.id, safe="")
    return MEMBER_BY_NAME + quote(mailbox.name or "", safe="")


def _parameter(text: str | None) -> str:
    """Text that may stand in a parameter: RFC 6350 3.3 has no way to write a double quote there."""
    return one_line(text or "").replace('"', "'")


def _day(value: date | None) -> str:
    """A date as YYYY-MM-DD (RFC 2426 3.1.5), or ""."""
    return "" if value is None else value.isoformat()
