"""Identifiers and change keys: opaque base64 to a client, a kind, a store and a number to the sandbox.

An id says what it is of (folder, item, occurrence, attachment), so that a folder id in the place of an item id
gets the answer that Exchange has for it, and carries a checksum, so that a damaged one is told from one whose
object is gone. Used by the store (to make them) and the operations (to read them). Pure functions.

Lengths and first letters are those of Exchange: clients put ids into file names, URLs and columns, and should
meet the real sizes here.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import struct
import zlib
from enum import IntEnum

from ewsfs.sandbox.errors import ResponseError

_HEADER = b"\x00\x03\x24"  # gives the "AAMk" that ids of Exchange begin with
_RANDOM = {1: 54, 2: 78, 3: 86}
_TAIL = struct.Struct(">I")


class IdKind(IntEnum):
    """What an id is of."""

    FOLDER = 1
    ITEM = 2
    ATTACHMENT = 3
    OCCURRENCE = 4


def new_id(kind: IdKind) -> str:
    """A fresh id, never given before: 88 characters for folders, 120 for items, 132 for attachments."""
    return _seal(kind, secrets.token_bytes(_RANDOM[kind]))


def occurrence_id(master_id: str, ordinal: int) -> str:
    """The id of one occurrence of a recurring item.

    ordinal: what tells the occurrences of the master apart (seconds since 1970 of the original start, UTC).
    """
    master = base64.b64decode(master_id)[4:-4]
    return _seal(IdKind.OCCURRENCE, struct.pack(">q", ordinal) + master)


def split_occurrence(identifier: str) -> tuple[str, int]:
    """The master's id and the ordinal that `occurrence_id` was given."""
    raw = base64.b64decode(identifier)
    (ordinal,) = struct.unpack_from(">q", raw, 4)
    return _seal(IdKind.ITEM, raw[12:-4]), int(ordinal)


def _seal(kind: IdKind, payload: bytes) -> str:
    body = _HEADER + bytes([kind]) + payload
    return base64.b64encode(body + _TAIL.pack(zlib.crc32(body))).decode("ascii")


def id_kind(identifier: str | None) -> IdKind:
    """What the id is of.

    Raises ResponseError: ErrorInvalidIdEmpty, ErrorInvalidIdMalformed (not made by any sandbox, or damaged).
    """
    if not identifier:
        raise ResponseError("ErrorInvalidIdEmpty", "Id must be non-empty.")
    try:
        raw = base64.b64decode(identifier, validate=True)
    except (binascii.Error, ValueError):
        raise ResponseError("ErrorInvalidIdMalformed", "Id is malformed.") from None
    if len(raw) < 12 or raw[:3] != _HEADER or raw[3] not in IdKind._value2member_map_:
        raise ResponseError("ErrorInvalidIdMalformed", "Id is malformed.")
    if _TAIL.unpack(raw[-4:])[0] != zlib.crc32(raw[:-4]):
        raise ResponseError("ErrorInvalidIdMalformed", "Id is malformed.")
    return IdKind(raw[3])


_KEY = struct.Struct(">BBB8sQI")


def change_key(number: int, prefix: bytes = b"\x09\x00\x00") -> str:
    """The change key that stands for the change number: another number, another key.

    prefix: three bytes by kind, as Exchange has them: 09 for mail, 0F for appointments, 01 for folders.
    """
    salt = b"ewsfsbox"
    return base64.b64encode(_KEY.pack(prefix[0], 0, 0, salt, number, zlib.crc32(number.to_bytes(8, "big")))).decode(
        "ascii"
    )


def change_number(key: str | None) -> int | None:
    """The change number in a change key, None when there is no key.

    Raises ResponseError ErrorInvalidChangeKey when it is not a change key.
    """
    if not key:
        return None
    try:
        raw = base64.b64decode(key, validate=True)
        _, _, _, _, number, check = _KEY.unpack(raw)
    except (binascii.Error, ValueError, struct.error):
        raise ResponseError("ErrorInvalidChangeKey", "The change key is invalid.") from None
    if check != zlib.crc32(int(number).to_bytes(8, "big")):
        raise ResponseError("ErrorInvalidChangeKey", "The change key is invalid.")
    return int(number)
