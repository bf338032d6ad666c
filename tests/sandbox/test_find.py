"""FindItem: pages, order, restrictions, queries, views, groups."""

from __future__ import annotations

import pytest
from lxml import etree

from ewsfs.sandbox import Sandbox
from ewsfs.sandbox.model import m, t
from tests.sandbox.client import Client, codes


def find(
    client: Client, middle: str = "", rest: str = "", places: str = "inbox", traversal: str = "Shallow"
) -> etree._Element:
    folders = "".join(f'<t:DistinguishedFolderId Id="{place}"/>' for place in places.split())
    return client.call(
        f'<m:FindItem Traversal="{traversal}"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
        f"{middle}<m:ParentFolderIds>{folders}</m:ParentFolderIds>{rest}</m:FindItem>"
    )


def subjects(reply: etree._Element) -> list[str]:
    return [str(element.text) for element in reply.iter(t("Subject"))]


def root(reply: etree._Element) -> etree._Element:
    found = reply.find(f".//{m('RootFolder')}")
    assert found is not None, etree.tostring(reply)
    return found


def view(most: int, offset: int, base: str = "Beginning") -> str:
    return f'<m:IndexedPageItemView MaxEntriesReturned="{most}" Offset="{offset}" BasePoint="{base}"/>'


def fill(client: Client, count: int) -> None:
    client.create(
        "".join(
            f"<t:Message><t:Subject>{number}</t:Subject><t:ExtendedProperty>"
            '<t:ExtendedFieldURI PropertyTag="0x0E06" PropertyType="SystemTime"/>'
            f"<t:Value>2026-01-01T00:{number // 60:02}:{number % 60:02}Z</t:Value></t:ExtendedProperty></t:Message>"
            for number in range(count)
        )
    )


def test_the_newest_comes_first(ada: Client) -> None:
    fill(ada, 4)
    assert subjects(find(ada)) == ["3", "2", "1", "0"]


def test_pages_from_the_beginning(ada: Client) -> None:
    fill(ada, 5)
    seen: list[str] = []
    offset, last = 0, False
    while not last:
        reply = find(ada, view(2, offset))
        seen += subjects(reply)
        assert root(reply).get("TotalItemsInView") == "5"
        offset = int(root(reply).get("IndexedPagingOffset", ""))
        last = root(reply).get("IncludesLastItemInRange") == "true"
    assert seen == ["4", "3", "2", "1", "0"]


def test_pages_from_the_end(ada: Client) -> None:
    fill(ada, 5)
    reply = find(ada, view(2, 0, "End"))
    assert (subjects(reply), root(reply).get("IndexedPagingOffset")) == (["1", "0"], "2")
    reply = find(ada, view(9, 2, "End"))
    assert (subjects(reply), root(reply).get("IncludesLastItemInRange")) == (["4", "3", "2"], "true")


def test_an_offset_behind_the_end(ada: Client) -> None:
    fill(ada, 2)
    reply = find(ada, view(2, 7))
    assert (subjects(reply), root(reply).get("IncludesLastItemInRange")) == ([], "true")


def test_a_fraction(ada: Client) -> None:
    fill(ada, 4)
    reply = find(ada, '<m:FractionalPageItemView MaxEntriesReturned="1" Numerator="1" Denominator="2"/>')
    assert (subjects(reply), root(reply).get("AbsoluteDenominator")) == (["1"], "4")


@pytest.mark.parametrize(
    ("middle", "code"),
    [
        (view(2, -1), "ErrorInvalidIndexedPagingParameters"),
        ('<m:FractionalPageItemView Numerator="3" Denominator="2"/>', "ErrorInvalidFractionalPagingParameters"),
    ],
)
def test_impossible_pages(ada: Client, middle: str, code: str) -> None:
    assert codes(find(ada, middle)) == [code]


def test_a_page_holds_a_thousand_items_at_most(sandbox: Sandbox, ada: Client) -> None:
    fill(ada, 1005)
    reply = find(ada)
    assert len(subjects(reply)) == 1000
    assert root(reply).get("IncludesLastItemInRange") == "false"
    assert len(subjects(find(ada, view(5000, 0)))) == 1000
    assert len(subjects(find(ada, view(1000, 1000)))) == 5


def test_order_and_restriction_keep_their_result_while_paging(ada: Client) -> None:
    fill(ada, 30)
    order = (
        '<m:Restriction><t:Contains ContainmentMode="Substring" ContainmentComparison="Exact"><t:FieldURI '
        'FieldURI="item:Subject"/><t:Constant Value="1"/></t:Contains></m:Restriction>'
        '<m:SortOrder><t:FieldOrder Order="Descending"><t:FieldURI FieldURI="item:Subject"/></t:FieldOrder>'
        "</m:SortOrder>"
    )
    wanted = sorted((str(number) for number in range(30) if "1" in str(number)), reverse=True)
    assert subjects(find(ada, view(4, 0) + order)) + subjects(find(ada, view(99, 4) + order)) == wanted
    ada.message("1a")
    assert subjects(find(ada, view(1, 0) + order)) == ["21"]
    assert len(subjects(find(ada, order))) == len(wanted) + 1


@pytest.mark.parametrize("uri", ["item:DateTimeReceived", "item:DateTimeCreated", "item:LastModifiedTime"])
@pytest.mark.parametrize("way", ["Ascending", "Descending"])
def test_order_by_stored_columns(ada: Client, uri: str, way: str) -> None:
    fill(ada, 3)
    order = f'<m:SortOrder><t:FieldOrder Order="{way}"><t:FieldURI FieldURI="{uri}"/></t:FieldOrder></m:SortOrder>'
    found = subjects(find(ada, order))
    assert sorted(found) == ["0", "1", "2"]
    if uri == "item:DateTimeReceived":
        assert found == (["0", "1", "2"] if way == "Ascending" else ["2", "1", "0"])


def test_several_folders_give_several_messages(ada: Client) -> None:
    ada.message("in")
    ada.message("draft", "drafts")
    reply = find(ada, places="inbox drafts publicfoldersroot")
    assert codes(reply) == ["NoError", "NoError", "ErrorNoPublicFolderServerAvailable"]
    assert subjects(reply) == ["in", "draft"]


def test_a_query(ada: Client) -> None:
    ada.message("quarterly report")
    ada.message("holiday")
    assert subjects(find(ada, rest="<m:QueryString>subject:report</m:QueryString>")) == ["quarterly report"]


def test_a_wrong_restriction_is_an_error_of_the_message(ada: Client) -> None:
    restriction = '<m:Restriction><t:Exists><t:FieldURI FieldURI="item:Attachments"/></t:Exists></m:Restriction>'
    assert codes(find(ada, restriction)) == ["ErrorUnsupportedPathForQuery"]


def test_groups(ada: Client) -> None:
    for importance in ("High", "Low", "High"):
        ada.create(
            f"<t:Message><t:Subject>{importance}</t:Subject><t:Importance>{importance}</t:Importance></t:Message>"
        )
    group = (
        '<m:GroupBy Order="Ascending"><t:FieldURI FieldURI="item:Importance"/><t:AggregateOn Aggregate="Maximum">'
        '<t:FieldURI FieldURI="item:DateTimeReceived"/></t:AggregateOn></m:GroupBy>'
    )
    reply = find(ada, view(10, 0) + group)
    groups = list(reply.iter(t("GroupedItems")))
    assert [(one.findtext(t("GroupIndex")), subjects(one)) for one in groups] == [
        ("High", ["High", "High"]),
        ("Low", ["Low"]),
    ]


def appointment(subject: str, start: str, end: str, more: str = "") -> str:
    return (
        f"<t:CalendarItem><t:Subject>{subject}</t:Subject><t:Start>{start}</t:Start><t:End>{end}</t:End>{more}"
        "</t:CalendarItem>"
    )


WEEKLY = (
    "<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Thursday</t:DaysOfWeek>"
    "</t:WeeklyRecurrence>"
    "<t:NumberedRecurrence><t:StartDate>2026-03-05</t:StartDate><t:NumberOfOccurrences>4</t:NumberOfOccurrences>"
    "</t:NumberedRecurrence></t:Recurrence>"
)
SILENT = 'SendMeetingInvitations="SendToNone"'


def calendar_view(start: str, end: str, most: str = "") -> str:
    return f'<m:CalendarView {most} StartDate="{start}" EndDate="{end}"/>'


def test_a_calendar_view_expands_series(ada: Client) -> None:
    single = appointment("single", "2026-03-06T10:00:00Z", "2026-03-06T11:00:00Z")
    series = appointment("weekly", "2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z", WEEKLY)
    ada.create(single + series, "calendar", SILENT)
    reply = find(ada, calendar_view("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"), places="calendar")
    assert subjects(reply) == ["weekly", "single", "weekly", "weekly", "weekly"]
    assert sorted(subjects(find(ada, places="calendar"))) == ["single", "weekly"]


@pytest.mark.parametrize(
    ("start", "end", "places", "code"),
    [
        ("2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z", "calendar", "ErrorCalendarEndDateIsEarlierThanStartDate"),
        ("2026-03-01T00:00:00Z", "2029-02-01T00:00:00Z", "calendar", "ErrorCalendarViewRangeTooBig"),
        ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "inbox", "ErrorCalendarFolderIsInvalidForCalendarView"),
    ],
)
def test_wrong_calendar_views(ada: Client, start: str, end: str, places: str, code: str) -> None:
    assert codes(find(ada, calendar_view(start, end), places=places)) == [code]


def occurrence_ids(client: Client) -> list[str]:
    reply = find(client, calendar_view("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"), places="calendar")
    return [str(element.get("Id")) for element in reply.iter(t("ItemId"))]


def test_one_occurrence_is_deleted_and_one_is_changed(ada: Client) -> None:
    master = ada.create(
        appointment("weekly", "2026-03-05T10:00:00Z", "2026-03-05T11:00:00Z", WEEKLY), "calendar", SILENT
    )[0][0]
    found = occurrence_ids(ada)
    body = (
        '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds><t:ItemId '
        f'Id="{found[1]}"/></m:ItemIds></m:DeleteItem>'
    )
    assert ada.codes(body) == ["NoError"]
    change = (
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" '
        'SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges>'
        f'<t:ItemChange><t:OccurrenceItemId RecurringMasterId="{master}" InstanceIndex="3"/><t:Updates><t:SetItemField>'
        '<t:FieldURI FieldURI="item:Subject"/><t:CalendarItem><t:Subject>special</t:Subject></t:CalendarItem>'
        "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )
    assert ada.codes(change) == ["NoError"]
    reply = find(ada, calendar_view("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"), places="calendar")
    assert subjects(reply) == ["weekly", "special", "weekly"]
    item = ada.get(master)
    assert len(item.findall(f"{t('DeletedOccurrences')}/*")) == 1
    assert len(item.findall(f"{t('ModifiedOccurrences')}/*")) == 1
    assert item.findtext(t("CalendarItemType")) == "RecurringMaster"
    wanted = (
        f'<t:RecurringMasterItemId OccurrenceId="{found[0]}"/><t:OccurrenceItemId RecurringMasterId="{master}" '
        f'InstanceIndex="2"/><t:OccurrenceItemId RecurringMasterId="{master}" InstanceIndex="9"/><t:ItemId '
        f'Id="{found[1]}"/>'
    )
    reply = ada.call(
        f"<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>{wanted}"
        "</m:ItemIds></m:GetItem>"
    )
    assert codes(reply) == [
        "NoError",
        "ErrorCalendarOccurrenceIsDeletedFromRecurrence",
        "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
        "ErrorCalendarOccurrenceIsDeletedFromRecurrence",
    ]


def test_a_contacts_view(ada: Client) -> None:
    for name in ("Anna", "Berta", "Cora"):
        ada.create(f"<t:Contact><t:DisplayName>{name}</t:DisplayName></t:Contact>", "contacts")
    reply = find(ada, '<m:ContactsView MaxEntriesReturned="9" InitialName="B" FinalName="C"/>', places="contacts")
    found = [ada.get(str(element.get("Id"))).findtext(t("DisplayName")) for element in reply.iter(t("ItemId"))]
    assert found == ["Berta", "Cora"]
