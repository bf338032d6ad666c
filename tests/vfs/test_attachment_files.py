"""Attachment folders through the filesystem: copying in, saving over, removing, restoring."""

from __future__ import annotations

import errno
import os
from email.message import EmailMessage

import pytest

from ewsfs.sandbox import Sandbox
from ewsfs.vfs import FileSystem
from ewsfs.vfs.writing.journal import State
from tests.mount.driver import wait_for
from tests.vfs.conftest import MAIL, Open, names_in, read, refused, write

NAME = "/Inbox/letter.eml"
FOLDER = "/Inbox/letter.attachments"


@pytest.fixture
def letter(fs: FileSystem) -> FileSystem:
    """A filesystem with one letter, and an attachment folder for it."""
    write(fs, NAME, MAIL)
    fs.mkdir(FOLDER)
    return fs


def save_over(fs: FileSystem, path: str, data: bytes) -> None:
    folder, _, name = path.rpartition("/")
    write(fs, f"{folder}/.{name}.a1B2c3", data)
    fs.rename(f"{folder}/.{name}.a1B2c3", path)


def test_a_file_copied_in_is_attached(letter: FileSystem, open_fs: Open) -> None:
    write(letter, f"{FOLDER}/figures.csv", b"1,2,3\n")
    assert names_in(letter, FOLDER) == ["figures.csv"]
    assert read(letter, f"{FOLDER}/figures.csv") == b"1,2,3\n"
    other = open_fs("other machine")
    assert names_in(other, "/Inbox") == ["letter.attachments", "letter.eml"]
    assert read(other, f"{FOLDER}/figures.csv") == b"1,2,3\n"
    assert b"figures.csv" in read(other, NAME)


@pytest.mark.parametrize("way", ["in place", "beside", "emptied", "backup"])
def test_saving_over_an_attachment(letter: FileSystem, open_fs: Open, way: str) -> None:
    path = f"{FOLDER}/figures.csv"
    write(letter, path, b"1,2,3\n")
    if way == "beside":
        save_over(letter, path, b"4,5,6,7\n")
    else:
        if way == "backup":
            letter.rename(path, f"{path}~")
            handle = letter.create(path, os.O_WRONLY)
        else:
            handle = letter.open(path, os.O_WRONLY | (os.O_TRUNC if way == "emptied" else 0))
        handle.write(b"4,5,6,7\n", 0)
        handle.flush()
        handle.release()
        if way == "backup":
            letter.unlink(f"{path}~")
    assert names_in(letter, FOLDER) == ["figures.csv"]
    assert read(letter, path) == b"4,5,6,7\n"
    letter.close()
    other = open_fs("other machine")
    assert names_in(other, FOLDER) == ["figures.csv"]
    assert read(other, path) == b"4,5,6,7\n"


def test_removing_one(letter: FileSystem, open_fs: Open) -> None:
    for name in ("one.txt", "two.txt"):
        write(letter, f"{FOLDER}/{name}", name.encode())
    letter.unlink(f"{FOLDER}/one.txt")
    assert names_in(letter, FOLDER) == ["two.txt"]
    letter.close()
    assert names_in(open_fs("other machine"), FOLDER) == ["two.txt"]


def test_rm_r_of_a_folder_keeps_messages_whole(sandbox: Sandbox, fs: FileSystem, open_fs: Open) -> None:
    fs.mkdir("/Inbox/Sub")
    write(fs, "/Inbox/Sub/letter.eml", MAIL)
    fs.mkdir("/Inbox/Sub/letter.attachments")
    write(fs, "/Inbox/Sub/letter.attachments/one.txt", b"1")
    fs.unlink("/Inbox/Sub/letter.attachments/one.txt")
    fs.rmdir("/Inbox/Sub/letter.attachments")
    fs.unlink("/Inbox/Sub/letter.eml")
    fs.rmdir("/Inbox/Sub")
    fs.close()
    assert sandbox.calls.count("DeleteAttachment") == 0
    assert read(open_fs("other machine"), "/Deleted Items/letter.attachments/one.txt") == b"1"


def test_the_folder_of_a_letter_just_removed_can_still_be_removed(fs: FileSystem) -> None:
    write(fs, NAME, MAIL)
    fs.mkdir(FOLDER)
    write(fs, f"{FOLDER}/one.txt", b"1")
    fs.unlink(NAME)
    assert names_in(fs, "/Inbox") == []
    assert names_in(fs, FOLDER) == []
    fs.rmdir(FOLDER)
    with refused(errno.ENOENT):
        fs.rmdir(FOLDER)


def test_a_folder_that_comes_before_its_letter(fs: FileSystem, open_fs: Open) -> None:
    fs.mkdir(FOLDER)
    write(fs, f"{FOLDER}/one.txt", b"1")
    save_over(fs, f"{FOLDER}/two.txt", b"22")
    assert names_in(fs, "/Inbox") == ["letter.attachments"]
    assert names_in(fs, FOLDER) == ["one.txt", "two.txt"]
    assert read(fs, f"{FOLDER}/two.txt") == b"22"
    write(fs, NAME, MAIL)
    wait_for(lambda: fs.status()["pending"] == 0, "the attachments")
    other = open_fs("other machine")
    assert names_in(other, FOLDER) == ["one.txt", "two.txt"]
    assert read(other, f"{FOLDER}/two.txt") == b"22"
    assert names_in(fs, FOLDER) == ["one.txt", "two.txt"]


def test_what_is_handed_in_twice_is_attached_once(fs: FileSystem, sandbox: Sandbox) -> None:
    fs.mkdir(FOLDER)
    write(fs, f"{FOLDER}/one.txt", b"1")
    (waiting,) = fs._spool.in_state(State.READY)
    write(fs, NAME, MAIL)
    wait_for(lambda: fs.status()["pending"] == 0, "the attachment")
    sandbox.calls.reset()
    fs._settler.finish_owed(waiting)
    assert sandbox.calls.count("CreateAttachment") == 0


def test_a_folder_whose_letter_never_comes_keeps_its_files_as_unsaved(fs: FileSystem, open_fs: Open) -> None:
    fs.mkdir(FOLDER)
    write(fs, f"{FOLDER}/one.txt", b"1")
    fs.close()
    again = open_fs()
    (kept,) = names_in(again, "/.ewsfs/unsaved")
    assert read(again, f"/.ewsfs/unsaved/{kept}") == b"1"


def test_restoring_what_is_there_sends_nothing(letter: FileSystem, sandbox: Sandbox) -> None:
    path = f"{FOLDER}/one.txt"
    write(letter, path, b"1")
    before = sandbox.calls.count("CreateAttachment")
    save_over(letter, path, b"1")
    letter.utimens(path, 10**18)
    assert sandbox.calls.count("CreateAttachment") == before
    assert names_in(letter, FOLDER) == ["one.txt"]


def test_moves_between_attachments_and_folders_are_left_to_copying(letter: FileSystem) -> None:
    write(letter, f"{FOLDER}/one.eml", MAIL)
    write(letter, "/Inbox/other.eml", MAIL)
    with refused(errno.EXDEV):
        letter.rename(f"{FOLDER}/one.eml", "/Inbox/one.eml")
    with refused(errno.EXDEV):
        letter.rename("/Inbox/other.eml", f"{FOLDER}/other.eml")
    with refused(errno.EPERM):
        letter.rename(FOLDER, "/Inbox/elsewhere.attachments")


def test_saving_a_letter_over_takes_the_attachments_from_its_bytes(letter: FileSystem, open_fs: Open) -> None:
    write(letter, f"{FOLDER}/one.txt", b"1")
    bytes_now = read(letter, NAME)
    save_over(letter, NAME, bytes_now.replace(b"a letter", b"a new letter"))
    assert names_in(letter, FOLDER) == ["one.txt"]
    assert read(open_fs("other machine"), f"{FOLDER}/one.txt") == b"1"


def test_a_contact_keeps_its_bytes_and_its_time_when_something_is_attached(fs: FileSystem) -> None:
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob Builder\r\nN:Builder;Bob;;;\r\nX-ANYTHING:else\r\nEND:VCARD\r\n"
    write(fs, "/Contacts/bob.vcf", card)
    fs.utimens("/Contacts/bob.vcf", 10**18)
    before = fs.getattr("/Contacts/bob.vcf")
    fs.mkdir("/Contacts/bob.attachments")
    write(fs, "/Contacts/bob.attachments/plan.txt", b"plan")
    assert read(fs, "/Contacts/bob.vcf") == card
    assert (fs.getattr("/Contacts/bob.vcf").mtime_ns, fs.getattr("/Contacts/bob.vcf").size) == (10**18, before.size)
    fs.unlink("/Contacts/bob.attachments/plan.txt")
    assert read(fs, "/Contacts/bob.vcf") == card


def test_an_attached_message_keeps_its_bytes_over_remounts(letter: FileSystem, open_fs: Open, sandbox: Sandbox) -> None:
    message = MAIL.replace(b"Hello Ada,", b"Hello Ada, as before,")
    write(letter, f"{FOLDER}/Greetings.eml", message)
    letter.close()
    again = open_fs()
    sandbox.calls.reset()
    assert read(again, f"{FOLDER}/Greetings.eml") == message
    assert sandbox.calls.count("GetAttachment") == 0


def test_attachments_of_one_name_are_called_the_same_everywhere(fs: FileSystem) -> None:
    message = EmailMessage()
    message["Subject"] = "Three scans"
    message.set_content("See attached.")
    for number in range(3):
        message.add_attachment(bytes([number]), maintype="application", subtype="pdf", filename="scan.pdf")
    write(fs, NAME, message.as_bytes())
    write(fs, "/Inbox/copy.eml", message.as_bytes())
    assert len(set(names_in(fs, FOLDER))) == 3
    assert names_in(fs, FOLDER) == names_in(fs, "/Inbox/copy.attachments")


def test_names_that_differ_in_their_ending_alone_stay_as_they_are(fs: FileSystem, open_fs: Open) -> None:
    message = EmailMessage()
    message["Subject"] = "Figures"
    message.set_content("See attached.")
    for ending in ("xlsx", "pdf"):
        message.add_attachment(b"1", maintype="application", subtype="octet-stream", filename=f"figures.{ending}")
    write(fs, NAME, message.as_bytes())
    fs2 = open_fs()
    for each in (fs, fs2):
        assert sorted(names_in(each, FOLDER)) == ["figures.pdf", "figures.xlsx"]
    write(fs, f"{FOLDER}/figures.txt", b"1")
    assert sorted(names_in(open_fs(), FOLDER)) == ["figures.pdf", "figures.txt", "figures.xlsx"]


def test_an_attachment_is_as_old_as_the_file_that_it_was(letter: FileSystem, open_fs: Open) -> None:
    path, renamed = f"{FOLDER}/plan.txt", f"{FOLDER}/plan 2.txt"
    write(letter, f"{FOLDER}/.plan.txt.a1B2c3", b"one")
    letter.utimens(f"{FOLDER}/.plan.txt.a1B2c3", 10**18)
    letter.rename(f"{FOLDER}/.plan.txt.a1B2c3", path)
    assert letter.getattr(path).mtime_ns == 10**18
    save_over(letter, path, b"two")
    assert letter.getattr(path).mtime_ns > letter.getattr(NAME).mtime_ns
    letter.utimens(path, 10**18 + 1)
    assert letter.getattr(path).mtime_ns == 10**18 + 1
    letter.rename(path, renamed)
    assert letter.getattr(renamed).mtime_ns == 10**18 + 1
    letter.close()
    assert open_fs().getattr(renamed).mtime_ns == 10**18 + 1
    other = open_fs("elsewhere")
    assert other.getattr(renamed).mtime_ns == other.getattr(NAME).mtime_ns


def test_what_somebody_else_replaced_has_another_time(letter: FileSystem, open_fs: Open) -> None:
    """LibreOffice and editors tell by it that they would overwrite what is theirs."""
    path = f"{FOLDER}/plan.txt"
    write(letter, path, b"one")
    other = open_fs("elsewhere", ttl=0.0)
    before = other.getattr(path).mtime_ns
    assert other.getattr(path).mtime_ns == before == letter.getattr(NAME).mtime_ns
    save_over(letter, path, b"two")
    names_in(other, "/Inbox")
    after = other.getattr(path).mtime_ns
    assert after > before
    assert read(other, path) == b"two"
    write(letter, f"{FOLDER}/more.txt", b"more")
    names_in(other, "/Inbox")
    assert names_in(other, FOLDER) == ["more.txt", "plan.txt"]
    assert other.getattr(path).mtime_ns == after


def test_what_waits_for_a_letter_waits_for_the_one_that_takes_its_place(open_fs: Open, sandbox: Sandbox) -> None:
    fs = open_fs(write_back=True, write_back_seconds=3600.0)
    write(fs, NAME, MAIL)
    fs.close()
    fs = open_fs(write_back=True, write_back_seconds=3600.0)
    fs.mkdir(FOLDER)
    write(fs, f"{FOLDER}/one.txt", b"1")
    fs.unlink(NAME)
    assert names_in(fs, FOLDER) == ["one.txt"]
    write(fs, NAME, MAIL)
    fs.close()
    assert open_fs().status()["unsaved"] == 0
    assert read(open_fs("other machine"), f"{FOLDER}/one.txt") == b"1"


def test_one_that_somebody_else_replaced_is_opened_as_it_is_now(letter: FileSystem, open_fs: Open) -> None:
    write(letter, f"{FOLDER}/notes.txt", b"one")
    here = open_fs("other machine", ttl=3600.0)
    assert names_in(here, FOLDER) == ["notes.txt"]
    write(letter, f"{FOLDER}/notes.txt", b"another")
    letter.unlink(f"{FOLDER}/notes.txt")
    write(letter, f"{FOLDER}/notes.txt", b"the last")
    assert read(here, f"{FOLDER}/notes.txt") == b"the last"


def test_one_that_somebody_else_removed_is_gone_when_it_is_opened(letter: FileSystem, open_fs: Open) -> None:
    for name in ("notes.txt", "other.txt"):
        write(letter, f"{FOLDER}/{name}", b"one")
    here = open_fs("other machine", ttl=3600.0)
    assert names_in(here, FOLDER) == ["notes.txt", "other.txt"]
    letter.unlink(f"{FOLDER}/notes.txt")
    letter.close()
    with refused(errno.ENOENT):
        read(here, f"{FOLDER}/notes.txt")
    assert names_in(here, FOLDER) == ["other.txt"]
