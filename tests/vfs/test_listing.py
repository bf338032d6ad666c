"""Names are given, kept and told apart; what the server says of items becomes entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ewsfs.vfs import names
from ewsfs.vfs.known.listing import Listing
from ewsfs.vfs.model import Entry, Kind, RemoteItem

BERLIN = ZoneInfo("Europe/Berlin")
WHEN = datetime(2026, 3, 2, 8, 15, tzinfo=timezone.utc)
WHEN_NS = int(WHEN.timestamp()) * 1_000_000_000


def item(item_id: str, title: str = "Quarterly report", **changes: Any) -> RemoteItem:
    made = RemoteItem(
        id=item_id, change_key="k1", kind=Kind.MAIL, title=title, when_ns=WHEN_NS, mtime_ns=WHEN_NS, ctime_ns=WHEN_NS,
        size=1000, has_attachments=False, given_name=None, is_read=True,
    )  # fmt: skip
    return made._replace(**changes)


def listed(*items: RemoteItem) -> Listing:
    listing = Listing(BERLIN)
    listing.merge(items, ())
    return listing


def test_mail_is_named_by_its_date_in_the_zone_and_its_subject() -> None:
    assert list(listed(item("a"))._files) == ["2026-03-02 0915 Quarterly report.eml"]


def test_a_whole_day_is_named_by_its_own_date_wherever_it_is_read() -> None:
    midnight_in_berlin = int(datetime(2026, 8, 2, 22, tzinfo=timezone.utc).timestamp()) * 1_000_000_000
    listing = Listing(ZoneInfo("America/New_York"))
    listing.merge([item("a", "Sailing", kind=Kind.EVENT, when_ns=midnight_in_berlin, is_all_day=True)], ())
    assert listing.entries["a"].name == "2026-08-03 0000 Sailing.ics"


def test_two_items_never_share_a_name_and_the_earlier_keeps_the_plain_one() -> None:
    later = item("a", when_ns=WHEN_NS + 1_000_000_000)
    listing = listed(later, item("b", "QUARTERLY REPORT"))
    assert listing.entries["b"].name == "2026-03-02 0915 QUARTERLY REPORT.eml"
    assert listing.entries["a"].name == f"2026-03-02 0915 Quarterly report ~{names.short_hash('a')}.eml"


def test_a_name_stays_when_the_subject_changes_or_the_other_one_goes() -> None:
    listing = listed(item("a"), item("b"))
    marked = listing.entries["b"].name
    listing.remove("a")
    listing.merge([item("b", "Another subject", change_key="k2")], ())
    assert listing.entries["b"].name == marked


def test_a_given_name_wins_over_a_made_one() -> None:
    listing = listed(item("a"))
    listing.merge([item("a", change_key="k2", given_name="foo.eml")], ())
    assert listing.file("foo.eml") is listing.entries["a"]
    assert listing.file("2026-03-02 0915 Quarterly report.eml") is None


def test_an_equal_given_name_is_marked_once_and_then_stays() -> None:
    listing = listed(item("a", given_name="foo.eml"), item("b", given_name="FOO.eml"))
    name = listing.entries["b"].name
    assert name == f"FOO ~{names.short_hash('b')}.eml"
    assert listing.merge([item("b", given_name="FOO.eml")], ()) == []
    assert listing.entries["b"].name == name


def test_a_hostile_given_name_is_not_taken() -> None:
    listing = listed(item("a", given_name="../../x"))
    assert listing.entries["a"].name == "2026-03-02 0915 Quarterly report.eml"


def test_a_sub_folder_keeps_its_name_before_an_item() -> None:
    listing = Listing(BERLIN)
    listing.merge([item("a", given_name="foo.eml")], {names.key("Foo.eml")})
    assert listing.entries["a"].name == f"foo ~{names.short_hash('a')}.eml"


def test_an_attachment_folder_is_there_only_with_attachments() -> None:
    listing = listed(item("a", given_name="foo.eml"))
    assert listing.attachment_folder("foo.attachments") is None
    listing.merge([item("a", given_name="foo.eml", has_attachments=True)], ())
    assert listing.attachment_folder("foo.attachments") is listing.entries["a"]


def test_an_exact_size_lasts_as_long_as_the_change_key() -> None:
    listing = listed(item("a"))
    entry = listing.entries["a"]
    entry.size, entry.exact = 77, True
    listing.merge([item("a", is_read=False)], ())
    assert (listing.entries["a"].size, listing.entries["a"].exact) == (77, True)
    listing.merge([item("a", change_key="k2")], ())
    assert not listing.entries["a"].exact
    assert listing.entries["a"].size > 1000


def test_dates_that_no_calendar_holds_still_give_a_name() -> None:
    first = int((datetime(1, 1, 1, tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())
    listing = Listing(ZoneInfo("America/New_York"))
    listing.merge([item("a", when_ns=first * 1_000_000_000)], ())
    assert listing.entries["a"].name.endswith("Quarterly report.eml")


@given(st.lists(st.tuples(st.text(max_size=40), st.booleans()), max_size=12))
def test_every_item_is_found_again_under_its_name(titles: list[tuple[str, bool]]) -> None:
    listing = Listing(timezone.utc)
    items = [
        item(f"id{n}", title, given_name=title if is_given and names.is_usable(title) else None)
        for n, (title, is_given) in enumerate(titles)
    ]
    listing.merge(items, ())
    assert len({names.key(e.name) for e in listing.entries.values()}) == len(items)
    for entry in listing.entries.values():
        assert listing.file(entry.name) is entry
        assert 0 < len(entry.name.encode()) <= 255


def test_entries_from_the_index_come_back_as_they_were() -> None:
    first = listed(item("a"), item("b", has_attachments=True))
    again = Listing(BERLIN, entries=[replace(e) for e in first.entries.values()])
    assert again.entries == first.entries
    assert again.merge([item("a"), item("b", has_attachments=True)], ()) == []


def test_a_renamed_entry_answers_to_its_new_name_alone() -> None:
    listing = listed(item("a", given_name="foo.eml"))
    entry: Entry = listing.entries["a"]
    listing.rename(entry, "bar.eml")
    assert listing.file("foo.eml") is None
    assert listing.file("bar.eml") is entry
    assert not listing.is_taken("FOO.EML")


def test_a_document_has_the_name_of_its_file_and_no_attachment_folder() -> None:
    listing = listed(item("a", "report.pdf", kind=Kind.DOCUMENT), item("b", given_name="report.eml"))
    assert listing.file("report.pdf") is listing.entries["a"]
    assert listing.file("report.eml") is listing.entries["b"]
    assert listing.attachment_folder("report.attachments") is None
    listing.merge([item("b", given_name="report.eml", has_attachments=True)], ())
    assert listing.attachment_folder("report.attachments") is listing.entries["b"]
    listing.remove("a")
    assert listing.attachment_folder("report.attachments") is listing.entries["b"]


def test_two_documents_of_one_name_keep_their_ending() -> None:
    listing = listed(item("a", "report.pdf", kind=Kind.DOCUMENT), item("b", "Report.pdf", kind=Kind.DOCUMENT))
    assert listing.entries["b"].name == f"Report ~{names.short_hash('b')}.pdf"


def test_the_ending_tells_which_files_can_be_of_a_kind() -> None:
    assert [kind.fits("a.ICS") for kind in Kind] == [kind in (Kind.EVENT, Kind.TASK) for kind in Kind]
    assert [kind.fits("a.pdf") for kind in Kind] == [kind is Kind.DOCUMENT for kind in Kind]
    assert [kind.fits("ics") for kind in Kind] == [kind is Kind.DOCUMENT for kind in Kind]
