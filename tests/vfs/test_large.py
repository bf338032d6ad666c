"""Large mail: it goes to the disk and from there, not through memory, and what doesn't arrive whole is no content."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from lxml import etree

from ewsfs.sandbox import Sandbox, http, model, soap
from tests.vfs.conftest import Open, names_in, read, refused, write

NAME = "/Inbox/large.eml"
FOLDER = "/Inbox/large.attachments"

PROGRAM = '''
import base64, hashlib, json, os, sys
from datetime import timezone
from pathlib import Path
from ewsfs.ews import DELEGATE, Account, Configuration, Credentials
from ewsfs.vfs import Settings, open_filesystem
from tests.memory import most_held

endpoint, address, folder, size = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
HEAD = b"""From: a@b.test
Subject: large
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=bb

--bb

text
--bb
Content-Type: message/rfc822

Subject: inner
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=cc

--cc
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename=large.bin

""".replace(b"\\n", b"\\r\\n")


def account():
    config = Configuration(service_endpoint=endpoint, credentials=Credentials(address, "secret"), auth_type="basic")
    return Account(primary_smtp_address=address, config=config, autodiscover=False, access_type=DELEGATE)


def opened(name):
    return open_filesystem(account, Settings(address, folder / name, timezone=timezone.utc))


def pieces(size):
    yield HEAD
    for _ in range(size // 78_000):
        yield base64.encodebytes(os.urandom(57_000)).replace(b"\\n", b"\\r\\n")
    yield b"--cc--\\r\\n\\r\\n--bb--\\r\\n"


def written(fs, path, size):
    handle, digest, position = fs.create(path, os.O_WRONLY | os.O_CREAT), hashlib.sha256(), 0
    for piece in pieces(size):
        position += handle.write(piece, position)
        digest.update(piece)
    handle.flush()
    handle.release()
    return digest.hexdigest()


def copied(fs, path):
    handle, digest, position = fs.open(path, os.O_RDONLY), hashlib.sha256(), 0
    while piece := handle.read(131072, position):
        digest.update(piece)
        position += len(piece)
    handle.release()
    return digest.hexdigest(), position


def round_trip(name, size):
    grown = []
    with_bytes = opened("writes " + name)
    sent = written(with_bytes, f"/Inbox/{name}.eml", size)
    with_bytes.close()
    grown.append(most_held() - before)
    fs = opened("reads " + name)
    got, _ = copied(fs, f"/Inbox/{name}.eml")
    grown.append(most_held() - before)
    inside = f"/Inbox/{name}.attachments/inner.attachments/large.bin"
    decoded, length = copied(fs, inside)
    fs.close()
    grown.append(most_held() - before)
    fs = opened("reads it alone " + name)
    fetched, _ = copied(fs, inside)
    fs.close()
    grown.append(most_held() - before)
    return {"grown": grown, "same": [sent == got, decoded == fetched, length == size // 78_000 * 57_000]}


before = 0
round_trip("small", 1_200_000)
before = most_held()
print(json.dumps(round_trip("large", size)))
'''


def test_a_large_letter_is_never_in_memory(sandbox: Sandbox, tmp_path: Path) -> None:
    """Written, read, and what is attached to a letter that is attached to it: from its bytes, and asked for alone."""
    size = 8 * 1024 * 1024
    command = [sys.executable, "-c", PROGRAM, sandbox.endpoint, sandbox.address("ada"), str(tmp_path), str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    result = json.loads(done.stdout)
    assert result["same"] == [True] * 3
    assert max(result["grown"]) < size // 2, result["grown"]


def letter() -> bytes:
    """Large enough to go to the disk, with a letter in it that is so too."""
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("see below")
    inner.add_attachment(os.urandom(600_000), maintype="application", subtype="octet-stream", filename="deep.bin")
    message = EmailMessage()
    message["Subject"] = "large"
    message.set_content("see below")
    message.add_attachment(inner)
    return message.as_bytes(policy=SMTP)


def kept(tmp_path: Path, cache: str) -> list[Path]:
    """The files that a filesystem keeps of contents."""
    return [path for path in (tmp_path / cache).rglob("content/**/*") if path.is_file()]


def test_a_large_letter_is_one_request_and_what_is_in_it_none(sandbox: Sandbox, open_fs: Open) -> None:
    data = letter()
    write(open_fs("one"), NAME, data)
    fs = open_fs("other")
    names_in(fs, "/Inbox")
    sandbox.calls.reset()
    assert read(fs, NAME) == data
    assert names_in(fs, FOLDER) == ["inner.attachments", "inner.eml"]
    assert len(read(fs, f"{FOLDER}/inner.attachments/deep.bin")) == 600_000
    assert sandbox.calls.as_dict() == {"GetItem": 1}


def test_a_large_attached_letter_alone(sandbox: Sandbox, open_fs: Open) -> None:
    data = letter()
    write(open_fs("one"), NAME, data)
    fs = open_fs("other")
    names_in(fs, "/Inbox")
    sandbox.calls.reset()
    assert len(read(fs, f"{FOLDER}/inner.attachments/deep.bin")) == 600_000
    assert read(fs, f"{FOLDER}/inner.eml") in data
    assert sandbox.calls.as_dict() == {"GetItem": 1, "GetAttachment": 1}


def test_what_does_not_arrive_whole_is_no_content(
    sandbox: Sandbox, open_fs: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = letter()
    write(open_fs("one"), NAME, data)
    envelope = soap.envelope
    spoil = ""

    def spoilt(body: etree._Element, server: Mapping[str, str] = soap.SERVER_VERSION) -> bytes:
        for content in body.iter(model.t("MimeContent")):
            text = content.text or ""
            half = text[: len(text) // 8 * 4]
            content.text = {"junk": f"{half}!!!!{text[len(half) :]}", "short": half[:-1], "none": ""}[spoil]
        return envelope(body, server)

    for cache, path in (("of the letter", NAME), ("of what is attached", f"{FOLDER}/inner.eml")):
        fs = open_fs(cache, offline_seconds=0.0)
        names_in(fs, path.rpartition("/")[0])
        for file in kept(tmp_path, cache):
            file.unlink()
        for spoil in ("junk", "short", "none", "cut"):
            with monkeypatch.context() as patched:
                if spoil == "cut":
                    sandbox.faults.add("*:cut")
                else:
                    patched.setattr(soap, "envelope", spoilt)
                with refused(errno.EHOSTUNREACH if spoil == "cut" else errno.EREMOTEIO):
                    read(fs, path)
            assert kept(tmp_path, cache) == []
        sandbox.faults.clear()
        assert read(fs, path) in data


def test_a_full_disk(open_fs: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = letter()
    write(open_fs("one"), NAME, data)
    fs = open_fs("other")
    names_in(fs, "/Inbox")
    room = [300_000]
    pwrite = os.pwrite

    def full(descriptor: int, piece: memoryview, offset: int) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = pwrite(descriptor, piece[: room[0]], offset)
        room[0] -= done
        return done

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        assert read(fs, NAME) == data
    assert not room[0]
    assert kept(tmp_path, "other") == []
    assert read(fs, NAME) == data


def test_more_than_the_server_takes(sandbox: Sandbox, open_fs: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    data = letter()
    monkeypatch.setattr(http, "MAXIMUM_BODY", len(data))  # which is more in base64
    fs = open_fs()
    with refused(errno.EFBIG):
        write(fs, NAME, data)
    assert sandbox.calls.count("CreateItem") == 0
    (name,) = names_in(fs, "/.ewsfs/unsaved")
    assert read(fs, f"/.ewsfs/unsaved/{name}") == data
