"""The occurrences of a series on the server: found by when they were to start, changed, deleted.

Sources: the pages "Calendars and EWS in Exchange", "OccurrenceItemId", "ModifiedOccurrences" and "UpdateItem
operation" of the EWS reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone, tzinfo
from typing import Any, NamedTuple

from ewsfs.ews import errors as ews
from ewsfs.ews.ids import OccurrenceItemId
from ewsfs.ews.items import ALWAYS_OVERWRITE, CalendarItem
from ewsfs.vfs.remote.link import Link

_MASTER = ("start_timezone", "modified_occurrences")


class Series(NamedTuple):
    """A series as the server has it. `changed` has the ids of its changed occurrences by their original start."""

    id: str
    change_key: str
    zone: tzinfo | None
    changed: dict[datetime, str]


class RemoteSeries(Link):
    """Questions about the occurrences of a series, and changes of them."""

    def look_at_series(self, item_id: str) -> Series:
        """A series, or any other event, as it is now. Raises: VfsError (ENOENT)."""
        with self.speaking() as account:
            item = next(iter(account.fetch([item_id], only_fields=list(_MASTER))))
            if isinstance(item, Exception):
                raise item
        changed = {
            _utc(each.original_start): each.item_id
            for each in item.modified_occurrences or ()
            if each.item_id and each.original_start is not None
        }
        return Series(item_id, item.changekey or "", item.start_timezone, changed)

    def find_occurrences(
        self, series: Series, starts: Iterable[datetime], places: Mapping[datetime, int]
    ) -> dict[datetime, str]:
        """The ids of occurrences by when they were to start; one that was deleted, or never was, is left out.

        Parameters: `starts`, in UTC; `places`, which occurrences those are, counted from 1.
        """
        found = {start: series.changed[start] for start in starts if start in series.changed}
        rest = [start for start in places if start not in found]
        asked = [OccurrenceItemId(id=series.id, index=str(places[start])) for start in rest]
        with self.speaking() as account:
            answers = account.fetch(asked, only_fields=["start", "type"]) if asked else ()
            for start, item in zip(rest, answers, strict=True):
                if isinstance(item, (ews.NotFound, ews.Invalid)):
                    continue
                if isinstance(item, Exception):
                    raise item
                # Should the server count otherwise than we do, then no other occurrence must be taken for it.
                if item.item_id and item.start is not None and _utc(item.start) == start:
                    found[start] = item.item_id
        return found

    def change_occurrences(self, changes: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Set fields of occurrences, by their ids; None empties one. The series is known to be as it should.

        Raises: ValueError for values that can't be sent, OutcomeUnknown, VfsError.
        """
        with self.speaking() as account:
            items = []
            for item_id, fields in changes:
                values = {name: value for name, value in fields.items() if value is not None}
                items.append((CalendarItem(account=account, item_id=item_id, **values), list(fields)))
            for result in account.bulk_update(items, conflict_resolution=ALWAYS_OVERWRITE):
                if isinstance(result, Exception):
                    raise result

    def delete_occurrences(self, ids: Sequence[str]) -> None:
        """Take occurrences out of their series. Nobody is told. Raises: OutcomeUnknown, VfsError."""
        with self.speaking() as account:
            for result in account.bulk_delete(list(ids), delete_type="SoftDelete"):
                if isinstance(result, Exception):
                    raise result


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc)
