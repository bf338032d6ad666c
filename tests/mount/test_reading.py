"""What people do to read a mailbox: the system's own programs go over the sample mailbox, and nothing complains."""

from __future__ import annotations

import email
import email.policy
import errno
import os
import re
import stat
import tarfile
import time
from collections import Counter
from pathlib import Path

import icalendar
import pytest
import vobject

from tests.mount.driver import Mount, SandboxProcess, counted, tool, wait_for
from tests.mount.letters import FOLDER, TOKEN, Letters

Sample = tuple[SandboxProcess, Letters]

# What brings content, and not only news.
FETCHES = {"GetItem", "GetAttachment", "ExportItems"}


def files_below(folder: Path, suffix: str) -> list[Path]:
    """The items of a tree, without what is attached to them."""
    found = []
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.endswith(".attachments")]
        found += [Path(path, name) for name in names if name.endswith(suffix)]
    return sorted(found)


def test_find_sees_every_folder_and_item(sample: Sample, sample_mount: Mount) -> None:
    server = sample[0].server
    listed = tool("find", sample_mount.path, "-not", "-path", "*.attachments*").splitlines()
    assert len(listed) == len(set(listed))
    folders = server.folders()
    items = sum(len(server.items(folder.id)) for folder in folders)
    assert len(listed) == 1 + len(folders) + items
    for name in ("Inbox", "Calendar", "Contacts", "Tasks", "Deleted Items", "Drafts", "Sent Items", FOLDER):
        assert str(sample_mount.path / name) in listed


def test_ls_has_no_complaint(sample_mount: Mount) -> None:
    assert len(tool("ls", "-lR", sample_mount.path).splitlines()) > 300


def test_every_name_and_the_attachment_folder_beside_it_can_be_used(sample_mount: Mount) -> None:
    for path in files_below(sample_mount.path / FOLDER, ".eml"):
        assert len(os.fsencode(path.name)) <= 255
        assert path.name == path.name.strip()
        assert not path.name.startswith(".")
        assert path.stat().st_size > 0


def test_grep_finds_the_one_letter(sample_mount: Mount) -> None:
    found = tool("grep", "-rl", TOKEN, sample_mount.path / FOLDER).splitlines()
    assert len(found) == 1
    assert TOKEN in Path(found[0]).read_text()


def test_every_letter_is_what_the_server_was_given(sample: Sample, sample_mount: Mount) -> None:
    given = [*sample[1].plain, sample[1].outer]
    shown = [path.read_bytes() for path in files_below(sample_mount.path / FOLDER, ".eml")]
    assert Counter(shown) == Counter(given)


def without_boundaries(mime: bytes) -> bytes:
    """What the server makes from properties (meeting messages) has other boundaries each time, as with Exchange."""
    return re.sub(rb"={15}\d+==", b"boundary", mime)


def test_every_mail_of_the_sample_is_what_the_server_has_and_parses(sample: Sample, sample_mount: Mount) -> None:
    server = sample[0].server
    ids = [item for folder in server.folders() for item in server.items(folder.id)]
    not_mail = ("CalendarItem", "Contact", "DistributionList", "Task")
    given = Counter(without_boundaries(mime) for kind, mime in server.kinds_and_mimes(ids) if kind not in not_mail)
    shown = Counter[bytes]()
    for path in files_below(sample_mount.path, ".eml"):
        data = path.read_bytes()
        shown[without_boundaries(data)] += 1
        parsed = email.message_from_bytes(data, policy=email.policy.default)
        assert parsed.keys(), path
        assert parsed.get_content_type(), path
    assert shown == given


@pytest.mark.parametrize("size_first", [True, False])
def test_the_size_is_that_of_the_content_once_it_is_open(sample_mount: Mount, size_first: bool) -> None:
    for path in files_below(sample_mount.path / FOLDER, ".eml")[:10]:
        if size_first:
            assert path.stat().st_size > 0
        with path.open("rb") as file:
            assert os.fstat(file.fileno()).st_size == len(file.read())
        assert path.stat().st_size == len(path.read_bytes())


def test_an_attachment_three_messages_deep_is_copied_out_whole(
    sample: Sample, sample_mount: Mount, tmp_path: Path
) -> None:
    (outer,) = (sample_mount.path / FOLDER).glob("*Outer envelope.attachments")
    (inner,) = outer.glob("*Forwarded invoice.attachments")
    (innermost,) = inner.glob("*Innermost invoice.attachments")
    tool("cp", innermost / "figures.bin", inner / "backwards.bin", tmp_path)
    assert (tmp_path / "figures.bin").read_bytes() == sample[1].figures
    assert (tmp_path / "backwards.bin").read_bytes() == sample[1].figures[::-1]
    # The attached message is a message, as it was attached.
    (message,) = outer.glob("*Forwarded invoice.eml")
    assert message.read_bytes().rstrip() in sample[1].outer
    assert email.message_from_bytes(message.read_bytes())["Subject"] == "Forwarded invoice"


def test_attachments_are_what_the_mail_holds(sample_mount: Mount) -> None:
    seen = 0
    for path in files_below(sample_mount.path / FOLDER, ".eml"):
        parsed = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        wanted = {p.get_filename(): p.get_payload(decode=True) for p in parsed.iter_attachments() if p.get_filename()}
        folder = path.with_suffix(".attachments")
        assert folder.is_dir() == (next(parsed.iter_attachments(), None) is not None)
        for name, content in wanted.items():
            assert (folder / str(name)).read_bytes() == content
            seen += 1
    assert seen > 5


def test_rsync_has_nothing_to_send_the_second_time(sample: Sample, sample_mount: Mount, tmp_path: Path) -> None:
    source, target = f"{sample_mount.path}/", tmp_path / "backup"
    tool("rsync", "-a", source, target)
    said: list[str] = []
    calls = counted(
        sample[0].server, lambda: said.append(tool("rsync", "-a", "--itemize-changes", "--stats", source, target))
    )
    lines = said[0].splitlines()
    itemized = lines[: lines.index("")] if "" in lines else lines
    assert [line for line in itemized if line] == []
    assert "Number of regular files transferred: 0" in said[0]
    assert not FETCHES & calls.keys(), calls
    # And what it has brought is what is there.
    tool("diff", "-r", sample_mount.path, target)


def test_tar_has_no_complaint(sample_mount: Mount, tmp_path: Path) -> None:
    archive = tmp_path / "mail.tar"
    tool("tar", "-C", sample_mount.path, "-cf", archive, ".")
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and f"/{FOLDER}/" in member.name and ".attachments" not in member.name:
                file = tar.extractfile(member)
                assert file is not None
                assert file.read() == (sample_mount.path / member.name).read_bytes()


def test_every_ics_is_icalendar(sample_mount: Mount) -> None:
    paths = files_below(sample_mount.path, ".ics")
    kinds = Counter[str]()
    for path in paths:
        data = path.read_bytes()
        assert path.stat().st_size == len(data), path
        calendar = icalendar.Calendar.from_ical(data)
        assert calendar.name == "VCALENDAR"
        for component in calendar.walk():
            assert not component.errors, path
            kinds[str(component.name)] += 1
        vobject.readOne(data.decode()).validate(raiseException=True)
    assert kinds["VEVENT"] > 0
    assert kinds["VTODO"] > 0
    assert kinds["VTIMEZONE"] > 0


def test_every_vcf_is_a_vcard(sample_mount: Mount) -> None:
    paths = files_below(sample_mount.path, ".vcf")
    assert paths
    groups = 0
    for path in paths:
        data = path.read_bytes()
        assert path.stat().st_size == len(data), path
        card = vobject.readOne(data.decode())
        assert card.name == "VCARD"
        assert card.fn.value
        groups += b"KIND:group" in data
    assert groups == 2


def test_names_of_extended_attributes_outside_user_are_not_supported(sample_mount: Mount) -> None:
    path = files_below(sample_mount.path / FOLDER, ".eml")[0]
    for name in ("security.capability", "security.selinux", "system.posix_acl_access", "trusted.x"):
        with pytest.raises(OSError, match="not supported") as caught:
            os.getxattr(path, name)
        assert caught.value.errno == errno.ENOTSUP
    with pytest.raises(OSError, match="No data") as caught:
        os.getxattr(path, "user.there-is-no-such-thing")
    assert caught.value.errno == errno.ENODATA


def test_listing_names_every_extended_attribute_it_has(sample_mount: Mount) -> None:
    path = files_below(sample_mount.path / FOLDER, ".eml")[0]
    for name in os.listxattr(path):
        assert name.startswith("user.")
        os.getxattr(path, name)


def test_what_is_known_costs_no_request(sample: Sample, sample_mount: Mount) -> None:
    folder = sample_mount.path / FOLDER
    path = files_below(folder, ".eml")[0]
    path.read_bytes()
    wait_for(lambda: abs(os.statvfs(folder).f_blocks * 4096 - (49 << 30)) < 8192, "the quota is learnt")

    def again() -> None:
        tool("ls", "-l", folder)
        tool("cat", path)
        tool("df", sample_mount.path)

    assert counted(sample[0].server, again) == {}


def test_df_tells_something(sample_mount: Mount) -> None:
    known = os.statvfs(sample_mount.path)
    assert known.f_namemax == 255
    assert known.f_blocks >= known.f_bfree >= 0


def test_only_the_owner_may_look(sample_mount: Mount) -> None:
    status = (sample_mount.path / FOLDER).stat()
    assert stat.S_ISDIR(status.st_mode)
    assert stat.S_IMODE(status.st_mode) == 0o700
    assert (status.st_uid, status.st_gid) == (os.getuid(), os.getgid())
    for path in files_below(sample_mount.path / FOLDER, ".eml")[:3]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_not_there_is_not_there(sample_mount: Mount) -> None:
    for name in ("nothing", "nothing/below", "Inbox/nothing.eml", "Inbox/.Trash-1000", ".hidden", ".Trash"):
        with pytest.raises(FileNotFoundError):
            (sample_mount.path / name).stat()
    path = files_below(sample_mount.path / FOLDER, ".eml")[0]
    with pytest.raises(NotADirectoryError):
        (path / "below").stat()
    with pytest.raises(OSError, match="too long"):
        (sample_mount.path / ("x" * 256)).stat()


def test_times_are_those_of_the_mail_and_do_not_move(sample_mount: Mount) -> None:
    paths = files_below(sample_mount.path / FOLDER, ".eml")
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in paths}
    for path in paths:
        path.read_bytes()
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in paths} == before
    assert all(0 < mtime <= time.time_ns() for mtime, _ in before.values())
