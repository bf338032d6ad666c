"""Items as files and files as items: messages (.eml), calendar and tasks (.ics), contacts and lists (.vcf).

Pure functions over bytes and over the item classes of `ewsfs.ews`: nothing here opens a file, asks a
server, looks at a clock or keeps state, so every function may be called from any thread. The same item
gives the same bytes on every machine (DESIGN.md 4).
"""

from ewsfs.formats.errors import FormatError

__all__ = ["FormatError"]
