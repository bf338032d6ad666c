"""Creating, updating, deleting, sending and moving."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ewsfs.ews import (
    UTC,
    Account,
    Attendee,
    CalendarItem,
    Contact,
    DistributionList,
    EWSDate,
    EWSDateTime,
    FileAttachment,
    HTMLBody,
    Mailbox,
    MeetingCancellation,
    MeetingRequest,
    MeetingResponse,
    Message,
    PostItem,
    Task,
)
from ewsfs.ews.indexed import PhoneNumber, PhysicalAddress
from ewsfs.ews.items import SEND_ONLY_TO_ALL, SEND_ONLY_TO_CHANGED, SEND_TO_ALL_AND_SAVE_COPY
from ewsfs.sandbox import Sandbox
from tests.reference.conftest import connect


def test_the_life_of_an_item(account: Account, sandbox: Sandbox) -> None:
    item = CalendarItem(folder=account.calendar, subject="foo")
    item.start = UTC.localize(EWSDateTime(2026, 3, 1, 10))
    item.end = UTC.localize(EWSDateTime(2026, 3, 1, 11))
    item.required_attendees = ["anne@example.test"]
    item.save()
    assert item.item_id
    assert item.changekey
    item.save(send_meeting_invitations=SEND_ONLY_TO_ALL)
    assert connect(sandbox, "anne").inbox.filter(subject="foo").count() == 1

    item.subject = "bar"
    print(CalendarItem.FIELDS)
    item.save()
    item.save(update_fields=["subject"])
    item.save(send_meeting_invitations=SEND_ONLY_TO_CHANGED)
    assert account.calendar.get(subject="bar").item_id == item.item_id
    item.delete(send_meeting_cancellations=SEND_ONLY_TO_ALL)
    assert account.calendar.all().count() == 0


def test_an_item_without_times_can_be_made(account: Account) -> None:
    item = CalendarItem(folder=account.calendar, subject="foo")
    item.save()
    assert item.item_id
    item.delete()


def test_ways_to_get_rid_of_an_item(account: Account) -> None:
    account.trash.all().delete()
    one, two, three = (Message(folder=account.drafts, subject=f"foo {number}").save() for number in range(3))
    one.soft_delete()
    two.move_to_trash()
    three.move(account.trash)
    assert account.drafts.all().count() == 0
    assert account.trash.all().count() == 2


def test_moving_gives_another_id(account: Account) -> None:
    item = Message(folder=account.drafts, subject="foo").save()
    item.move(account.inbox)
    assert account.inbox.get(subject="foo").item_id == item.item_id
    item.copy(account.drafts)
    assert account.drafts.filter(subject="foo").exists()


def test_sending_without_a_copy(account: Account, sandbox: Sandbox) -> None:
    m = Message(
        account=account,
        subject="Daily motivation",
        body="All bodies are beautiful",
        to_recipients=[Mailbox(email_address="anne@example.test"), Mailbox(email_address="bob@example.test")],
        cc_recipients=["carl@example.test", "john@example.test"],  # Simple strings work, too
        bcc_recipients=[Mailbox(email_address="erik@example.test"), "john@example.test"],  # Or a mix of both
    )
    m.send()
    assert account.sent.all().count() == 0
    for name in ("anne", "bob", "carl", "erik"):
        received = connect(sandbox, name).inbox.get(subject="Daily motivation")
        assert (received.body or "").strip() == "All bodies are beautiful"
        assert [mailbox.email_address for mailbox in received.to_recipients] == [
            "anne@example.test",
            "bob@example.test",
        ]
        received.delete()


def test_sending_with_a_copy(account: Account, sandbox: Sandbox) -> None:
    m = Message(
        account=account,
        folder=account.sent,
        subject="Daily motivation",
        body="All bodies are beautiful",
        to_recipients=[Mailbox(email_address="anne@example.test")],
    )
    m.send_and_save()
    assert account.sent.filter(subject="Daily motivation").count() == 1
    received = connect(sandbox, "anne").inbox.get(subject="Daily motivation")
    received.delete()


def test_sending_a_draft(account: Account, sandbox: Sandbox) -> None:
    m = Message(folder=account.drafts, subject="Draft", to_recipients=["anne@example.test"]).save()
    m.body = "done"
    m.send_and_save()
    assert account.drafts.all().count() == 0
    assert account.sent.get(subject="Draft").body == "done"
    connect(sandbox, "anne").inbox.get(subject="Draft").delete()


def test_html(account: Account) -> None:
    item = Message(folder=account.drafts, subject="html")
    item.body = HTMLBody("<html><body>Hello happy <blink>OWA user!</blink></body></html>")
    item.save()
    item.refresh()
    assert isinstance(item.body, HTMLBody)
    assert "OWA user" in item.body


def test_answers(account: Account, sandbox: Sandbox) -> None:
    anne = connect(sandbox, "anne")
    Message(
        account=account, subject="Question", body="?", to_recipients=["anne@example.test", "bob@example.test"]
    ).send()
    question = anne.inbox.get(subject="Question")
    question.reply(subject="Re: Question", body="Answer")
    question.reply_all(subject="All: Question", body="Answer")
    question.forward(subject="Fwd: Question", body="See", to_recipients=["carl@example.test"])
    assert {m.subject for m in account.inbox.all()} == {"Re: Question", "All: Question"}
    assert connect(sandbox, "bob").inbox.filter(subject="All: Question").exists()
    assert connect(sandbox, "carl").inbox.filter(subject="Fwd: Question").exists()
    for name in ("anne", "bob", "carl"):
        connect(sandbox, name).inbox.all().delete()


def test_answering_invitations(account: Account, sandbox: Sandbox) -> None:
    anne = connect(sandbox, "anne")
    for number, answer in enumerate(("accept", "decline", "tentatively_accept")):
        item = CalendarItem(
            folder=account.calendar,
            subject=f"Meeting {number}",
            start=UTC.localize(EWSDateTime(2026, 3, 1, 10)),
            end=UTC.localize(EWSDateTime(2026, 3, 1, 11)),
            required_attendees=["anne@example.test"],
        )
        item.save(send_meeting_invitations="SendToAllAndSaveCopy")
        request = anne.inbox.get(subject__contains=f"Meeting {number}")
        getattr(request, answer)(body="I have decided")
        item.refresh()
        responses = {"accept": "Accept", "decline": "Decline", "tentatively_accept": "Tentative"}
        assert item.required_attendees[0].response_type == responses[answer]
        item.cancel(body="Called off")
    anne.inbox.all().delete()


@pytest.mark.parametrize("names", [["size"], ["subject", "datetime_received"]])
def test_what_only_the_server_sets_is_refused(account: Account, names: list[str], sandbox: Sandbox) -> None:
    item = Message(folder=account.drafts, subject="foo").save()
    before = sandbox.calls.total()
    with pytest.raises(ValueError, match=f"'{names[-1]}' is read-only"):
        item.save(update_fields=names)
    with pytest.raises(ValueError, match="'subjct'"):
        item.save(update_fields=["subjct"])
    assert sandbox.calls.total() == before


def test_only_what_was_changed_is_sent(account: Account) -> None:
    item = Message(folder=account.drafts, subject="foo", body="one", categories=["a"]).save()
    same = account.drafts.all().only("subject").get(subject="foo")
    same.subject = "bar"
    same.save()
    item.refresh()
    assert (item.subject, item.body, item.categories) == ("bar", "one", ["a"])


def test_a_change_that_was_not_sent_yet_is_sent_by_the_next_save(account: Account) -> None:
    item = Message(folder=account.drafts, subject="one", body="one").save()
    item.subject, item.body, item.categories = "two", "two", ["a"]
    item.save(update_fields=["subject"])
    assert item.changed_fields == ["body", "categories"]
    item.save()
    found = account.drafts.get(subject="two")
    assert (found.body, found.categories) == ("two", ["a"])


def test_a_list_that_is_held_while_the_item_is_saved_is_still_the_items(account: Account) -> None:
    item = Message(folder=account.drafts, subject="one", categories=["a"])
    categories = item.categories
    for added in ("b", "c"):  # after it was created, and after it was changed
        item.save()
        assert item.changed_fields == []
        categories.append(added)
        assert item.changed_fields == ["categories"]
        item.save()
    assert account.drafts.get(subject="one").categories == ["a", "b", "c"]


@pytest.mark.parametrize("way", ["only", "fetch", "sync"])
def test_a_list_that_was_not_fetched_is_not_replaced_by_what_is_added(account: Account, way: str) -> None:
    whole = Message(folder=account.drafts, subject="one", categories=["a", "b"]).save()
    if way == "only":
        item = account.drafts.all().only("subject")[0]
    elif way == "fetch":
        item = next(account.fetch([whole], only_fields=["subject"]))
    else:
        item = next(iter(account.drafts.sync_items(only_fields=["subject"]))).item
    item.categories.append("c")
    for names in (None, ["categories"], ["body"]):
        with pytest.raises(ValueError, match="was not fetched"):
            item.save(update_fields=names)
    item.categories = ["c"]  # all of it: that is meant
    item.save()
    item.save(update_fields=["categories", "subject"])
    assert whole.refresh().categories == ["c"]
    item.refresh()
    item.categories.append("d")
    item.save()
    assert whole.refresh().categories == ["c", "d"]


def test_a_number_is_added_to_those_that_were_not_fetched(account: Account) -> None:
    Contact(folder=account.contacts, display_name="x", phone_numbers={"CarPhone": "1"}).save()
    item = account.contacts.all().only("display_name")[0]
    item.phone_numbers.append(PhoneNumber(label="Pager", phone_number="2"))
    item.save()
    assert {one.label for one in account.contacts.get(display_name="x").phone_numbers} == {"CarPhone", "Pager"}


def test_an_attachment_in_the_list_of_a_saved_item_is_not_forgotten(account: Account) -> None:
    item = Message(folder=account.drafts, subject="one").save()
    item.attachments.append(FileAttachment(name="x.txt", content=b"x"))
    with pytest.raises(ValueError, match=r"'attachments' has 'x\.txt'.*use attach\(\)"):
        item.save()
    item.attachments.clear()
    item.attach(FileAttachment(name="x.txt", content=b"x"))
    item.subject = "two"
    item.save()
    assert [a.name for a in account.drafts.get(subject="two").attachments] == ["x.txt"]


@pytest.mark.parametrize("name", ["to_recipients", "cc_recipients", "author", "message_id", "references"])
def test_what_was_sent_stays_as_it_was(account: Account, sandbox: Sandbox, name: str) -> None:
    Message(account=account, subject="sent", to_recipients=["anne@example.test"]).send()
    received = connect(sandbox, "anne").inbox.get(subject="sent")
    setattr(received, name, ["x@example.test"] if name.endswith("recipients") else "x@example.test")
    before = sandbox.calls.total()
    with pytest.raises(ValueError, match=f"'{name}' can't be changed any more"):
        received.save()
    assert sandbox.calls.total() == before
    received.refresh()
    received.categories = ["read"]
    received.save()
    received.delete()


def test_a_soft_deleted_item_can_be_recovered(account: Account) -> None:
    item = Message(folder=account.drafts, subject="recover me").save()
    item.soft_delete()
    deletions = account.default_folder("recoverableitemsdeletions")
    found = deletions.get(subject="recover me")
    found.move(account.drafts)
    assert account.drafts.get(subject="recover me").item_id == found.item_id


def test_the_messages_about_meetings(account: Account, sandbox: Sandbox) -> None:
    anne = connect(sandbox, "anne")
    start = UTC.localize(EWSDateTime(2026, 3, 1, 10))
    item = CalendarItem(
        folder=account.calendar,
        subject="Planning",
        start=start,
        end=start + timedelta(hours=1),
        location="Room 1",
        required_attendees=[Attendee(mailbox=Mailbox(email_address="anne@example.test"), response_type="Accept")],
        optional_attendees=["bob@example.test"],
    )
    item.save(send_meeting_invitations=SEND_TO_ALL_AND_SAVE_COPY)
    request = anne.inbox.get(subject__contains="Planning")
    assert isinstance(request, MeetingRequest)
    assert (request.start, request.end, request.location) == (start, start + timedelta(hours=1), "Room 1")
    assert [one.mailbox.email_address for one in request.required_attendees if one.mailbox] == ["anne@example.test"]
    assert [one.mailbox.email_address for one in request.optional_attendees if one.mailbox] == ["bob@example.test"]
    request.tentatively_accept(body="perhaps")
    response = account.inbox.get(subject__contains="Planning")
    assert isinstance(response, MeetingResponse)
    assert response.response_type == "Tentative"
    anne.inbox.all().delete()
    item.refresh()
    item.delete(send_meeting_cancellations=SEND_ONLY_TO_ALL)
    cancellation = anne.inbox.get(subject__contains="Planning")
    assert isinstance(cancellation, MeetingCancellation)
    for name in ("anne", "bob"):
        connect(sandbox, name).inbox.all().delete()
        connect(sandbox, name).calendar.all().delete()


def test_changed_attendees_alone_are_told(account: Account, sandbox: Sandbox) -> None:
    item = CalendarItem(
        folder=account.calendar,
        subject="Planning",
        start=UTC.localize(EWSDateTime(2026, 3, 1, 10)),
        end=UTC.localize(EWSDateTime(2026, 3, 1, 11)),
        required_attendees=["anne@example.test"],
    )
    item.save(send_meeting_invitations=SEND_ONLY_TO_ALL)
    item.required_attendees.append(Attendee(mailbox=Mailbox(email_address="bob@example.test")))
    item.save(send_meeting_invitations=SEND_ONLY_TO_CHANGED)
    assert connect(sandbox, "anne").inbox.all().count() == 1
    assert connect(sandbox, "bob").inbox.all().count() == 1
    item.delete()
    for name in ("anne", "bob"):
        connect(sandbox, name).inbox.all().delete()
        connect(sandbox, name).calendar.all().delete()


def test_every_kind_of_item_has_its_fields(account: Account) -> None:
    contact = Contact(
        folder=account.contacts,
        display_name="Ada",
        phone_numbers={"CarPhone": "123", "HomePhone": "456"},
        email_addresses={"EmailAddress1": "ada@example.com"},
        physical_addresses=[PhysicalAddress(label="Home", street="Elm Street", city="Oslo", country="Norway")],
        birthday=EWSDate(1815, 12, 10),
    ).save()
    contact.refresh()
    assert contact.phone_numbers["CarPhone"].phone_number == "123"
    assert contact.email_addresses["EmailAddress1"].email == "ada@example.com"
    assert contact.physical_addresses["Home"].city == "Oslo"
    assert contact.birthday == EWSDate(1815, 12, 10)
    people = DistributionList(folder=account.contacts, display_name="Team", members=["ada@example.com"]).save()
    people.refresh()
    assert [member.mailbox.email_address for member in people.members if member.mailbox] == ["ada@example.com"]
    task = Task(folder=account.tasks, subject="x", due_date=EWSDate(2026, 3, 1), status=Task.IN_PROGRESS).save()
    task.refresh()
    assert (task.due_date, task.status) == (EWSDate(2026, 3, 1), "InProgress")
    post = PostItem(folder=account.inbox, subject="posted", body="for all").save()
    post.refresh()
    assert (post.subject, post.body, type(post)) == ("posted", "for all", PostItem)
    for item in (contact, people, task, post):
        item.delete()
