"""GetDelegate, AddDelegate, UpdateDelegate, RemoveDelegate. What they grant is enforced by `sharing`.

Source: the pages of these operations in the EWS reference.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

from lxml import etree

from ewsfs.sandbox.dispatch import Context, fail, operation, succeed
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import m, t
from ewsfs.sandbox.sharing import delegate_key
from ewsfs.sandbox.soap import response as new_response
from ewsfs.sandbox.store_attachments import parse_properties
from ewsfs.sandbox.users import User

_DELIVER = "deliver-meeting-requests"
Work = Callable[[etree._Element], etree._Element | None]


def _owner(context: Context, request: etree._Element) -> User:
    """Whose delegates the request is about. Raises ResponseError for a mailbox that isn't the user's."""
    address = request.findtext(f"{m('Mailbox')}/{t('EmailAddress')}") or ""
    user = context.users.by_address(address)
    if user is None:
        raise ResponseError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
    if user != context.user:
        raise ResponseError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    return user


def _respond(
    context: Context, request: etree._Element, name: str, elements: Iterable[etree._Element], work: Work
) -> etree._Element:
    """The reply: a message for each delegate, inside of one for the whole request."""
    out = new_response(name)
    try:
        if context.busy is not None:
            raise context.busy
        _owner(context, request)
    except ResponseError as error:
        fail(out, error)
        return out
    succeed(out)
    messages = etree.SubElement(out, m("ResponseMessages"))
    for element in elements:
        message = etree.SubElement(messages, m("DelegateUserResponseMessageType"))
        try:
            with context.store.transaction():
                found = work(element)
        except ResponseError as error:
            fail(message, error)
            continue
        succeed(message)
        if found is not None:
            shown = copy.deepcopy(found)
            shown.tag = m("DelegateUser")
            message.append(shown)
    if not len(messages):
        out.remove(messages)
    return out


def _user(context: Context, element: etree._Element) -> User:
    identifier = element if element.tag == t("UserId") else element.find(t("UserId"))
    address = "" if identifier is None else identifier.findtext(t("PrimarySmtpAddress")) or ""
    user = context.users.by_address(address)
    if user is None:
        raise ResponseError("ErrorDelegateNoUser", "The delegate isn't a user of this organization.")
    return user


def _kept(context: Context, user: User) -> etree._Element:
    kept = context.store.setting(context.user.address, delegate_key(user.address))
    if kept is None:
        raise ResponseError("ErrorNotDelegate", "The user isn't a delegate of this mailbox.")
    return parse_properties(kept)


def _keep(context: Context, user: User, element: etree._Element) -> etree._Element:
    kept = etree.Element(t("DelegateUser"))
    identifier = etree.SubElement(kept, t("UserId"))
    etree.SubElement(identifier, t("PrimarySmtpAddress")).text = user.address
    etree.SubElement(identifier, t("DisplayName")).text = user.display_name
    for name in ("DelegatePermissions", "ReceiveCopiesOfMeetingMessages", "ViewPrivateItems"):
        found = element.find(t(name))
        if found is not None:
            kept.append(copy.deepcopy(found))
        elif name != "DelegatePermissions":
            etree.SubElement(kept, t(name)).text = "false"
    text = etree.tostring(kept, encoding="unicode")
    context.store.set_setting(context.user.address, delegate_key(user.address), text)
    return kept


def _deliver(context: Context, request: etree._Element, out: etree._Element) -> etree._Element:
    """Note (or tell) who gets the meeting requests."""
    given = request.findtext(m("DeliverMeetingRequests"))
    if out.get("ResponseClass") == "Success" and given:
        context.store.set_setting(context.user.address, _DELIVER, given)
    return out


@operation("AddDelegate")
def add_delegate(context: Context, request: etree._Element) -> etree._Element:
    def work(element: etree._Element) -> etree._Element:
        user = _user(context, element)
        if user == context.user:
            raise ResponseError("ErrorDelegateCannotAddOwner", "The owner can't be the own delegate.")
        if context.store.setting(context.user.address, delegate_key(user.address)) is not None:
            raise ResponseError("ErrorDelegateAlreadyExists", "The user is a delegate already.")
        return _keep(context, user, element)

    elements = request.iterfind(f"{m('DelegateUsers')}/{t('DelegateUser')}")
    return _deliver(context, request, _respond(context, request, "AddDelegate", elements, work))


@operation("UpdateDelegate")
def update_delegate(context: Context, request: etree._Element) -> etree._Element:
    def work(element: etree._Element) -> etree._Element:
        user = _user(context, element)
        merged = _kept(context, user)
        for child in element:
            old = merged.find(str(child.tag))
            if old is not None and child.tag == t("DelegatePermissions"):
                for level in child:
                    previous = old.find(str(level.tag))
                    if previous is not None:
                        previous.text = level.text
                    else:
                        old.append(copy.deepcopy(level))
                old[:] = sorted(old, key=lambda level: _ORDER.index(str(level.tag)))
            elif child.tag != t("UserId"):
                if old is not None:
                    merged.remove(old)
                merged.append(copy.deepcopy(child))
        return _keep(context, user, merged)

    elements = request.iterfind(f"{m('DelegateUsers')}/{t('DelegateUser')}")
    return _deliver(context, request, _respond(context, request, "UpdateDelegate", elements, work))


_ORDER = [t(f"{name}FolderPermissionLevel") for name in ("Calendar", "Tasks", "Inbox", "Contacts", "Notes", "Journal")]


@operation("RemoveDelegate")
def remove_delegate(context: Context, request: etree._Element) -> etree._Element:
    def work(element: etree._Element) -> None:
        user = _user(context, element)
        _kept(context, user)
        context.store.set_setting(context.user.address, delegate_key(user.address), None)

    elements = request.iterfind(f"{m('UserIds')}/{t('UserId')}")
    return _respond(context, request, "RemoveDelegate", elements, work)


@operation("GetDelegate")
def get_delegate(context: Context, request: etree._Element) -> etree._Element:
    permissions = request.get("IncludePermissions", "false") in ("true", "1")

    def work(element: etree._Element) -> etree._Element:
        kept = _kept(context, _user(context, element))
        found = kept.find(t("DelegatePermissions"))
        if found is not None and not permissions:
            kept.remove(found)
        return kept

    asked = request.findall(f"{m('UserIds')}/{t('UserId')}")
    if not asked:
        kept = context.store.settings(context.user.address, delegate_key(""))
        asked = [element for _, text in kept for element in parse_properties(text).iterfind(t("UserId"))]
    out = _respond(context, request, "GetDelegate", asked, work)
    if out.get("ResponseClass") == "Success":
        kept_rule = context.store.setting(context.user.address, _DELIVER)
        etree.SubElement(out, m("DeliverMeetingRequests")).text = kept_rule or "DelegatesAndSendInformationToMe"
    return out
