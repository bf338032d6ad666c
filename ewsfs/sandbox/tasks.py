"""What the properties of a task say about one another: status, percentage and completion go together.

Source: "Task", "PercentComplete", "CompleteDate" in the EWS reference.

Threading: pure functions of an element.
"""

from __future__ import annotations

from datetime import datetime, timezone

from lxml import etree

from ewsfs.sandbox import recurrence, schema
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import t
from ewsfs.sandbox.values import format_datetime, parse_datetime


def fill(properties: etree._Element, owner: str, now: datetime) -> None:
    """Set what a new task has and nobody said."""
    names = ("Status", "PercentComplete", "CompleteDate", "Recurrence")
    agree(properties, {name for name in names if properties.find(t(name)) is not None}, now)
    if properties.find(t("Owner")) is None:
        schema.set_text(properties, "Owner", owner)


def agree(properties: etree._Element, changed: set[str], now: datetime) -> None:
    """Bring Status, PercentComplete and CompleteDate together after some of them were set.

    changed: element names. Raises ResponseError: ErrorInvalidPercentCompleteValue outside of 0 to 100,
    ErrorInvalidCompleteDate for a date in the future, and what `recurrence.check` raises.
    """
    pattern = properties.find(t("Recurrence"))
    if pattern is not None and "Recurrence" in changed:
        start = properties.findtext(t("StartDate")) or properties.findtext(t("DueDate"))
        recurrence.stamp(pattern, timezone.utc)
        recurrence.check(pattern, now if start is None else parse_datetime(start), timezone.utc)
    status = properties.findtext(t("Status")) or "NotStarted"
    percent = _percent(properties.findtext(t("PercentComplete")))
    complete = properties.findtext(t("CompleteDate"))
    if "CompleteDate" in changed and complete:
        if parse_datetime(complete).date() > now.date():
            raise ResponseError("ErrorInvalidCompleteDate", "A task can't be completed in the future.")
        status, percent = "Completed", 100.0
    elif "PercentComplete" in changed and "Status" not in changed:
        status = "Completed" if percent >= 100 else "InProgress" if percent > 0 else "NotStarted"
    elif "Status" in changed:
        if status == "Completed":
            percent = 100.0
        elif status == "NotStarted" or percent >= 100:
            percent = 0.0
    if status != "Completed":
        complete = None
    elif complete is None:
        complete = format_datetime(now.replace(hour=0, minute=0, second=0, microsecond=0))
    schema.set_text(properties, "Status", status)
    schema.set_text(properties, "PercentComplete", f"{percent:g}")
    schema.set_text(properties, "CompleteDate", complete)


def _percent(text: str | None) -> float:
    try:
        percent = float(text or 0)
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise ResponseError("ErrorInvalidPercentCompleteValue", f"{text!r} isn't between 0 and 100.")
    return percent
