"""The words of iCalendar and vCard for those of Exchange; read both ways by `ics`, `icsread`, `vcf`, `vcfread`.

Sources: RFC 5545 3.2 and 3.8; [MS-OXCICAL] 2.1.3 for the X- words that Outlook writes.
"""

from __future__ import annotations

PRODUCT = "-//ewsfs//ewsfs//EN"

CLASSES = {"Normal": "PUBLIC", "Personal": "X-PERSONAL", "Private": "PRIVATE", "Confidential": "CONFIDENTIAL"}
PRIORITIES = {"High": 1, "Normal": 5, "Low": 9}
PARTICIPATION = {
    "Organizer": "ACCEPTED",
    "Tentative": "TENTATIVE",
    "Accept": "ACCEPTED",
    "Decline": "DECLINED",
    "Unknown": "NEEDS-ACTION",
    "NoResponseReceived": "NEEDS-ACTION",
}
# Outlook and Apple's calendar write this where a participant has no mail address.
NO_ADDRESS = "invalid:nomail"

BUSY = {
    "Free": "FREE",
    "Tentative": "TENTATIVE",
    "Busy": "BUSY",
    "OOF": "OOF",
    "WorkingElsewhere": "WORKINGELSEWHERE",
}
TASK_STATUS = {
    "NotStarted": "NEEDS-ACTION",
    "InProgress": "IN-PROCESS",
    "Completed": "COMPLETED",
    "WaitingOnOthers": "NEEDS-ACTION",
    "Deferred": "NEEDS-ACTION",
}
# What iCalendar has no word for: the status of a task that waits, a task that is made anew when it is done.
TASK_STATUS_PROPERTY = "X-EWS-TASK-STATUS"
REGENERATES_PROPERTY = "X-EWS-REGENERATES"
