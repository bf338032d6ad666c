"""Sending a message once: whatever is cut off, and wherever the process is killed."""

from __future__ import annotations

import errno

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem, VfsError
from ewsfs.vfs.control.sending import Sender
from ewsfs.vfs.remote import OutcomeUnknown
from tests.vfs.conftest import MAIL, make_account, names_in, read, refused

ID = "0123456789abcdef"


@pytest.fixture
def sender(fs: FileSystem) -> Sender:
    return Sender(fs._remote, fs._catalog, pause=0.01)


def subjects(sandbox: Sandbox, folder: str) -> list[str]:
    """What is in a default folder of the sender, as another client sees it."""
    return sorted(getattr(make_account(sandbox), folder).all().values_list("subject", flat=True))


def sent_once(sandbox: Sandbox) -> bool:
    """The message is in Sent Items and, since Ada is its recipient, once in her inbox; no draft is left."""
    return (subjects(sandbox, "sent"), subjects(sandbox, "inbox"), subjects(sandbox, "drafts")) == (
        ["Greetings"],
        ["Greetings"],
        [],
    )


def not_sent(sandbox: Sandbox) -> bool:
    return subjects(sandbox, "sent") == subjects(sandbox, "inbox") == []


def test_a_message_is_sent_with_a_copy_in_sent_items(sender: Sender, sandbox: Sandbox, fs: FileSystem) -> None:
    assert names_in(fs, "/Sent Items") == []
    assert not sender.was_sent(ID)
    sender.send(MAIL, ID)
    assert sent_once(sandbox)
    assert sender.was_sent(ID)
    (name,) = names_in(fs, "/Sent Items")
    assert b"this is a letter" in read(fs, f"/Sent Items/{name}")


def test_sending_costs_two_requests(sender: Sender, sandbox: Sandbox) -> None:
    sandbox.calls.reset()
    sender.send(MAIL, ID)
    counted = {name: sandbox.calls.count(name) for name in ("CreateItem", "SendItem", "FindItem", "GetItem")}
    assert counted == {"CreateItem": 1, "SendItem": 1, "FindItem": 0, "GetItem": 0}


def test_blind_recipients_get_it_and_are_not_told(sender: Sender, sandbox: Sandbox) -> None:
    sender.send(MAIL.replace(b"To: Ada", b"Bcc: Ada"), ID)
    assert sent_once(sandbox)
    (received,) = make_account(sandbox).inbox.all().only("bcc_recipients")
    assert not received.bcc_recipients


@pytest.mark.parametrize("fault", ["drop", "drop-after", "cut"])
@pytest.mark.parametrize("operation", ["CreateItem", "SendItem"])
def test_a_connection_that_is_cut_sends_it_once(sender: Sender, sandbox: Sandbox, operation: str, fault: str) -> None:
    sandbox.faults.add(f"{operation}:{fault}:1")
    sender.send(MAIL, ID)
    assert sent_once(sandbox)


@pytest.mark.parametrize("operation", ["CreateItem", "SendItem"])
@pytest.mark.parametrize("fault", ["drop", "drop-after", "503", "busy"])
def test_what_was_cut_off_for_good_is_finished_later_and_once(
    sender: Sender, sandbox: Sandbox, operation: str, fault: str
) -> None:
    begun: list[bool] = []
    sandbox.faults.add(f"{operation}:{fault}:1")
    sandbox.faults.add("FindItem:drop")
    with pytest.raises(VfsError) as caught:
        sender.send(MAIL, ID, on_begin=lambda: begun.append(True))
    assert caught.value.number in (errno.EAGAIN, errno.EHOSTUNREACH)
    sandbox.faults.clear()
    sender._remote._offline_until = 0.0
    sender.send(MAIL, ID, again=True, begun=bool(begun))
    assert sent_once(sandbox)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["create_draft", "send_draft"])
def test_a_process_killed_at_any_step_sends_it_once_when_it_comes_back(
    sender: Sender, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    begun: list[bool] = []
    real = getattr(sender._remote, step)

    def die(*arguments: object) -> None:
        if when == "after":
            real(*arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sender._remote, step, die)
        with pytest.raises(Killed):
            sender.send(MAIL, ID, on_begin=lambda: begun.append(True))
    sender.send(MAIL, ID, again=True, begun=bool(begun))
    assert sent_once(sandbox)
    sender.send(MAIL, ID, again=True, begun=True)
    assert sent_once(sandbox)


def test_a_sent_message_that_was_removed_since_is_not_sent_again(sender: Sender, sandbox: Sandbox) -> None:
    sender.send(MAIL, ID)
    (copy,) = make_account(sandbox).sent.all().only("subject")
    copy.move_to_trash()
    sender.send(MAIL, ID, again=True, begun=True)
    (trashed,) = make_account(sandbox).trash.all().only("subject")
    trashed.delete()
    with refused(errno.EPERM):
        sender.send(MAIL, ID, again=True, begun=True)
    assert subjects(sandbox, "inbox") == ["Greetings"]


def test_a_message_that_vanishes_while_it_is_sent_is_not_sent_again(
    sender: Sender, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def vanish(item_id: str, change_key: str, folder_id: str) -> None:
        sender._remote.delete_item(item_id, to_trash=False)
        raise OutcomeUnknown(errno.EAGAIN, "cut off")

    monkeypatch.setattr(sender._remote, "send_draft", vanish)
    with refused(errno.EPERM):
        sender.send(MAIL, ID)
    assert not_sent(sandbox)


def test_a_draft_that_somebody_changes_meanwhile_is_sent_as_it_is_now(
    sender: Sender, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change() -> None:
        (draft,) = make_account(sandbox).drafts.all().only("subject")
        draft.subject = "Better"
        draft.save(update_fields=["subject"])

    sender.send(MAIL, ID, on_begin=change)
    assert subjects(sandbox, "sent") == subjects(sandbox, "inbox") == ["Better"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"hello", "header fields"),
        (b"Subject: nobody\r\n\r\nbody", "To, Cc and Bcc name no address"),
        (b"To: undisclosed-recipients:;\r\n\r\nbody", "To, Cc and Bcc name no address"),
    ],
)
def test_what_cannot_be_sent_is_refused_without_asking(sender: Sender, sandbox: Sandbox, data: bytes, why: str) -> None:
    sandbox.calls.reset()
    with pytest.raises(VfsError, match=why) as caught:
        sender.send(data, ID)
    assert caught.value.number == errno.EINVAL
    assert sandbox.calls.count("CreateItem") == 0


def test_a_message_that_the_server_refuses_leaves_no_draft(sender: Sender, sandbox: Sandbox) -> None:
    with pytest.raises(VfsError) as caught:
        sender.send(MAIL.replace(b"To: Ada <ada@example.test>", b'To: "a b"@'), ID)
    assert caught.value.number == errno.EINVAL
    assert subjects(sandbox, "drafts") == []
    assert not_sent(sandbox)
