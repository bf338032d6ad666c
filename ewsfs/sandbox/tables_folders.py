"""The properties of every kind of folder; see `tables` for how a line is read."""

from __future__ import annotations

FOLDER_BASE = """
FolderId                      id          dqk
ParentFolderId                id          qk
FolderClass                   string      c
DisplayName                   string      wdn
TotalCount                    int         dk
ChildFolderCount              int         dk
-:ExtendedProperty            complex     w
ManagedFolderInformation      complex     xq
EffectiveRights               complex     qk
DistinguishedFolderId         string      xqk
PolicyTag                     complex     wxq
ArchiveTag                    complex     wxq
ReplicaList                   complex     xq
"""

FOLDER = """
PermissionSet                 complex     wgxq
UnreadCount                   int         dk
"""

SHARED_FOLDER = """
SharingEffectiveRights        complex     xq
PermissionSet                 complex     wgxq
"""

CONTACTS_FOLDER = """
-:SourceId                    string      xq
-:AccountName                 string      xq
"""

SEARCH_FOLDER = """
SearchParameters              complex     wgxq
"""

# For each kind of folder: the tables that make it up, in order, each with the prefix of its FieldURIs.
_FOLDER = (("folder", FOLDER_BASE), ("folder", FOLDER))
_SHARED = (("folder", FOLDER_BASE), ("folder", SHARED_FOLDER))

FOLDER_KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "Folder": _FOLDER,
    "CalendarFolder": _SHARED,
    "ContactsFolder": (*_SHARED, ("folder", CONTACTS_FOLDER)),
    "SearchFolder": (*_FOLDER, ("folder", SEARCH_FOLDER)),
    "TasksFolder": _FOLDER,
}
