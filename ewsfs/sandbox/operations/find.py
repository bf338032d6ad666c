"""FindItem.

Source: "FindItem operation", "CalendarView", "ContactsView", "GroupBy" in the EWS reference.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from lxml import etree

from ewsfs.sandbox import shape_needs
from ewsfs.sandbox.dispatch import Context, operation, payload, required, respond
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.fields import reader
from ewsfs.sandbox.listing import Listing
from ewsfs.sandbox.model import Item, children, m, t
from ewsfs.sandbox.occurrences import in_view
from ewsfs.sandbox.paging import PAGE_LIMIT, Page, page
from ewsfs.sandbox.paths import FieldURI, find_in, parse
from ewsfs.sandbox.restriction import compile_restriction
from ewsfs.sandbox.shape import Shape
from ewsfs.sandbox.store import Folder
from ewsfs.sandbox.targets import folder
from ewsfs.sandbox.values import format_value, parse_datetime

_LONGEST_VIEW = timedelta(days=2 * 366)
_VIEWS = ("IndexedPageItemView", "FractionalPageItemView", "SeekToConditionPageItemView")


@operation("FindItem")
def find_item(context: Context, request: etree._Element) -> etree._Element:
    wanted = list(children(required(request, m("ParentFolderIds"))))

    def one(element: etree._Element) -> list[etree._Element]:
        parent = folder(context, element)
        shape = Shape.parse(required(request, m("ItemShape")), find=True, view=context.view(parent.mailbox))
        root = payload("RootFolder")
        calendar = request.find(m("CalendarView"))
        if calendar is not None:
            items, part = _calendar_view(context, parent, calendar)
        elif request.find(m("ContactsView")) is not None:
            items, part = _contacts_view(context, parent, request)
        else:
            grouping = _group_path(request)
            if grouping is not None:
                _grouped(context, parent, request, shape, grouping, root)
                return [root]
            items, part = _plain_view(context, parent, request, shape)
        part.mark(root)
        etree.SubElement(root, t("Items")).extend([shape.render(item) for item in items])
        return [root]

    return respond(context, "FindItem", [partial(one, element) for element in wanted])


def _view_of(request: etree._Element) -> etree._Element | None:
    return next((view for name in _VIEWS if (view := request.find(m(name))) is not None), None)


def _plain_view(context: Context, parent: Folder, request: etree._Element, shape: Shape) -> tuple[list[Item], Page]:
    listing = Listing(context, request)
    view = _view_of(request)
    seek = None
    if view is not None and view.find(t("Condition")) is not None:
        condition = compile_restriction(view.find(t("Condition")))
        found = listing.all(parent)

        def seek() -> int:
            return next((index for index, item in enumerate(found) if condition(item)), len(found))

    part = page(view, listing.count(parent), seek=seek)
    return listing.page(parent, part.start, part.count, short=shape_needs.short(shape)), part


def _calendar_view(context: Context, parent: Folder, view: etree._Element) -> tuple[list[Item], Page]:
    if parent.kind != "CalendarFolder":
        raise ResponseError("ErrorCalendarFolderIsInvalidForCalendarView", "A CalendarView needs a calendar folder.")
    try:
        start = parse_datetime(view.get("StartDate", ""), context.time_zone)
        end = parse_datetime(view.get("EndDate", ""), context.time_zone)
    except ValueError:
        raise ResponseError("ErrorInvalidRequest", "A CalendarView needs StartDate and EndDate.") from None
    if end < start:
        raise ResponseError(
            "ErrorCalendarEndDateIsEarlierThanStartDate", "The end of the view is earlier than its start."
        )
    if end - start > _LONGEST_VIEW:
        raise ResponseError("ErrorCalendarViewRangeTooBig", "The view is longer than two years.")
    items = in_view(context, parent, start, end)
    limit = view.get("MaxEntriesReturned")
    if limit is not None and (not limit.isdecimal() or int(limit) <= 0):
        raise ResponseError("ErrorInvalidPagingMaxRows", "The maximum number of rows must be more than zero.")
    shown = items[: int(limit)] if limit else items
    return shown, Page(0, len(shown), len(items), len(shown) == len(items))


def _contacts_view(context: Context, parent: Folder, request: etree._Element) -> tuple[list[Item], Page]:
    view = required(request, m("ContactsView"))
    low, high = (view.get("InitialName") or "").casefold(), (view.get("FinalName") or "").casefold()

    def name(item: Item) -> str:
        return (item.get("DisplayName") or item.get("Subject") or "").casefold()

    found = sorted(
        (
            item
            for item in Listing(context, request).all(parent)
            if item.kind in ("Contact", "DistributionList")
            and name(item) >= low
            and (not high or name(item) <= high or name(item).startswith(high))
        ),
        key=name,
    )
    limit = min(int(view.get("MaxEntriesReturned") or PAGE_LIMIT), PAGE_LIMIT)
    shown = found[:limit]
    return shown, Page(0, len(shown), len(found), len(shown) == len(found), offset=len(shown))


def _group_path(request: etree._Element) -> etree._Element | None:
    found = request.find(m("GroupBy"))
    return found if found is not None else request.find(m("DistinguishedGroupBy"))


def _grouped(
    context: Context,
    parent: Folder,
    request: etree._Element,
    shape: Shape,
    grouping: etree._Element,
    root: etree._Element,
) -> None:
    distinguished = grouping.find(t("StandardGroupBy")) is not None
    path = FieldURI("message:ConversationTopic") if distinguished else parse(find_in(grouping))
    read = reader(path, context.view(parent.mailbox))
    listing = Listing(context, request)
    groups: dict[str, list[Item]] = {}
    for item in listing.all(parent):
        value = read(item)
        for one in value if isinstance(value, list) and value else [value]:
            key = "" if one is None or isinstance(one, list) else format_value(one)
            groups.setdefault(key, []).append(item)
    names = sorted(groups, key=str.casefold, reverse=grouping.get("Order") == "Descending")
    flat = [(name, item) for name in names for item in groups[name]]
    part = page(_view_of(request), len(flat))
    part.mark(root)
    out = etree.SubElement(root, t("Groups"))
    shown: dict[str, etree._Element] = {}
    for name, item in flat[part.start : part.start + part.count]:
        items = shown.get(name)
        if items is None:
            group = etree.SubElement(out, t("GroupedItems"))
            etree.SubElement(group, t("GroupIndex")).text = name
            items = shown[name] = etree.SubElement(group, t("Items"))
        items.append(shape.render(item))
