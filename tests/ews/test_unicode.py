"""Any text, there and back: names, bodies, properties in every alphabet; and what XML can't carry, either way."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ewsfs.ews import Account, Configuration, Contact, Credentials, ExtendedProperty, FileAttachment, Folder, Message
from ewsfs.ews.properties import HTMLBody
from ewsfs.ews.xmlnames import ForbiddenCharacters
from ewsfs.sandbox import Sandbox

# Everything that has a place in one line of XML 1.0: no controls, no halves of pairs, no line ends of Unicode.
CHARACTERS = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufffe\uffff")
LINE = st.text(CHARACTERS, min_size=1, max_size=60).filter(lambda text: text == text.strip())
TEXT = st.lists(st.text(CHARACTERS, max_size=60), min_size=1, max_size=5).map("\r\n".join)
NAME = LINE.filter(lambda text: "/" not in text and "\\" not in text)


class Note(ExtendedProperty):
    property_set_id = "12345678-1234-1234-1234-123456781234"
    property_name = "Nøte \u5b57"
    property_type = "String"


class Notes(ExtendedProperty):
    property_set_id = "12345678-1234-1234-1234-123456781234"
    property_name = "Notes"
    property_type = "StringArray"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"ada": "secret"}) as running:
        yield running


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> Iterator[Account]:
    Message.register("note", Note)
    Message.register("notes_of_it", Notes)
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=Credentials("ada", "secret"))
    yield Account(sandbox.address("ada"), config=config)
    Message.deregister("note")
    Message.deregister("notes_of_it")


UNHURRIED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@UNHURRIED
@given(subject=LINE, body=TEXT, category=LINE, note=TEXT, notes=st.lists(LINE, min_size=1, max_size=3), name=NAME)
def test_any_text_of_a_message(
    subject: str, body: str, category: str, note: str, notes: list[str], name: str, account: Account
) -> None:
    message: Any = Message(
        folder=account.drafts, subject=subject, body=body, categories=[category], note=note, notes_of_it=notes
    )
    message.attach(FileAttachment(name=name, content=subject.encode()))
    message.save()
    found: Any = account.drafts.get(item_id=message.item_id)
    assert found.subject == subject
    assert found.body == body
    assert found.categories == [category]
    assert (found.note, found.notes_of_it) == (note, notes)
    assert found.attachments[0].name == name
    assert found.attachments[0].content == subject.encode()
    message.delete()


@UNHURRIED
@given(html=TEXT, name=NAME, display=LINE)
def test_any_text_of_others(html: str, name: str, display: str, account: Account) -> None:
    message = Message(folder=account.drafts, subject="x", body=HTMLBody(f"<p>{html}</p>")).save()
    message.refresh()
    assert isinstance(message.body, HTMLBody)
    message.delete()
    folder = Folder(parent=account.inbox, name=name).save()
    assert folder.refresh().name == name
    folder.delete()
    contact = Contact(folder=account.contacts, display_name=display, given_name=display).save()
    contact.refresh()
    assert (contact.display_name, contact.given_name) == (display, display)
    contact.delete()


def test_what_xml_cannot_carry_is_left_out_with_a_warning(account: Account) -> None:
    with pytest.warns(ForbiddenCharacters, match="2 characters"):
        message = Message(folder=account.drafts, subject="a\x00b\x0bc").save()
    message.refresh()
    assert message.subject == "abc"
    with warnings.catch_warnings():
        warnings.simplefilter("error", ForbiddenCharacters)
        Message(folder=account.drafts, subject="tab\tand \U0001f389").save()
    with pytest.warns(ForbiddenCharacters):
        assert account.drafts.filter(subject="a\ud800bc").count() == 1
    account.drafts.all().delete()


def test_what_a_server_should_not_send_breaks_nothing(account: Account, sandbox: Sandbox) -> None:
    """Forbidden characters and references to them, in every text of a reply: the batch is read, and whole."""
    account.bulk_create(folder=account.drafts, items=[Message(subject=f"number {n}", body="b") for n in range(20)])
    sandbox.faults.add("FindItem:badchars,GetItem:badchars,SyncFolderItems:badchars")
    try:
        assert len(list(account.drafts.all().only("subject"))) == 20
        found = sorted(message.subject or "" for message in account.drafts.all())
        assert found == sorted(f"number {n}" for n in range(20))
        assert len(list(account.drafts.sync_items(only_fields=["subject"]))) == 20
    finally:
        sandbox.faults.clear()
    account.drafts.all().delete()
