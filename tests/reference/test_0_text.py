"""Every code block of the reference, cut out of its text and run, statement by statement, against a sandbox.

What is changed before a block runs stands in `BLOCKS`, and nothing else is: the name of the import; what the text
leaves to the reader (servers, an item that is there, `...`); and its slips. What is lazy, a query set or a generator,
is read to its end, and must bring no errors. No block is left out.
"""

from __future__ import annotations

import ast
import logging
import os
import re
import socket
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import CodeType
from typing import Any

import dns.resolver
import pytest
import urllib3.util.connection

import ewsfs.ews
from ewsfs.ews import Account, Configuration, Credentials, EWSDateTime, EWSError, EWSTimeZone, QuerySet
from ewsfs.ews.protocol import BaseProtocol
from ewsfs.sandbox import Sandbox
from tests.conftest import SHARED

REFERENCE = SHARED / "reference" / "ews-client-library-readme.rst"
COPENHAGEN = EWSTimeZone.timezone("Europe/Copenhagen")
USERS = {"myusername": "topsecret", "bar": "topsecret", "john": "topsecret", "mary": "topsecret", "anne": "1"}
PLACEHOLDERS = (("exchangelib", "ewsfs.ews"), ("example.com", "example.test"))
"""What is another one in every block: the name of the package, and a domain in which the sandbox's users are."""


@dataclass
class Block:
    """What a block of the reference needs.

    given: what the text takes for granted, as Python that runs before. placeholders: what stands there for something
    of the reader's. slips: what the text gets wrong. before: what has to be there again when a statement runs that the
    text gives as another way to do the same. after: what must hold in the end.
    """

    given: str = ""
    placeholders: dict[str, str] = field(default_factory=dict)
    slips: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    after: str = ""


BLOCKS: dict[str, list[Block]] = {
    "Setup and connecting": [
        Block(
            after=(
                "assert johns_account.primary_smtp_address == 'john@example.test'\n"
                "assert still_marys_account.primary_smtp_address == 'mary@example.test'\n"
                "assert account.protocol.service_endpoint == 'https://mail.example.test/EWS/Exchange.asmx'\n"
                "assert BaseProtocol.HTTP_ADAPTER_CLS is NoVerifyHTTPAdapter"
            ),
        )
    ],
    "Folders": [
        Block(
            given=(
                "root = account.root\n"
                "some_folder = account.inbox / 'some_folder'\n"
                "assert account.inbox.refresh().child_folder_count == 1"
            ),
            slips={"self.account.inbox": "account.inbox"},  # cut out of a test class
            after="assert [f.name for f in account.inbox.children] == ['some_folder']\nassert '├── ' in root.tree()",
        )
    ],
    "Dates, datetimes and timezones": [
        Block(
            after=(
                "assert two_hours == timedelta(hours=2)\n"
                "assert localized_dt.replace(tzinfo=UTC).isoformat() == '2017-09-05T08:30:00+00:00'\n"
                "assert right_now_in_utc.tzinfo == UTC and also_today == right_now.date()"
            )
        )
    ],
    "Creating, updating, deleting, sending and moving": [
        Block(
            given="a = account",
            before={  # the text deletes one item in five ways
                "item.delete(send_meeting": "item.save()",
                "item.soft_delete()": "item.save()",
                "item.move_to_trash()": "item.save()",
                "item.move(account.trash)": "item.save()",
            },
            after=(
                "assert account.trash.all().count() == 2\n"
                "assert item.folder == account.trash\n"
                "assert [m.subject for m in account.sent.all()] == ['Daily motivation']\n"
                "item.save(); item.refresh(); assert isinstance(item.body, HTMLBody)"
            ),
        )
    ],
    "Bulk operations": [
        Block(
            given=(
                "drafts = [Message(subject='x', to_recipients=['anne@example.test'])]\n"
                "message_ids = account.bulk_create(account.drafts, drafts)\n"
                "Message(folder=account.inbox, subject='Invoice 1').save()"
            ),
            placeholders={"account.other_calendar": "Folder(parent=account.calendar, name='Other').save()"},
            slips={"updated_ids = account.bulk_create(": "updated_ids = account.bulk_update("},
            before={
                "new_ids = account.bulk_send": "moved_ids = new_ids",
                "delete_results = ": "calendar_ids = moved_ids",  # the move has given them new ones
            },
            after=(
                "assert len(return_ids) == len(updated_ids) == 10 and new_ids == [True]\n"
                "assert delete_results == [True] * 10\n"
                "assert not account.inbox.all().exists()"
            ),
        )
    ],
    "Searching": [
        Block(
            given=(
                "my_folder = my_huge_folder = account.inbox / 'some_folder'\n"
                "my_calendar, my_contacts = account.calendar, account.contacts\n"
                "year, month, day = 2016, 3, 20\n"
                "dt = dt1 = tz.localize(EWSDateTime(year, month, day, 12)); dt2 = dt + timedelta(days=1)\n"
                "Message(folder=my_folder, subject='x').save()\n"
                "CalendarItem(folder=account.calendar, subject='foo', categories=['foo', 'bar'], start=dt,"
                " end=dt + timedelta(hours=1)).save()\n"
                "Contact(folder=my_contacts, subject='x', phone_numbers={'CarPhone': '1'}).save()"
            ),
            placeholders={"[34298]": "[3]"},
            before={
                "item = my_folder.get": (
                    "for n in range(4): Message(folder=my_folder, subject='unique_string'[n:]).save()"
                ),
            },
            after=(
                "assert all_subjects and ids_as_dict[0]['item_id'] and len(values_as_list[0]) == 2\n"
                "assert item.subject == 'foo' and n == 4 and not folder_is_empty\n"
                "assert status_report == [True]"
            ),
        )
    ],
    "Extended properties": [
        Block(
            given="my_folder = account.inbox",
            placeholders={"CalendarItem(..., ": "CalendarItem(folder=account.calendar, "},
            after=(
                "assert item.folder == account.calendar and my_folder.refresh().size is not None\n"
                "Folder.deregister('size')"
            ),
        )
    ],
    "Attachments": [
        Block(
            given=(
                "my_folder = account.inbox\n"
                "message = Message(folder=account.drafts, subject='logo').save()\n"
                "item = Message(folder=my_folder, subject='kept')\n"
                "item.attach(FileAttachment(name='kept.txt', content=b'kept'))\n"
                "item.attach(ItemAttachment(name='kept', item=Message(subject='inside', body='x')))\n"
                "item.save()\n"
                "Path('logo.png').write_bytes(b'logo')"
            ),
            placeholders={
                "'/tmp'": "os.getcwd()",
                " Message(...)": " Message(folder=account.drafts, subject='x')",
                "CalendarItem(...)": "CalendarItem(subject='y', start=dt, end=dt + timedelta(hours=1))",
            },
            after=(
                "assert Path('kept.txt').read_bytes() == b'kept'\n"
                "item.refresh()\n"
                "assert [a.name for a in item.attachments] == ['my_appointment', 'my_other_file.txt']"
            ),
        )
    ],
    "Recurring calendar items": [
        Block(
            given="a = account",
            before={  # the text makes the item and doesn't say that it has to be saved
                "for i in a.calendar.filter": "item.save(); end = start + timedelta(days=4*3*7)",
            },
            after="assert a.calendar.view(start, start + timedelta(days=4*3*7)).count() == 7",
        )
    ],
    "Out of Facility": [
        Block(
            given="a = account",
            placeholders={"EWSDateTime(2017, ": "EWSDateTime(2117, "},  # it was still to come when that was written
            after="assert a.oof_settings.state == OofSettings.DISABLED",
        )
    ],
    "Troubleshooting": [
        Block(after="account.inbox.refresh()"),
        Block(),
    ],
}


def cut() -> list[tuple[str, int, str]]:
    """The code blocks of the reference: the title of the section, the number of the line before, the text."""
    if not REFERENCE.is_file():
        return []
    lines = REFERENCE.read_text(encoding="utf-8").splitlines()
    found, title, number = [], "", 0
    while number < len(lines):
        if re.fullmatch(r"\^{3,}", lines[number]):
            title = lines[number - 1].strip()
        number += 1
        if lines[number - 1].startswith(".. code-block::"):
            begin = number
            while number < len(lines) and (not lines[number].strip() or lines[number].startswith("    ")):
                number += 1
            found.append((title, begin, textwrap.dedent("\n".join(lines[begin:number])).rstrip()))
    return found


CUT = cut()
TAKEN = [(title, sum(one[0] == title for one in CUT[:place])) for place, (title, _, _) in enumerate(CUT)]


def mended(text: str, block: Block) -> str:
    """The block as it runs. Each change must have something to change, so that none is left over."""
    for old, new in PLACEHOLDERS:
        text = text.replace(old, new)
    for old, new in {**block.placeholders, **block.slips}.items():
        assert old in text, f"{old!r} isn't in the reference"
        assert old.count("\n") == new.count("\n"), "the lines keep their numbers"
        text = text.replace(old, new)
    return text


def statements(text: str, before: int) -> Iterator[tuple[str, CodeType, str | None]]:
    """Each statement: its source, its code (with the line numbers of the reference), the name it assigns to.

    A bare expression is assigned to "_".
    """
    for node in ast.parse("\n" * before + text).body:
        name = None
        source = ast.get_source_segment("\n" * before + text, node) or ""
        if isinstance(node, ast.Expr):
            name = "_"
            target = ast.copy_location(ast.Name(name, ast.Store()), node)
            node = ast.fix_missing_locations(ast.copy_location(ast.Assign([target], node.value), node))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        yield source, compile(ast.Module([node], []), str(REFERENCE), "exec"), name


def run(text: str, line: int, block: Block, names: dict[str, Any]) -> None:
    """Run a block of the reference in a namespace."""
    exec(block.given, names)  # noqa: S102 - from the table above
    waiting = dict(block.before)
    for source, code, name in statements(mended(text, block), line):
        for start in [start for start in waiting if source.startswith(start)]:
            exec(waiting.pop(start), names)  # noqa: S102 - from the table above
        exec(code, names)  # noqa: S102 - the reference is what's tested
        value = names.get(name or "")
        if isinstance(value, (QuerySet, Iterator, list)):
            failed = [one for one in value if isinstance(one, EWSError)]
            assert not failed, f"{source}: {failed}"
    assert not waiting, f"not in the reference: {waiting}"
    exec(block.after, names)  # noqa: S102 - from the table above


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(users=USERS, aliases={"alias_for_mary": "mary"}, tls=True) as sandbox:
        yield sandbox


@pytest.fixture
def account(running: Sandbox, network: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Account:
    """John's mailbox with empty folders, and a subfolder that the examples have."""
    credentials = Credentials("john", "topsecret")
    config = Configuration(service_endpoint=running.endpoint, credentials=credentials)
    found = Account("john@example.test", config=config)
    folders = (found.inbox, found.calendar, found.contacts, found.drafts, found.sent, found.tasks, found.trash)
    for folder in folders:
        folder.all().delete()
        for below in folder.children:
            below.delete()
    inside = ewsfs.ews.Folder(parent=found.inbox, name="some_folder").save()
    for name in ("sub_folder", "even_deeper", "leaf"):
        inside = ewsfs.ews.Folder(parent=inside, name=name).save()
    monkeypatch.chdir(tmp_path)
    return found


@pytest.fixture
def network(running: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every name of example.test leads to the sandbox, which has a certificate for them."""
    port = int(running.endpoint.split(":")[2].split("/")[0])
    create = socket.create_connection

    def connect(address: tuple[str, int], *args: object, **settings: object) -> socket.socket:
        if address[0] not in ("example.test", "mail.example.test", "127.0.0.1"):
            raise ConnectionRefusedError(f"nobody is {address[0]}")
        connection = create(("127.0.0.1", port), 5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as urllib3 would
        return connection

    def nothing(*args: object, **settings: object) -> None:
        raise dns.resolver.NXDOMAIN

    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)
    monkeypatch.setattr(dns.resolver, "resolve", nothing)
    monkeypatch.setattr(BaseProtocol, "HTTP_ADAPTER_CLS", BaseProtocol.HTTP_ADAPTER_CLS)  # a block sets another
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.certificate))


@pytest.fixture
def logging_kept() -> Iterator[None]:
    """Logging as before, afterwards; without handlers for now, as in a program that just began."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.skipif(not CUT, reason="the reference isn't beside the checkout's shared folder")
def test_every_block_is_run() -> None:
    assert len(CUT) == sum(len(blocks) for blocks in BLOCKS.values()) == 12
    assert {title for title, _, _ in CUT} == set(BLOCKS)


@pytest.mark.parametrize(("title", "place"), TAKEN or [pytest.param("", 0, marks=pytest.mark.skip("no reference"))])
def test_block(title: str, place: int, account: Account, logging_kept: None, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {"account": account, "os": os, "Path": Path, "timedelta": timedelta, "tz": COPENHAGEN}
    names["dt"] = COPENHAGEN.localize(EWSDateTime(2026, 3, 1, 10))
    # The first block imports for all of them; what it doesn't import, the others take for granted.
    names.update({name: getattr(ewsfs.ews, name) for name in ewsfs.ews.__all__})
    _, line, text = [one for one in CUT if one[0] == title][place]
    run(text, line, BLOCKS[title][place], names)
