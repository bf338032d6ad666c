"""GetUserAvailability (free/busy) and GetMailTips.

Source: "GetUserAvailability operation", "GetMailTips operation", FreeBusyView, MergedFreeBusy in the EWS reference.
"""

from __future__ import annotations

import copy
from datetime import datetime, timedelta, timezone, tzinfo

from dateutil import relativedelta, tz
from lxml import etree

from ewsfs.sandbox import calendar, suggestions
from ewsfs.sandbox.dispatch import Context, fail, operation, succeed
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Item, m, t
from ewsfs.sandbox.occurrences import in_view
from ewsfs.sandbox.soap import SoapFault
from ewsfs.sandbox.soap import response as new_response
from ewsfs.sandbox.store_attachments import parse_properties
from ewsfs.sandbox.users import User
from ewsfs.sandbox.values import format_boolean, parse_datetime

_LONGEST = timedelta(days=62)
_DIGITS = {"Free": "0", "Tentative": "1", "Busy": "2", "OOF": "3", "WorkingElsewhere": "4", "NoData": "4"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MAXIMUM_MESSAGE = 36_700_160  # bytes, what Exchange lets through by default


@operation("GetUserAvailability")
def get_user_availability(context: Context, request: etree._Element) -> etree._Element:
    out = new_response("GetUserAvailability")
    zone_element = request.find(t("TimeZone"))
    zone = context.time_zone if zone_element is None else _zone(zone_element)
    options = request.find(t("FreeBusyViewOptions"))
    wanted = request.find(t("SuggestionsViewOptions"))
    if options is None and wanted is None:
        raise SoapFault("ErrorInvalidFreeBusyViewType", "The request asks for no free/busy view and no suggestions.")
    if options is not None:
        _free_busy(context, request, out, options, zone, zone_element)
    if wanted is not None:
        _suggestions(context, request, out, wanted, zone)
    return out


def _suggestions(
    context: Context, request: etree._Element, out: etree._Element, options: etree._Element, zone: tzinfo
) -> None:
    response = etree.SubElement(out, m("SuggestionsResponse"))
    message = etree.SubElement(response, m("ResponseMessage"))
    try:
        if context.busy is not None:
            raise context.busy
        start, end = suggestions.window(options, zone)
        people: list[suggestions.Busy | None] = []
        for address in request.iterfind(f"{m('MailboxDataArray')}/{t('MailboxData')}/{t('Email')}/{t('Address')}"):
            user = context.users.by_address(address.text or "")
            items = [] if user is None else _planned(context, user, start, end + timedelta(days=1))
            people.append(None if user is None else [(*calendar.times(item), _status(item)) for item in items])
        days = suggestions.days(options, zone, people)
    except ResponseError as error:
        fail(message, error)
    else:
        succeed(message)
        etree.SubElement(response, m("SuggestionDayResultArray")).extend(days)


def _planned(context: Context, user: User, start: datetime, end: datetime) -> list[Item]:
    items = in_view(context, context.store.folder(user.address, "calendar"), start, end)
    return [item for item in items if item.get("IsCancelled") != "true"]


def _free_busy(
    context: Context,
    request: etree._Element,
    out: etree._Element,
    options: etree._Element,
    zone: tzinfo,
    zone_element: etree._Element | None,
) -> None:
    responses = etree.SubElement(out, m("FreeBusyResponseArray"))
    for mailbox in request.iterfind(f"{m('MailboxDataArray')}/{t('MailboxData')}"):
        response = etree.SubElement(responses, m("FreeBusyResponse"))
        message = etree.SubElement(response, m("ResponseMessage"))
        view = etree.Element(m("FreeBusyView"))
        try:
            if context.busy is not None:
                raise context.busy
            user = context.users.by_address(mailbox.findtext(f"{t('Email')}/{t('Address')}") or "")
            if user is None:
                raise ResponseError("ErrorMailRecipientNotFound", "The mailbox of the address was not found.")
            _fill(context, view, user, options, zone, zone_element)
        except ResponseError as error:
            fail(message, error)
            view[:] = []
            etree.SubElement(view, t("FreeBusyViewType")).text = "None"
        else:
            succeed(message)
        response.append(view)


def _zone(element: etree._Element) -> tzinfo:
    """The zone of a SerializableTimeZone: a bias to UTC and the two changes of the clock."""
    bias = -int(element.findtext(t("Bias")) or 0)
    standard, daylight = element.find(t("StandardTime")), element.find(t("DaylightTime"))
    if standard is None or daylight is None or int(daylight.findtext(t("Month")) or 0) == 0:
        return timezone(timedelta(minutes=bias))
    base = timedelta(minutes=bias)
    own = base - timedelta(minutes=int(standard.findtext(t("Bias")) or 0))
    summer = base - timedelta(minutes=int(daylight.findtext(t("Bias")) or 0))
    if own == summer:
        return timezone(own)
    back = _change(standard)
    return tz.tzrange("STD", own, "DST", summer, start=_change(daylight), end=back + (own - summer))


def _change(element: etree._Element) -> relativedelta.relativedelta:
    order = int(element.findtext(t("DayOrder")) or 1)
    month = int(element.findtext(t("Month")) or 1)
    name = element.findtext(t("DayOfWeek")) or "Sunday"
    hours, minutes, seconds = (int(part) for part in (element.findtext(t("Time")) or "02:00:00").split(":")[:3])
    weekday = relativedelta.weekday(_DAYS.index(name) if name in _DAYS else 6, -1 if order == 5 else order)
    return relativedelta.relativedelta(
        hours=hours, minutes=minutes, seconds=seconds, month=month, day=31 if order == 5 else 1, weekday=weekday
    )


def _fill(
    context: Context,
    view: etree._Element,
    user: User,
    options: etree._Element,
    zone: tzinfo,
    given: etree._Element | None,
) -> None:
    window = options.find(t("TimeWindow"))
    try:
        start, end = (
            parse_datetime((window.findtext(t(name)) if window is not None else None) or "", zone)
            for name in ("StartTime", "EndTime")
        )
    except ValueError:
        raise ResponseError("ErrorInvalidTimeInterval", "The time window isn't one.") from None
    if end <= start:
        raise ResponseError("ErrorInvalidTimeInterval", "The time window ends before it starts.")
    if end - start > _LONGEST:
        raise ResponseError("ErrorTimeIntervalTooBig", "The time window is longer than 62 days.")
    wanted = (options.findtext(t("RequestedView")) or "FreeBusyMerged").strip()
    if wanted.startswith("Detailed") and user != context.user:
        wanted = wanted.replace("Detailed", "FreeBusy")
    items = _planned(context, user, start, end)
    etree.SubElement(view, t("FreeBusyViewType")).text = wanted
    if "Merged" in wanted:
        minutes = int(options.findtext(t("MergedFreeBusyIntervalInMinutes")) or 30)
        if not 5 <= minutes <= 1440:
            raise ResponseError("ErrorInvalidMergedFreeBusyInterval", "The interval must be 5 to 1440 minutes.")
        etree.SubElement(view, t("MergedFreeBusy")).text = _merged(items, start, end, timedelta(minutes=minutes))
    if wanted not in ("MergedOnly", "None") and items:
        events = etree.SubElement(view, t("CalendarEventArray"))
        events.extend([_event(item, zone, wanted.startswith("Detailed")) for item in items])
    if wanted not in ("MergedOnly", "None") and given is not None:
        hours = etree.SubElement(view, t("WorkingHours"))
        hours.append(copy.deepcopy(given))
        period = etree.SubElement(etree.SubElement(hours, t("WorkingPeriodArray")), t("WorkingPeriod"))
        for name, text in (
            ("DayOfWeek", " ".join(_DAYS[:5])),
            ("StartTimeInMinutes", "480"),
            ("EndTimeInMinutes", "1020"),
        ):
            etree.SubElement(period, t(name)).text = text


def _status(item: Item) -> str:
    return item.get("LegacyFreeBusyStatus") or "Busy"


def _merged(items: list[Item], start: datetime, end: datetime, step: timedelta) -> str:
    """A digit for each interval: the busiest thing in it."""
    count = -(-(end - start) // step)
    digits = ["0"] * count
    for item in items:
        begin, finish = calendar.times(item)
        digit = _DIGITS.get(_status(item), "2")
        for index in range(max((begin - start) // step, 0), min(-(-(finish - start) // step), count)):
            digits[index] = max(digits[index], digit)
    return "".join(digits)


def _event(item: Item, zone: tzinfo, detailed: bool) -> etree._Element:
    out = etree.Element(t("CalendarEvent"))
    for name, moment in zip(("StartTime", "EndTime"), calendar.times(item), strict=True):
        etree.SubElement(out, t(name)).text = f"{moment.astimezone(zone):%Y-%m-%dT%H:%M:%S}"
    etree.SubElement(out, t("BusyType")).text = _status(item)
    if detailed:
        details = etree.SubElement(out, t("CalendarEventDetails"))
        etree.SubElement(details, t("ID")).text = item.id
        etree.SubElement(details, t("Subject")).text = item.get("Subject") or ""
        etree.SubElement(details, t("Location")).text = item.get("Location") or ""
        kind = item.get("CalendarItemType") or "Single"
        for name, value in (
            ("IsMeeting", item.properties.find(t("RequiredAttendees")) is not None),
            ("IsRecurring", kind == "Occurrence"),
            ("IsException", kind == "Exception"),
            ("IsReminderSet", item.get("ReminderIsSet") == "true"),
            ("IsPrivate", item.get("Sensitivity") in ("Private", "Personal")),
        ):
            etree.SubElement(details, t(name)).text = format_boolean(value)
    return out


@operation("GetMailTips")
def get_mail_tips(context: Context, request: etree._Element) -> etree._Element:
    out = new_response("GetMailTips")
    if context.busy is not None:
        fail(out, context.busy)
        return out
    succeed(out)
    messages = etree.SubElement(out, m("ResponseMessages"))
    wanted = set((request.findtext(m("MailTipsRequested")) or "All").split())
    for mailbox in request.iterfind(f"{m('Recipients')}/{t('Mailbox')}"):
        message = etree.SubElement(messages, m("MailTipsResponseMessageType"))
        succeed(message)
        message.append(_tips(context, mailbox, wanted))
    return out


def _tips(context: Context, mailbox: etree._Element, wanted: set[str]) -> etree._Element:
    address = mailbox.findtext(t("EmailAddress")) or ""
    user = context.users.by_address(address)
    local_domain = address.lower().endswith("@" + context.user.address.rpartition("@")[2])
    tips = etree.Element(m("MailTips"))
    recipient = etree.SubElement(tips, t("RecipientAddress"))
    etree.SubElement(recipient, t("Name")).text = user.display_name if user else address
    etree.SubElement(recipient, t("EmailAddress")).text = user.address if user else address
    etree.SubElement(recipient, t("RoutingType")).text = "SMTP"
    etree.SubElement(tips, t("PendingMailTips"))
    everything = "All" in wanted
    if everything or "OutOfOfficeMessage" in wanted:
        tips.append(_out_of_office(context, user))
    for tip, name, text in (
        ("MailboxFullStatus", "MailboxFull", "false"),
        ("CustomMailTip", "CustomMailTip", None),
        ("TotalMemberCount", "TotalMemberCount", "1"),
        ("ExternalMemberCount", "ExternalMemberCount", "0" if local_domain else "1"),
        ("MaxMessageSize", "MaxMessageSize", str(_MAXIMUM_MESSAGE)),
        ("DeliveryRestriction", "DeliveryRestricted", "false"),
        ("ModerationStatus", "IsModerated", "false"),
        ("InvalidRecipient", "InvalidRecipient", format_boolean(user is None and local_domain)),
    ):
        if (everything or tip in wanted) and text is not None:
            etree.SubElement(tips, t(name)).text = text
    return tips


def _out_of_office(context: Context, user: User | None) -> etree._Element:
    """What somebody in the organization is told: the internal reply, while it is on."""
    out = etree.Element(t("OutOfOffice"))
    body = etree.SubElement(out, t("ReplyBody"))
    text = etree.SubElement(body, t("Message"))
    kept = context.store.setting(user.address, "oof") if user else None
    settings = parse_properties(kept) if kept else None
    if settings is None or not _is_away(settings):
        return out
    text.text = settings.findtext(f"{t('InternalReply')}/{t('Message')}")
    duration = settings.find(t("Duration"))
    if duration is not None and settings.findtext(t("OofState")) == "Scheduled":
        out.append(copy.deepcopy(duration))
    return out


def _is_away(settings: etree._Element) -> bool:
    state = settings.findtext(t("OofState"))
    if state != "Scheduled":
        return state == "Enabled"
    now = datetime.now(timezone.utc)
    start, end = (settings.findtext(f"{t('Duration')}/{t(name)}") or "" for name in ("StartTime", "EndTime"))
    return parse_datetime(start) <= now < parse_datetime(end)
