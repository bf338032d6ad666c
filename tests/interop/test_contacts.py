"""Contacts, distribution lists, tasks, and the address book."""

from __future__ import annotations

from decimal import Decimal

import pytest
from exchangelib import Account, Contact, DistributionList, EWSDate, EWSDateTime, EWSTimeZone, FileAttachment, Task
from exchangelib.errors import ErrorNameResolutionNoResults
from exchangelib.indexed_properties import EmailAddress, PhoneNumber, PhysicalAddress
from exchangelib.properties import Mailbox, Member
from exchangelib.recurrence import DailyPattern, MonthlyRegeneration, TaskRecurrence

from ewsfs.sandbox.sample import files

UTC = EWSTimeZone("UTC")


@pytest.fixture
def contact(account: Account) -> Contact:
    return Contact(
        account=account,
        folder=account.contacts,
        given_name="Birgit",
        middle_name="K.",
        surname="Winther",
        display_name="Birgit Winther",
        nickname="Mum",
        initials="BW",
        generation="Sr.",
        company_name="Winther & Daughters",
        job_title="Retired",
        department="Garden",
        office="Shed 2",
        manager="Henrik",
        profession="Teacher",
        spouse_name="Henrik",
        children=["Ada", "Kaspar"],
        business_homepage="https://home.example.net/",
        birthday=EWSDate(1956, 9, 8),
        wedding_anniversary=EWSDate(1982, 6, 19),
        body="Knows everything by Tuesday.",
        categories=["Family"],
        email_addresses=[
            EmailAddress(label="EmailAddress1", email="birgit@home.example.net"),
            EmailAddress(label="EmailAddress2", email="mum@home.example.net"),
        ],
        phone_numbers=[
            PhoneNumber(label="HomePhone", phone_number="+45 55 55 01 25"),
            PhoneNumber(label="MobilePhone", phone_number="+45 20 55 01 25"),
        ],
        physical_addresses=[
            PhysicalAddress(label="Home", street="Strandvejen 44", city="Helsingør", country="Danmark", zipcode="3000"),
            PhysicalAddress(label="Business", street="Havnegade 1", city="København", state="Region H"),
        ],
    ).save()


def test_a_contact_comes_back_as_it_was_made(account: Account, contact: Contact) -> None:
    found = account.contacts.get(id=contact.id)
    for name in (
        "given_name", "middle_name", "surname", "display_name", "nickname", "initials", "generation", "company_name",
        "job_title", "department", "office", "manager", "profession", "spouse_name", "children", "birthday",
        "wedding_anniversary", "business_homepage", "categories", "email_addresses", "phone_numbers",
    ):  # fmt: skip
        assert getattr(found, name) == getattr(contact, name), name
    assert found.body == "Knows everything by Tuesday."
    assert found.complete_name.full_name
    assert {address.label: address.city for address in found.physical_addresses} == {
        "Home": "Helsingør",
        "Business": "København",
    }
    assert found.has_picture is False
    assert b"BEGIN:VCARD" in found.mime_content


def test_one_telephone_of_several_is_asked_for_and_changed(account: Account, contact: Contact) -> None:
    (found,) = account.contacts.all().only("phone_numbers__HomePhone")
    assert [number.phone_number for number in found.phone_numbers] == ["+45 55 55 01 25"]
    streets = account.contacts.all().values_list("physical_addresses__Home__street", flat=True)
    assert list(streets) == ["Strandvejen 44"]
    contact.phone_numbers = [PhoneNumber(label="HomePhone", phone_number="+45 1")]
    contact.save(update_fields=["phone_numbers"])
    numbers = {n.label: n.phone_number for n in account.contacts.get(id=contact.id).phone_numbers}
    assert numbers["HomePhone"] == "+45 1"


def test_contacts_are_sorted_and_found_by_indexed_properties(account: Account, contact: Contact) -> None:
    Contact(
        account=account,
        folder=account.contacts,
        surname="Aaby",
        display_name="Aaby",
        physical_addresses=[PhysicalAddress(label="Home", street="Aagade 1")],
    ).save()
    ordered = account.contacts.all().order_by("physical_addresses__Home__street").values_list("surname", flat=True)
    assert list(ordered) == ["Aaby", "Winther"]
    found = account.contacts.filter(phone_numbers__HomePhone="+45 55 55 01 25")
    assert [item.surname for item in found] == ["Winther"]
    assert account.contacts.filter(email_addresses__EmailAddress2__contains="mum@").count() == 1
    assert account.contacts.filter(surname__startswith="W").count() == 1


def test_a_picture_comes_with_a_contact(account: Account, contact: Contact) -> None:
    picture = files.portrait(5)
    contact.attach(FileAttachment(name="ContactPicture.jpg", content=picture, is_contact_photo=True))
    found = account.contacts.get(id=contact.id)
    assert found.has_picture
    assert found.attachments[0].content == picture


def test_a_distribution_list_keeps_its_members(account: Account, contact: Contact) -> None:
    made = DistributionList(
        account=account,
        folder=account.contacts,
        display_name="Family",
        members=[
            Member(mailbox=Mailbox(name="Birgit", email_address="birgit@home.example.net", mailbox_type="OneOff")),
            Member(mailbox=Mailbox(name="Kaspar", email_address="kaspar@example.net", mailbox_type="OneOff")),
        ],
    ).save()
    found = account.contacts.get(id=made.id)
    assert isinstance(found, DistributionList)
    assert [member.mailbox.email_address for member in found.members] == [
        "birgit@home.example.net",
        "kaspar@example.net",
    ]
    kinds = sorted(type(item).__name__ for item in account.contacts.all())
    assert kinds == ["Contact", "DistributionList"]


class TestTasks:
    def test_a_task_comes_back_as_it_was_made(self, account: Account) -> None:
        made = Task(
            account=account,
            folder=account.tasks,
            subject="File tax return",
            body="Receipts are in the folder.",
            start_date=EWSDate(2025, 3, 1),
            due_date=EWSDate(2025, 5, 1),
            percent_complete=Decimal("0.25") * 100,
            status="InProgress",
            importance="High",
            categories=["Home"],
            actual_work=30,
            total_work=120,
            companies=["Fjord Energy"],
            contacts=["Birgit"],
            mileage="12 km",
            billing_information="none",
            reminder_is_set=True,
            reminder_due_by=EWSDateTime(2025, 4, 30, 8, tzinfo=UTC),
        ).save()
        found = account.tasks.get(id=made.id)
        for name in (
            "subject", "body", "start_date", "due_date", "percent_complete", "status", "importance", "categories",
            "actual_work", "total_work", "companies", "contacts", "mileage", "billing_information",
        ):  # fmt: skip
            assert getattr(found, name) == getattr(made, name), name
        assert (found.is_complete, found.is_recurring) == (False, False)
        assert found.reminder_due_by == made.reminder_due_by
        assert found.complete_date is None

    def test_a_task_is_completed(self, account: Account) -> None:
        task = Task(account=account, folder=account.tasks, subject="Buy star anise").save()
        task.complete()
        found = account.tasks.get(id=task.id)
        assert (found.status, found.percent_complete, found.is_complete) == ("Completed", 100, True)
        assert found.complete_date is not None
        assert account.tasks.filter(is_complete=True).count() == 1

    @pytest.mark.parametrize("pattern", [DailyPattern(interval=2), MonthlyRegeneration(interval=3)], ids=str)
    def test_a_task_comes_again(self, account: Account, pattern: object) -> None:
        made = Task(
            account=account,
            folder=account.tasks,
            subject="Again",
            due_date=EWSDate(2025, 5, 1),
            start_date=EWSDate(2025, 5, 1),
            recurrence=TaskRecurrence(pattern=pattern, start=EWSDate(2025, 5, 1), number=4),
        ).save()
        found = account.tasks.get(id=made.id)
        assert found.is_recurring
        assert type(found.recurrence.pattern) is type(pattern)
        assert found.recurrence.pattern.interval == pattern.interval  # type: ignore[attr-defined]  # no types
        assert (found.recurrence.boundary.start, found.recurrence.boundary.number) == (EWSDate(2025, 5, 1), 4)


class TestNames:
    @pytest.fixture(autouse=True)
    def greeted(self, account: Account) -> None:
        """The version of the server is known, which resolve_names takes for granted."""
        assert account.protocol.version

    def test_a_user_is_resolved(self, account: Account) -> None:
        (found,) = account.protocol.resolve_names(names=["ben"])
        assert found.email_address == "ben@example.test"
        (found,) = account.protocol.resolve_names(names=["ben@example.test"], return_full_contact_data=True)
        mailbox, contact = found
        assert mailbox.email_address == "ben@example.test"
        assert contact is None or contact.display_name

    def test_a_contact_is_resolved(self, account: Account, contact: Contact) -> None:
        found = account.protocol.resolve_names(names=["Birgit"], parent_folders=[account.contacts])
        assert "birgit@home.example.net" in {mailbox.email_address for mailbox in found}

    def test_nobody_is_resolved(self, account: Account) -> None:
        (nobody,) = account.protocol.resolve_names(names=["nobody at all"])
        assert isinstance(nobody, ErrorNameResolutionNoResults)
