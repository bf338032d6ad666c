"""QueryString: the subset of Advanced Query Syntax that FindItem takes, compiled into a function.

    matches = compile_query('from:ada (invoice OR "past due") received:last month NOT isread:true')

Words match the beginnings of words, quoted text matches whole words in that order; case and accents don't count.
Without a keyword every indexed property is looked through. Criteria side by side must all hold.

Source: "QueryString (QueryStringType)" in the EWS reference; "Perform an AQS search by using EWS in Exchange".

Threading: a compiled query has no state.
"""

from __future__ import annotations

import html
import operator
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timezone, tzinfo

from ewsfs.sandbox import querydates
from ewsfs.sandbox.model import Item, t
from ewsfs.sandbox.restriction import containment, folding
from ewsfs.sandbox.values import mailbox_strings, parse_datetime
from ewsfs.sandbox.view import NOBODY, View

Test = Callable[[Item], bool]
_fold = folding("IgnoreCaseAndNonSpacingCharacters")
_TAG = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def _subject(item: Item) -> Iterator[str]:
    yield item.get("Subject") or ""


def _body(item: Item) -> Iterator[str]:
    body = item.properties.find(t("Body"))
    if body is not None and body.text:
        yield html.unescape(_TAG.sub(" ", body.text)) if body.get("BodyType") == "HTML" else body.text


def _people(*names: str) -> Callable[[Item], Iterator[str]]:
    def texts(item: Item) -> Iterator[str]:
        for name in names:
            element = item.properties.find(t(name))
            if element is not None:
                yield from (str(text) for text in mailbox_strings(element))

    return texts


def _attachments(item: Item) -> Iterator[str]:
    for attachment in item.attachments:
        yield attachment.name
        if attachment.item is not None:
            yield from _everything(attachment.item)


def _categories(item: Item) -> Iterator[str]:
    for element in item.properties.iterfind(f"{t('Categories')}/{t('String')}"):
        yield element.text or ""


_TO = ("ToRecipients", "RequiredAttendees")
_CC = ("CcRecipients", "OptionalAttendees")
_BCC = ("BccRecipients", "Resources")
_FROM = ("From", "Sender", "Organizer")
_TEXTS: dict[str, Callable[[Item], Iterator[str]]] = {
    "subject": _subject,
    "body": _body,
    "content": _body,
    "contents": _body,
    "from": _people(*_FROM),
    "to": _people(*_TO),
    "cc": _people(*_CC),
    "bcc": _people(*_BCC),
    "participants": _people(*_FROM, *_TO, *_CC, *_BCC),
    "attachment": _attachments,
    "attachments": _attachments,
    "attachmentnames": _attachments,
    "category": _categories,
    "categories": _categories,
    "location": lambda item: iter([item.get("Location") or ""]),
}
_NAMES = ("DisplayName", "FileAs", "CompanyName", "JobTitle", "Location", "GivenName", "Surname", "Nickname")
_ENTRIES = ("EmailAddresses", "PhoneNumbers", "PhysicalAddresses", "ImAddresses", "Members")


def _everything(item: Item) -> Iterator[str]:
    for name in ("subject", "participants", "attachment", "category", "body"):
        yield from _TEXTS[name](item)
    for name in _NAMES:
        yield item.get(name) or ""
    for name in _ENTRIES:
        element = item.properties.find(t(name))
        if element is not None:
            yield from (str(text) for text in element.itertext())


_DATES = {"received": "DateTimeReceived", "sent": "DateTimeSent", "start": "Start", "end": "End", "due": "DueDate"}
_SWITCHES: dict[str, Test] = {
    "isread": lambda item: item.get("IsRead") != "false",
    "read": lambda item: item.get("IsRead") != "false",
    "hasattachment": lambda item: item.has_attachments,
    "hasattachments": lambda item: item.has_attachments,
    "isflagged": lambda item: item.properties.findtext(f"{t('Flag')}/{t('FlagStatus')}") == "Flagged",
    "isdraft": lambda item: item.get("IsDraft") == "true",
}
_KINDS: dict[str, tuple[str, ...]] = {
    "contact": ("IPM.Contact", "IPM.DistList"),
    "doc": ("IPM.Document",),
    "email": ("IPM.Note",),
    "fax": ("IPM.Note.Microsoft.Fax",),
    "im": ("IPM.Note.Microsoft.Conversation", "IPM.Note.IM"),
    "journal": ("IPM.Activity",),
    "meeting": ("IPM.Appointment", "IPM.Schedule.Meeting"),
    "calendar": ("IPM.Appointment",),
    "note": ("IPM.StickyNote",),
    "post": ("IPM.Post",),
    "rssfeed": ("IPM.Post.Rss",),
    "task": ("IPM.Task",),
    "voicemail": ("IPM.Note.Microsoft.Voicemail",),
}
_UNITS = {"": 1, "b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
_RELATIONS: dict[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "": operator.eq,
    "=": operator.eq,
}
_KEYWORDS = {*_TEXTS, *_DATES, *_SWITCHES, "kind", "importance", "size", "has", "is"}
_RELATION = re.compile(r"\s*(>=|<=|>|<|=)?\s*")
_NUMBER = re.compile(r"(\d+)\s*(kb|mb|gb|b)?", re.IGNORECASE)
_DEEPEST = 200


def compile_query(query: str, *, view: View = NOBODY, zone: tzinfo = timezone.utc, now: datetime | None = None) -> Test:
    """The function for a query; an empty one lets every item through. Strange text is looked for as text.

    view: whose mailbox. zone: in which days begin and end. now: what "today" is counted from.
    """
    return _Parser(query, zone, now or datetime.now(timezone.utc)).query()


class _Parser:
    """Reads a query from left to right."""

    def __init__(self, text: str, zone: tzinfo, now: datetime) -> None:
        self._text = text
        self._at = 0
        self._zone = zone
        self._now = now
        self._depth = 0

    def query(self) -> Test:
        tests = []
        while self._skip():
            before = self._at
            found = self._either("")
            if found is not None:
                tests.append(found)
            if self._at == before:
                self._at += 1  # a parenthesis that closes nothing
        return _all(tests)

    def _skip(self) -> bool:
        """Go behind blanks. Returns whether anything follows."""
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._at < len(self._text)

    def _take(self, pattern: str | re.Pattern[str]) -> re.Match[str] | None:
        found = re.compile(pattern).match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found

    def _either(self, keyword: str) -> Test | None:
        tests = [self._both(keyword)]
        while self._skip() and self._take(r"OR\b"):
            tests.append(self._both(keyword))
        known = [test for test in tests if test is not None]
        if not known:
            return None
        return known[0] if len(known) == 1 else lambda item: any(test(item) for test in known)

    def _both(self, keyword: str) -> Test | None:
        tests: list[Test] = []
        while self._skip() and not re.compile(r"\)|OR\b").match(self._text, self._at):
            self._take(r"AND\b")
            test = self._one(keyword)
            if test is not None:
                tests.append(test)
        return _all(tests) if tests else None

    def _one(self, keyword: str) -> Test | None:
        if not self._skip():
            return None
        if self._take(r"NOT\b\s*|-(?=[\w\"(])"):
            test = self._one(keyword)
            return None if test is None else lambda item: not test(item)
        if self._text[self._at] == "(":
            return self._group(keyword)
        named = re.compile(r"([A-Za-z]+):\s*").match(self._text, self._at)
        if named is not None and named[1].lower() in _KEYWORDS:
            self._at = named.end()
            return self._one(named[1].lower())
        if keyword in _DATES:
            return self._date(keyword)
        if keyword == "size":
            return self._size()
        return self._word(keyword)

    def _group(self, keyword: str) -> Test | None:
        self._at += 1
        self._depth += 1
        if self._depth > _DEEPEST:
            self._at = len(self._text)
            return None
        test = self._either(keyword)
        self._depth -= 1
        if self._skip() and self._text[self._at] == ")":
            self._at += 1
        return test

    def _date(self, keyword: str) -> Test | None:
        relation = self._take(_RELATION)
        sign = (relation[1] if relation is not None else None) or ""
        quoted = self._take(r'"')
        first = self._take(querydates.PATTERN)
        if first is None:
            return self._word("")
        last = self._range_end()
        if quoted is not None:
            self._take(r'"')
        try:
            span = querydates.parse(first[0], self._now, self._zone)
            end = span.end if last is None else querydates.parse(last, self._now, self._zone).end
        except ValueError:
            return lambda item: False
        name = _DATES[keyword]

        def test(item: Item) -> bool:
            text = item.get(name)
            if text is None:
                return False
            moment = parse_datetime(text)
            if sign == ">":
                return moment >= span.end
            if sign == ">=":
                return moment >= span.start
            if sign == "<":
                return moment < span.start
            if sign == "<=":
                return moment < end
            return span.start <= moment < end

        return test

    def _range_end(self) -> str | None:
        if not self._take(r"\s*\.\.\s*"):
            return None
        found = self._take(querydates.PATTERN)
        return None if found is None else found[0]

    def _size(self) -> Test | None:
        relation = self._take(_RELATION)
        sign = (relation[1] if relation is not None else None) or ""
        first = self._take(_NUMBER)
        if first is None:
            return self._word("")
        low = int(first[1]) * _UNITS[(first[2] or "").lower()]
        if self._take(r"\s*\.\.\s*"):
            last = self._take(_NUMBER)
            high = low if last is None else int(last[1]) * _UNITS[(last[2] or "").lower()]
            return lambda item: low <= item.size <= high
        compare = _RELATIONS[sign]
        return lambda item: compare(item.size, low)

    def _word(self, keyword: str) -> Test | None:
        quoted = self._take(r'"([^"]*)"?(\*?)')
        if quoted is not None:
            return _matcher(keyword, quoted[1], whole=not quoted[2])
        word = self._take(r'[^\s()"]+')
        if word is None:
            return None
        return _matcher(keyword, word[0].rstrip("*"), whole=False)


def _all(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda item: all(test(item) for test in tests)


def _matcher(keyword: str, text: str, *, whole: bool) -> Test | None:
    """The test of one value for a keyword ("": any property)."""
    wanted = _fold(text.strip())
    if keyword in {"has", "is"}:
        keyword = {"attachment": "hasattachment", "attachments": "hasattachment"}.get(wanted, f"{keyword}{wanted}")
        return _SWITCHES.get(keyword)
    if keyword in _SWITCHES:
        switch = _SWITCHES[keyword]
        expected = wanted in {"true", "yes", "1"}
        return lambda item: switch(item) is expected
    if keyword == "importance":
        return lambda item: (item.get("Importance") or "Normal").casefold() == wanted
    if keyword == "kind":
        kind = "fax" if wanted == "faxes" else wanted.removesuffix("s")
        classes = tuple(name.casefold() for name in _KINDS.get(kind, ()))
        return lambda item: _is_of(item, classes)
    if not wanted:
        return None
    contains = containment("ExactPhrase" if whole else "PrefixOnWords", wanted)
    texts = _TEXTS.get(keyword, _everything)
    return lambda item: any(contains(_fold(one)) for one in texts(item))


def _is_of(item: Item, classes: tuple[str, ...]) -> bool:
    item_class = (item.get("ItemClass") or "IPM.Note").casefold() + "."
    return any(item_class.startswith(f"{name}.") for name in classes)
