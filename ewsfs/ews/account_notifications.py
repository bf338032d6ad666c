"""What an account tells of changes as they happen, or when it is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ewsfs.ews.folders import BaseFolder, to_folder_id
from ewsfs.ews.notifications import Events, poll, stream
from ewsfs.ews.services.notifications import EVENT_TYPES
from ewsfs.ews.xmlnames import Element

if TYPE_CHECKING:
    from ewsfs.ews.protocol import Protocol
    from ewsfs.ews.services.notifications import EventType
    from ewsfs.ews.soap import RequestHeader


class NotificationOperations:
    """The part of `Account` that is about notifications."""

    protocol: Protocol

    if TYPE_CHECKING:

        @property
        def header(self) -> RequestHeader: ...

    def listen(
        self,
        folders: Iterable[BaseFolder[Any]] | None = None,
        event_types: Sequence[EventType] = EVENT_TYPES,
        *,
        connection_minutes: int = 29,
        stop: threading.Event | None = None,
    ) -> Events:
        """Events as they happen, over a connection that is kept open (Exchange 2010 SP1).

        Parameters: `folders`, None for all; the rest, what comes and what is raised: see `notifications.stream`.
        """
        return stream(
            self.protocol,
            self.header,
            folders=_folder_ids(folders),
            event_types=event_types,
            connection_minutes=connection_minutes,
            stop=stop,
        )

    def pull(
        self,
        folders: Iterable[BaseFolder[Any]] | None = None,
        event_types: Sequence[EventType] = EVENT_TYPES,
        *,
        interval: float = 60,
        subscription_minutes: int = 30,
        stop: threading.Event | None = None,
    ) -> Events:
        """Events by asking every `interval` seconds, for servers and networks on which `listen` doesn't work.

        Parameters: `folders`, None for all (Exchange 2010); the rest: see `notifications.poll`.
        """
        return poll(
            self.protocol,
            self.header,
            folders=_folder_ids(folders),
            event_types=event_types,
            interval=interval,
            subscription_minutes=subscription_minutes,
            stop=stop,
        )


def _folder_ids(folders: Iterable[BaseFolder[Any]] | None) -> list[Element] | None:
    return None if folders is None else [to_folder_id(folder) for folder in folders]
