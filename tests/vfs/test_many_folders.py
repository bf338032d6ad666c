"""20,000 folders from a server: as many requests as ever, each with a name of its own, and every one is found."""

from __future__ import annotations

from ewsfs.sandbox import Sandbox
from ewsfs.sandbox.ids import IdKind, new_id
from ewsfs.vfs import FileSystem
from tests.vfs.conftest import MAIL, Open, names_in, read, write

MANY, WIDE, NAMES = 20_000, 10_000, 9_000
CHAIN = 150  # deep, at the end
_INSERT = (
    "INSERT INTO folders (id, mailbox, parent, kind, class, name, created_number, change_number) "
    "VALUES (?, ?, ?, 'Folder', 'IPF.Note', ?, ?, ?)"
)


def fill(sandbox: Sandbox) -> str:
    """Half of them side by side, with the same names now and then; one in each of those; a chain. Returns its end."""
    store, owner = sandbox.store, sandbox.address("ada")
    inbox = store.folder(owner, "inbox").id
    ids = [new_id(IdKind.FOLDER) for _ in range(MANY)]
    with store.transaction():
        for number, folder_id in enumerate(ids):
            parent = inbox if number < WIDE else ids[number - 1 if number >= MANY - CHAIN else number - WIDE]
            change = store._db.next_number()
            store._db.execute(_INSERT, folder_id, owner, parent, f"Folder {number % NAMES}", change, change)
    return ids[-1]


def walked(fs: FileSystem, path: str) -> int:
    """How many folders `find -type d` would count, without what it would list in them."""
    tree = fs._catalog.tree
    seen, waiting = 0, [fs._paths.resolve(path).folder_id]  # type: ignore[union-attr]
    while waiting:
        children = tree.children(waiting.pop())
        assert len({child.name.lower() for child in children}) == len(children)
        seen += len(children)
        waiting += [child.id for child in children]
    return seen


def test_twenty_thousand_folders(sandbox: Sandbox, open_fs: Open) -> None:
    deepest = fill(sandbox)
    sandbox.calls.reset()
    fs = open_fs()
    assert sandbox.calls.total() == 2
    assert walked(fs, "/Inbox") == MANY
    shown = names_in(fs, "/Inbox")
    assert len(shown) == WIDE
    same = [name for name in shown if name.startswith("Folder 7 ~") or name == "Folder 7"]
    assert len(same) == 2
    write(fs, f"/Inbox/{same[1]}/letter.eml", MAIL)
    assert len(list(fs._catalog.tree.ancestors(deepest))) > CHAIN
    fs.close()
    sandbox.calls.reset()
    again = open_fs()
    assert sandbox.calls.total() == 1
    assert names_in(again, "/Inbox") == shown, "a name once given stays"
    assert read(again, f"/Inbox/{same[1]}/letter.eml") == MAIL
