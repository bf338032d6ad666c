"""The folders of a mailbox: classes by content, the default folders, the tree.

`folder_from_xml` decides which class an element of a reply becomes, by the element's name and the FolderClass.
"""

from __future__ import annotations

from typing import Any

from ewsfs.ews.folders.base import AnyFolder, BaseFolder, FolderCollection, to_folder_id
from ewsfs.ews.folders.kinds import (
    Calendar,
    Contacts,
    Folder,
    Messages,
    SearchFolder,
    Tasks,
    class_for,
)
from ewsfs.ews.properties import DistinguishedFolderId, FolderId, ParentFolderId
from ewsfs.ews.xmlnames import Element, local, text_of


def folder_from_xml(element: Element) -> Folder[Any]:
    """The folder that an element of a reply stands for."""
    kind = class_for(local(element), text_of(element, "FolderClass"))
    return kind.from_xml(element)


__all__ = [
    "AnyFolder",
    "BaseFolder",
    "Calendar",
    "Contacts",
    "DistinguishedFolderId",
    "Folder",
    "FolderCollection",
    "FolderId",
    "Messages",
    "ParentFolderId",
    "SearchFolder",
    "Tasks",
    "class_for",
    "folder_from_xml",
    "to_folder_id",
]
