"""vCards as the fields of contacts and distribution lists.

Used by vfs when a .vcf file was written. Reads versions 2.1, 3.0 and 4.0. A field is there only when the
card has it: the caller compares what the old file said with what the new one says, sends the fields that
differ, empties those that are gone, and leaves alone what neither has said.

Sources: RFC 2426, RFC 6350, RFC 4770 (IMPP); the properties that Outlook, Evolution and Apple made up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from ewsfs.ews.ewsdatetime import EWSDate
from ewsfs.ews.indexed import EmailAddress, ImAddress, PhoneNumber, PhysicalAddress
from ewsfs.ews.properties import ItemId, Mailbox, Member
from ewsfs.formats import vcf, vcflabels, vcflines
from ewsfs.formats.errors import FormatError
from ewsfs.formats.plaintext import one_line
from ewsfs.formats.vcflines import Card, Line
from ewsfs.formats.words import CLASSES

SENSITIVITIES = {name: sensitivity for sensitivity, name in CLASSES.items()}

_TEXTS: dict[str, tuple[str, ...]] = {
    "display_name": ("FN",),
    "nickname": ("NICKNAME",),
    "initials": ("X-INITIALS",),
    "job_title": ("TITLE",),
    "profession": ("ROLE",),
    "office": ("X-OFFICE", "X-EVOLUTION-OFFICE"),
    "manager": ("X-MANAGER", "X-MS-MANAGER", "X-EVOLUTION-MANAGER", "X-KADDRESSBOOK-X-MANAGERSNAME"),
    "assistant_name": ("X-ASSISTANT", "X-MS-ASSISTANT", "X-EVOLUTION-ASSISTANT", "X-KADDRESSBOOK-X-ASSISTANTSNAME"),
    "spouse_name": ("X-SPOUSE", "X-MS-SPOUSE", "X-EVOLUTION-SPOUSE", "X-KADDRESSBOOK-X-SPOUSESNAME"),
    "business_homepage": ("URL",),
    "file_as": ("X-FILE-AS", "SORT-STRING", "X-EVOLUTION-FILE-AS"),
}
_ANNIVERSARIES = ("X-ANNIVERSARY", "ANNIVERSARY", "X-MS-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY")
_IM_NAMES = (
    "IMPP", "X-MS-IMADDRESS", "X-AIM", "X-GADUGADU", "X-GOOGLE-TALK", "X-GROUPWISE", "X-GTALK", "X-ICQ", "X-JABBER",
    "X-MSN", "X-QQ", "X-SIP", "X-SKYPE", "X-SKYPE-USERNAME", "X-TWITTER", "X-YAHOO",
)  # fmt: skip
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


@dataclass(frozen=True)
class ContactFile:
    """What a vCard says of a contact.

    fields    values by field name of `ewsfs.ews.items.Contact`
    photo     the picture's bytes, or None
    left_out  what a contact has no place for, one sentence each
    """

    fields: dict[str, Any]
    photo: bytes | None
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class ListFile:
    """What a vCard of KIND:group says of a distribution list; as in `ContactFile`."""

    fields: dict[str, Any]
    left_out: tuple[str, ...]


def kind(data: bytes) -> Literal["contact", "list"]:
    """Which item a vCard is (RFC 6350 6.1.4). Raises: FormatError when it is no vCard."""
    return "list" if _is_group(vcflines.read(data)) else "contact"


def parse_contact(data: bytes) -> ContactFile:
    """The fields of a contact.

    Raises: FormatError, whose text says why, for bytes that are no vCard, or a vCard that is a list or says
    nothing of anybody.
    """
    card = vcflines.read(data)
    if _is_group(card):
        raise FormatError("the vCard is a group, not a person")
    left_out = [f"a line that can't be read: {line}" for line in card.unreadable]
    fields: dict[str, Any] = {}
    _read_name(card, fields)
    for field, names in _TEXTS.items():
        text = card.text(*names)
        if text:
            fields[field] = text if field == "display_name" else one_line(text)
    _read_organization(card, fields)
    children = [name for line in card.all("X-CHILD", "X-MS-CHILD") for name in [one_line(line.text)] if name]
    if children:
        fields["children"] = children
    _read_emails(card, fields, left_out)
    _read_phones(card, fields, left_out)
    _read_addresses(card, fields, left_out)
    _read_im_addresses(card, fields, left_out)
    _read_days(card, fields, left_out)
    _read_common(card, fields)
    left_out += [f"another web address: {line.text}" for line in list(card.all("URL"))[1:]]
    photo = _photo(card, left_out)
    if not fields and photo is None:
        raise FormatError("the vCard has neither a name nor anything else of a contact")
    _complete_names(fields)
    return ContactFile(fields, photo, tuple(left_out))


def parse_list(data: bytes) -> ListFile:
    """The fields of a distribution list. Raises: FormatError for bytes that are no vCard of KIND:group."""
    card = vcflines.read(data)
    if not _is_group(card):
        raise FormatError("the vCard is not a group: it has no KIND:group")
    left_out = [f"a line that can't be read: {line}" for line in card.unreadable]
    name = card.text("FN", "N", "ORG")
    if not name:
        raise FormatError("the vCard of the group has no name")
    fields: dict[str, Any] = {"display_name": one_line(name)}
    members: list[Member] = []
    for line in card.all("MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"):
        mailbox = _member(line)
        if mailbox is None:
            left_out.append(f"a member without a mail address: {line.text}")
        else:
            members.append(Member(mailbox=mailbox))
    fields["members"] = members
    _read_common(card, fields)
    return ListFile(fields, tuple(left_out))


def _is_group(card: Card) -> bool:
    return (card.text("KIND", "X-ADDRESSBOOKSERVER-KIND") or "").strip().lower() == "group"


def _read_name(card: Card, fields: dict[str, Any]) -> None:
    line = card.first("N")
    if line is None:
        return
    surname, given, middle, _, suffix = line.components(5)[:5]
    names = {"surname": surname, "given_name": given, "middle_name": middle, "generation": suffix}
    fields.update((field, one_line(name)) for field, name in names.items() if one_line(name))


def _complete_names(fields: dict[str, Any]) -> None:
    """Give a contact the names by which Exchange lists and sorts it, where the card says less."""
    given = " ".join(fields[name] for name in ("given_name", "middle_name") if name in fields)
    surname = fields.get("surname", "")
    emails = fields.get("email_addresses") or [None]
    nobody = fields.get("company_name") or fields.get("nickname") or (emails[0].email if emails[0] else "")
    fields.setdefault("display_name", f"{given} {surname}".strip() or nobody)
    fields["display_name"] = one_line(fields["display_name"])
    if not fields["display_name"]:
        del fields["display_name"]
    fields.setdefault("file_as", f"{surname}, {given}" if surname and given else fields.get("display_name"))
    if not fields["file_as"]:
        del fields["file_as"]


def _read_organization(card: Card, fields: dict[str, Any]) -> None:
    line = card.first("ORG")
    if line is None:
        return
    company, *units = (one_line(part) for part in line.components(1))
    if company:
        fields["company_name"] = company
    department = ", ".join(unit for unit in units if unit)
    if department:
        fields["department"] = department


def _keyed(
    lines: Iterable[Line], keys: Iterable[str], choose: Callable[[Line, set[str]], str | None]
) -> Iterator[tuple[str | None, Line]]:
    """Each line with the key that it goes under, None when there is none left.

    Lines that name their key have it for certain; the others are served in order.
    """
    known = set(keys)
    lines = list(lines)
    named = [next(iter(line.parameters.get(vcflabels.LABEL_PARAMETER, ())), "") for line in lines]
    taken = known.intersection(named)
    given: set[str] = set()
    for line, name in zip(lines, named, strict=True):
        if name in known and name not in given:
            given.add(name)
            yield name, line
            continue
        key = choose(line, taken)
        if key is not None:
            taken.add(key)
        yield key, line


def _preferred_first(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: "pref" not in line.types)


def _read_emails(card: Card, fields: dict[str, Any], left_out: list[str]) -> None:
    entries = []
    lines = _preferred_first(card.all("EMAIL"))
    for key, line in _keyed(lines, vcflabels.EMAILS, lambda _, taken: vcflabels.first_free(vcflabels.EMAILS, taken)):
        address = one_line(line.text).removeprefix("mailto:")
        if key is None:
            left_out.append(f"a fourth mail address: {address}")
        else:
            entries.append(EmailAddress(label=key, email=address))
    if entries:
        fields["email_addresses"] = sorted(entries, key=lambda entry: str(entry.label))


def _read_phones(card: Card, fields: dict[str, Any], left_out: list[str]) -> None:
    entries = []
    order = list(vcflabels.PHONES)
    for key, line in _keyed(card.all("TEL"), order, lambda line, taken: vcflabels.phone_key(line.types, taken)):
        number = _phone_number(line.text)
        if key is None:
            left_out.append(f"a telephone number too many: {number}")
        elif number:
            entries.append(PhoneNumber(label=key, phone_number=number))
    if entries:
        fields["phone_numbers"] = sorted(entries, key=lambda entry: order.index(str(entry.label)))


def _phone_number(text: str) -> str:
    """A number as people write it, also when the card has a tel: URI (RFC 3966)."""
    if not text.lower().startswith("tel:"):
        return one_line(text)
    number, *parameters = unquote(text[4:]).split(";")
    extensions = [each[4:] for each in parameters if each.lower().startswith("ext=")]
    return one_line(f"{number} x{extensions[0]}" if extensions else number)


def _read_addresses(card: Card, fields: dict[str, Any], left_out: list[str]) -> None:
    entries = []
    order = list(vcflabels.ADDRESSES)
    for key, line in _keyed(card.all("ADR"), order, lambda line, taken: vcflabels.address_key(line.types, taken)):
        box, extended, street, city, state, code, country = line.components(7)[:7]
        lines = "\n".join(part for part in (box, extended, street) if part)
        if not any((lines, city, state, code, country)):
            continue
        if key is None:
            left_out.append(f"a fourth postal address: {one_line(line.text)}")
            continue
        entries.append(
            PhysicalAddress(
                label=key,
                street=lines or None,
                city=one_line(city) or None,
                state=one_line(state) or None,
                country=one_line(country) or None,
                zipcode=one_line(code) or None,
            )
        )
        if "pref" in line.types:
            fields.setdefault("postal_address_index", key)
    if entries:
        fields["physical_addresses"] = sorted(entries, key=lambda entry: order.index(str(entry.label)))


def _read_im_addresses(card: Card, fields: dict[str, Any], left_out: list[str]) -> None:
    entries = []
    keys = vcflabels.IM_ADDRESSES
    for key, line in _keyed(card.all(*_IM_NAMES), keys, lambda _, taken: vcflabels.first_free(keys, taken)):
        address = one_line(line.text)
        if key is None:
            left_out.append(f"a fourth instant messaging address: {address}")
        else:
            entries.append(ImAddress(label=key, im_address=address))
    if entries:
        fields["im_addresses"] = sorted(entries, key=lambda entry: str(entry.label))


def _read_days(card: Card, fields: dict[str, Any], left_out: list[str]) -> None:
    days = {"birthday": card.text("BDAY"), "wedding_anniversary": card.text(*_ANNIVERSARIES)}
    for line in card.all("X-ABDATE"):
        if "anniversary" in line.types and not days["wedding_anniversary"]:
            days["wedding_anniversary"] = line.text
    for field, text in days.items():
        if text:
            found = _DATE.match(text.strip())
            try:
                fields[field] = EWSDate(*map(int, found.groups())) if found else None
            except ValueError:
                fields[field] = None
            if fields[field] is None:
                del fields[field]
                left_out.append(f"a day that is no date with a year: {text}")


def _read_common(card: Card, fields: dict[str, Any]) -> None:
    notes = "\n\n".join(line.text for line in card.all("NOTE"))
    if notes.strip():
        fields["body"] = notes
    categories = list(dict.fromkeys(one_line(each) for line in card.all("CATEGORIES") for each in line.values()))
    if categories:
        fields["categories"] = categories
    secrecy = card.text("CLASS")
    if secrecy:
        fields["sensitivity"] = SENSITIVITIES.get(secrecy.upper(), "Private")


def _photo(card: Card, left_out: list[str]) -> bytes | None:
    for line in card.all("PHOTO"):
        data = line.data()
        if data is not None:
            return data
        left_out.append(f"a picture that is only linked: {line.value[:80]}")
    return None


def _member(line: Line) -> Mailbox | None:
    """The mailbox that a MEMBER names; None for another card's UID, which says nothing without that card."""
    uri = line.text.strip()
    name = next((each for key in ("X-CN", "CN") for each in line.parameters.get(key, ()) if each), None)
    scheme = uri.partition(":")[0].lower()
    if scheme == "mailto":
        address = unquote(uri.partition(":")[2]).partition("?")[0].strip()
        return Mailbox(name=name if name != address else None, email_address=address) if "@" in address else None
    for prefix in (vcf.MEMBER_BY_DN, vcf.MEMBER_BY_ID, vcf.MEMBER_BY_NAME):
        if uri.startswith(prefix):
            identity = unquote(uri.removeprefix(prefix))
            if prefix == vcf.MEMBER_BY_DN:
                return Mailbox(name=name, email_address=identity, routing_type="EX")
            if prefix == vcf.MEMBER_BY_ID:
                return Mailbox(name=name, item_id=ItemId(id=identity))
            return Mailbox(name=name or identity)
    return None
