"""What an update sends: t:ItemChange and t:FolderChange, one t:SetItemField or t:DeleteItemField for each property.

Labelled values (telephone numbers and the like) are sent one by one: EWS has no way to set them together. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ewsfs.ews.arguments import several
from ewsfs.ews.fieldpath import FieldPath
from ewsfs.ews.fields import Field, is_supported
from ewsfs.ews.indexed import Labelled, LabelledField
from ewsfs.ews.tracked import Tracked
from ewsfs.ews.xmlnames import Element, make, t


def checked_fields(owner: Tracked, names: Iterable[str]) -> list[str]:
    """The names of fields that can be updated. Raises: ValueError for one that can't, with its name."""
    found: list[str] = []
    for name in several(names, "names of fields"):
        field = type(owner).field(name)
        if field.is_read_only:
            raise ValueError(f"'{name}' is read-only: only the server sets it")
        if field.is_read_only_after_send and owner._values.get("is_draft") is False:
            raise ValueError(f"'{name}' can't be changed any more: the message was sent")
        if not owner.knows(name):
            raise ValueError(
                f"'{name}' was not fetched: what the server has in it would be lost; fetch it too, or assign all of it"
            )
        if name not in found:
            found.append(name)
    return found


def refuse_newer(owner: Tracked, names: Iterable[str], server: str | None) -> None:
    """Raises ValueError for a field that came later than the server's version: a change must not be lost unnoticed."""
    for name in names:
        since = type(owner).field(name).since
        if not is_supported(since, server):
            raise ValueError(f"'{name}' can't be changed here: it came with {since}, and the server is {server}")


def sendable(owner: Tracked) -> list[str]:
    """The names of the changed fields that can be sent; what only the server sets is passed over."""
    return [name for name in owner.changed_fields if not type(owner).field(name).is_read_only and name != "attachments"]


def change_element(
    kind: str, owner: Tracked, id_element: Element, names: Sequence[str], element: str
) -> Element | None:
    """The change of an item or folder, None when there is nothing to send.

    Parameters: `kind`, "Item" or "Folder"; `names`, its fields, checked before; `element`, the name of its element.
    """
    updates = make(t("Updates"))
    for name in names:
        for update in _updates(kind, owner, type(owner).field(name), element):
            updates.append(update)
    return make(t(f"{kind}Change"), id_element, updates) if len(updates) else None


def _updates(kind: str, owner: Tracked, field: Field[Any], element: str) -> list[Element]:
    value = owner._values.get(field.name)
    if isinstance(field, LabelledField):
        return _labelled_updates(kind, owner, field, value or [], element)
    where = FieldPath(field).element()
    holder = make(t(element))
    field.write(holder, owner._values)
    if not len(holder):
        return [make(t(f"Delete{kind}Field"), where)]
    return [make(t(f"Set{kind}Field"), where, holder)]


def _labelled_updates(
    kind: str, owner: Tracked, field: LabelledField[Any], value: Sequence[Labelled], element: str
) -> list[Element]:
    """Set what is new or different, delete what is gone; everything when it isn't known what the server has."""
    is_known, original = owner.original(field.name)
    before = {entry.label: entry for entry in original or ()} if is_known else None
    now = {entry.label: entry for entry in value}
    part_fields = [part for part in field.kind.FIELDS if part.element and not part.is_on_owner]
    found: list[Element] = []
    for label in field.kind.LABELS:
        old = None if before is None else before.get(label)
        new = now.get(label)
        if before is not None and old == new:
            continue
        if part_fields:
            for part in part_fields:
                was = None if old is None else old._values.get(part.name)
                will = None if new is None else new._values.get(part.name)
                if before is None or was != will:
                    found.append(_one(kind, field, label, part, new, will, element))
        else:
            found.append(_one(kind, field, label, None, new, new, element))
    return found


def _one(
    kind: str,
    field: LabelledField[Any],
    label: str,
    part: Field[Any] | None,
    entry: Labelled | None,
    value: object,
    element: str,
) -> Element:
    where = FieldPath(field, label, part).element()
    if entry is None or value is None:
        return make(t(f"Delete{kind}Field"), where)
    sent = entry if part is None else type(entry)(label=label, **{part.name: value})
    return make(t(f"Set{kind}Field"), where, make(t(element), make(field.tag, sent.to_xml())))
