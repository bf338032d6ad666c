"""Names of the moment stay here; names that a user may mean for the mailbox go there."""

from __future__ import annotations

import pytest

from ewsfs.vfs.writing.temporary import (
    is_kept_here,
    is_ours_alone,
    is_temporary,
    is_temporary_folder,
    is_trash,
)


@pytest.mark.parametrize(
    "name",
    [
        ".goutputstream-8VXQZ2", ".~lock.report.odt#", "lu123abc.tmp", "~$report.docx",
        ".letter.eml.swp", "letter.eml~",
        "#letter.eml#", ".#letter.eml", "report.pdf.part", "report.pdf.crdownload", ".letter.eml.a8Xk2Q", "sedQw12Er",
        ".DS_Store", "._letter.eml", "Thumbs.db", "desktop.ini", ".directory", ".hidden", "4913", "5036",
        ".fuse_hidden0000", ".notes.txt.kate-swp", ".notes.txt.un~", "places.sqlite-wal", "a.db-journal", "a.db3-shm",
    ],
)  # fmt: skip
def test_a_file_of_the_moment(name: str) -> None:
    assert is_temporary(name)
    assert is_ours_alone(name)


@pytest.mark.parametrize(
    "name",
    [
        "letter.eml", "report.pdf", "4914", "2024", "sedan.txt", ".eml", ".hidden.eml", "a~b.eml",
        "partners.txt", "C# notes.txt", "temp.eml", ".config", "tmp", "2026-03-02 0915 Re.a8Xk2Q", "#1 priority.eml",
        "travel-journal", "2026-journal.txt", "notes.txt-wal",
    ],
)  # fmt: skip
def test_a_file_that_is_meant_to_stay(name: str) -> None:
    assert not is_temporary(name)


def test_folders_of_the_moment() -> None:
    assert all(map(is_temporary_folder, [".~tmp~", ".rsync-partial", ".Spotlight-V100", ".spotlight-v100"]))
    assert not any(map(is_temporary_folder, ["tmp", "Old~", "letter.attachments", ".git", ".~tmp~x"]))
    assert is_kept_here("id\0letter.attachments\0.~tmp~\0below")
    assert not is_kept_here("id\0letter.attachments")
    assert not is_kept_here(".~tmp~")


def test_trash_folders() -> None:
    assert is_trash(".Trash")
    assert is_trash(".Trash-1000")
    assert not is_trash(".Trash-me")
