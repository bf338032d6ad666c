"""GetUserOofSettings, SetUserOofSettings, GetServerTimeZones.

Source: the pages of these operations in the EWS reference.
"""

from __future__ import annotations

import copy
from datetime import datetime, timedelta, timezone

from lxml import etree

from ewsfs.sandbox import timezones
from ewsfs.sandbox.dispatch import Context, fail, operation, payload, required, respond, succeed
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import m, t
from ewsfs.sandbox.soap import response as new_response
from ewsfs.sandbox.store_attachments import parse_properties
from ewsfs.sandbox.values import format_datetime, parse_datetime

_OOF = "oof"


def _owner(context: Context, request: etree._Element) -> str:
    """The mailbox that the request is about. Raises ResponseError for one that isn't the user's."""
    address = (request.findtext(f"{t('Mailbox')}/{t('Address')}") or "").strip()
    user = context.users.by_address(address)
    if user is None:
        raise ResponseError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
    if user != context.user:
        raise ResponseError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    return user.address


@operation("GetUserOofSettings")
def get_user_oof_settings(context: Context, request: etree._Element) -> etree._Element:
    out = new_response("GetUserOofSettings")
    message = etree.SubElement(out, m("ResponseMessage"))
    try:
        if context.busy is not None:
            raise context.busy
        kept = context.store.setting(_owner(context, request), _OOF)
    except ResponseError as error:
        fail(message, error)
        return out
    succeed(message)
    out.append(parse_properties(kept) if kept else _unset())
    etree.SubElement(out, m("AllowExternalOof")).text = "All"
    return out


def _unset() -> etree._Element:
    """What a mailbox has that never was out of office: disabled, with the next day prepared."""
    settings = etree.Element(t("OofSettings"))
    etree.SubElement(settings, t("OofState")).text = "Disabled"
    etree.SubElement(settings, t("ExternalAudience")).text = "All"
    midnight = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    _duration(settings, midnight, midnight + timedelta(days=1))
    for name in ("InternalReply", "ExternalReply"):
        etree.SubElement(etree.SubElement(settings, t(name)), t("Message")).text = ""
    return settings


def _duration(settings: etree._Element, start: datetime, end: datetime) -> None:
    duration = etree.SubElement(settings, t("Duration"))
    etree.SubElement(duration, t("StartTime")).text = format_datetime(start)
    etree.SubElement(duration, t("EndTime")).text = format_datetime(end)


@operation("SetUserOofSettings")
def set_user_oof_settings(context: Context, request: etree._Element) -> etree._Element:
    out = new_response("SetUserOofSettings")
    message = etree.SubElement(out, m("ResponseMessage"))
    try:
        if context.busy is not None:
            raise context.busy
        settings = _checked(context, required(request, t("UserOofSettings")))
        context.store.set_setting(_owner(context, request), _OOF, etree.tostring(settings, encoding="unicode"))
    except ResponseError as error:
        fail(message, error)
        return out
    succeed(message)
    return out


def _checked(context: Context, given: etree._Element) -> etree._Element:
    """The settings to keep. Raises ResponseError for a wrong or missing duration."""
    state = (given.findtext(t("OofState")) or "").strip()
    audience = (given.findtext(t("ExternalAudience")) or "").strip()
    if state not in ("Disabled", "Enabled", "Scheduled") or audience not in ("None", "Known", "All"):
        raise ResponseError("ErrorInvalidUserOofSettings", "The state or the audience isn't one.")
    settings = etree.Element(t("OofSettings"))
    etree.SubElement(settings, t("OofState")).text = state
    etree.SubElement(settings, t("ExternalAudience")).text = audience
    duration = given.find(t("Duration"))
    if duration is not None:
        try:
            start = parse_datetime(duration.findtext(t("StartTime")) or "", context.time_zone)
            end = parse_datetime(duration.findtext(t("EndTime")) or "", context.time_zone)
        except ValueError:
            raise ResponseError("ErrorInvalidScheduledOofDuration", "The duration has no valid times.") from None
        if state == "Scheduled" and (end <= start or end <= datetime.now(timezone.utc)):
            raise ResponseError("ErrorInvalidScheduledOofDuration", "The duration must end after it began, and later.")
        _duration(settings, start, end)
    elif state == "Scheduled":
        raise ResponseError("ErrorInvalidScheduledOofDuration", "A schedule needs a duration.")
    for name in ("InternalReply", "ExternalReply"):
        reply = given.find(t(name))
        if reply is not None:
            settings.append(copy.deepcopy(reply))
        else:
            etree.SubElement(etree.SubElement(settings, t(name)), t("Message")).text = ""
    return settings


@operation("GetServerTimeZones")
def get_server_time_zones(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        full = request.get("ReturnFullTimeZoneData", "true") in ("true", "1")
        wanted = [(element.text or "").strip() for element in request.iterfind(f"{m('Ids')}/*")]
        return [payload("TimeZoneDefinitions", *timezones.definitions(wanted, full=full))]

    return respond(context, "GetServerTimeZones", [work])
