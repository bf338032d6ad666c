"""Faults on order: what `--faults SPEC` and tests ask the server to do wrong.

    SPEC     = RULE *("," RULE)
    RULE     = OPERATION ":" KIND *(":" OPTION)
    OPTION   = COUNT / "every=" N / "after=" N / "from=" N / "ms=" MILLISECONDS

OPERATION is the name of an operation ("GetItem") or "*" for every one. KIND is one of

    busy        HTTP 200; every item of the request is answered with ErrorServerBusy and BackOffMilliseconds
    busy-fault  HTTP 500 with a SOAP fault ErrorServerBusy and BackOffMilliseconds
    503         HTTP 503 with Retry-After
    401         HTTP 401: the login isn't taken any more
    drop        the connection is closed before the operation runs
    reset       the connection is reset while the request is still being sent
    early-503   HTTP 503, and the connection is closed, while the request is still being sent
    early-401   the same with HTTP 401
    drop-after  the operation runs, then the connection is closed without a response
    cut         the operation runs; the response body ends in its middle
    badchars    the operation runs; texts in the response hold characters and references that XML forbids
    slow        the response waits
    Error...    HTTP 200; every item of the request is answered with that response code, "ErrorItemCorrupt" for one

COUNT: so many requests and no more (without it: for ever). every=N: each Nth matching request. after=N: not the
first N matching ones. ms: the back-off that is told (busy, busy-fault, 503, early-503; default 50; 0 is allowed), or
how long a slow response waits (default 1000). at=N: that many bytes of the request's body are read before it is reset
or answered early (default: as many as it takes to see which operation it is; the rest stays unread). from=N: of a busy
request the first N items are carried out, as when a batch runs out of its time (so too with an error). Rules are
independent; each counts the requests that match its operation.

    --faults 'GetItem:busy:3:ms=20,*:drop:every=50,SyncFolderItems:badchars'

Threading: safe.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

# What doesn't wait for the end of a request.
EARLY = frozenset({"reset", "early-503", "early-401"})
KINDS = ("busy", "busy-fault", "503", "401", "drop", "drop-after", "cut", "badchars", "slow", *sorted(EARLY))
_ERROR = re.compile(r"Error[A-Z]\w+", re.ASCII)
_DEFAULT_MS = {"slow": 1000}
_OPTIONS = {
    "count": "count",
    "every": "every",
    "after": "after",
    "from": "first_busy",
    "ms": "ms",
    "at": "at",
}  # -> attribute


@dataclass(slots=True)
class Rule:
    """One rule of a SPEC. seen and done: matching requests so far, and those that got the fault."""

    operation: str
    kind: str
    count: int | None = None
    every: int = 1
    after: int = 0
    first_busy: int = 0
    ms: int = 50
    at: int = 0
    seen: int = field(default=0, compare=False)
    done: int = field(default=0, compare=False)

    def hit(self, operation: str) -> bool:
        """Whether a request gets this fault; counts it."""
        if self.operation not in ("*", operation):
            return False
        self.seen += 1
        turn = self.seen - self.after
        if turn <= 0 or turn % self.every or (self.count is not None and self.done >= self.count):
            return False
        self.done += 1
        return True


def parse(spec: str) -> list[Rule]:
    """The rules of a SPEC. Raises ValueError that says which rule is wrong and why."""
    return [_rule(text.strip()) for text in spec.split(",") if text.strip()]


def _rule(text: str) -> Rule:
    parts = text.split(":")
    if len(parts) < 2 or not re.fullmatch(r"\*|[A-Za-z0-9]+", parts[0]):
        raise ValueError(f"fault {text!r}: a rule begins with OPERATION:KIND")
    if parts[1] not in KINDS and not _ERROR.fullmatch(parts[1]):
        raise ValueError(f"fault {text!r}: {parts[1]!r} is not one of {', '.join(KINDS)}, and no response code")
    rule = Rule(parts[0], parts[1], ms=_DEFAULT_MS.get(parts[1], 50))
    for option in parts[2:]:
        name, equals, value = option.partition("=")
        if not equals:
            name, value = "count", option
        if name not in _OPTIONS or not value.isdecimal():
            raise ValueError(f"fault {text!r}: {option!r} is not COUNT, every=N, after=N, from=N, at=N or ms=N")
        if name == "every" and int(value) == 0:
            raise ValueError(f"fault {text!r}: every=0 says nothing")
        setattr(rule, _OPTIONS[name], int(value))
    return rule


class Faults:
    """The rules in force."""

    def __init__(self, spec: str | None = None) -> None:
        self._lock = threading.Lock()
        self._rules = parse(spec) if spec else []

    def add(self, spec: str) -> None:
        """Add rules. Raises ValueError for a wrong SPEC."""
        rules = parse(spec)
        with self._lock:
            self._rules.extend(rules)

    def clear(self) -> None:
        """No faults any more."""
        with self._lock:
            self._rules.clear()

    def hits(self, operation: str) -> dict[str, Rule]:
        """The faults that a request of that operation gets when it is there, by kind."""
        with self._lock:
            return {rule.kind: rule for rule in self._rules if rule.kind not in EARLY and rule.hit(operation)}

    @property
    def has_early(self) -> bool:
        """Whether there are any that don't wait for the end of a request."""
        with self._lock:
            return any(rule.kind in EARLY for rule in self._rules)

    def early_hit(self, operation: str) -> Rule | None:
        """The fault that a request of that operation gets before it is there."""
        with self._lock:
            return next((rule for rule in self._rules if rule.kind in EARLY and rule.hit(operation)), None)


def refusal(hits: Mapping[str, Rule]) -> Rule | None:
    """The fault, of those that a request gets, with which its items are to be answered."""
    return next((rule for kind, rule in hits.items() if kind == "busy" or _ERROR.fullmatch(kind)), None)


_OPERATION = re.compile(rb"<(?:[A-Za-z0-9]+:)?Body(?:\s[^<>]*)?>\s*<(?:[A-Za-z0-9]+:)?([A-Za-z0-9]+)[\s/>]")


def operation_in(begun: bytes) -> str | None:
    """The operation of a request of which this is the beginning; None when that isn't said yet."""
    found = _OPERATION.search(begun)
    return None if found is None else found[1].decode("ascii")


# The places where servers were seen to send such characters: what people and programs typed.
_TEXTS = re.compile(
    rb"(<(?:[A-Za-z0-9]+:)?(?:Subject|DisplayName|Body|TextBody|Name|Value|String|MessageText|Location)(?:\s[^<>]*)?>)"
    rb"(?=[^<])"
)
_FORBIDDEN = b"&#x1F;\x0b&#x0;\x01"


def with_forbidden_characters(body: bytes) -> bytes:
    """A response in which the texts begin with characters and character references that XML 1.0 forbids."""
    return _TEXTS.sub(rb"\g<1>" + _FORBIDDEN, body)
