"""SyncFolderItems and SyncFolderHierarchy: a client that follows them knows the folder exactly."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ewsfs.sandbox import Sandbox
from ewsfs.sandbox.model import local, m, t
from tests.sandbox.client import Client, codes


def sync(
    client: Client, state: str = "", most: int = 512, folder: str = "inbox", extra: str = ""
) -> tuple[list[tuple[str, str]], str, bool]:
    """One page: (kind, id) of each change, the new state, whether it was the last page."""
    place = f'<t:DistinguishedFolderId Id="{folder}"/>' if len(folder) < 40 else f'<t:FolderId Id="{folder}"/>'
    given_state = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    reply = client.call(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:SyncFolderId>{place}</m:SyncFolderId>{given_state}{extra}"
        f"<m:MaxChangesReturned>{most}</m:MaxChangesReturned></m:SyncFolderItems>"
    )
    assert codes(reply) == ["NoError"]
    changes = [
        (local(change), str(next(change.iter(t("ItemId"))).get("Id")))
        for change in reply.iterfind(f".//{m('Changes')}/*")
    ]
    return (
        changes,
        reply.findtext(f".//{m('SyncState')}") or "",
        reply.findtext(f".//{m('IncludesLastItemInRange')}") == "true",
    )


def update(client: Client, item: str, uri: str, value: str) -> None:
    assert client.codes(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>'
        f'<t:ItemId Id="{item}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="{uri}"/><t:Message>{value}'
        "</t:Message>"
        "</t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    ) == ["NoError"]


def delete(client: Client, item: str) -> None:
    body = f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:DeleteItem>'
    assert client.codes(body) == ["NoError"]


def move(client: Client, item: str, target: str) -> str:
    reply = client.call(
        f'<m:MoveItem><m:ToFolderId><t:DistinguishedFolderId Id="{target}"/></m:ToFolderId>'
        f'<m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:MoveItem>'
    )
    found = reply.find(f".//{t('ItemId')}")
    assert found is not None
    return found.get("Id", "")


def test_the_four_kinds_of_change(ada: Client) -> None:
    items = [ada.message(str(number))[0] for number in range(5)]
    changes, state, last = sync(ada)
    assert (changes, last) == ([("Create", item) for item in items], True)
    assert sync(ada, state)[0] == []
    update(ada, items[0], "item:Subject", "<t:Subject>new</t:Subject>")
    update(ada, items[1], "message:IsRead", "<t:IsRead>false</t:IsRead>")
    delete(ada, items[2])
    moved = move(ada, items[3], "drafts")
    new, _ = ada.message("new one")
    assert sync(ada, state)[0] == [
        ("Update", items[0]),
        ("ReadFlagChange", items[1]),
        ("Delete", items[2]),
        ("Delete", items[3]),
        ("Create", new),
    ]
    assert sync(ada, folder="drafts")[0] == [("Create", moved)]


def test_a_page_holds_512_changes_at_most(ada: Client) -> None:
    items = "".join(f"<t:Message><t:Subject>{number}</t:Subject></t:Message>" for number in range(600))
    ada.create(items)
    changes, state, last = sync(ada)
    assert (len(changes), last) == (512, False)
    changes, _, last = sync(ada, state)
    assert (len(changes), last) == (88, True)


def test_changed_within_a_round_is_told_once(ada: Client) -> None:
    items = [ada.message(str(number))[0] for number in range(4)]
    update(ada, items[0], "item:Subject", "<t:Subject>early</t:Subject>")
    changes, state, _ = sync(ada, most=2)
    assert changes == [("Create", items[0]), ("Create", items[1])]
    update(ada, items[1], "item:Subject", "<t:Subject>between</t:Subject>")
    changes, state, last = sync(ada, state)
    assert changes == [("Create", items[2]), ("Create", items[3]), ("Update", items[1])]
    assert last


def test_what_came_and_went_between_is_not_told(ada: Client) -> None:
    _, state, _ = sync(ada)
    item, _ = ada.message("short")
    delete(ada, item)
    assert sync(ada, state)[0] == []


def test_ignored_items_are_left_out(ada: Client) -> None:
    first, second = ada.message("1")[0], ada.message("2")[0]
    assert sync(ada, extra=f'<m:Ignore><t:ItemId Id="{first}"/></m:Ignore>')[0] == [("Create", second)]


@pytest.mark.parametrize(
    "break_it", [lambda state: state[:-8], lambda state: "!" + state, lambda state: "AAAA" + state]
)
def test_a_broken_state(ada: Client, break_it: object) -> None:
    _, state, _ = sync(ada)
    broken = break_it(state)  # type: ignore[operator]  # one of the functions above
    body = (
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f'<m:SyncFolderId><t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId><m:SyncState>{broken}</m:SyncState>'
        "<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
    )
    assert ada.codes(body) == ["ErrorInvalidSyncStateData"]


def test_a_state_of_another_folder_is_broken(ada: Client) -> None:
    _, state, _ = sync(ada)
    body = (
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f'<m:SyncFolderId><t:DistinguishedFolderId Id="drafts"/></m:SyncFolderId><m:SyncState>{state}</m:SyncState>'
        "<m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
    )
    assert ada.codes(body) == ["ErrorInvalidSyncStateData"]


def test_a_state_outlives_the_server(tmp_path: Path) -> None:
    store = str(tmp_path / "store.sqlite")
    with Sandbox(store=store) as sandbox:
        client = Client(sandbox)
        client.message("before")
        _, state, _ = sync(client)
        client.session.close()
    with Sandbox(store=store) as sandbox:
        client = Client(sandbox)
        item, _ = client.message("after")
        assert sync(client, state)[0] == [("Create", item)]
        client.session.close()


def test_a_state_is_base64(ada: Client) -> None:
    assert base64.b64decode(sync(ada)[1], validate=True)


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["create", "change", "read", "delete", "move", "sync", "page"]), st.integers(0, 30)),
    max_size=25,
)


@given(actions=ACTIONS, most=st.integers(1, 4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_follower_knows_the_folder(actions: list[tuple[str, int]], most: int) -> None:
    """Whatever happens between the pages, at the end the client knows every item with its newest change key."""
    with Sandbox(auth=["basic"]) as sandbox:
        client = Client(sandbox)
        there: list[str] = []
        known: dict[str, str] = {}
        state, read = "", True

        def follow() -> bool:
            nonlocal state
            changes, state, last = sync(client, state, most)
            for kind, item in changes:
                if kind == "Delete":
                    known.pop(item, None)
                elif kind == "Create":
                    assert item not in known
                    known[item] = ""
                else:
                    assert item in known
            return last

        for action, number in actions:
            item = there[number % len(there)] if there else ""
            if action == "create":
                there.append(client.message("x")[0])
            elif action == "sync":
                while not follow():
                    pass
            elif action == "page":
                follow()
            elif item and action == "change":
                update(client, item, "item:Subject", f"<t:Subject>{number}</t:Subject>")
            elif item and action == "read":
                read = not read
                update(client, item, "message:IsRead", f"<t:IsRead>{str(read).lower()}</t:IsRead>")
            elif item and action == "delete":
                there.remove(item)
                delete(client, item)
            elif item and action == "move":
                there.remove(item)
                move(client, item, "drafts")
        while not follow():
            pass
        assert set(known) == set(there)
        client.session.close()


def hierarchy(client: Client, state: str = "", root: str = "msgfolderroot") -> tuple[list[tuple[str, str]], str]:
    given_state = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    reply = client.call(
        "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f'<m:SyncFolderId><t:DistinguishedFolderId Id="{root}"/></m:SyncFolderId>{given_state}</m:SyncFolderHierarchy>'
    )
    assert codes(reply) == ["NoError"]
    assert reply.findtext(f".//{m('IncludesLastFolderInRange')}") == "true"
    found = [(local(change), _name(change)) for change in reply.iterfind(f".//{m('Changes')}/*")]
    return found, reply.findtext(f".//{m('SyncState')}") or ""


def _name(change: etree._Element) -> str:
    identifier = next(change.iter(t("FolderId"))).get("Id", "")
    return change.findtext(f"*/{t('DisplayName')}") or identifier


def test_the_hierarchy(ada: Client) -> None:
    changes, state = hierarchy(ada)
    assert ("Create", "Inbox") in changes
    assert hierarchy(ada, state)[0] == []
    outer = ada.folder("Outer")
    ada.folder("Inner", outer)
    changes, state = hierarchy(ada, state)
    assert changes == [("Create", "Outer"), ("Create", "Inner")]
    ada.call(
        f'<m:DeleteFolder DeleteType="MoveToDeletedItems"><m:FolderIds><t:FolderId Id="{outer}"/>'
        "</m:FolderIds></m:DeleteFolder>"
    )
    changes, state = hierarchy(ada, state)
    assert changes == [("Update", "Outer")]
    ada.call(
        f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds><t:FolderId Id="{outer}"/></m:FolderIds>'
        "</m:DeleteFolder>"
    )
    changes, state = hierarchy(ada, state)
    assert [kind for kind, _ in changes] == ["Delete", "Delete"]
    assert ("Delete", outer) in changes


def test_a_folder_that_leaves_the_tree_is_deleted_there(ada: Client) -> None:
    outer = ada.folder("Outer")
    _, state = hierarchy(ada, root="inbox")
    ada.call(
        '<m:MoveFolder><m:ToFolderId><t:DistinguishedFolderId Id="drafts"/></m:ToFolderId>'
        f'<m:FolderIds><t:FolderId Id="{outer}"/></m:FolderIds></m:MoveFolder>'
    )
    assert hierarchy(ada, state, "inbox")[0] == [("Delete", outer)]
