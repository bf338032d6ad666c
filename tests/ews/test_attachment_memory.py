"""What attachments cost in memory, in a process of its own: a large content goes in and out as a file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ewsfs.sandbox import Sandbox

PROGRAM = '''
import hashlib, json, os, sys, tempfile
from ewsfs.ews import Account, Configuration, Credentials, FileAttachment, ItemAttachment, Message
from tests.memory import most_held

endpoint, folder, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
config = Configuration(service_endpoint=endpoint, credentials=Credentials("ada", "secret"), auth_type="basic")
account = Account("ada@example.test", config=config)
drafts = account.drafts


def copied(fp):
    digest = hashlib.sha256()
    with fp:
        while piece := fp.read(65536):
            digest.update(piece)
    return digest.hexdigest()


def round_trip(path, subject):
    """A file attached to an item that exists, one to an item that is made, one in an item in an item; and all back."""
    sums, grown = [], []
    with open(path, "rb") as one, open(path, "rb") as two, open(path, "rb") as three:
        item = Message(folder=drafts, subject=subject).save()
        first = FileAttachment(name="first", content=one)
        item.attach(first)
        sums.append(copied(first.fp))
        new = Message(folder=drafts, subject=subject + " new")
        new.attach(FileAttachment(name="second", content=two))
        new.save()
        found = drafts.get(subject=subject + " new").attachments[0]
        sums.append(copied(found.fp))
        inner = Message(subject="inner")
        inner.attach(FileAttachment(name="third", content=three))
        item.attach(ItemAttachment(name="inner", item=inner))
        grown.append(most_held() - before)
        inside = [a for a in drafts.get(subject=subject).attachments if a.name == "inner"][0]
        sums.append(copied(inside.item.attachments[0].fp))
        grown.append(most_held() - before)
        sums.append(hashlib.sha256(drafts.get(subject=subject).attachments[0].content).hexdigest())
        grown.append(most_held() - before)
    return sums, grown


def made(name, size):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        for _ in range(size // 65536):
            file.write(os.urandom(65536))
    with open(path, "rb") as file:
        return path, copied(file)


small, _ = made("small", 65536)
before = 0
round_trip(small, "small")
large, digest = made("large", size)
before = most_held()
sums, grown = round_trip(large, "large")
print(json.dumps({"grown": grown, "same": [one == digest for one in sums]}))
'''


def test_a_large_content_is_never_in_memory(tmp_path: Path) -> None:
    size = 10 * 1024 * 1024
    with Sandbox(users={"ada": "secret"}) as sandbox:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, sandbox.endpoint, str(tmp_path), str(size)],
            check=True,
            capture_output=True,
            text=True,
            timeout=300,
        )
    result = json.loads(done.stdout)
    assert result["same"] == [True] * 4
    as_files, with_mime, as_bytes = result["grown"]
    assert as_files < size // 2
    assert with_mime < size * 2  # an attached item has its MIME content in memory, the file in it in base64
    assert as_bytes < size * 3  # whoever asks for bytes gets them in memory, and that only once
