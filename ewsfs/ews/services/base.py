"""What all operations of EWS share: how a call becomes requests, and a reply becomes results.

An operation is a small class that says its name, which part of a reply is its result, whether a request of it
may be repeated when the connection was cut, and how many ids go into one request. `Service` sends one request;
`BatchService` cuts any number of units (ids, items, changes) into requests, keeps a few in flight, and gives back one
result for each unit, in order.

What a caller gets: an lxml element, or None where the operation has nothing to give back, or an `EWSError` instance in
the place of a unit that failed. Only what concerns the connection as a whole is raised, and for operations that
change something not even that once a request was sent: every unit then has its own answer, `OutcomeUnknown` among
them. What the iterable of units raises is passed on after the results of the requests that are in flight.

Threading: a service object belongs to one thread; it uses threads of the protocol behind the scenes.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from typing import ClassVar, Generic, Literal, TypeVar

from ewsfs.ews import errors
from ewsfs.ews.body import Streams
from ewsfs.ews.errors import EWSError
from ewsfs.ews.protocol import BaseProtocol
from ewsfs.ews.soap import Request, RequestHeader, result_error
from ewsfs.ews.xmlnames import Element, child, children, m, make
from ewsfs.ews.xmlstream import Spools

Result = TypeVar("Result")

DisposalType = Literal["HardDelete", "SoftDelete", "MoveToDeletedItems"]
ItemTraversal = Literal["Shallow", "SoftDeleted", "Associated"]
FolderTraversal = Literal["Shallow", "Deep", "SoftDeleted"]

NO_HEADER = RequestHeader()


class Service:
    """An operation that is one request.

    Parameters of the constructor: `protocol`, whose connections are used; `header`, on whose behalf (see
    `soap.RequestHeader`); `timeout`, seconds without a byte from the server, None for the protocol's own.
    """

    NAME: ClassVar[str]
    """The name of the operation."""
    ELEMENT: ClassVar[str | None] = None
    """The local name of the request element where it isn't the operation's."""
    REPEATABLE: ClassVar[bool] = False
    """Whether sending the request twice does no harm."""
    PAYLOAD: ClassVar[str | None] = None
    """The child of the response message that holds the result; None when there is none."""

    def __init__(
        self, protocol: BaseProtocol, header: RequestHeader = NO_HEADER, *, timeout: float | None = None
    ) -> None:
        self.protocol = protocol
        self.header = header
        self.timeout = timeout

    def _request(
        self,
        *children: Element,
        streams: Streams | None = None,
        spools: Spools | None = None,
        **attributes: str | bool | int | None,
    ) -> Request:
        return Request(
            operation=self.NAME,
            body=make(m(self.ELEMENT or self.NAME), *children, text=None, **attributes),
            header=self.header,
            repeatable=self.REPEATABLE,
            timeout=self.timeout,
            streams=streams,
            spools=spools,
        )

    def _send(self, request: Request) -> list[Element]:
        """The response messages of one request, or what stands for them.

        A reply that says nothing but "busy" is asked for again, as the retry policy has it. Raises what
        `Protocol.send` raises; the errors of single messages are not among it.
        """
        retry = self.protocol.retry_policy.start(self.NAME)
        while True:
            messages = self.protocol.send(request)
            failures = [self._error_of(message) for message in messages]
            first = failures[0]
            if first is None or not all(error is not None and self._may_repeat(error) for error in failures):
                return messages
            if not retry.pause(first):
                return messages
            self.protocol.stats.count_retry(self.NAME)

    def _error_of(self, message: Element) -> EWSError | None:
        """The error that a response message carries."""
        return result_error(message, self.PAYLOAD)

    def _may_repeat(self, error: EWSError) -> bool:
        """Whether what a server refused so may be sent again: it was not executed, or that does no harm."""
        harmless = self.REPEATABLE and error.temporary and not isinstance(error, errors.TransportError)
        return error.not_executed or harmless

    def _one(self, request: Request) -> Element:
        """The single response message of a request, with its error raised."""
        message = self._send(request)[0]
        error = self._error_of(message)
        if error is not None:
            raise error
        return message


class BatchService(Service, Generic[Result]):
    """An operation on any number of units, each with its own response message."""

    BATCH: ClassVar[int] = 100
    """Units in one request when the caller doesn't say."""
    MAX_BYTES: ClassVar[int] = 8 * 1024 * 1024
    """Bytes of units in one request, so that a batch stays below a server's limits of size and time."""
    LOOK_AHEAD: ClassVar[int] = 4
    """Requests in flight at a time."""

    def __init__(
        self,
        protocol: BaseProtocol,
        header: RequestHeader = NO_HEADER,
        *,
        timeout: float | None = None,
        chunk_size: int | None = None,
        look_ahead: int | None = None,
    ) -> None:
        super().__init__(protocol, header, timeout=timeout)
        self.chunk_size = self.BATCH if chunk_size is None else chunk_size
        self.look_ahead = self.LOOK_AHEAD if look_ahead is None else look_ahead
        if self.chunk_size < 1 or self.look_ahead < 1:
            raise ValueError("chunk_size and look_ahead are 1 or more")

    def _read(self, message: Element) -> Result:
        """The result that a response message without error holds."""
        raise NotImplementedError

    def _batched(
        self,
        units: Iterable[Element],
        build: Callable[[list[Element]], Request],
        streams: Streams | None = None,
    ) -> Iterator[Result | EWSError]:
        """One result for each unit, in order; see the module's docstring for what is raised."""
        batches = self._cut(units, streams)
        first = next(batches, None)
        if first is None:
            return
        if self.protocol.in_worker:
            yield from self._run(first, build)
            for batch in batches:
                yield from self._run(batch, build)
            return
        second = next(batches, None)
        if second is None:
            yield from self._run(first, build)
            return
        yield from self._run_ahead([first, second], batches, build)

    def _cut(self, units: Iterable[Element], streams: Streams | None) -> Iterator[list[Element]]:
        """Batches of at most `chunk_size` units and, if there is more than one unit in it, MAX_BYTES."""
        batch: list[Element] = []
        size = 0
        for unit in units:
            length = _weight(unit) + (0 if streams is None else streams.weight(unit))
            if batch and (len(batch) >= self.chunk_size or size + length > self.MAX_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(unit)
            size += length
        if batch:
            yield batch

    def _run_ahead(
        self,
        begun: Sequence[list[Element]],
        batches: Iterator[list[Element]],
        build: Callable[[list[Element]], Request],
    ) -> Iterator[Result | EWSError]:
        """Several batches in flight; the next one is begun only when the oldest was handed out."""
        pending: deque[Future[list[Result | EWSError]]] = deque()
        trouble: Exception | None = None

        def begin(batch: list[Element]) -> None:
            pending.append(self.protocol.submit(lambda: self._run(batch, build)))

        def begin_more(count: int) -> None:
            nonlocal trouble
            try:
                for batch in islice(batches, count):
                    begin(batch)
            except Exception as error:  # of the units; raised when what is in flight was handed out
                trouble = error

        broken: EWSError | None = None
        try:
            for batch in begun:
                begin(batch)
            begin_more(max(0, self.look_ahead - len(pending)))
            while pending:
                results = pending.popleft().result()
                if not self.REPEATABLE:
                    broken = broken or _broken(results)
                if broken is None and trouble is None:
                    begin_more(1)
                yield from results
            if trouble is not None:
                raise trouble
            for batch in batches:
                for _ in batch:
                    yield broken or errors.TransportError("not sent")
        finally:
            for future in pending:
                future.cancel()

    def _run(self, batch: list[Element], build: Callable[[list[Element]], Request]) -> list[Result | EWSError]:
        """The results of one batch: busy units asked for again, a refused batch cut in halves."""
        results: dict[int, Result | EWSError] = {}
        open_ = list(range(len(batch)))
        retry = self.protocol.retry_policy.start(self.NAME)
        while open_:
            outcome = self._once([batch[index] for index in open_], build)
            again: list[int] = []
            wait: EWSError | None = None
            for index, result in zip(open_, outcome, strict=True):
                results[index] = result
                if isinstance(result, EWSError) and self._may_repeat(result):
                    again.append(index)
                    wait = wait or result
            stopped = isinstance(wait, errors.ErrorBatchProcessingStopped) and len(again) < len(open_)
            if wait is None or not (stopped or retry.pause(wait)):
                break
            self.protocol.stats.count_retry(self.NAME)
            open_ = again
        return [results[index] for index in range(len(batch))]

    def _once(self, batch: list[Element], build: Callable[[list[Element]], Request]) -> list[Result | EWSError]:
        """The results of one batch, cut into parts where the server can't answer all of it at once."""
        results: list[Result | EWSError] = []
        parts = deque([batch])
        budget = 8 + 2 * len(batch).bit_length()  # requests beyond the first: a broken server isn't asked for each unit
        while parts:
            part = parts.popleft()
            try:
                results.extend(self._answers(part, self.protocol.send(build([copy.deepcopy(unit) for unit in part]))))
            except EWSError as error:
                smaller = self._smaller(part, error) if budget > 0 else []
                if smaller:
                    budget -= 0 if isinstance(error, errors.RequestTooLarge) else len(smaller)
                    parts.extendleft(reversed(smaller))
                elif isinstance(error, errors.TransportError) and self.REPEATABLE and len(part) == len(batch):
                    raise
                else:
                    results.extend([error] * len(part))
        return results

    def _smaller(self, part: list[Element], error: EWSError) -> list[list[Element]]:
        """The parts to try instead of one that failed as a whole; none when that wouldn't help or isn't safe."""
        if len(part) < 2:
            return []
        if isinstance(error, errors.MalformedResponse) and self.REPEATABLE:
            sick = min(error.complete, len(part) - 1)  # the unit whose message couldn't be read
            return [piece for piece in (part[:sick], part[sick : sick + 1], part[sick + 1 :]) if piece]
        if error.splits_batch and (self.REPEATABLE or error.not_executed or error.refused):
            half = len(part) // 2
            return [part[:half], part[half:]]
        return []

    def _answers(self, part: list[Element], messages: list[Element]) -> list[Result | EWSError]:
        answers: list[Result | EWSError] = []
        for message in messages[: len(part)]:
            error = result_error(message, self.PAYLOAD)
            answers.append(self._result(message) if error is None else error)
        for _ in range(len(part) - len(answers)):
            answers.append(errors.MalformedResponse(f"{self.NAME}: the reply lacks a response message for a unit"))
        return answers

    def _result(self, message: Element) -> Result | EWSError:
        try:
            return self._read(message)
        except EWSError as error:
            return error


class ElementService(BatchService[Element]):
    """A batch operation whose result is the one element inside of the payload: an item, a folder, an attachment."""

    def _read(self, message: Element) -> Element:
        found = _payload(message, self.PAYLOAD)
        if found is None:
            raise errors.MalformedResponse(f"{self.NAME}: a response message without {self.PAYLOAD}")
        return found


class OptionalElementService(BatchService["Element | None"]):
    """A batch operation whose result may be missing: None when the server did it and gave nothing back."""

    def _read(self, message: Element) -> Element | None:
        return _payload(message, self.PAYLOAD)


class DoneService(BatchService[None]):
    """A batch operation that gives nothing back: None for every unit that was done."""

    def _read(self, message: Element) -> None:
        return None


def _payload(message: Element, name: str | None) -> Element | None:
    holder = None if name is None else child(message, name)
    return next(children(holder), None)


def _weight(unit: Element) -> int:
    """About the bytes of a unit: its texts, attributes left out; cheap for the ids that most units are."""
    return 100 + sum(len(node.text) for node in unit.iter() if node.text)


def _broken(results: Iterable[object]) -> EWSError | None:
    """The error that makes it useless to send more, if there is one among the results."""
    return next((result for result in results if isinstance(result, errors.TransportError) and result.hopeless), None)


def id_list(name: str, ids: Iterable[Element]) -> Element:
    """The element of that name in the messages namespace with the ids in it, for example m:ItemIds."""
    return make(m(name), *ids)


def target(name: str, folder_id: Element) -> Element:
    """A folder id in an element of the messages namespace, for example m:ToFolderId; the id is copied."""
    return make(m(name), copy.deepcopy(folder_id))
