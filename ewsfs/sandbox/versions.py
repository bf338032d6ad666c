"""Older servers: the builds of Exchange, and which properties each of them doesn't have yet.

A sandbox can be told to be an older server. It then tells that build, refuses newer schema versions, and property
paths and elements that its schema lacks, as a whole and by a fault. Its replies aren't cut down otherwise.

Source: EWS reference, "EWS schema versions in Exchange", and the property pages with the version that they came with.
Threading: pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from ewsfs.sandbox.model import local
from ewsfs.sandbox.soap import SoapFault

# Oldest first: RequestServerVersion, and the build of the last update that spoke it.
BUILDS: Mapping[str, tuple[int, int, int, int]] = {
    "Exchange2007_SP1": (8, 3, 485, 1),
    "Exchange2010": (14, 0, 726, 0),
    "Exchange2010_SP1": (14, 1, 438, 0),
    "Exchange2010_SP2": (14, 3, 513, 0),
    "Exchange2013": (15, 0, 775, 38),
    "Exchange2013_SP1": (15, 0, 1497, 48),
    "Exchange2016": (15, 1, 2507, 39),
}
_NEWEST = "Exchange2016"

_CAME_WITH = {
    "Exchange2010": """
        item:IsAssociated item:WebClientReadFormQueryString item:WebClientEditFormQueryString item:ConversationId
        item:UniqueBody calendar:StartTimeZone calendar:EndTimeZone contacts:HasPicture distributionlist:Members
        folder:SharingEffectiveRights""",
    "Exchange2010_SP2": """
        item:StoreEntryId contacts:PhoneticFullName contacts:PhoneticFirstName contacts:PhoneticLastName
        contacts:Alias contacts:Notes contacts:Photo contacts:UserSMIMECertificate contacts:MSExchangeCertificate
        contacts:DirectoryId contacts:ManagerMailbox contacts:DirectReports""",
    "Exchange2013": """
        item:Flag item:InstanceKey item:NormalizedBody item:EntityExtractionResult item:PolicyTag item:ArchiveTag
        item:RetentionDate item:Preview item:TextBody item:IconIndex item:ReminderNextTime item:BlockStatus
        item:HasBlockedImages item:RightsManagementLicenseData item:PredictedActionReasons
        folder:DistinguishedFolderId folder:PolicyTag folder:ArchiveTag folder:ReplicaList
        calendar:StartWallClock calendar:EndWallClock calendar:StartTimeZoneId calendar:EndTimeZoneId
        calendar:EnhancedLocation calendar:JoinOnlineMeetingUrl calendar:OnlineMeetingSettings calendar:IsOrganizer
        meeting:ProposedStart meeting:ProposedEnd meetingRequest:ChangeHighlights""",
}
_ORDER = list(BUILDS)
_SINCE = {uri: _ORDER.index(version) for version, uris in _CAME_WITH.items() for uri in uris.split()}
_ELEMENTS = {uri.partition(":")[2]: since for uri, since in _SINCE.items()}
_ELEMENTS.update(IsInline=_ORDER.index("Exchange2010"), IsContactPhoto=_ORDER.index("Exchange2010"))
_WRITTEN = (
    "Items",
    "Folders",
    "SetItemField",
    "SetFolderField",
    "Attachments",
)  # what holds items, folders, attachments


def server_version_info(version: str) -> dict[str, str]:
    """The attributes of ServerVersionInfo. Raises ValueError for a version that no server has."""
    if version not in BUILDS:
        raise ValueError(f"version is one of {', '.join(BUILDS)}, not {version!r}")
    names = ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber")
    told = dict(zip(names, map(str, BUILDS[version]), strict=True))
    told["Version"] = "V2017_07_11" if version == _NEWEST else version
    return told


def check(server: str, asked: str, body: etree._Element) -> None:
    """Whether a server of one version takes a request in another one. Raises SoapFault.

    asked: RequestServerVersion. body: the element of the operation.
    """
    if server == _NEWEST:
        return
    if asked not in _ORDER[: _ORDER.index(server) + 1] and asked != "Exchange2007":
        raise SoapFault("ErrorInvalidServerVersion", "The specified server version is invalid.")
    for path in body.iter("{*}FieldURI"):
        uri = path.get("FieldURI", "")
        if _SINCE.get(uri, 0) > _ORDER.index(server):
            raise SoapFault(
                "ErrorSchemaValidation",
                f"The request failed schema validation: The '{local(path)}' attribute is invalid - The value '{uri}' "
                "is invalid according to its datatype 'UnindexedFieldURIType' - The Enumeration constraint failed.",
            )
    for holder in body.iter(*(f"{{*}}{name}" for name in _WRITTEN)):
        for element in (part for written in holder for part in written):
            if _ELEMENTS.get(local(element), 0) > _ORDER.index(server):
                raise SoapFault(
                    "ErrorSchemaValidation",
                    f"The request failed schema validation: The element '{local(holder)}' holds something that has "
                    f"invalid child element '{local(element)}'.",
                )
