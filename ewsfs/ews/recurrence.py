"""Recurring items: `Recurrence` with its patterns and ends, and the occurrences that a server tells of.

Weekdays, months and week numbers are the words that EWS has for them, as constants: MONDAY, JANUARY, FIRST ...
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from lxml import etree

from ewsfs.ews.element import ElementField, ElementListField, EWSElement
from ewsfs.ews.fields import ChoiceField, DateField, DateTimeField, Field, IntegerField
from ewsfs.ews.properties import IdField, PartOfIdField
from ewsfs.ews.xmlnames import Element, local, t

if TYPE_CHECKING:
    from typing_extensions import Self

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
DAY, WEEK_DAY, WEEKEND_DAY = "Day", "Weekday", "WeekendDay"
WEEKDAYS = (SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, DAY, WEEK_DAY, WEEKEND_DAY)
FIRST, SECOND, THIRD, FOURTH, LAST = WEEK_NUMBERS = ("First", "Second", "Third", "Fourth", "Last")
JANUARY, FEBRUARY, MARCH, APRIL, MAY, JUNE, JULY, AUGUST, SEPTEMBER, OCTOBER, NOVEMBER, DECEMBER = MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


class MonthField(ChoiceField):
    """A month by its name; its number will do for it."""

    def __init__(self, path: str) -> None:
        super().__init__(path, MONTHS)

    def _checked(self, value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 12:
            return MONTHS[value - 1]
        return super()._checked(value)


class WeekNumberField(ChoiceField):
    """Which one of a month: First to Fourth, or Last; 1 to 5 will do for them."""

    def __init__(self, path: str) -> None:
        super().__init__(path, WEEK_NUMBERS)

    def _checked(self, value: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5:
            return WEEK_NUMBERS[value - 1]
        return super()._checked(value)


class WeekdaysField(Field[list[str]]):
    """Days of the week, in one text with spaces between. One alone will do for a list.

    Parameters: `single`, whether there can be no more than one.
    """

    python_type = list
    mutable = True

    def __init__(self, path: str, *, single: bool = False) -> None:
        super().__init__(path)
        self.is_single = single

    if TYPE_CHECKING:

        def __set__(self, instance: EWSElement, value: Iterable[str] | None) -> None: ...

    def _checked(self, value: Any) -> list[str]:
        days = [value] if isinstance(value, str) else value
        if not isinstance(days, Iterable):
            raise self.wrong_type(value, "a list of weekdays")
        checked = list(days)
        if not checked or any(day not in WEEKDAYS for day in checked):
            raise self.wrong_value(value, f"must be some of {', '.join(WEEKDAYS)}")
        if self.is_single and len(checked) > 1:
            raise self.wrong_value(value, "must be one day, or one of Day, Weekday, WeekendDay")
        return checked

    def parse(self, element: Element) -> list[str] | None:
        return (element.text or "").split() or None

    def as_text(self, value: Any) -> str:
        return " ".join(value)


class Pattern(EWSElement):
    """On which days something happens again and again."""

    __slots__ = ()


class AbsoluteYearlyPattern(Pattern):
    """EWS reference: AbsoluteYearlyRecurrence. A day of a month, every year.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/absoluteyearlyrecurrence
    """

    __slots__ = ()
    ELEMENT = "AbsoluteYearlyRecurrence"

    day_of_month = IntegerField("DayOfMonth", minimum=1, maximum=31)
    month = MonthField("Month")


class RelativeYearlyPattern(Pattern):
    """EWS reference: RelativeYearlyRecurrence. For example the last Monday of August, every year.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/relativeyearlyrecurrence
    """

    __slots__ = ()
    ELEMENT = "RelativeYearlyRecurrence"

    weekdays = WeekdaysField("DaysOfWeek", single=True)
    week_number = WeekNumberField("DayOfWeekIndex")
    month = MonthField("Month")


class AbsoluteMonthlyPattern(Pattern):
    """EWS reference: AbsoluteMonthlyRecurrence. A day of the month, every so many months.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/absolutemonthlyrecurrence
    """

    __slots__ = ()
    ELEMENT = "AbsoluteMonthlyRecurrence"

    interval = IntegerField("Interval", minimum=1, maximum=999)
    day_of_month = IntegerField("DayOfMonth", minimum=1, maximum=31)


class RelativeMonthlyPattern(Pattern):
    """EWS reference: RelativeMonthlyRecurrence. For example the second Friday, every so many months.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/relativemonthlyrecurrence
    """

    __slots__ = ()
    ELEMENT = "RelativeMonthlyRecurrence"

    interval = IntegerField("Interval", minimum=1, maximum=999)
    weekdays = WeekdaysField("DaysOfWeek", single=True)
    week_number = WeekNumberField("DayOfWeekIndex")


class WeeklyPattern(Pattern):
    """EWS reference: WeeklyRecurrence. Some days of the week, every so many weeks.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/weeklyrecurrence
    """

    __slots__ = ()
    ELEMENT = "WeeklyRecurrence"

    interval = IntegerField("Interval", minimum=1, maximum=999)
    weekdays = WeekdaysField("DaysOfWeek")
    first_day_of_week = ChoiceField("FirstDayOfWeek", WEEKDAYS, since="Exchange2010_SP1")


class DailyPattern(Pattern):
    """EWS reference: DailyRecurrence. Every so many days.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/dailyrecurrence
    """

    __slots__ = ()
    ELEMENT = "DailyRecurrence"

    interval = IntegerField("Interval", minimum=1, maximum=999)


class Regeneration(Pattern):
    """A task that comes again so long after it was done."""

    __slots__ = ()

    interval = IntegerField("Interval", minimum=1, maximum=999)


class YearlyRegeneration(Regeneration):
    """EWS reference: YearlyRegeneration.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/yearlyregeneration
    """

    __slots__ = ()
    ELEMENT = "YearlyRegeneration"


class MonthlyRegeneration(Regeneration):
    """EWS reference: MonthlyRegeneration.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/monthlyregeneration
    """

    __slots__ = ()
    ELEMENT = "MonthlyRegeneration"


class WeeklyRegeneration(Regeneration):
    """EWS reference: WeeklyRegeneration.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/weeklyregeneration
    """

    __slots__ = ()
    ELEMENT = "WeeklyRegeneration"


class DailyRegeneration(Regeneration):
    """EWS reference: DailyRegeneration.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/dailyregeneration
    """

    __slots__ = ()
    ELEMENT = "DailyRegeneration"


_PATTERNS: dict[str, type[Pattern]] = {
    kind.ELEMENT: kind
    for kind in (
        AbsoluteYearlyPattern, RelativeYearlyPattern, AbsoluteMonthlyPattern, RelativeMonthlyPattern, WeeklyPattern,
        DailyPattern, YearlyRegeneration, MonthlyRegeneration, WeeklyRegeneration, DailyRegeneration,
    )
}  # fmt: skip


class PatternField(Field[Pattern]):
    """One of the patterns."""

    python_type = Pattern
    mutable = True


class Recurrence(EWSElement):
    """EWS reference: Recurrence. A pattern, the day it begins, and its end: a day, a number of times, or none.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/recurrence-recurrencetype

    Parameters: `pattern`; `start`, a day; `end`, the last day, or `number` of occurrences, not both.
    """

    __slots__ = ()
    ELEMENT = "Recurrence"
    PATTERNS: ClassVar[dict[str, type[Pattern]]] = _PATTERNS

    pattern = PatternField("Pattern")
    start = DateField("StartDate")
    end = DateField("EndDate")
    number = IntegerField("NumberOfOccurrences", minimum=1)

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        if self.end is not None and self.number is not None:
            raise ValueError("a recurrence has an 'end' or a 'number' of occurrences, not both")

    @classmethod
    def from_xml(cls, element: Element) -> Self:
        self = cls()
        for child in element:
            name = local(child)
            if name in _PATTERNS:
                self.pattern = _PATTERNS[name].from_xml(child)
            elif name in ("NoEndRecurrence", "EndDateRecurrence", "NumberedRecurrence"):
                for part in child:
                    for field in (cls.start, cls.end, cls.number):
                        if local(part) == field.element:
                            field.read(part, self._values)
        return self

    def _render(self, tag: str, fields: Iterable[Field[Any]]) -> Element:
        if self.pattern is None or self.start is None:
            raise ValueError("'recurrence' needs a pattern and a start")
        element = etree.Element(tag)
        element.append(self.pattern.to_xml())
        end = self.number if self.number is not None else self.end
        name = (
            "NoEndRecurrence" if end is None else "EndDateRecurrence" if isinstance(end, date) else "NumberedRecurrence"
        )
        limit = etree.SubElement(element, t(name))
        for field in (type(self).start, type(self).end, type(self).number):
            field.write(limit, self._values)
        return element


class RecurrenceField(ElementField[Recurrence]):
    """A recurrence of a calendar item, which has no regenerating patterns."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, Recurrence, listed=False, **options)

    def _checked(self, value: Any) -> Recurrence:
        recurrence = super()._checked(value)
        if isinstance(recurrence.pattern, Regeneration):
            raise self.wrong_value(recurrence, "can't regenerate: only tasks can")
        return recurrence


class TaskRecurrenceField(ElementField[Recurrence]):
    """A recurrence of a task, which may also come again so long after it was done."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, Recurrence, listed=False, **options)


class Occurrence(EWSElement):
    """EWS reference: Occurrence, FirstOccurrence, LastOccurrence. One time that a recurring item happens.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/occurrence
    """

    __slots__ = ()
    ELEMENT = "Occurrence"

    item_id = IdField("ItemId")
    changekey = PartOfIdField("ItemId")
    start = DateTimeField("Start")
    end = DateTimeField("End")
    original_start = DateTimeField("OriginalStart")


class DeletedOccurrence(EWSElement):
    """EWS reference: DeletedOccurrence. A time at which a recurring item doesn't happen.

    https://learn.microsoft.com/exchange/client-developer/web-service-reference/deletedoccurrence
    """

    __slots__ = ()
    ELEMENT = "DeletedOccurrence"

    start = DateTimeField("Start")


class OccurrenceListField(ElementListField[Occurrence]):
    """The occurrences that differ from the pattern."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, Occurrence, listed=False, read_only=True, **options)


class DeletedOccurrenceListField(ElementListField[DeletedOccurrence]):
    """The occurrences that were deleted."""

    def __init__(self, path: str, **options: Any) -> None:
        super().__init__(path, DeletedOccurrence, listed=False, read_only=True, **options)
