"""How a call becomes requests: batches, order, errors in place, what is asked for again."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest

from ewsfs.ews import errors
from ewsfs.ews.errors import EWSError
from ewsfs.ews.services import CreateItem, DeleteItem, GetItem, SyncFolderItems
from ewsfs.ews.services.base import Service
from ewsfs.ews.xmlnames import Element, child, m, make, t
from tests.ews.rogue import Call, Rogue, failure, fault, impatient, items, response, success

SHAPE = make(m("ItemShape"), make(t("BaseShape"), text="IdOnly"))


def ids(count: int) -> Iterator[Element]:
    return (make(t("ItemId"), Id=str(number)) for number in range(count))


def asked(call: Call) -> list[str]:
    return re.findall(r'<t:ItemId Id="([^"]*)"', call.body.decode())


def answer(call: Call, *, code: str = "", sick: set[str] = frozenset()) -> None:  # type: ignore[assignment]  # read only
    """Every id asked for is there, but the sick ones, which fail with the code."""
    call.reply(
        200,
        response(
            "GetItem",
            *(failure("GetItem", code) if i in sick else success("GetItem", items(i)) for i in asked(call)),
        ),
    )


def shown(results: Iterator[Element | EWSError]) -> list[str]:
    out = []
    for result in results:
        if isinstance(result, EWSError):
            out.append(type(result).__name__)
        else:
            found = child(result, "ItemId")
            assert found is not None
            out.append(found.get("Id") or "")
    return out


def numbers(*parts: range) -> list[str]:
    return [str(number) for part in parts for number in part]


def test_many_ids_become_few_requests_and_keep_their_order() -> None:
    with Rogue(answer) as server:
        found = shown(GetItem(server.protocol(), chunk_size=10).call(ids(95), shape=SHAPE))
        assert found == numbers(range(95))
        assert sorted(len(asked(call)) for call in server.calls) == [5] + [10] * 9


def test_no_ids_make_no_request() -> None:
    with Rogue(answer) as server:
        assert shown(GetItem(server.protocol()).call(ids(0), shape=SHAPE)) == []
        assert server.calls == []


def test_several_batches_are_in_flight_and_no_more_than_that() -> None:
    together, most, lock = 0, 0, threading.Lock()
    full = threading.Event()

    def script(call: Call) -> None:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
            if together == 3:
                full.set()
        full.wait(10)
        with lock:
            together -= 1
        answer(call)

    with Rogue(script) as server:
        found = shown(GetItem(server.protocol(), chunk_size=1, look_ahead=3).call(ids(12), shape=SHAPE))
        assert found == numbers(range(12))
        assert most == 3


def test_calls_within_the_threads_of_the_protocol_do_not_wait_for_each_other() -> None:
    with Rogue(answer) as server:
        protocol = server.protocol(max_connections=2)

        def work() -> list[str]:
            return shown(GetItem(protocol, chunk_size=2).call(ids(6), shape=SHAPE))

        futures = [protocol.submit(work) for _ in range(4)]
        assert [future.result(20) for future in futures] == [numbers(range(6))] * 4
        assert not protocol.in_worker


def test_ids_are_taken_from_a_generator_only_as_far_as_needed() -> None:
    taken = 0

    def counted() -> Iterator[Element]:
        nonlocal taken
        for unit in ids(1000):
            taken += 1
            yield unit

    with Rogue(answer) as server:
        results = GetItem(server.protocol(), chunk_size=5, look_ahead=2).call(counted(), shape=SHAPE)
        next(results)
        assert taken < 40
        results.close()  # type: ignore[attr-defined]  # a generator


def test_a_failed_item_is_an_error_in_its_place() -> None:
    with Rogue(lambda call: answer(call, code="ErrorItemNotFound", sick={"1", "3"})) as server:
        found = shown(GetItem(server.protocol()).call(ids(5), shape=SHAPE))
        assert found == ["0", "ErrorItemNotFound", "2", "ErrorItemNotFound", "4"]


def test_only_the_busy_items_of_a_batch_are_asked_for_again() -> None:
    def script(call: Call) -> None:
        answer(
            call, code="ErrorServerBusy", sick={"1", "3"} if call.number == 1 else {"3"} if call.number == 2 else set()
        )

    with Rogue(script) as server:
        found = shown(GetItem(server.protocol(retry_policy=impatient())).call(ids(5), shape=SHAPE))
        assert found == numbers(range(5))
        assert [asked(call) for call in server.calls] == [["0", "1", "2", "3", "4"], ["1", "3"], ["3"]]


def test_busy_items_are_errors_when_failing_fast() -> None:
    with Rogue(lambda call: answer(call, code="ErrorServerBusy", sick={"1"})) as server:
        assert shown(GetItem(server.protocol()).call(ids(3), shape=SHAPE)) == ["0", "ErrorServerBusy", "2"]


def test_a_batch_that_the_server_cut_short_goes_on_where_it_stopped() -> None:
    def script(call: Call) -> None:
        answer(call, code="ErrorBatchProcessingStopped", sick=set(asked(call)[4:]))

    with Rogue(script) as server:
        assert shown(GetItem(server.protocol()).call(ids(10), shape=SHAPE)) == numbers(range(10))
        assert [len(asked(call)) for call in server.calls] == [10, 6, 2]


def test_changes_that_a_busy_server_did_not_make_are_sent_again_and_only_they() -> None:
    def script(call: Call) -> None:
        second = [failure("DeleteItem", "ErrorServerBusy")] if call.number == 1 else []
        call.reply(200, response("DeleteItem", success("DeleteItem"), *second))

    with Rogue(script) as server:
        protocol = server.protocol(retry_policy=impatient())
        assert list(DeleteItem(protocol).call(ids(2), delete_type="HardDelete")) == [None, None]
        assert [asked(call) for call in server.calls] == [["0", "1"], ["1"]]


def test_a_change_that_timed_out_on_the_server_is_not_sent_again() -> None:
    def script(call: Call) -> None:
        call.reply(200, response("DeleteItem", failure("DeleteItem", "ErrorTimeoutExpired")))

    with Rogue(script) as server:
        protocol = server.protocol(retry_policy=impatient())
        [result] = DeleteItem(protocol).call(ids(1), delete_type="HardDelete")
        assert isinstance(result, errors.ErrorTimeoutExpired)
        assert len(server.calls) == 1


def test_one_unit_that_spoils_a_whole_request_is_found() -> None:
    def script(call: Call) -> None:
        if "13" in asked(call):
            call.reply(500, fault("ErrorSchemaValidation"))
        else:
            answer(call)

    with Rogue(script) as server:
        found = shown(GetItem(server.protocol()).call(ids(30), shape=SHAPE))
        assert found == [*numbers(range(13)), "ErrorSchemaValidation", *numbers(range(14, 30))]


def test_one_item_that_no_parser_can_read_is_found() -> None:
    def script(call: Call) -> None:
        wanted = asked(call)
        if "7" in wanted:
            broken = success("GetItem", items("7")).replace("<t:ItemId", "<t:Item<")
            before = [success("GetItem", items(i)) for i in wanted[: wanted.index("7")]]
            call.reply(200, response("GetItem", *before, broken))
        else:
            answer(call)

    with Rogue(script) as server:
        found = shown(GetItem(server.protocol()).call(ids(20), shape=SHAPE))
        assert found == [*numbers(range(7)), "MalformedResponse", *numbers(range(8, 20))]
        assert len(server.calls) == 4


def test_a_server_that_only_talks_nonsense_is_not_asked_for_every_unit() -> None:
    with Rogue(lambda call: call.reply(200, b"nonsense")) as server:
        found = shown(GetItem(server.protocol()).call(ids(100), shape=SHAPE))
        assert found == ["MalformedResponse"] * 100
        assert len(server.calls) < 30


def test_a_request_that_is_too_large_is_sent_in_parts() -> None:
    def script(call: Call) -> None:
        if len(asked(call)) > 3:
            call.reply(413)
        else:
            answer(call)

    with Rogue(script) as server:
        assert shown(GetItem(server.protocol()).call(ids(20), shape=SHAPE)) == numbers(range(20))


def test_requests_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CreateItem, "MAX_BYTES", 5000)

    def script(call: Call) -> None:
        count = call.body.count(b"<t:Body")
        call.reply(200, response("CreateItem", *[success("CreateItem", items("new"))] * count))

    with Rogue(script) as server:
        new = [make(t("Message"), make(t("Body"), text="x" * 2000, BodyType="Text")) for _ in range(10)]
        assert len(list(CreateItem(server.protocol()).call(new))) == 10
        assert sorted(call.body.count(b"<t:Body") for call in server.calls) == [2, 2, 2, 2, 2]


def test_a_lost_reply_to_changes_leaves_every_unit_with_an_answer() -> None:
    def script(call: Call) -> None:
        if asked(call) == ["2", "3"]:
            call.drop()
        else:
            call.reply(200, response("DeleteItem", success("DeleteItem"), success("DeleteItem")))

    with Rogue(script) as server:
        found = list(DeleteItem(server.protocol(), chunk_size=2).call(ids(8), delete_type="HardDelete"))
        assert [type(result).__name__ for result in found] == ["NoneType"] * 2 + ["OutcomeUnknown"] * 2 + [
            "NoneType"
        ] * 4
        assert len(server.calls) == 4


def test_changes_that_cannot_be_sent_any_more_are_not_tried_one_by_one() -> None:
    with Rogue(lambda call: call.reply(401)) as server:
        found = list(DeleteItem(server.protocol(), chunk_size=1).call(ids(50), delete_type="HardDelete"))
        assert [type(result) for result in found] == [errors.Unauthorized] * 50
        assert len(server.calls) < 10


def test_a_read_that_finds_nobody_raises() -> None:
    with Rogue(lambda call: call.reply(401)) as server, pytest.raises(errors.Unauthorized):
        list(GetItem(server.protocol(), chunk_size=2).call(ids(10), shape=SHAPE))


def test_a_reply_that_lacks_messages_says_so_in_their_place() -> None:
    with Rogue(lambda call: call.reply(200, response("GetItem", success("GetItem", items("0"))))) as server:
        assert shown(GetItem(server.protocol()).call(ids(3), shape=SHAPE)) == [
            "0",
            "MalformedResponse",
            "MalformedResponse",
        ]


def test_a_success_without_its_result_says_so() -> None:
    with Rogue(lambda call: call.reply(200, response("GetItem", success("GetItem", "<m:Items/>")))) as server:
        assert shown(GetItem(server.protocol()).call(ids(1), shape=SHAPE)) == ["MalformedResponse"]


def test_created_items_may_come_without_their_ids() -> None:
    with Rogue(lambda call: call.reply(200, response("CreateItem", success("CreateItem", "<m:Items/>")))) as server:
        assert list(CreateItem(server.protocol()).call([make(t("Message"))])) == [None]


def test_the_units_given_are_left_alone() -> None:
    with Rogue(answer) as server:
        unit = make(t("ItemId"), Id="0")
        holder = make(m("ItemIds"), unit)
        list(GetItem(server.protocol()).call([unit], shape=SHAPE))
        assert list(holder) == [unit]


def test_a_chunk_of_nothing_is_refused() -> None:
    with Rogue(answer) as server, pytest.raises(ValueError, match="chunk_size"):
        GetItem(server.protocol(), chunk_size=0)


def test_a_busy_answer_to_a_single_question_is_asked_again() -> None:
    state = "<m:SyncState>x</m:SyncState><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange><m:Changes/>"

    def script(call: Call) -> None:
        busy = call.number < 3
        message = failure("SyncFolderItems", "ErrorServerBusy") if busy else success("SyncFolderItems", state)
        call.reply(200, response("SyncFolderItems", message))

    with Rogue(script) as server:
        sync = SyncFolderItems(server.protocol(retry_policy=impatient()))
        assert sync.call(shape=SHAPE, folder=make(t("FolderId"), Id="x")).sync_state == "x"
        assert len(server.calls) == 3
    with Rogue(script) as server, pytest.raises(errors.ErrorServerBusy):
        SyncFolderItems(server.protocol()).call(shape=SHAPE, folder=make(t("FolderId"), Id="x"))


def every_operation(kind: type[Service]) -> Iterator[type[Service]]:
    for below in kind.__subclasses__():
        yield below
        yield from every_operation(below)


def test_no_operation_that_changes_something_says_that_it_may_be_repeated() -> None:
    # A subscription too many changes nothing, and ends by itself.
    reads = re.compile("Get|Find|Sync|Resolve|Expand|Convert|Export|MarkAllItemsAsRead|Set|Subscribe")
    for operation in every_operation(Service):
        if operation.REPEATABLE and hasattr(operation, "NAME"):
            assert reads.match(operation.NAME), operation
