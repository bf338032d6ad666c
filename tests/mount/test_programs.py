"""Real programs on a real mount: however a file is saved, one item is left, with the content last saved.

Each save is looked at in three places: the mount that it was made through, a second mount that has nothing of it in
its cache, and the server itself, which is asked without any code of ours.
"""

from __future__ import annotations

import contextlib
import email.policy
import fcntl
import mmap
import os
import pty
import select
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.mount.conftest import MakeMount, mounts_of
from tests.mount.driver import PATIENCE, Home, Mount, SandboxProcess, tool, wait_for
from tests.mount.letters import nested
from tests.mount.logs import Checker

VIM = "vim" if shutil.which("vim") else "vim.tiny"
OLD, NEW = b"gauge 11", b"gauge 22"
MORE = b"and more\r\n"

CONTENTS = {
    "letter.eml": (
        b"From: Bob <bob@example.test>\r\nTo: Ada <ada@example.test>\r\nSubject: Tides\r\n"
        b"Date: Mon, 02 Mar 2026 09:15:00 +0000\r\nMessage-ID: <TOKEN@example.test>\r\n\r\n"
        b"Dear Ada,\r\nTOKEN: gauge 11\r\n" + b"the tide comes and goes\r\n" * 50
    ),
    "notes.txt": b"TOKEN\r\ngauge 11\r\n" + b"the tide comes and goes\r\n" * 50,
    "Bob.vcf": b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bob TOKEN\r\nN:TOKEN;Bob;;;\r\nNOTE:gauge 11\r\nEND:VCARD\r\n",
    "visit.ics": (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:TOKEN@example.test\r\n"
        b"DTSTAMP:20260301T080000Z\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\nSUMMARY:Visit\r\n"
        b"DESCRIPTION:gauge 11\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ),
}
PARENTS = {".eml": "Inbox", ".txt": "Inbox", ".vcf": "Contacts", ".ics": "Calendar"}
# What is kept as it was given, bit for bit, on the server too; of the others the server keeps the properties.
AS_GIVEN = (".eml", ".txt")
ALL = (*AS_GIVEN, ".vcf", ".ics")


@pytest.fixture(scope="module")
def shared(
    any_binding: str, tmp_path_factory: pytest.TempPathFactory, checker: Checker
) -> Iterator[tuple[SandboxProcess, MakeMount]]:
    """A mailbox that the tests of this module share, each in a folder of its own."""
    home = Home(tmp_path_factory.mktemp("programs"), any_binding)
    sandbox = SandboxProcess(home, checker)
    try:
        with mounts_of(home, checker) as make:
            yield sandbox, make
    finally:
        sandbox.stop()


@pytest.fixture(scope="module")
def server(shared: tuple[SandboxProcess, MakeMount]) -> SandboxProcess:
    return shared[0]


@pytest.fixture(scope="module")
def here(shared: tuple[SandboxProcess, MakeMount]) -> Iterator[Mount]:
    """The mount that programs work on."""
    sandbox, make = shared
    with make(sandbox).mounted() as mount:
        yield mount


@pytest.fixture(scope="module")
def elsewhere(shared: tuple[SandboxProcess, MakeMount]) -> Iterator[Mount]:
    """The mailbox as another machine sees it, which asks the server each time."""
    sandbox, make = shared
    with make(sandbox, "--ttl", "0", name="elsewhere", cache="cache-elsewhere").mounted() as mount:
        yield mount


# -- how programs save -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Save:
    """A way to make a file say something new.

    `run` gets the file on the mount, a local file of the same name with the new content, and a folder for odds and
    ends. `needs` is the program that it takes. `new` makes the content that is wanted from the old one; `suffixes` are
    the kinds of files that it is tried with; `beside` is what the names end in that the program leaves beside the
    file, on this machine only.
    """

    name: str
    run: Callable[[Path, Path, Path], object]
    needs: str = "sh"
    new: Callable[[bytes], bytes] = lambda old: old.replace(OLD, NEW)
    suffixes: tuple[str, ...] = AS_GIVEN
    beside: tuple[str, ...] = ()


def shell(script: str) -> Callable[[Path, Path, Path], object]:
    """A script in which `$1` is the file on the mount, `$2` the local one with the new content, `$3` the folder."""
    return lambda target, local, scratch: tool("sh", "-ec", script, "sh", target, local, scratch)


def vim(*settings: str) -> Callable[[Path, Path, Path], object]:
    # As people have it, with a swap file; but below /tmp, where tests are, it would make no backups.
    commands = [part for setting in ("backupskip=", *settings) for part in ("-c", f"set {setting}")]
    start = (VIM, "-N", "-u", "NONE", "-i", "NONE", "-es", *commands)
    return lambda target, local, scratch: tool(*start, "-c", "%s/gauge 11/gauge 22/", "-c", "wq", target)


def emacs(target: Path, local: Path, scratch: Path) -> None:
    # Below /tmp, where tests are, it would make no backups.
    script = (
        "(progn (setq backup-enable-predicate (lambda (name) t)) (find-file (pop command-line-args-left))"
        ' (replace-string "gauge 11" "gauge 22") (save-buffer))'
    )
    done = subprocess.run(
        ["emacs", "-Q", "-batch", "--eval", script, str(target)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(scratch)},
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def nano(*options: str) -> Callable[[Path, Path, Path], object]:
    def run(target: Path, local: Path, scratch: Path) -> None:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm", "HOME": str(scratch)}
        main, terminal = pty.openpty()
        process = subprocess.Popen(
            ["nano", "--ignorercfiles", *options, "+/gauge 11", str(target)],
            stdin=terminal, stdout=terminal, stderr=terminal, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(terminal)
        try:
            # The cursor stands at what is searched for. Delete it, type what is to stand there, write out, exit.
            screen = Screen(main)
            screen.wait_for(b"gauge")
            for keys, answer in (
                (b"\x04" * len(OLD) + NEW, NEW),
                (b"\x0f", b"File Name to Write"),
                (b"\r", b"Wrote "),
            ):
                os.write(main, keys)
                screen.wait_for(answer)
            os.write(main, b"\x18")
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()
            os.close(main)

    return run


class Screen:
    """What a program writes to its terminal."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._seen = b""

    def wait_for(self, text: bytes) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in self._seen:
            assert time.monotonic() < deadline, self._seen[-2000:]
            if select.select([self._terminal], [], [], 1)[0]:
                self._seen += os.read(self._terminal, 4096)
        self._seen = self._seen.partition(text)[2]


def libre_office(target: Path, local: Path, scratch: Path) -> None:
    """As strace shows it of version 7.4: the document stays open and locked, a temporary takes its name, twice.

    It warns that somebody else has changed the document when its time isn't what it was after the last save.
    """
    note = ",ada,machine,02.03.2026 09:15,file:///home/ada/.config/libreoffice/4;"
    lock = target.with_name(f".~lock.{target.name}#")
    lock.write_text(note)
    document = target.open("r+b")
    fcntl.lockf(document, fcntl.LOCK_EX | fcntl.LOCK_NB)
    new = local.read_bytes()
    for number, data in enumerate((new + MORE, new)):
        temporary = target.with_name(f"lu4711abc{number}.tmp")
        temporary.touch(0o600, exist_ok=False)
        with temporary.open("r+b") as file:
            assert lock.read_text() == note
            lock.unlink()
            lock.write_text(note)
            document.close()
            file.write(data)
            os.fsync(file.fileno())
        temporary.rename(target)
        os.chown(target, -1, os.getgid())
        target.chmod(0o600)
        document = target.open("r+b")
        fcntl.lockf(document, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.fsync(document.fileno())
        seen = target.stat().st_mtime_ns
        assert document.read() == data
        assert target.stat().st_mtime_ns == seen
    document.close()
    lock.unlink()
    assert target.stat().st_mtime_ns == seen


def libre_office_in_place(target: Path, local: Path, scratch: Path) -> None:
    """What it does where nothing can be renamed: the temporary is copied into the document."""
    lock = target.with_name(f".~lock.{target.name}#")
    lock.write_text(",ada,machine,02.03.2026 09:15,file:///home/ada/.config/libreoffice/4;")
    temporary = target.with_name("lu4711abc0.tmp")
    temporary.write_bytes(local.read_bytes())
    with target.open("r+b") as file:
        file.truncate(0)
        file.write(temporary.read_bytes())
        os.fsync(file.fileno())
    temporary.unlink()
    lock.unlink()


def in_place(target: Path, local: Path, scratch: Path) -> None:
    with target.open("r+b") as file:
        data = file.read()
        file.seek(data.index(OLD))
        file.write(NEW)


def mapped(target: Path, local: Path, scratch: Path) -> None:
    """Through a map of the file, as databases and linkers write."""
    with target.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        at = memory.find(OLD)
        memory[at : at + len(NEW)] = NEW
        memory.flush()


def gio_save(*options: str) -> Callable[[Path, Path, Path], object]:
    return shell(f'gio save {" ".join(options)} "$1" <"$2"')


def untar(target: Path, local: Path, scratch: Path) -> None:
    with tarfile.open(scratch / "archive.tar", "w") as archive:
        archive.add(local, local.name)
    tool("tar", "-C", target.parent, "-xf", scratch / "archive.tar")


def unzip(target: Path, local: Path, scratch: Path) -> None:
    with zipfile.ZipFile(scratch / "archive.zip", "w") as archive:
        archive.write(local, local.name)
    tool("unzip", "-qo", scratch / "archive.zip", "-d", target.parent)


def dd_blocks(target: Path, local: Path, scratch: Path) -> None:
    at = local.read_bytes().index(NEW)
    script = 'printf "gauge 22" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none'
    tool("sh", "-ec", script, "sh", target, str(at))


SAVES = [
    Save("vim", vim(), VIM, suffixes=ALL),
    Save("vim with backup", vim("backup", "writebackup"), VIM, beside=("~",)),
    Save("vim that renames", vim("backup", "backupcopy=no"), VIM, beside=("~",)),
    Save("vim that copies", vim("backup", "backupcopy=yes"), VIM, beside=("~",)),
    Save("nano", nano(), "nano", suffixes=ALL),
    Save("nano with backup", nano("--backup", "--locking"), "nano", beside=("~",)),
    Save("emacs", emacs, "emacs", suffixes=ALL, beside=("~",)),
    Save("sed", shell('sed -i "s/gauge 11/gauge 22/" "$1"'), "sed", suffixes=ALL),
    Save("sed with backup", shell('sed -i~ "s/gauge 11/gauge 22/" "$1"'), "sed", beside=("~",)),
    Save("gio save", gio_save(), "gio", suffixes=ALL),
    Save("gio save with backup", gio_save("--backup"), "gio", beside=("~",)),
    Save("LibreOffice", libre_office),
    Save("LibreOffice in place", libre_office_in_place, suffixes=(".txt",)),
    Save("rsync", shell('rsync -a --ignore-times "$2" "$1"'), "rsync", suffixes=ALL),
    Save("rsync --inplace", shell('rsync -a --inplace --ignore-times "$2" "$1"'), "rsync"),
    Save("rsync --backup", shell('rsync -ab --ignore-times "$2" "$1"'), "rsync", beside=("~",)),
    Save("cp", shell('cp "$2" "$1"'), suffixes=ALL),
    Save("cp -p", shell('cp -p "$2" "$1"')),
    Save("cp -a", shell('cp -a "$2" "$1"')),
    Save("cp --remove-destination", shell('cp --remove-destination "$2" "$1"')),
    Save("mv from elsewhere", shell('mv "$2" "$1"')),
    Save("install", shell('install -m 600 "$2" "$1"'), "install"),
    Save("shell >", shell('cat "$2" >"$1"')),
    Save("shell > in pieces", shell('{ head -c 100 "$2"; tail -c +101 "$2"; } >"$1"')),
    Save("shell >>", shell('echo "and more\r" >>"$1"'), new=lambda old: old + MORE),
    Save("tee", shell('tee "$1" <"$2" >/dev/null'), "tee"),
    Save("tee -a", shell('printf "and more\\r\\n" | tee -a "$1" >/dev/null'), "tee", lambda o: o + MORE),
    Save("dd", shell('dd if="$2" of="$1" bs=40 status=none'), "dd"),
    Save("dd conv=notrunc", dd_blocks, "dd"),
    Save("truncate", shell('truncate -s 1000 "$1"'), "truncate", lambda old: old[:1000]),
    Save("truncate up", shell('truncate -s 3000 "$1"'), "truncate", lambda o: o.ljust(3000, b"\0"), (".txt",)),
    Save("Python r+b", in_place, suffixes=ALL),
    Save("mmap", mapped),
    Save("tar", untar, "tar"),
    Save("unzip", unzip, "unzip"),
]


def must_have(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is missing")


@pytest.fixture
def token(request: pytest.FixtureRequest) -> str:
    """What tells this test's items from those of others."""
    name = request.node.name
    return "".join(c if c.isalnum() else "-" for c in name[name.find("[") + 1 :].strip("]"))


CASES = [(save, name) for save in SAVES for name in CONTENTS if Path(name).suffix in save.suffixes]


@pytest.mark.parametrize(("save", "name"), CASES, ids=[f"{save.name}, {name}" for save, name in CASES])
def test_saving_leaves_one_item_with_what_was_saved_last(
    save: Save, name: str, token: str, server: SandboxProcess, here: Mount, elsewhere: Mount, tmp_path: Path
) -> None:
    must_have(save.needs)
    suffix = Path(name).suffix
    parent = PARENTS[suffix]
    folder = here.path / parent / token
    folder.mkdir()
    old = CONTENTS[name].replace(b"TOKEN", token.encode())
    target = folder / name
    target.write_bytes(old)
    new = save.new(old)
    (tmp_path / "new").mkdir()
    local = tmp_path / "new" / name
    local.write_bytes(new)

    save.run(target, local, tmp_path)

    assert target.read_bytes() == new
    assert sorted(os.listdir(folder)) == sorted([name, *(name + suffix for suffix in save.beside)])
    wait_for(lambda: (elsewhere.path / parent / token).is_dir(), "the folder shows elsewhere")
    seen = elsewhere.path / parent / token
    wait_for(lambda: os.listdir(seen) == [name], "exactly this item shows elsewhere")
    if suffix in AS_GIVEN:
        assert (seen / name).read_bytes() == new
    else:
        shown = (seen / name).read_bytes()
        assert (NEW in shown, OLD in shown) == (True, False)
    (folder_id,) = [f.id for f in server.server.folders() if f.name == token]
    assert len(server.server.items(folder_id)) == 1


def test_a_time_that_is_set_alone_is_set(here: Mount, token: str) -> None:
    path = here.path / "Inbox" / f"{token}.txt"
    path.write_bytes(b"notes")
    tool("touch", "-m", "-d", "@1000000000", path)
    assert path.stat().st_mtime == 10**9
    tool("touch", "-a", path)
    assert path.stat().st_mtime == 10**9


def test_desktop_programs_copy_move_rename_and_remove(
    server: SandboxProcess, here: Mount, elsewhere: Mount, token: str, tmp_path: Path
) -> None:
    must_have("gio")
    folder = here.path / "Inbox" / token
    (folder / "sub").mkdir(parents=True)
    local = tmp_path / "letter.eml"
    local.write_bytes(CONTENTS["letter.eml"].replace(b"TOKEN", token.encode()))
    tool("gio", "copy", "--preserve", local, folder)
    tool("gio", "move", local, folder / "moved.eml")
    assert not local.exists()
    data = (folder / "letter.eml").read_bytes()
    tool("gio", "rename", folder / "letter.eml", "renamed.eml")
    tool("gio", "move", folder / "renamed.eml", folder / "sub")
    tool("gio", "copy", folder / "sub" / "renamed.eml", tmp_path)
    assert (tmp_path / "renamed.eml").read_bytes() == data
    assert sorted(os.listdir(folder)) == ["moved.eml", "sub"]
    seen = elsewhere.path / "Inbox" / token
    wait_for(lambda: seen.is_dir() and sorted(os.listdir(seen)) == ["moved.eml", "sub"], "it shows elsewhere")
    wait_for(lambda: os.listdir(seen / "sub") == ["renamed.eml"], "it shows elsewhere")
    tool("gio", "remove", folder / "moved.eml")
    # There is no trash besides Deleted Items: it is said so, and nothing is lost.
    done = subprocess.run(
        ["gio", "trash", folder / "sub" / "renamed.eml"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode != 0
    assert os.listdir(folder / "sub") == ["renamed.eml"]
    assert os.listdir(folder) == ["sub"]


def test_programs_work_on_what_is_attached(
    server: SandboxProcess, here: Mount, elsewhere: Mount, token: str, tmp_path: Path
) -> None:
    """What maps, seeks and locks: viewers, archivers, a database with its journals beside it."""
    with zipfile.ZipFile(tmp_path / "figures.zip", "w") as archive:
        for number in range(20):
            archive.writestr(f"{number}.bin", os.urandom(5000))
    with contextlib.closing(sqlite3.connect(tmp_path / "gauges.db")) as database, database:
        database.execute("CREATE TABLE gauges (height)")
        database.executemany("INSERT INTO gauges VALUES (?)", [(f"{number}" * 50,) for number in range(1000)])
    letter = EmailMessage(policy=email.policy.SMTP)
    letter["Subject"] = token
    letter.set_content("See attached.\n")
    for name in ("figures.zip", "gauges.db"):
        data = (tmp_path / name).read_bytes()
        letter.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    (here.path / "Inbox" / f"{token}.eml").write_bytes(letter.as_bytes())
    attached = here.path / "Inbox" / f"{token}.attachments"

    with (attached / "figures.zip").open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        assert memory[:] == (tmp_path / "figures.zip").read_bytes()
    with zipfile.ZipFile(attached / "figures.zip") as archive:
        assert archive.testzip() is None

    with contextlib.closing(sqlite3.connect(attached / "gauges.db")) as database:
        database.execute("BEGIN EXCLUSIVE")
        other = "import sqlite3, sys; sqlite3.connect(sys.argv[1], 0).execute('SELECT * FROM gauges')"
        command = [sys.executable, "-c", other, str(attached / "gauges.db")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert "database is locked" in done.stderr
    for mode in ("delete", "wal"):
        server.server.reset_calls()
        with contextlib.closing(sqlite3.connect(attached / "gauges.db")) as database:
            assert database.execute(f"PRAGMA journal_mode = {mode}").fetchone() == (mode,)
            with database:
                database.execute("INSERT INTO gauges VALUES (?)", (mode,))
                assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert server.calls()["CreateAttachment"] == 1, "the journals stay here"
        assert sorted(os.listdir(attached)) == ["figures.zip", "gauges.db"]
    seen = elsewhere.path / "Inbox" / f"{token}.attachments"
    wait_for(lambda: seen.is_dir() and sorted(os.listdir(seen)) == ["figures.zip", "gauges.db"], "it shows elsewhere")
    (tmp_path / "seen.db").write_bytes((seen / "gauges.db").read_bytes())
    with contextlib.closing(sqlite3.connect(tmp_path / "seen.db")) as database:
        assert database.execute("SELECT count(*) FROM gauges").fetchone() == (1002,)


def test_removing_a_tree_keeps_every_message_whole(server: SandboxProcess, here: Mount, token: str) -> None:
    folder = here.path / "Inbox" / token
    (folder / "sub").mkdir(parents=True)
    letters = [nested(bytes([number]) * 1000) for number in range(3)]
    for number, data in enumerate(letters):
        (folder / f"{number}.eml").write_bytes(data)
        (folder / "sub" / f"{number} too.eml").write_bytes(data)
    moved = here.path / "Inbox" / f"{token} moved"
    moved.mkdir()
    tool("mv", *(folder / f"{number}.eml" for number in range(3)), moved)
    assert sorted(name for name in os.listdir(moved) if name.endswith(".eml")) == ["0.eml", "1.eml", "2.eml"]
    server.server.reset_calls()
    tool("rm", "-r", folder, moved)
    assert not folder.exists()
    assert not server.calls().get("DeleteAttachment")
    trash = server.server.items(server.server.folder("deleteditems"))
    mimes = [mime for _, mime in server.server.kinds_and_mimes(trash)]
    assert [mimes.count(data) for data in letters] == [2, 2, 2]


def test_the_notes_of_desktops_are_never_asked_for_nor_sent(server: SandboxProcess, here: Mount) -> None:
    inbox = here.path / "Inbox"
    os.listdir(inbox)
    server.server.reset_calls()
    for name in (".Trash", ".Trash-1000", ".hidden", ".sh_thumbnails", ".directory", "desktop.ini", "Thumbs.db"):
        assert not os.access(inbox / name / "x", os.F_OK)
    for name in (".directory", "desktop.ini", "Thumbs.db", ".DS_Store", "._letter.eml"):
        (inbox / name).write_bytes(b"notes")
        assert (inbox / name).read_bytes() == b"notes"
        (inbox / name).unlink()
    with pytest.raises(OSError, match=r"permitted|exists|directory"):
        (inbox / ".Trash-1000").mkdir()
    assert server.calls() == {}
