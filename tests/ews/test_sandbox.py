"""The wire against the sandbox: authentication, TLS, operations, faults."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from ewsfs.ews import errors
from ewsfs.ews.body import Streams
from ewsfs.ews.configuration import BASIC, NTLM, Configuration
from ewsfs.ews.credentials import Credentials
from ewsfs.ews.protocol import BaseProtocol, NoVerifyHTTPAdapter, Protocol
from ewsfs.ews.services import (
    CreateAttachment,
    CreateFolder,
    CreateItem,
    DeleteItem,
    FindItem,
    GetAttachment,
    GetFolder,
    GetItem,
    MoveItem,
    SyncFolderHierarchy,
    SyncFolderItems,
    UpdateItem,
    indexed_view,
)
from ewsfs.ews.xmlnames import Element, child, find, m, make, t
from ewsfs.ews.xmlstream import Spools
from ewsfs.sandbox import Sandbox
from tests.ews.rogue import impatient

ADA = Credentials("ada", "sécret")
ITEM_SHAPE = make(m("ItemShape"), make(t("BaseShape"), text="IdOnly"))
FOLDER_SHAPE = make(m("FolderShape"), make(t("BaseShape"), text="Default"))


def distinguished(name: str) -> Element:
    return make(t("DistinguishedFolderId"), Id=name)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"ada": "sécret"}) as running:
        yield running


def connect(sandbox: Sandbox, auth_type: str | None = BASIC, user: Credentials = ADA) -> Protocol:
    return Protocol(
        Configuration(
            service_endpoint=sandbox.endpoint,
            credentials=user,
            auth_type=auth_type,
            retry_policy=impatient(),
        )
    )


def message(subject: str) -> Element:
    return make(t("Message"), make(t("Subject"), text=subject))


def one(results: Iterator[object]) -> Element:
    [result] = results
    if isinstance(result, errors.EWSError):
        raise result
    assert isinstance(result, Element)
    return result


def inbox(protocol: Protocol) -> Element:
    return one(GetFolder(protocol).call([distinguished("inbox")], shape=FOLDER_SHAPE))


def create(protocol: Protocol, subject: str = "hello") -> Element:
    found = child(one(CreateItem(protocol).call([message(subject)], folder=distinguished("inbox"))), "ItemId")
    assert found is not None
    return found


@pytest.mark.parametrize("auth_type", [BASIC, NTLM])
def test_every_authentication_works_on_many_connections(sandbox: Sandbox, auth_type: str) -> None:
    protocol = connect(sandbox, auth_type)
    units = [distinguished("inbox")] * 40
    results = list(GetFolder(protocol, chunk_size=2).call(units, shape=FOLDER_SHAPE))
    assert not any(isinstance(result, errors.EWSError) for result in results)
    assert protocol.stats.requests["GetFolder"] == 20


def test_ntlm_is_preferred_when_both_are_offered(sandbox: Sandbox) -> None:
    assert connect(sandbox, None).auth_type == NTLM


@pytest.mark.parametrize("auth_type", [BASIC, NTLM, None])
def test_a_wrong_password_is_unauthorized(sandbox: Sandbox, auth_type: str | None) -> None:
    with pytest.raises(errors.Unauthorized):
        inbox(connect(sandbox, auth_type, Credentials("ada", "wrong")))


def test_a_large_request_makes_its_handshake_before(sandbox: Sandbox) -> None:
    protocol = connect(sandbox, NTLM)
    assert create(protocol, "x" * 200) is not None
    big = make(t("Message"), make(t("Subject"), text="big"), make(t("Body"), text="b" * 500_000, BodyType="Text"))
    assert one(CreateItem(connect(sandbox, NTLM)).call([big], folder=distinguished("inbox"))) is not None


@pytest.mark.parametrize("auth_type", [BASIC, NTLM])
def test_tls_is_verified_unless_it_is_switched_off(monkeypatch: pytest.MonkeyPatch, auth_type: str) -> None:
    with Sandbox(users={"ada": "sécret"}, tls=True) as running:
        with pytest.raises(errors.TLSError):
            inbox(connect(running, auth_type))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.certificate))
        assert inbox(connect(running, auth_type)) is not None
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        monkeypatch.setattr(BaseProtocol, "HTTP_ADAPTER_CLS", NoVerifyHTTPAdapter)
        assert inbox(connect(running, auth_type)) is not None


@pytest.mark.parametrize("spec", ["CreateItem:drop:1", "CreateItem:cut:1", "CreateItem:drop-after:1"])
def test_a_cut_inside_of_tls_is_no_failure_of_tls(monkeypatch: pytest.MonkeyPatch, spec: str) -> None:
    with Sandbox(users={"ada": "sécret"}, tls=True, faults=spec) as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.certificate))
        [result] = CreateItem(connect(running)).call([message("lost")], folder=distinguished("inbox"))
        assert isinstance(result, errors.OutcomeUnknown)


def test_an_item_lives(sandbox: Sandbox) -> None:
    protocol = connect(sandbox)
    item_id = create(protocol, "first")
    shape = make(
        m("ItemShape"),
        make(t("BaseShape"), text="IdOnly"),
        make(t("AdditionalProperties"), make(t("FieldURI"), FieldURI="item:Subject")),
    )
    assert one(GetItem(protocol).call([item_id], shape=shape)).findtext(t("Subject")) == "first"
    change = make(
        t("ItemChange"),
        make(t("ItemId"), Id=item_id.get("Id"), ChangeKey=item_id.get("ChangeKey")),
        make(
            t("Updates"),
            make(t("SetItemField"), make(t("FieldURI"), FieldURI="item:Subject"), message("second")),
        ),
    )
    updated = child(one(UpdateItem(protocol).call([change])), "ItemId")
    assert updated is not None
    assert updated.get("ChangeKey") != item_id.get("ChangeKey")
    assert one(GetItem(protocol).call([updated], shape=shape)).findtext(t("Subject")) == "second"
    moved = child(one(MoveItem(protocol).call([updated], to_folder=distinguished("drafts"))), "ItemId")
    assert moved is not None
    assert list(DeleteItem(protocol).call([moved], delete_type="HardDelete")) == [None]
    [gone] = GetItem(protocol).call([moved], shape=shape)
    assert isinstance(gone, errors.NotFound)


def test_pages_of_a_folder_tell_their_total(sandbox: Sandbox) -> None:
    protocol = connect(sandbox)
    new = make(t("Folder"), make(t("DisplayName"), text="paged"))
    folder = child(one(CreateFolder(protocol).call([new], parent=distinguished("inbox"))), "FolderId")
    assert folder is not None
    results = list(CreateItem(protocol).call([message(str(number)) for number in range(25)], folder=folder))
    assert not any(isinstance(result, errors.EWSError) for result in results)
    [page] = FindItem(protocol).call([folder], shape=ITEM_SHAPE, view=indexed_view(10, 10))
    assert not isinstance(page, errors.EWSError)
    assert (len(page.elements), page.total, page.next_offset, page.last) == (10, 25, 20, False)
    first = SyncFolderItems(protocol).call(shape=ITEM_SHAPE, folder=folder, max_changes=20)
    assert (len(first.changes), first.last) == (20, False)
    second = SyncFolderItems(protocol).call(shape=ITEM_SHAPE, folder=folder, sync_state=first.sync_state)
    assert (len(second.changes), second.last) == (5, True)


def test_the_hierarchy_is_synchronised(sandbox: Sandbox) -> None:
    page = SyncFolderHierarchy(connect(sandbox)).call(shape=FOLDER_SHAPE, folder=distinguished("msgfolderroot"))
    assert page.last
    assert len(page.changes) > 5


def test_a_lost_sync_state_is_an_error_of_its_own(sandbox: Sandbox) -> None:
    with pytest.raises(errors.StateLost):
        SyncFolderItems(connect(sandbox)).call(
            shape=ITEM_SHAPE, folder=distinguished("inbox"), sync_state="bm9uc2Vuc2U="
        )


@pytest.mark.parametrize("auth_type", [BASIC, NTLM])
def test_a_large_attachment_goes_from_file_to_file(sandbox: Sandbox, auth_type: str) -> None:
    protocol = connect(sandbox, auth_type)
    content = bytes(range(256)) * 12_000
    streams = Streams()
    attachment = make(
        t("FileAttachment"),
        make(t("Name"), text="large.bin"),
        make(t("Content"), text=streams.add(io.BytesIO(content))),
    )
    made = one(CreateAttachment(protocol).call([attachment], parent=create(protocol), streams=streams))
    attachment_id = child(made, "AttachmentId")
    assert attachment_id is not None
    with Spools(over=10_000) as spools:
        got = one(GetAttachment(protocol).call([make(t("AttachmentId"), Id=attachment_id.get("Id"))], spools=spools))
        text = find(got, "Content")
        assert text is not None
        file = spools.take(text.text)
        assert file is not None
        with file:
            assert file.read() == content


@pytest.mark.parametrize("spec", ["GetFolder:busy:2", "GetFolder:503:2", "GetFolder:drop:1", "GetFolder:cut:1"])
def test_faults_are_survived_by_a_patient_reader(sandbox: Sandbox, spec: str) -> None:
    sandbox.faults.add(spec)
    try:
        assert inbox(connect(sandbox)) is not None
    finally:
        sandbox.faults.clear()
