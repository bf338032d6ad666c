"""ResolveNames, ExpandDL, GetRoomLists, GetRooms: the address book, which is the configured users and one's contacts.

Source: the pages of these operations in the EWS reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ewsfs.sandbox.dispatch import Context, fail, operation, required, respond, succeed
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Item, m, t
from ewsfs.sandbox.shape import Shape
from ewsfs.sandbox.soap import response as new_response
from ewsfs.sandbox.targets import folder, row_of
from ewsfs.sandbox.users import ROOMS, User

_LIMIT = 100


@operation("ResolveNames")
def resolve_names(context: Context, request: etree._Element) -> etree._Element:
    entry = (request.findtext(m("UnresolvedEntry")) or "").strip()
    full = request.get("ReturnFullContactData", "false") in ("true", "1")
    scope = request.get("SearchScope", "ActiveDirectoryContacts")
    out = new_response("ResolveNames")
    message = etree.SubElement(etree.SubElement(out, m("ResponseMessages")), m("ResolveNamesResponseMessage"))
    try:
        if context.busy is not None:
            raise context.busy
        found = list(_resolve(context, request, entry, scope, full))
    except ResponseError as error:
        fail(message, error)
        return out
    if not found:
        fail(message, ResponseError("ErrorNameResolutionNoResults", "No results were found."))
        return out
    if len(found) > 1:
        several = ResponseError("ErrorNameResolutionMultipleResults", "Multiple results were found.")
        fail(message, several, "Warning")
    else:
        succeed(message)
    shown = etree.SubElement(message, m("ResolutionSet"))
    shown.set("TotalItemsInView", str(min(len(found), _LIMIT)))
    shown.set("IncludesLastItemInRange", "true" if len(found) <= _LIMIT else "false")
    for resolution in found[:_LIMIT]:
        shown.append(resolution)
    return out


def _resolve(context: Context, request: etree._Element, entry: str, scope: str, full: bool) -> Iterator[etree._Element]:
    text = entry.casefold().removeprefix("smtp:").strip()
    if not text:
        raise ResponseError("ErrorInvalidNameForNameResolution", "There is no name to resolve.")
    directory = (
        _of_user(user, full) for user in context.users if _fits(text, user.display_name, [user.address, user.name])
    )
    contacts = _contacts(context, request, text, full)
    if scope == "ActiveDirectory":
        yield from directory
    elif scope == "Contacts":
        yield from contacts
    elif scope == "ContactsActiveDirectory":
        yield from contacts
        yield from directory
    else:
        yield from directory
        yield from contacts


def _fits(text: str, name: str, addresses: list[str]) -> bool:
    """Whether a name or address begins with the text, or a word of the name does (ambiguous name resolution)."""
    folded = name.casefold()
    if folded.startswith(text) or any(word.startswith(text) for word in folded.split()):
        return True
    return any(address.casefold().startswith(text) for address in addresses)


def _mailbox(name: str, address: str, kind: str, item: Item | None = None) -> etree._Element:
    element = etree.Element(t("Mailbox"))
    etree.SubElement(element, t("Name")).text = name
    if address:
        etree.SubElement(element, t("EmailAddress")).text = address
        etree.SubElement(element, t("RoutingType")).text = "SMTP"
    etree.SubElement(element, t("MailboxType")).text = kind
    if item is not None:
        etree.SubElement(element, t("ItemId"), Id=item.id, ChangeKey=item.change_key)
    return element


def _of_user(user: User, full: bool) -> etree._Element:
    out = etree.Element(t("Resolution"))
    out.append(_mailbox(user.display_name, user.address, "Mailbox"))
    if full:
        contact = etree.SubElement(out, t("Contact"))
        etree.SubElement(contact, t("DisplayName")).text = user.display_name
        given, _, surname = user.display_name.rpartition(" ")
        etree.SubElement(contact, t("GivenName")).text = given or surname
        addresses = etree.SubElement(contact, t("EmailAddresses"))
        etree.SubElement(addresses, t("Entry"), Key="EmailAddress1").text = f"SMTP:{user.address}"
        etree.SubElement(contact, t("ContactSource")).text = "ActiveDirectory"
        if given:
            etree.SubElement(contact, t("Surname")).text = surname
    return out


def _contacts(context: Context, request: etree._Element, text: str, full: bool) -> Iterator[etree._Element]:
    places = [folder(context, element) for element in request.iterfind(f"{m('ParentFolderIds')}/*")]
    for place in places or [context.store.folder(context.user.address, "contacts")]:
        if place.kind != "ContactsFolder":
            raise ResponseError("ErrorResolveNamesInvalidFolderType", "Names are resolved in contacts folders.")
        shape = Shape("AllProperties", find=True, view=context.view(place.mailbox))
        for item in context.store.items.load(context.store.items.ids(place.id)):
            name = item.get("DisplayName") or item.get("FileAs") or item.get("Subject") or ""
            addresses = [
                (entry.text or "").removeprefix("SMTP:")
                for entry in item.properties.iterfind(f"{t('EmailAddresses')}/{t('Entry')}")
                if entry.text
            ]
            if not _fits(text, name, addresses):
                continue
            if item.kind == "DistributionList":
                out = etree.Element(t("Resolution"))
                out.append(_mailbox(name, "", "PrivateDL", item))
                yield out
            for address in addresses:
                out = etree.Element(t("Resolution"))
                out.append(_mailbox(name, address, "Contact", item))
                if full:
                    out.append(shape.render(item))
                yield out


@operation("ExpandDL")
def expand_dl(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        mailbox = required(request, m("Mailbox"))
        reference = mailbox.find(t("ItemId"))
        if reference is None:
            address = mailbox.findtext(t("EmailAddress")) or ""
            if address.lower() == ROOMS and context.users.rooms:
                rooms = [_mailbox(room.display_name, room.address, "Mailbox") for room in context.users.rooms]
                out = etree.Element(m("DLExpansion"), TotalItemsInView=str(len(rooms)), IncludesLastItemInRange="true")
                out.extend(rooms)
                return [out]
            if context.users.by_address(address) is not None:
                raise ResponseError("ErrorInvalidItemForOperationExpandDL", "The mailbox is no distribution list.")
            raise ResponseError("ErrorNameResolutionNoResults", "No results were found.")
        item = context.store.items.get(row_of(context, reference.get("Id")).id)
        if item is None or item.kind != "DistributionList":
            raise ResponseError("ErrorInvalidItemForOperationExpandDL", "The item is no distribution list.")
        members = item.properties.findall(f"{t('Members')}/{t('Member')}/{t('Mailbox')}")
        out = etree.Element(m("DLExpansion"))
        out.set("TotalItemsInView", str(len(members)))
        out.set("IncludesLastItemInRange", "true")
        for member in members:
            entry = etree.SubElement(out, t("Mailbox"))
            for child in member:
                etree.SubElement(entry, child.tag, {str(k): str(v) for k, v in child.attrib.items()}).text = child.text
        return [out]

    return respond(context, "ExpandDL", [work])


@operation("GetRoomLists")
def get_room_lists(context: Context, request: etree._Element) -> etree._Element:
    out = new_response("GetRoomLists")
    if context.busy is not None:
        fail(out, context.busy)
    else:
        succeed(out)
        lists = etree.SubElement(out, m("RoomLists"))
        if context.users.rooms:
            lists.append(_address("Address", "Rooms", ROOMS, "PublicDL"))
    return out


@operation("GetRooms")
def get_rooms(context: Context, request: etree._Element) -> etree._Element:
    out = new_response("GetRooms")
    wanted = request.findtext(f"{m('RoomList')}/{t('EmailAddress')}") or ""
    if context.busy is not None or wanted.lower() != ROOMS or not context.users.rooms:
        fail(
            out,
            context.busy or ResponseError("ErrorNameResolutionNoResults", "The room list was not found."),
        )
        return out
    succeed(out)
    rooms = etree.SubElement(out, m("Rooms"))
    for user in context.users.rooms:
        room = etree.SubElement(rooms, t("Room"))
        room.append(_address("Id", user.display_name, user.address, "Mailbox"))
    return out


def _address(tag: str, name: str, address: str, kind: str) -> etree._Element:
    element = _mailbox(name, address, kind)
    element.tag = t(tag)
    return element
