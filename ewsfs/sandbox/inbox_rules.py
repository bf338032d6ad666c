"""Inbox rules at work: what becomes of a message that arrives, by the rules of the one who gets it.

The conditions and actions that need nothing but the message are carried out; a rule with another condition holds for
nothing, and other actions (forwarding, replies) are passed over. Used by `delivery`.

Source: "Rule", "Conditions", "Exceptions", "Actions" in the EWS reference.
Threading: as `store`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from ewsfs.sandbox import schema
from ewsfs.sandbox.model import Item, children, local, t
from ewsfs.sandbox.store import Folder, Store
from ewsfs.sandbox.store_attachments import parse_properties
from ewsfs.sandbox.users import User

SETTING = "rules"
"""The name of the setting of a mailbox that its rules are kept in, as one element."""


def kept(store: Store, mailbox: str) -> list[etree._Element]:
    """The rules of a mailbox, those with a lower priority number first."""
    text = store.setting(mailbox, SETTING)
    rules = list(parse_properties(text)) if text else []
    return sorted(rules, key=lambda rule: int(rule.findtext(t("Priority")) or "0"))


def apply(store: Store, item: Item, user: User) -> list[str]:
    """Change a message that is about to be put into a folder as the rules of its owner have it.

    Its folder is another one afterwards when a rule moves it. Returns the ids of the folders that get a copy.
    """
    copies: list[str] = []
    for rule in kept(store, user.address):
        if rule.findtext(t("IsEnabled")) != "true" or not _holds_for(rule, item, user):
            continue
        actions = rule.find(t("Actions"))
        if actions is None:
            continue
        for action in children(actions):
            _carry_out(store, action, item, user, copies)
        if actions.findtext(t("StopProcessingRules")) == "true":
            break
    return copies


def _holds_for(rule: etree._Element, item: Item, user: User) -> bool:
    conditions, exceptions = rule.find(t("Conditions")), rule.find(t("Exceptions"))
    if conditions is not None and not all(_test(node, item, user) for node in children(conditions)):
        return False
    return exceptions is None or not any(_test(node, item, user) for node in children(exceptions))


def _test(condition: etree._Element, item: Item, user: User) -> bool:
    test = _TESTS.get(local(condition))
    return test is not None and test(condition, item, user)


def _words(condition: etree._Element) -> list[str]:
    return [(node.text or "").casefold() for node in children(condition)]


def _contains(*names: str) -> Callable[[etree._Element, Item, User], bool]:
    def test(condition: etree._Element, item: Item, _: User) -> bool:
        text = "\n".join(item.get(name) or "" for name in names).casefold()
        return any(word in text for word in _words(condition))

    return test


def _people(item: Item, *names: str) -> Iterator[str]:
    """Addresses and names, in small letters."""
    for name in names:
        for node in item.properties.iterfind(f"{t(name)}//{t('Mailbox')}"):
            yield (node.findtext(t("EmailAddress")) or "").casefold()
            yield (node.findtext(t("Name")) or "").casefold()


def _among(*names: str) -> Callable[[etree._Element, Item, User], bool]:
    def test(condition: etree._Element, item: Item, _: User) -> bool:
        wanted = {(node.text or "").casefold() for node in condition.iter(t("EmailAddress"))}
        return not wanted.isdisjoint(_people(item, *names))

    return test


def _person_contains(*names: str) -> Callable[[etree._Element, Item, User], bool]:
    def test(condition: etree._Element, item: Item, _: User) -> bool:
        return any(word in one for word in _words(condition) for one in _people(item, *names))

    return test


def _to_me(*names: str) -> Callable[[etree._Element, Item, User], bool]:
    def test(condition: etree._Element, item: Item, user: User) -> bool:
        return (user.address in _people(item, *names)) == _wanted(condition)

    return test


def _only_to_me(condition: etree._Element, item: Item, user: User) -> bool:
    everybody = {one for one in _people(item, "ToRecipients", "CcRecipients") if "@" in one}
    return (everybody == {user.address}) == _wanted(condition)


def _not_to_me(condition: etree._Element, item: Item, user: User) -> bool:
    return (user.address not in _people(item, "ToRecipients")) == _wanted(condition)


def _has_attachments(condition: etree._Element, item: Item, _: User) -> bool:
    return bool(item.attachments) == _wanted(condition)


def _equals(name: str) -> Callable[[etree._Element, Item, User], bool]:
    def test(condition: etree._Element, item: Item, _: User) -> bool:
        return (item.get(name) or "Normal") == (condition.text or "").strip()

    return test


def _wanted(condition: etree._Element) -> bool:
    return (condition.text or "").strip() == "true"


_TESTS: dict[str, Callable[[etree._Element, Item, User], bool]] = {
    "ContainsSubjectStrings": _contains("Subject"),
    "ContainsBodyStrings": _contains("Body"),
    "ContainsSubjectOrBodyStrings": _contains("Subject", "Body"),
    "ContainsSenderStrings": _person_contains("From", "Sender"),
    "ContainsRecipientStrings": _person_contains("ToRecipients", "CcRecipients"),
    "FromAddresses": _among("From", "Sender"),
    "SentToAddresses": _among("ToRecipients", "CcRecipients"),
    "SentToMe": _to_me("ToRecipients"),
    "SentCcMe": _to_me("CcRecipients"),
    "SentToOrCcMe": _to_me("ToRecipients", "CcRecipients"),
    "SentOnlyToMe": _only_to_me,
    "NotSentToMe": _not_to_me,
    "HasAttachments": _has_attachments,
    "Importance": _equals("Importance"),
    "Sensitivity": _equals("Sensitivity"),
}


def _carry_out(store: Store, action: etree._Element, item: Item, user: User, copies: list[str]) -> None:
    name = local(action)
    if name == "MoveToFolder":
        target = _target(store, action, user)
        if target is not None:
            item.folder_id = target.id
    elif name == "CopyToFolder":
        target = _target(store, action, user)
        if target is not None:
            copies.append(target.id)
    elif name in ("Delete", "PermanentDelete") and _wanted(action):
        place = "deleteditems" if name == "Delete" else "recoverableitemsdeletions"
        item.folder_id = store.folder(user.address, place).id
    elif name == "MarkAsRead" and _wanted(action):
        _set(item, "IsRead", "true")
    elif name == "MarkImportance":
        _set(item, "Importance", (action.text or "").strip())
    elif name == "AssignCategories":
        categories = etree.Element(t("Categories"))
        given = [node.text or "" for node in item.properties.iterfind(f"{t('Categories')}/{t('String')}")]
        for text in dict.fromkeys([*given, *((node.text or "") for node in children(action))]):
            etree.SubElement(categories, t("String")).text = text
        schema.set_property(item.properties, categories)


def _set(item: Item, name: str, value: str) -> None:
    if schema.by_name(item.kind, name) is not None:
        schema.set_text(item.properties, name, value)


def _target(store: Store, action: etree._Element, user: User) -> Folder | None:
    """The folder that an action names, None when it isn't there any more or is somebody else's."""
    for node in children(action):
        if local(node) == "DistinguishedFolderId":
            return store.folders.distinguished(user.address, node.get("Id") or "")
        found = store.folders.get(node.get("Id") or "")
        return found if found is not None and found.mailbox == user.address else None
    return None
