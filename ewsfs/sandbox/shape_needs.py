"""What a shape needs to have read from the store: MIME, and bodies and headers, or the short form of items.

Used by FindItem, SyncFolderItems and GetItem. Threading: pure functions.
"""

from __future__ import annotations

from ewsfs.sandbox.paths import ExtendedFieldURI, FieldURI, Path
from ewsfs.sandbox.shape import Shape

# Properties that are made of the body or the headers.
_FROM_LONG = frozenset(
    {
        "item:Body",
        "item:TextBody",
        "item:UniqueBody",
        "item:NormalizedBody",
        "item:Preview",
        "item:InternetMessageHeaders",
        "contacts:Notes",
    }
)
_TAGS_FROM_LONG = frozenset({0x007D, 0x1000, 0x1009, 0x1013, 0x3FD9})


def mime(shape: Shape) -> bool:
    """Whether a shape shows MIME."""
    return shape.include_mime or FieldURI("item:MimeContent") in shape.paths


def short(shape: Shape) -> bool:
    """Whether the short form of items (see `item_rows.LONG`) is enough to render a listing."""
    return shape.find and shape.base != "AllProperties" and not any(_is_long(path) for path in shape.paths)


def _is_long(path: Path) -> bool:
    if isinstance(path, FieldURI):
        return path.uri in _FROM_LONG
    if isinstance(path, ExtendedFieldURI):
        return (path.property_set is not None and path.name is not None) or path.tag in _TAGS_FROM_LONG
    return path.uri == "item:InternetMessageHeader"
