"""What a program may do wrong, and is told in words that help; and what else it may do with an account."""

from __future__ import annotations

import copy
import os
import pickle
import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from ewsfs.ews import (
    Account,
    CalendarItem,
    Configuration,
    Credentials,
    FileAttachment,
    Message,
    QuerySet,
    errors,
    retry,
)
from ewsfs.ews.retry import FaultTolerance
from ewsfs.sandbox import Sandbox
from tests.ews.rogue import Call, Rogue


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"ada": "secret"}, auth=("basic",)) as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> Iterator[Account]:
    with connect(sandbox.endpoint) as made:
        yield made


def connect(endpoint: str, password: str = "secret", **settings: Any) -> Account:  # noqa: S107
    config = Configuration(service_endpoint=endpoint, credentials=Credentials("ada", password), **settings)
    return Account("ada@example.test", config=config)


NAIVE = datetime(2026, 3, 1)
MISTAKES: dict[str, tuple[Callable[[Any], object], str]] = {  # most of them mypy would tell too
    "filter": (lambda a: a.inbox.filter(sujbect="x"), "no field 'sujbect'; did you mean 'subject'"),
    "lookup": (lambda a: a.inbox.filter(subject__startwith="x"), "no lookup 'startwith'; did you mean 'startswith'"),
    "no lookup": (lambda a: a.inbox.filter(subject__zz="x"), "'subject' has no part or lookup 'zz'"),
    "only": (lambda a: a.inbox.all().only("sujbect"), "did you mean 'subject'"),
    "values": (lambda a: a.inbox.all().values("sujbect"), "did you mean 'subject'"),
    "order_by": (lambda a: a.inbox.all().order_by("-datetime_recieved"), "did you mean 'datetime_received'"),
    "update_fields": (lambda a: saved(a).save(update_fields=["sujbect"]), "did you mean 'subject'"),
    "one field": (lambda a: saved(a).save(update_fields="subject"), "in a list.*'subject'"),
    "one name": (lambda a: list(a.fetch(["x"], only_fields="subject")), "in a list.*'subject'"),
    "one id": (lambda a: a.bulk_delete("AAMk"), "in a list.*'AAMk'"),
    "one item": (lambda a: a.bulk_move(Message(item_id="x"), a.inbox), "items or their ids are wanted in a list"),
    "one ref": (lambda a: a.bulk_copy(a.bulk_create(a.drafts, [Message()])[0], a.inbox), "in a list.*ItemRef"),
    "one new item": (lambda a: a.bulk_create(a.drafts, Message()), "items are wanted in a list"),
    "no pairs": (lambda a: a.bulk_update([saved(a)]), "must be pairs of an item and names"),
    "naive": (lambda a: CalendarItem(start=NAIVE), "'start' needs a time zone"),
    "naive search": (lambda a: a.inbox.filter(datetime_received__gt=NAIVE), "'datetime_received' needs a time zone"),
    "naive view": (lambda a: a.calendar.view(NAIVE, NAIVE), "has no time zone"),
    "no account": (lambda a: Message(subject="x").save(), "has no 'account': make it with"),
    "get": (lambda a: a.inbox.get(subject="zz"), re.escape("like that: <QuerySet of Inbox: Q(subject__exact='zz')>")),
    "folder": (lambda a: a.inbox / "zz", "no folder 'zz' in '.*/Inbox'"),
    "server": (lambda a: Configuration(server="https://mail.example.com/"), "give a URL as 'service_endpoint'"),
    "config": (lambda a: Account("ada@example.com"), "say where the server is, or autodiscover=True"),
}


def saved(account: Account) -> Message:
    return Message(account=account, item_id="x", changekey="y")


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(account: Account, name: str) -> None:
    mistake, said = MISTAKES[name]
    with pytest.raises((ValueError, TypeError, errors.EWSError), match=said):
        mistake(account)


def test_a_wrong_password_a_wrong_address_and_nobody_there(sandbox: Sandbox) -> None:
    with pytest.raises(errors.Unauthorized, match="refuses the credentials"):
        _ = connect(sandbox.endpoint, "wrong").inbox
    with pytest.raises(errors.HTTPError, match=r"404: .*is it that of EWS"):
        _ = connect(sandbox.endpoint.replace("Exchange.asmx", "x")).inbox
    with pytest.raises(errors.TLSError, match=r"127\.0\.0\.1:\d+: the server speaks no TLS"):
        _ = connect(sandbox.endpoint.replace("http:", "https:")).inbox
    with pytest.raises(errors.Unreachable, match=r"127\.0\.0\.1:1: "):
        _ = connect("http://127.0.0.1:1/EWS/Exchange.asmx").inbox


def test_a_server_that_says_nothing_is_named() -> None:
    released = threading.Event()

    def silent(call: Call) -> None:
        released.wait(10)

    with Rogue(silent) as server:
        account = connect(server.endpoint, auth_type="basic", timeout=0.2)
        with pytest.raises(errors.Timeout, match=r"127\.0\.0\.1:\d+: no answer in 0\.2 seconds"):
            _ = account.inbox
        released.set()


def test_what_is_printed_is_short() -> None:
    attachment = FileAttachment(name="x", content=b"x" * 10_000_000)
    assert len(repr(attachment)) < 400
    assert "[10000000]" in repr(attachment)
    assert len(repr(Message(body="y" * 100_000, subject="z"))) < 400


def test_an_account_is_closed_at_the_end_of_the_block(sandbox: Sandbox) -> None:
    with connect(sandbox.endpoint, timeout=7) as account:
        inbox = account.inbox
    for use in (inbox.refresh, lambda: list(inbox.all()), lambda: next(account.listen([inbox]))):
        with pytest.raises(errors.Closed):
            use()
    assert connect(sandbox.endpoint, timeout=7).inbox == inbox


def test_what_belongs_to_an_account_can_be_pickled_and_copied(account: Account) -> None:
    message = Message(folder=account.drafts, subject="x").save()
    for made in (account, account.drafts, message, account.drafts.filter(subject="x")):
        twin = pickle.loads(pickle.dumps(made))  # noqa: S301 - our own
        assert type(twin) is type(made)
    assert isinstance(twin, QuerySet)
    assert [found.item_id for found in twin] == [message.item_id]
    assert twin[0].account is not account
    assert twin[0].account.protocol is account.protocol  # in the same process they go on sharing the connections
    copied = copy.deepcopy(message)
    assert copied.account is account
    assert copied == message
    copied.delete()


def test_a_child_process_has_connections_of_its_own(account: Account) -> None:
    count = account.inbox.refresh().total_count
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - not measured there
        try:
            os.write(writing, str(account.inbox.refresh().total_count).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == str(count)
    os.waitpid(child, 0)
    assert account.inbox.refresh().total_count == count


def test_a_thread_that_waits_for_a_server_does_not_outlive_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = FaultTolerance(max_wait=3600).start("GetItem")
    assert retry.sleep.__module__ == "ewsfs.ews.retry"
    ended = threading.Thread()
    monkeypatch.setattr(threading, "main_thread", lambda: ended)
    error = errors.ServerUnavailable("busy", back_off=1000)
    assert tries.pause(error) is False  # at once: else this test takes a quarter of an hour
