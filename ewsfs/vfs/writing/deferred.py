"""Moves that the server is told of later: in write-back, many items moved one after the other are one request.

rename(2) is done when the journal has it. The item shows where it is to be from then on; the server moves it, with
what else goes there, after a moment, or as soon as anything needs it to be true. The journal is a file of lines:

    SPOOL/moves.jsonl    {"from": ..., "to": ..., "name": ..., "entry": {...}} for each move, {"done": ITEM ID} after it

A move is done by the item's id, which is another one afterwards: to be told of it twice does the server no harm, so
after a cut connection or a killed process it is simply told again.

Threading: any thread. One batch is carried out at a time; nothing else is held meanwhile.
"""

from __future__ import annotations

import errno
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from ewsfs.vfs.errors import VfsError
from ewsfs.vfs.known.catalog import Catalog, is_passing
from ewsfs.vfs.model import Entry, Kind
from ewsfs.vfs.nodes import ItemNode
from ewsfs.vfs.remote import OutcomeUnknown
from ewsfs.vfs.settings import Settings
from ewsfs.vfs.writing.changes import Changes, Move
from ewsfs.vfs.writing.durable import append_text, replace_text
from ewsfs.vfs.writing.writer import Writer

log = logging.getLogger(__name__)

_BATCH = 100  # items in one request
_LONGEST = 60.0  # seconds between two tries


class Deferred:
    """The moves of one filesystem that the server is still to be told of.

    Parameters: `spool`, the folder of the journal.
    """

    def __init__(self, changes: Changes, writer: Writer, catalog: Catalog, settings: Settings, spool: Path) -> None:
        self._changes = changes
        self._writer = writer
        self._catalog = catalog
        self._settings = settings
        self._path = spool / "moves.jsonl"
        self._working = threading.Lock()
        self._changed = threading.Condition()
        self._moves: dict[str, Move] = {}  # by item id, in the order in which they were asked for
        self._due = 0.0  # monotonic seconds
        self._pause = settings.retry_seconds
        self._closed = False
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        with self._changed:
            return len(self._moves)

    # -- asking for moves --------------------------------------------------------------------------

    def takes(self, node: ItemNode, folder_id: str) -> bool:
        """Whether a move is one to be told of later."""
        entry = node.entry
        return (
            self._settings.write_back
            and folder_id != node.folder_id
            and (entry.exact or not entry.kind.made_here)
            and not self._writer.is_open(entry.id)
            and self._catalog.tree.may_create(folder_id)
        )

    def add(self, node: ItemNode, folder_id: str, name: str) -> None:
        """Move an item to a folder, where it is called `name`; nothing else is called so there.

        Durable when it returns. Raises: OSError when it can't be kept here.
        """
        move = Move(node.folder_id, node.entry, folder_id, name)
        with self._changed:
            if self._closed:
                raise VfsError(errno.ESHUTDOWN, "the mount ends")
            append_text(self._path, _line(move))
            self._catalog.show_moved(node.folder_id, node.entry, folder_id, name)
            self._enter([move])

    def recover(self, spools: list[Path]) -> None:
        """Take up what an earlier mount left, in its own journal or in that of a mount that died.

        Parameters: `spools`, the folders of spools that no living mount holds.
        """
        paths = [self._path, *(spool / self._path.name for spool in spools)]
        moves = {move.entry.id: move for path in paths for move in _read(path)}
        if moves:
            with self._changed:
                replace_text(self._path, "".join(map(_line, moves.values())))
                for move in moves.values():
                    self._catalog.show_moved(move.from_id, move.entry, move.folder_id, move.name)
                self._enter(list(moves.values()))
        for path in paths[1:]:
            path.unlink(missing_ok=True)
        try:
            self.settle()  # some may have got there, and must not show twice
        except VfsError as error:
            log.warning("%d moves of an earlier mount still wait: %s", len(self), error.reason)

    def _enter(self, moves: list[Move]) -> None:
        if not self._moves:
            self._due = time.monotonic() + self._settings.write_back_seconds
        self._moves.update({move.entry.id: move for move in moves})
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="ewsfs-moves", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    # -- telling the server ------------------------------------------------------------------------

    def settle(self) -> None:
        """Have the server move everything now. Raises: VfsError when it can't be told now."""
        while self._carry_out():
            pass

    def close(self, tell: Callable[[int], None]) -> None:
        """End. What the server can't be told of now, the next mount tells it.

        Parameters: `tell`, told how many are left.
        """
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
        try:
            while self._moves:
                tell(len(self._moves))
                self._carry_out()
        except Exception as error:  # the journal has them
            log.warning(
                "%d moves are left for the next mount: %s", len(self), error, exc_info=not isinstance(error, OSError)
            )

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._closed and not self._is_due():
                    self._changed.wait(max(self._due - time.monotonic(), 0.0) if self._moves else None)
                if self._closed:
                    return
            try:
                self._carry_out()
                self._pause = self._settings.retry_seconds
            except Exception as error:  # nobody else would hear of it
                log.warning("%d moves still wait: %s", len(self), error, exc_info=not isinstance(error, OSError))
                with self._changed:
                    self._due = time.monotonic() + self._pause
                self._pause = min(self._pause * 2, _LONGEST)

    def _is_due(self) -> bool:
        return bool(self._moves) and self._due <= time.monotonic()

    def _carry_out(self) -> bool:
        """Move one batch. Returns whether there was one. Raises: VfsError when some of it still waits."""
        with self._working:
            with self._changed:
                moves = list(islice(self._moves.values(), _BATCH))
            if not moves:
                return False
            waiting: dict[str, VfsError] = {}
            failed: dict[str, VfsError] = {}
            for move, outcome in zip(moves, self._tell(moves), strict=True):
                if isinstance(outcome, VfsError):
                    (waiting if is_passing(outcome) else failed)[move.entry.id] = outcome
            if failed:
                self._failed([move for move in moves if move.entry.id in failed], failed)
            self._done([move.entry.id for move in moves if move.entry.id not in waiting])
            for error in waiting.values():
                raise error
            return True

    def _done(self, item_ids: list[str]) -> None:
        with self._changed:
            for item_id in item_ids:
                del self._moves[item_id]
            if self._moves:
                append_text(self._path, "".join(json.dumps({"done": item_id}) + "\n" for item_id in item_ids))
            else:
                self._path.unlink(missing_ok=True)

    def _tell(self, moves: list[Move]) -> list[Entry | VfsError]:
        try:
            return self._changes.relocate(moves)
        except OutcomeUnknown as error:
            # Those that got there show as what they are there by now, and must not show twice.
            there = self._changes.still_there(moves)
            gone = VfsError(errno.ENOENT, "the server may have moved it")
            return [error if move.entry.id in there else gone for move in moves]
        except VfsError as error:
            if is_passing(error):
                raise
            # What is wrong with one of them must not keep the others.
            return [error] if len(moves) == 1 else [self._tell([move])[0] for move in moves]

    def _failed(self, moves: list[Move], errors: Mapping[str, VfsError]) -> None:
        there = self._changes.still_there(moves)
        for move in moves:
            item_id, reason = move.entry.id, errors[move.entry.id].reason
            with self._catalog.lock:
                if item_id in there:
                    log.warning("%s was not moved and is where it was: %s", move.name, reason)
                    self._catalog.end_move(item_id, (move.from_id, move.entry))
                else:
                    # It went elsewhere, or the server had moved it already when the connection was cut.
                    log.info("%s is not where it was to be moved from: %s", move.name, reason)
                    self._catalog.end_move(item_id)
                    self._catalog.drop_entry(move.from_id, item_id)
                self._catalog.expire(move.from_id)
                self._catalog.expire(move.folder_id)


def _line(move: Move) -> str:
    entry = asdict(move.entry) | {"kind": move.entry.kind.value}
    return json.dumps({"from": move.from_id, "to": move.folder_id, "name": move.name, "entry": entry}) + "\n"


def _read(path: Path) -> list[Move]:
    """The moves in a journal that are not done; a line that was cut is of a move that nobody was told of."""
    moves: dict[str, Move] = {}
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    for line in lines:
        try:
            fields = json.loads(line)
            if "done" in fields:
                moves.pop(fields["done"], None)
                continue
            entry = Entry(**fields["entry"] | {"kind": Kind(fields["entry"]["kind"])})
            moves[entry.id] = Move(fields["from"], entry, fields["to"], fields["name"])
        except (ValueError, TypeError, KeyError) as error:
            log.warning("a move in %s can't be read, and is not made: %s", path, error)
    return list(moves.values())
