"""Subscribe, Unsubscribe, GetEvents, GetStreamingEvents.

Source: the pages of these operations in the EWS reference; "Notification subscriptions, mailbox events, and EWS".
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from lxml import etree

from ewsfs.sandbox.dispatch import Context, fail, operation, payload, required, respond, succeed
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.events import Event
from ewsfs.sandbox.folder_shape import PARENT_KEY
from ewsfs.sandbox.model import children, local, m, t
from ewsfs.sandbox.soap import response as new_response
from ewsfs.sandbox.subscriptions import Subscription, Subscriptions, new_subscription_id, position, watermark
from ewsfs.sandbox.targets import folder
from ewsfs.sandbox.values import format_boolean, format_datetime

HEARTBEAT = 45.0  # seconds without events until a streaming connection says that it lives
MINUTE = 60.0  # seconds; tests make it shorter
_EVENTS_A_REPLY = 100


def _subscriptions(context: Context) -> Subscriptions:
    return context.own("subscriptions", Subscriptions)


@operation("Subscribe")
def subscribe(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        wanted = next(children(request))
        kind = {"PullSubscriptionRequest": "pull", "StreamingSubscriptionRequest": "streaming"}.get(local(wanted))
        if kind is None:
            raise ResponseError("ErrorInvalidSubscriptionRequest", "This server sends no push notifications.")
        log = context.store.events
        given = wanted.findtext(t("Watermark"))
        start = position(log, given) if given else log.last
        subscription = _read(context, wanted, kind, start)
        _subscriptions(context).add(subscription)
        out = [_text("SubscriptionId", subscription.id)]
        if kind == "pull":
            out.append(_text("Watermark", watermark(log, start)))
        return out

    return respond(context, "Subscribe", [work])


def _read(context: Context, wanted: etree._Element, kind: str, start: int) -> Subscription:
    everything = wanted.get("SubscribeToAllFolders", "false") in ("true", "1")
    places = [folder(context, element) for element in wanted.iterfind(f"{t('FolderIds')}/*")]
    if everything == bool(places):
        raise ResponseError("ErrorInvalidSubscriptionRequest", "Either all folders or some folders must be asked for.")
    if len({place.mailbox for place in places}) > 1:
        raise ResponseError("ErrorInvalidSubscriptionRequest", "The folders belong to different mailboxes.")
    minutes = wanted.findtext(t("Timeout")) or "30"
    return Subscription(
        id=new_subscription_id(),
        kind=kind,
        user=context.user.address,
        mailbox=places[0].mailbox if places else context.user.address,
        folders=None if everything else frozenset(place.id for place in places),
        types=frozenset(element.text or "" for element in wanted.iterfind(f"{t('EventTypes')}/{t('EventType')}")),
        position=start,
        minutes=max(1, min(int(minutes), 1440)) if minutes.isdecimal() else 30,
    )


@operation("Unsubscribe")
def unsubscribe(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        identifier = request.findtext(m("SubscriptionId")) or ""
        _subscriptions(context).remove(identifier, context.user.address)
        context.store.events.poke()
        return []

    return respond(context, "Unsubscribe", [work])


@operation("GetEvents")
def get_events(context: Context, request: etree._Element) -> etree._Element:
    def work() -> list[etree._Element]:
        log = context.store.events
        found = _subscriptions(context).get(request.findtext(m("SubscriptionId")) or "", context.user.address, "pull")
        start = position(log, request.findtext(m("Watermark")) or "")
        events = log.after(start)
        if events is None:
            raise ResponseError("ErrorInvalidWatermark", "The events after this watermark are gone.")
        own = [(number, event) for number, event in events if found.wants(event)]
        more = len(own) > _EVENTS_A_REPLY
        own = own[:_EVENTS_A_REPLY]
        out = payload("Notification")
        etree.SubElement(out, t("SubscriptionId")).text = found.id
        etree.SubElement(out, t("PreviousWatermark")).text = watermark(log, start)
        etree.SubElement(out, t("MoreEvents")).text = format_boolean(more)
        for number, event in own:
            out.append(_event(event, watermark(log, number)))
        if not own:
            status = etree.SubElement(out, t("StatusEvent"))
            etree.SubElement(status, t("Watermark")).text = watermark(log, events[-1][0] if events else start)
        return [out]

    return respond(context, "GetEvents", [work])


def _event(event: Event, mark: str | None) -> etree._Element:
    out = etree.Element(t(event.kind))
    if mark is not None:
        etree.SubElement(out, t("Watermark")).text = mark
    etree.SubElement(out, t("TimeStamp")).text = format_datetime(event.time)
    name = "FolderId" if event.is_folder else "ItemId"
    etree.SubElement(out, t(name), Id=event.object_id, ChangeKey=event.object_key)
    etree.SubElement(out, t("ParentFolderId"), Id=event.parent_id, ChangeKey=PARENT_KEY)
    if event.kind in ("MovedEvent", "CopiedEvent"):
        etree.SubElement(out, t(f"Old{name}"), Id=event.old_id, ChangeKey=PARENT_KEY)
        etree.SubElement(out, t("OldParentFolderId"), Id=event.old_parent_id, ChangeKey=PARENT_KEY)
    return out


@operation("GetStreamingEvents")
def get_streaming_events(context: Context, request: etree._Element) -> Iterator[etree._Element]:
    wanted = [element.text or "" for element in required(request, m("SubscriptionIds"))]
    minutes = request.findtext(m("ConnectionTimeout")) or "30"
    return _stream(context, wanted, int(minutes) * MINUTE if minutes.isdecimal() else 30 * MINUTE)


def _stream(context: Context, wanted: list[str], seconds: float) -> Iterator[etree._Element]:
    """The messages of one streaming connection, until its time is over or the server stops."""
    log, reader = context.store.events, object()
    end = time.monotonic() + seconds
    if context.busy is not None:
        yield _failure(context.busy, [])
        return
    first = quiet = True
    while True:
        last, pokes = log.last, log.pokes  # before looking, so that nothing that happens meanwhile is slept over
        found, missing, error = _taken(context, wanted, reader, first)
        if error is not None:
            yield _failure(error, missing)
            return
        entries = [entry for one in found if (entry := _notification(context, one, last)) is not None]
        if entries:
            yield _success(payload("Notifications", *entries))
        elif quiet:
            yield _success(_text("ConnectionStatus", "OK"))
        for one in found:  # only now: a connection that broke meanwhile must not have swallowed the events
            one.position = max(last, one.position)
        first = False
        remaining = end - time.monotonic()
        if remaining > 0 and not log.closed:
            quiet = not log.wait(last, pokes, min(HEARTBEAT, remaining))
        if log.closed or time.monotonic() >= end:
            break
    yield _success(_text("ConnectionStatus", "Closed"))


def _taken(
    context: Context, wanted: list[str], reader: object, first: bool
) -> tuple[list[Subscription], list[str], ResponseError | None]:
    """The subscriptions of a connection; an error when one is gone, or another connection took it over."""
    found: list[Subscription] = []
    missing: list[str] = []
    error = None
    for identifier in wanted:
        try:
            one = _subscriptions(context).get(identifier, context.user.address, "streaming")
        except ResponseError as problem:
            missing.append(identifier)
            error = problem
            continue
        if first:
            one.reader = reader
            context.store.events.poke()
        elif one.reader is not reader:
            missing.append(identifier)
            error = ResponseError("ErrorNewEventStreamConnectionOpened", "Another connection took the subscription.")
        found.append(one)
    return found, missing, error


def _notification(context: Context, one: Subscription, last: int) -> etree._Element | None:
    events = context.store.events.after(one.position) or []
    own = [event for number, event in events if number <= last and one.wants(event)]
    if not own:
        return None
    out = etree.Element(t("Notification"))
    etree.SubElement(out, t("SubscriptionId")).text = one.id
    out.extend([_event(event, None) for event in own])
    return out


def _message(response: etree._Element) -> etree._Element:
    messages = etree.SubElement(response, m("ResponseMessages"))
    return etree.SubElement(messages, m("GetStreamingEventsResponseMessage"))


def _success(content: etree._Element) -> etree._Element:
    out = new_response("GetStreamingEvents")
    message = _message(out)
    succeed(message)
    message.append(content)
    return out


def _failure(error: ResponseError, missing: list[str]) -> etree._Element:
    out = new_response("GetStreamingEvents")
    message = _message(out)
    fail(message, error)
    if missing:
        entries = etree.SubElement(message, m("ErrorSubscriptionIds"))
        for identifier in missing:
            etree.SubElement(entries, t("SubscriptionId")).text = identifier
    return out


def _text(name: str, text: str) -> etree._Element:
    element = payload(name)
    element.text = text
    return element
