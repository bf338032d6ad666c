"""Troubleshooting: what goes over the wire, shown; and what a class says of itself."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from ewsfs.ews import Account, CalendarItem, Configuration, Credentials, Message
from ewsfs.ews.util import PrettyXmlHandler
from ewsfs.sandbox import Sandbox
from tests.reference.conftest import USERS


@pytest.fixture
def shown() -> Iterator[io.StringIO]:
    """What a program that shows the XML would have on its screen."""
    stream = io.StringIO()
    handler = PrettyXmlHandler(stream)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def test_requests_and_replies_are_shown(account: Account, shown: io.StringIO) -> None:
    Message(folder=account.inbox, subject="Spring & autumn").save()
    text = shown.getvalue()
    assert "Request CreateItem to http" in text
    assert "Reply to CreateItem" in text
    assert "\n        <t:Message>\n          <t:Subject>Spring &amp; autumn</t:Subject>" in text
    assert "<m:ResponseCode>NoError</m:ResponseCode>" in text


@pytest.mark.parametrize("auth_type", ["basic", "NTLM"])
def test_passwords_are_never_shown(auth_type: str, sandbox: Sandbox, shown: io.StringIO) -> None:
    credentials = Credentials(username="john", password=USERS["john"])
    config = Configuration(service_endpoint=sandbox.endpoint, credentials=credentials, auth_type=auth_type)
    account = Account(primary_smtp_address=sandbox.address("john"), config=config)
    account.inbox.all().count()
    assert "FindItem" in shown.getvalue()
    assert USERS["john"] not in shown.getvalue()
    assert "Authorization" not in shown.getvalue()


def test_what_a_class_says_of_itself() -> None:
    print(CalendarItem.__doc__)
    assert "https://learn.microsoft.com/exchange/client-developer/web-service-reference/calendaritem" in str(
        CalendarItem.__doc__
    )
