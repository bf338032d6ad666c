"""Replies of real servers, and the envelopes that we send."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from ewsfs.ews import errors, soap
from ewsfs.ews.body import Body
from ewsfs.ews.errors import MalformedResponse, ResponseError
from ewsfs.ews.soap import ReplyReader, Request, RequestHeader, envelope, result_error
from ewsfs.ews.xmlnames import Element, find, local, m, make, t
from tests.ews.rogue import back_off, failure, fault, items, response, success
from tests.ews.rogue import envelope as wrapped

OTHER_LANGUAGES = ("AutodiscoverPOX",)


def read(data: bytes, size: int = 65536) -> list[Element]:
    return list(ReplyReader().messages(data[start : start + size] for start in range(0, len(data), size)))


def recorded(corpus: Path) -> list[Path]:
    return sorted(
        path for path in (corpus / "ews-responses").glob("[A-Z]*/*") if path.parent.name not in OTHER_LANGUAGES
    )


def test_every_recorded_reply_is_read_alike_whatever_the_cuts(corpus: Path) -> None:
    paths = recorded(corpus)
    assert len(paths) > 250
    for path in paths:
        whole = [etree.tostring(message) for message in read(path.read_bytes())]
        assert whole, path
        assert [etree.tostring(message) for message in read(path.read_bytes(), 11)] == whole, path


def test_every_recorded_error_has_the_class_of_its_code(corpus: Path) -> None:
    seen = set()
    for path in recorded(corpus):
        for message in read(path.read_bytes()):
            error = result_error(message)
            if error is not None:
                assert type(error).__name__ == error.response_code, path
                assert error.message, path
                seen.add(error.response_code)
    assert len(seen) > 25


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("msdocs-1", "ErrorSchemaValidation"),
        ("msdocs-3", "ErrorIncorrectSchemaVersion"),
        ("msdocs-5", "ErrorAccessDenied"),
        ("msdocs-6", "ErrorSchemaValidation"),
    ],
)
def test_faults_of_every_age_are_typed(corpus: Path, name: str, code: str) -> None:
    with pytest.raises(ResponseError) as caught:
        read((corpus / f"ews-responses/_Fault/{name}.xml").read_bytes())
    assert type(caught.value) is errors.class_of(code)
    assert caught.value.message


def test_a_fault_of_2007_tells_line_and_position(corpus: Path) -> None:
    with pytest.raises(ResponseError) as caught:
        read((corpus / "ews-responses/_Fault/msdocs-6.xml").read_bytes())
    assert caught.value.details == {"LineNumber": "17", "LinePosition": "19"}
    assert "EmailAddress4" in caught.value.message


def test_control_characters_do_not_break_a_batch(corpus: Path) -> None:
    [message] = read((corpus / "ews-responses/_invalid-xml/viewpoint-dodgy_ews_response.xml").read_bytes())
    subject = find(message, "Items", "CalendarItem", "Subject")
    assert subject is not None
    assert subject.text == "Invalid character"


def test_an_empty_body_is_malformed(corpus: Path) -> None:
    with pytest.raises(MalformedResponse, match="empty"):
        read((corpus / "ews-responses/_invalid-xml/exchangelib-423-http200-empty-body.xml").read_bytes())


@pytest.mark.parametrize(
    "data",
    [b"", b"<html><body>Sign in</body></html>", b"not xml", b"\x00\x01\x02", b"<a/><b/>", wrapped("<m:X>")[:-30]],
    ids=["nothing", "html", "text", "binary", "two roots", "cut"],
)
def test_what_is_no_reply_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedResponse):
        read(data)


def test_a_document_with_a_dtd_is_refused_before_it_is_parsed() -> None:
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        + wrapped("<m:XResponse>&b;</m:XResponse>").split(b"?>", 1)[1]
    )
    with pytest.raises(MalformedResponse, match="document type"):
        read(bomb)


def test_an_entity_that_nobody_declared_is_malformed() -> None:
    with pytest.raises(MalformedResponse):
        read(wrapped("<m:XResponse>&secret;</m:XResponse>"))


def test_a_reply_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soap, "_LARGEST", 10_000)
    with pytest.raises(MalformedResponse, match="absurd"):
        read(wrapped("<m:XResponse>" + "x" * 20_000), 1000)


def test_messages_keep_their_order_and_their_errors() -> None:
    data = response(
        "GetItem",
        success("GetItem", items("1")),
        failure("GetItem", "ErrorItemNotFound"),
        success("GetItem", items("3")),
    )
    found = [result_error(message) for message in read(data)]
    assert [type(error).__name__ for error in found] == ["NoneType", "ErrorItemNotFound", "NoneType"]


def test_messages_are_found_whatever_their_names_and_prefixes() -> None:
    # gromox calls the messages of GetEvents m:x, and prefixes are anybody's choice
    data = response("GetEvents", "<m:x ResponseClass='Success'><m:ResponseCode>NoError</m:ResponseCode></m:x>")
    data = data.replace(b"<s:", b"<soap11:").replace(b"</s:", b"</soap11:").replace(b"xmlns:s=", b"xmlns:soap11=")
    data = data.replace(b"<m:", b"<q1:").replace(b"</m:", b"</q1:").replace(b"xmlns:m=", b"xmlns:q1=")
    [message] = read(data)
    assert local(message) == "x"


def test_a_message_is_handed_out_before_the_reply_is_complete() -> None:
    data = response("GetItem", success("GetItem", items("1")), success("GetItem", items("2")))
    end_of_first = data.index(b"</m:GetItemResponseMessage>") + len(b"</m:GetItemResponseMessage>")

    def pieces() -> object:
        yield data[:end_of_first]
        raise AssertionError("the rest was asked for")

    assert local(next(ReplyReader().messages(pieces()))) == "GetItemResponseMessage"  # type: ignore[arg-type]  # a generator


def test_the_class_of_a_reply_may_stand_on_its_root(corpus: Path) -> None:
    [delegate] = read((corpus / "ews-responses/GetDelegate/msdocs-1.xml").read_bytes())
    assert result_error(delegate, "ResponseMessages") is None
    [refused] = read(
        wrapped(
            '<m:GetRoomListsResponse ResponseClass="Error"><m:ResponseCode>ErrorAccessDenied</m:ResponseCode>'
            "</m:GetRoomListsResponse>"
        )
    )
    assert isinstance(result_error(refused), errors.AccessDenied)


def test_a_warning_with_data_is_data(corpus: Path) -> None:
    [message] = read((corpus / "ews-responses/ResolveNames/msdocs-1.xml").read_bytes())
    assert message.get("ResponseClass") == "Warning"
    assert result_error(message, "ResolutionSet") is None
    assert isinstance(result_error(message), errors.class_of("ErrorNameResolutionMultipleResults"))


def test_a_warning_without_data_is_an_error() -> None:
    [message] = read(
        response("GetItem", failure("GetItem", "ErrorBatchProcessingStopped", kind="Warning", xml="<m:Items/>"))
    )
    assert isinstance(result_error(message, "Items"), errors.class_of("ErrorBatchProcessingStopped"))


@pytest.mark.parametrize(("value", "seconds"), [("0", 0.0), ("1500", 1.5), ("-1", None), ("soon", None), ("", None)])
def test_the_back_off_of_a_fault_is_read(value: str, seconds: float | None) -> None:
    with pytest.raises(errors.Busy) as caught:
        read(fault("ErrorServerBusy", message_xml=back_off(value)))
    assert caught.value.back_off == seconds


def test_a_busy_fault_may_say_something_else() -> None:
    with pytest.raises(errors.Busy) as caught:
        read(fault("ErrorServerBusy", message_xml='<t:Value Name="Policy">EWSMaxConcurrency</t:Value>'))
    assert caught.value.back_off is None
    assert caught.value.details == {"Policy": "EWSMaxConcurrency"}


def test_a_code_that_nobody_knows_is_an_error_of_that_name() -> None:
    with pytest.raises(ResponseError) as caught:
        read(fault("ErrorBrandNew"))
    assert type(caught.value).__name__ == "ErrorBrandNew"
    assert isinstance(caught.value, errors.ErrorBrandNew)


def test_a_code_that_can_be_no_name_is_still_an_error() -> None:
    with pytest.raises(ResponseError) as caught:
        read(fault("no such code!"))
    assert type(caught.value) is ResponseError
    assert caught.value.response_code == "no such code!"


def test_an_operation_that_a_server_lacks_is_unsupported() -> None:
    data = fault("ErrorX").replace(b"ErrorX", b"Client").replace(b"No.", b"Unknown request ExportItems")
    data = data[: data.index(b"<detail>")] + data[data.index(b"</detail>") + len(b"</detail>") :]
    with pytest.raises(errors.Unsupported):
        read(data)


def test_the_version_of_the_server_is_read() -> None:
    reader = ReplyReader()
    list(reader.messages([response("GetItem", success("GetItem"))]))
    assert reader.version is not None
    assert (reader.version.major, reader.version.minor, reader.version.major_build) == (15, 1, 2507)


def sent(data: bytes | Body) -> bytes:
    assert isinstance(data, bytes)
    return data


def request(header: RequestHeader | None = None) -> Request:
    return Request("GetFolder", make(m("GetFolder"), make(t("FolderId"), Id="x")), header or RequestHeader())


def test_an_envelope_says_the_version() -> None:
    root = etree.fromstring(sent(envelope(request(), "Exchange2013")))
    version = find(root, "Header", "RequestServerVersion")
    assert version is not None
    assert version.get("Version") == "Exchange2013"
    assert find(root, "Body", "GetFolder", "FolderId") is not None


def test_an_envelope_says_on_whose_behalf_and_in_which_zone() -> None:
    header = RequestHeader(impersonate="bob@example.test", time_zone="W. Europe Standard Time", culture="de-DE")
    root = etree.fromstring(sent(envelope(request(header), "Exchange2016")))
    assert root.findtext(f".//{t('PrimarySmtpAddress')}") == "bob@example.test"
    assert root.findtext(f".//{t('MailboxCulture')}") == "de-DE"
    zone = root.find(f".//{t('TimeZoneContext')}/{t('TimeZoneDefinition')}")
    assert zone is not None
    assert zone.get("Id") == "W. Europe Standard Time"


def test_exchange_2007_gets_no_time_zone() -> None:
    root = etree.fromstring(sent(envelope(request(RequestHeader(time_zone="UTC")), "Exchange2007_SP1")))
    assert root.find(f".//{t('TimeZoneContext')}") is None


def test_headers_and_requests_follow_the_schema(ews_schema: etree.XMLSchema) -> None:
    header = RequestHeader(impersonate="bob@example.test", time_zone="UTC", culture="de-DE")
    body = make(
        m("GetFolder"),
        make(m("FolderShape"), make(t("BaseShape"), text="IdOnly")),
        make(m("FolderIds"), make(t("DistinguishedFolderId"), Id="inbox")),
    )
    root = etree.fromstring(sent(envelope(Request("GetFolder", body, header), "Exchange2016")))
    for part in (*root[0], root[1][0]):
        ews_schema.assertValid(etree.ElementTree(etree.fromstring(etree.tostring(part))))
