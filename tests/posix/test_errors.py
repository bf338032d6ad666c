"""What a server refuses, as the errno of a system call: the whole table, and the codes that a program can meet.

The errnos below are written by hand, from what each code means (EWS reference: ResponseCode) and what a program makes
of each errno (errno(3)).
"""

from __future__ import annotations

import errno
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timezone
from pathlib import Path
from typing import NamedTuple

import pytest

from ewsfs.ews import errors as ews
from ewsfs.ews import response_codes
from ewsfs.sandbox import Sandbox
from ewsfs.vfs import Settings, open_filesystem
from ewsfs.vfs.errors import CODES, translate
from tests.mount.conftest import BINDINGS, why_not
from tests.mount.driver import ADDRESS, PASSWORD, USER, Home, Mount
from tests.mount.logs import Checker
from tests.mount.soap import Server
from tests.posix.calls import Calls, OsCalls, VfsCalls, attempt, content, put
from tests.schema import SCHEMA, required_schema
from tests.vfs.conftest import make_account

MAIL = b"Subject: Greetings\r\n\r\nHello Ada,\r\nthis is a letter.\r\n"

# -- the table ---------------------------------------------------------------------------------------------------


def codes_of_the_schema() -> set[str]:
    required_schema()
    return set(re.findall(r'value="(Error\w+)"', SCHEMA.read_text(encoding="utf-8")))


def test_a_response_code_is_of_one_family() -> None:
    listed = [code for codes in response_codes.FAMILIES.values() for code in codes.split()]
    assert len(listed) == len(set(listed))


def test_every_response_code_has_an_errno_with_a_name() -> None:
    for code in codes_of_the_schema() | {c for codes in response_codes.FAMILIES.values() for c in codes.split()}:
        number = translate(ews.response_error(code, "a reason")).number
        assert number in errno.errorcode, code
        assert number != errno.EIO, code
        if ews.is_known(code):  # EREMOTEIO says no more than that the server failed
            assert number != errno.EREMOTEIO, code


def test_exceptions_from_the_families_are_of_codes_that_there_are() -> None:
    assert set(CODES) <= codes_of_the_schema()


def test_every_error_of_the_library_has_an_errno_with_a_name() -> None:
    def tree(root: type[ews.EWSError]) -> Iterator[type[ews.EWSError]]:
        yield root
        for below in root.__subclasses__():
            yield from tree(below)

    for kind in tree(ews.EWSError):
        assert translate(kind("a reason")).number != errno.EIO, kind


# -- from real calls ---------------------------------------------------------------------------------------------


class Ground(NamedTuple):
    """System calls on a mailbox whose server can be told to refuse."""

    sandbox: Sandbox
    server: Server
    calls: Calls
    waits_for_busy: bool


@contextmanager
def _without_fuse(sandbox: Sandbox, folder: Path) -> Iterator[Calls]:
    settings = Settings(ADDRESS, folder, ttl=0.0, timezone=timezone.utc, retry_seconds=3600)
    filesystem = open_filesystem(lambda: make_account(sandbox), settings)
    try:
        yield VfsCalls(filesystem)
    finally:
        filesystem.close()


@contextmanager
def _mounted(sandbox: Sandbox, folder: Path, checker: Checker) -> Iterator[Calls]:
    binding = next((name for name in BINDINGS if why_not(name) is None), None)
    if binding is None:
        pytest.skip("; ".join(reason for reason in map(why_not, BINDINGS) if reason))
    with Mount(Home(folder, binding), checker, sandbox.endpoint, "--ttl", "0").mounted() as mount:
        yield OsCalls(mount.path)


@pytest.fixture(scope="module", params=["vfs", pytest.param("mount", marks=pytest.mark.mount)])
def refusing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, checker: Checker
) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("refusing")
    is_mount = request.param == "mount"
    password = PASSWORD if is_mount else "secret"
    with Sandbox(users={USER: password}) as sandbox, Server(sandbox.endpoint, ADDRESS, password) as server:
        made = _mounted(sandbox, folder, checker) if is_mount else _without_fuse(sandbox, folder)
        with made as calls:
            yield Ground(sandbox, server, calls, waits_for_busy=is_mount)


_numbers = itertools.count(1)

Deed = Callable[[Calls], object]
Preparation = Callable[[Ground], tuple[Calls, Deed]]


def _in_a_folder(ground: Ground) -> Calls:
    name = f"Inbox/refused {next(_numbers)}"
    ground.calls.mkdir(name)
    return ground.calls.below(name)


def reading(ground: Ground) -> tuple[Calls, Deed]:
    """open(2) of a message that was never opened before."""
    subject = f"unread {next(_numbers)}"
    ground.server.add_messages(ground.server.folder("inbox"), [MAIL.replace(b"Greetings", subject.encode())])
    calls = ground.calls.below("Inbox")
    (name,) = [name for name in calls.names() if name.endswith(f" {subject}.eml")]
    return calls, lambda calls: content(calls, name)


def creating(ground: Ground) -> tuple[Calls, Deed]:
    """close(2) of a new message."""
    return _in_a_folder(ground), lambda calls: put(calls, "letter.eml", MAIL)


def removing(ground: Ground) -> tuple[Calls, Deed]:
    calls = _in_a_folder(ground)
    put(calls, "letter.eml", MAIL)
    return calls, lambda calls: calls.unlink("letter.eml")


def renaming(ground: Ground) -> tuple[Calls, Deed]:
    calls = _in_a_folder(ground)
    put(calls, "letter.eml", MAIL)
    return calls, lambda calls: calls.rename("letter.eml", "new.eml")


def moving(ground: Ground) -> tuple[Calls, Deed]:
    calls = _in_a_folder(ground)
    put(calls, "letter.eml", MAIL)
    calls.mkdir("elsewhere")
    return calls, lambda calls: calls.rename("letter.eml", "elsewhere/letter.eml")


def making_a_folder(ground: Ground) -> tuple[Calls, Deed]:
    return _in_a_folder(ground), lambda calls: calls.mkdir("new")


def removing_a_folder(ground: Ground) -> tuple[Calls, Deed]:
    calls = _in_a_folder(ground)
    calls.mkdir("old")
    return calls, lambda calls: calls.rmdir("old")


def renaming_a_folder(ground: Ground) -> tuple[Calls, Deed]:
    calls = _in_a_folder(ground)
    calls.mkdir("old")
    return calls, lambda calls: calls.rename("old", "new")


def moving_a_folder(ground: Ground) -> tuple[Calls, Deed]:
    calls = _in_a_folder(ground)
    calls.mkdir("old")
    calls.mkdir("elsewhere")
    return calls, lambda calls: calls.rename("old", "elsewhere/old")


REFUSALS: dict[tuple[Preparation, str], str] = {
    (reading, "GetItem"): """
        ErrorItemNotFound ENOENT, ErrorInvalidIdMalformed ENOENT, ErrorAccessDenied EACCES, ErrorAccountDisabled EACCES,
        ErrorPasswordExpired EACCES, ErrorItemCorrupt EBADMSG, ErrorCorruptData EBADMSG, ErrorVirusDetected EPERM,
        ErrorContentConversionFailed EBADMSG, ErrorMessageSizeExceeded EFBIG, ErrorInternalServerError EREMOTEIO,
        ErrorServerBusy EAGAIN, ErrorMailboxStoreUnavailable EAGAIN, ErrorMailboxMoveInProgress EAGAIN,
        ErrorTimeoutExpired EAGAIN""",
    (creating, "CreateItem"): """
        ErrorQuotaExceeded EDQUOT, ErrorMessagePerFolderCountReceiveQuotaExceeded EDQUOT,
        ErrorInvalidPropertySet EINVAL,
        ErrorMessageSizeExceeded EFBIG, ErrorRequestStreamTooBig EFBIG, ErrorCreateItemAccessDenied EACCES,
        ErrorMimeContentInvalid EINVAL, ErrorItemSavePropertyError EINVAL, ErrorFolderNotFound ENOENT,
        ErrorVirusMessageDeleted EPERM, ErrorUnsupportedMimeConversion ENOTSUP, ErrorInsufficientResources EAGAIN,
        ErrorServerBusy EAGAIN""",
    (removing, "DeleteItem"): """
        ErrorAccessDenied EACCES, ErrorCannotDeleteObject EPERM, ErrorMailboxStoreUnavailable EAGAIN""",
    (renaming, "UpdateItem"): """
        ErrorAccessDenied EACCES, ErrorIrresolvableConflict ESTALE, ErrorStaleObject ESTALE,
        ErrorObjectTypeChanged ESTALE,
        ErrorInvalidPropertyUpdateSentMessage EINVAL, ErrorQuotaExceeded EDQUOT""",
    (moving, "MoveItem"): """
        ErrorAccessDenied EACCES, ErrorCrossMailboxMoveCopy EXDEV, ErrorToFolderNotFound ENOENT,
        ErrorQuotaExceeded EDQUOT,
        ErrorMoveCopyFailed EREMOTEIO""",
    (making_a_folder, "CreateFolder"): """
        ErrorFolderExists EEXIST, ErrorCreateSubfolderAccessDenied EACCES, ErrorFolderSaveFailed EINVAL,
        ErrorQuotaExceeded EDQUOT, ErrorParentFolderNotFound ENOENT""",
    (removing_a_folder, "DeleteFolder"): """
        ErrorAccessDenied EACCES, ErrorDeleteDistinguishedFolder EPERM, ErrorCannotDeleteObject EPERM""",
    (renaming_a_folder, "UpdateFolder"): """
        ErrorAccessDenied EACCES, ErrorFolderExists EEXIST, ErrorFolderSavePropertyError EINVAL""",
    (moving_a_folder, "MoveFolder"): """
        ErrorAccessDenied EACCES, ErrorMoveDistinguishedFolder EPERM, ErrorFolderExists EEXIST,
        ErrorCrossMailboxMoveCopy EXDEV""",
}

CASES = [
    pytest.param(prepare, operation, *case.split(), id=f"{prepare.__name__}-{case.split()[0]}")
    for (prepare, operation), cases in REFUSALS.items()
    for case in cases.split(",")
]


@pytest.mark.parametrize(("prepare", "operation", "code", "expected"), CASES)
def test_what_the_server_refuses_is_told_by_its_errno(
    refusing: Ground, log: Checker, prepare: Preparation, operation: str, code: str, expected: str
) -> None:
    log.expect(r"letter\.eml was not saved", r"letter\.eml still waits to be saved")
    if refusing.waits_for_busy and expected == "EAGAIN":
        pytest.skip("a mount waits for a busy server first")
    calls, deed = prepare(refusing)
    before = calls.names()
    refusing.sandbox.faults.add(f"{operation}:{code}")
    try:
        assert attempt(lambda: deed(calls)) == expected
    finally:
        refusing.sandbox.faults.clear()
    if prepare is not creating and expected not in ("ENOENT", "EEXIST"):
        assert calls.names() == before, "what was refused has changed something"
        assert not isinstance(attempt(lambda: deed(calls)), str), "it can't be done even when it is allowed"
