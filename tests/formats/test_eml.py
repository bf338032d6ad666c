"""Attachments, names and times of messages, with Python's email package as the judge."""

from __future__ import annotations

import base64
import email
import email.policy
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from email.message import EmailMessage, Message
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewsfs.formats import eml
from ewsfs.formats.errors import FormatError

CRLF = email.policy.SMTP.clone(max_line_length=998)

PDF = b"%PDF-1.4\r\n\x00\xff\r\nno line break at the end"


def lines(*parts: bytes | str) -> bytes:
    """The parts as CRLF-terminated lines."""
    return b"".join((part if isinstance(part, bytes) else part.encode()) + b"\r\n" for part in parts)


def one_part(*headers: str, content: bytes = b"x") -> eml.Part:
    """The single attachment of a message whose second part has these headers."""
    mime = (
        lines("Subject: s", 'Content-Type: multipart/mixed; boundary="b"', "", "--b", "", "text", "--b", *headers, "")
        + content
        + b"\r\n--b--\r\n"
    )
    (part,) = eml.attachments(mime)
    return part


@cache
def corpus_messages() -> tuple[bytes, ...]:
    folder = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "eml"
    return tuple(path.read_bytes() for path in sorted(folder.glob("*.eml")))


# -- what counts as an attachment


def test_plain_message_has_none() -> None:
    assert eml.attachments(lines("Subject: x", "", "just text")) == []


def test_html_only_message_has_none() -> None:
    assert eml.attachments(lines("Content-Type: text/html", "", "<p>text")) == []


def test_alternatives_are_the_body() -> None:
    message = EmailMessage()
    message.set_content("plain")
    message.add_alternative("<p>html", subtype="html")
    assert eml.attachments(message.as_bytes(policy=CRLF)) == []


def test_calendar_beside_the_alternatives_is_an_attachment() -> None:
    message = EmailMessage()
    message.set_content("plain")
    message.add_alternative("<p>html", subtype="html")
    message.add_alternative("BEGIN:VCALENDAR\nEND:VCALENDAR\n", subtype="calendar")
    assert [part.content_type for part in eml.attachments(message.as_bytes(policy=CRLF))] == ["text/calendar"]


def test_the_calendar_of_an_invitation_is_what_the_message_says() -> None:
    message = EmailMessage()
    message.set_content("plain")
    message.add_alternative("BEGIN:VCALENDAR\nEND:VCALENDAR\n", subtype="calendar", params={"method": "REQUEST"})
    assert eml.attachments(message.as_bytes(policy=CRLF)) == []


def test_text_with_disposition_attachment_is_not_the_body() -> None:
    part = eml.attachments(lines("Content-Type: text/plain", "Content-Disposition: attachment", "", "kept"))
    assert [(found.name, found.content) for found in part] == [("", b"kept\r\n")]


def test_inline_text_file_is_an_attachment() -> None:
    assert one_part('Content-Disposition: inline; filename="a.txt"').is_inline


def test_whole_message_can_be_a_file() -> None:
    mime = lines("Content-Type: application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64", "") + (
        base64.encodebytes(PDF)
    )
    assert [(part.name, part.content, part.path) for part in eml.attachments(mime)] == [("a.pdf", PDF, ())]


def test_second_text_is_an_attachment_without_a_name() -> None:
    part = one_part("Content-Type: text/plain", content=b"-- list footer")
    assert (part.name, part.content, part.path) == ("", b"-- list footer", (2,))


def test_inline_image_of_html_is_listed() -> None:
    message = EmailMessage()
    message.set_content("<img src=cid:logo>", subtype="html")
    message.add_related(b"\x89PNG", "image", "png", cid="<logo>")
    (part,) = eml.attachments(message.as_bytes(policy=CRLF))
    assert (part.content, part.is_inline, part.content_id) == (b"\x89PNG", True, "logo")


def test_related_root_named_by_start_is_the_body() -> None:
    mime = lines(
        'Content-Type: multipart/related; boundary=b; start="<root>"', "", "--b",
        "Content-Type: text/plain", "Content-ID: <note>", "", "note", "--b",
        "Content-Type: text/html", "Content-ID: <root>", "", "<p>", "--b--",
    )  # fmt: skip
    assert [part.content_id for part in eml.attachments(mime)] == ["note"]


def test_tnef_is_an_ordinary_file() -> None:
    part = one_part("Content-Type: application/ms-tnef; name=winmail.dat", content=b"\x78\x9f\x3e\x22")
    assert (part.name, part.content) == ("winmail.dat", b"\x78\x9f\x3e\x22")


def test_multipart_without_delimiters_is_text() -> None:
    assert eml.attachments(lines("Content-Type: multipart/mixed; boundary=b", "", "nothing follows")) == []


def test_boundary_that_begins_like_another_is_told_apart() -> None:
    mime = lines(
        "Content-Type: multipart/mixed; boundary=ab", "", "--ab",
        "Content-Type: multipart/alternative; boundary=abc", "", "--abc", "", "text", "--abc--", "--ab",
        "Content-Type: image/png", "", "png", "--ab--",
    )  # fmt: skip
    assert [part.content for part in eml.attachments(mime)] == [b"png"]


def test_missing_last_delimiter_keeps_the_last_part() -> None:
    mime = lines(
        "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "text", "--b", "Content-Type: a/b", "", "x"
    )
    assert [part.content for part in eml.attachments(mime)] == [b"x\r\n"]


# -- contents


@pytest.mark.parametrize(
    ("encoding", "encoded"),
    [
        ("base64", base64.encodebytes(PDF)),
        ("base64", base64.b64encode(PDF).rstrip(b"=")),
        ("BASE64", base64.b64encode(PDF) + b"\r\n___\r\nA mailing list added this"),
        ("quoted-printable", b"%PDF-1.4\r\n=00=FF\r\nno line=\r\n break at the end"),
        ("8bit", PDF),
        ("binary", PDF),
        ("7bit;", PDF),
        ("", PDF),
    ],
)
def test_content_is_what_was_attached(encoding: str, encoded: bytes) -> None:
    assert one_part("Content-Type: a/b", f"Content-Transfer-Encoding: {encoding}", content=encoded).content == PDF


def test_uuencoded_content() -> None:
    encoded = b"begin 644 cat.txt\r\n#0V%T\r\n`\r\nend"
    part = one_part("Content-Type: a/b", "Content-Transfer-Encoding: x-uuencode", content=encoded)
    assert (part.name, part.content) == ("cat.txt", b"Cat")


def test_uuencoded_line_with_rubbish_at_its_end() -> None:
    encoded = b"begin 644 cat.txt\r\n#0V%Tzz\r\nend"
    assert one_part("Content-Type: a/b", "Content-Transfer-Encoding: x-uue", content=encoded).content == b"Cat"


def test_base64_with_a_character_too_many() -> None:
    assert one_part("Content-Type: a/b", "Content-Transfer-Encoding: base64", content=b"QUJDR").content == b"ABC"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40),
                       st.binary(max_size=300)), max_size=4),
    st.sampled_from([CRLF, email.policy.default]),
)  # fmt: skip
def test_attached_files_come_back(files: list[tuple[str, bytes]], policy: email.policy.EmailPolicy) -> None:
    message = EmailMessage(policy=policy)
    message.set_content("body")
    for name, content in files:
        message.add_attachment(content, "application", "octet-stream", filename=name)
    found = [(part.name, part.content) for part in eml.attachments(message.as_bytes())]
    assert found == [(name.strip(), content) for name, content in files]


# -- names


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('Content-Disposition: attachment; filename="a;b.pdf"', "a;b.pdf"),
        ("Content-Disposition: attachment; filename=two words.pdf", "two words.pdf"),
        ("Content-Disposition: attachment; filename*=UTF-8''%E2%82%AC%20rates.txt", "€ rates.txt"),
        ("Content-Disposition: attachment; filename=x.txt; filename*=utf-8''%C3%A4.txt", "ä.txt"),
        ("Content-Disposition: attachment; filename*0*=utf-8'en'%C3%A4; filename*1=b; filename*2*=%20c", "äb c"),
        ("Content-Disposition: attachment; filename*1=b.txt; filename*0=a", "ab.txt"),
        ("Content-Disposition: attachment; filename*=%C3%A4.txt", "ä.txt"),
        ("Content-Disposition: attachment; filename=\"UTF-8''%C3%A4.txt\"", "ä.txt"),
        ('Content-Disposition: attachment; filename="=?utf-8?B?w6QudHh0?="', "ä.txt"),
        ('Content-Disposition: attachment; filename="=?utf-8?B?ww==?=\r\n =?utf-8?B?pC50eHQ=?="', "ä.txt"),
        ('Content-Disposition: attachment; filename="=?utf-8?Q?=C3?= =?utf-8?Q?=A4.txt?="', "ä.txt"),
        ('Content-Disposition: attachment; filename="=?nonsense?Q?=C3=A4.txt?="', "ä.txt"),
        ("Content-Disposition: attachment; filename==?iso-8859-1?Q?=E4=5F.txt?=", "ä_.txt"),
        ('Content-Disposition: attachment; filename="ä.txt"', "ä.txt"),
        ("Content-Disposition: attachment; filename*=x-no-such''%C3%A4", "ä"),
        ("Content-Disposition: attachment; filename*=iso-2022-jp''%1B%24B%46%7C%1B%28B", "日"),
        ("Content-Type: a/b; name=from-type.txt", "from-type.txt"),
        ("Content-Disposition: attachment", ""),
    ],
)
def test_name(header: str, name: str) -> None:
    part = one_part(header, content=b"c")
    assert part.name == name


def test_name_in_raw_latin_1() -> None:
    mime = b'Content-Disposition: attachment; filename="\xe4.txt"\r\n\r\nx'
    assert [part.name for part in eml.attachments(mime)] == ["ä.txt"]


# -- messages in messages

INNER = lines("From: a@example.test", "Subject: =?utf-8?q?Rechnung_f=C3=BCr_M=C3=A4rz?=", "", "inner", "", "--x--", "")


def test_attached_message_is_its_exact_bytes() -> None:
    part = one_part("Content-Type: message/rfc822", content=INNER)
    assert (part.content, part.is_message, part.name) == (INNER, True, "Rechnung für März")


def test_file_name_of_an_attached_message_wins() -> None:
    part = one_part("Content-Type: message/rfc822; name=fwd.eml", content=INNER)
    assert part.name == "fwd.eml"


def test_base64_message_is_decoded() -> None:
    encoded = base64.encodebytes(INNER)
    part = one_part("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", content=encoded)
    assert part.content == INNER


def test_message_that_is_only_labelled_base64_is_left_alone() -> None:
    part = one_part("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", content=INNER)
    assert part.content == INNER


def test_quoted_printable_message_is_decoded_when_it_is_one() -> None:
    part = one_part(
        "Content-Type: message/rfc822", "Content-Transfer-Encoding: quoted-printable", content=b"Subject: =C3=A4"
    )
    assert part.content == "Subject: ä".encode()


def test_message_that_is_only_labelled_quoted_printable_is_left_alone() -> None:
    inner = lines("Content-Type: text/html; charset=utf-8", "", "<a>")
    part = one_part("Content-Type: message/rfc822", "Content-Transfer-Encoding: quoted-printable", content=inner)
    assert part.content == inner


def test_messages_to_any_depth() -> None:
    mime = EmailMessage(policy=CRLF)
    mime["Subject"] = "level 0"
    mime.set_content("deepest")
    mime.add_attachment(PDF, "application", "pdf", filename="scan.pdf")
    for level in range(1, 50):
        outer = EmailMessage(policy=CRLF)
        outer["Subject"] = f"level {level}"
        outer.set_content("text")
        outer.add_attachment(mime)
        mime = outer
    content = mime.as_bytes()
    for level in range(48, -1, -1):
        (part,) = eml.attachments(content)
        assert part.name == f"level {level}"
        content = part.content
    assert [part.content for part in eml.attachments(content)] == [PDF]


def test_digest_holds_messages() -> None:
    mime = lines("Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: one", "", "x", "--b--")
    assert [(part.name, part.is_message) for part in eml.attachments(mime)] == [("one", True)]


# -- real and broken messages

ENCODINGS = ("base64", "quoted-printable", "7bit", "8bit")


def leaves_of(message: Message) -> Iterator[Message]:
    """The leaf parts as email sees them; attached messages are leaves."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        for part in message.get_payload():
            assert isinstance(part, Message)
            yield from leaves_of(part)
    else:
        yield message


def test_corpus_contents_are_those_of_email(corpus: Path) -> None:
    checked = 0
    for path in sorted((corpus / "eml").glob("*.eml")):
        mime = path.read_bytes()
        theirs = list(leaves_of(email.message_from_bytes(mime)))
        ours = eml.attachments(mime)
        by_name = [part for part in theirs if part.get_content_disposition() == "attachment"]
        for part in by_name:
            encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
            if part.get_content_maintype() == "message" or encoding not in ENCODINGS:
                continue
            assert part.get_payload(decode=True) in [found.content for found in ours], path.name
            checked += 1
    assert checked > 50


def test_corpus_messages_in_messages_stand_in_the_source(corpus: Path) -> None:
    found = 0
    for path in sorted((corpus / "eml").glob("*.eml")):
        mime = path.read_bytes()
        for part in eml.attachments(mime):
            if part.is_message and b"base64" not in mime:
                assert part.content in mime, path.name
                found += 1
    assert found > 20


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_mutated_messages_never_raise(data: st.DataObject) -> None:
    messages = corpus_messages()
    if not messages:
        pytest.skip("the corpus is not here")
    mime = bytearray(data.draw(st.sampled_from(messages))[:20_000])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(mime)))
        until = min(len(mime), at + data.draw(st.integers(0, 40)))
        mime[at:until] = data.draw(
            st.binary(max_size=20) | st.sampled_from([b"\r\n", b'"', b";", b"=?", b"--", b"*=", b"'"])
        )
    raw = bytes(mime)
    for part in eml.attachments(raw):
        part.name.encode()
    eml.subject(raw).encode()
    for moment in (eml.received(raw), eml.sent(raw)):
        assert moment is None or moment.tzinfo is timezone.utc


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["Content-Type", "Content-Disposition", "Subject", "Date", "Received"]))
def test_any_header_value_is_survived(value: bytes, header: str) -> None:
    mime = header.encode() + b": " + value + b"\r\n\r\nx"
    eml.attachments(mime)
    eml.subject(mime)
    eml.received(mime)
    eml.sent(mime)


def test_large_attachment_takes_no_time_to_speak_of() -> None:
    content = bytes(range(256)) * 120_000
    started = time.perf_counter()
    part = one_part("Content-Type: a/b", "Content-Transfer-Encoding: base64", content=base64.encodebytes(content))
    assert part.content == content
    assert time.perf_counter() - started < 5


# -- subject, times, check


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("Subject: plain", "plain"),
        ("Subject: folded\r\n over lines", "folded over lines"),
        ("Subject: =?utf-8?b?5pel?= =?utf-8?b?5pys?= and =?iso-8859-1?q?=E4?=", "日本 and ä"),
        ("Subject: 日本", "日本"),
        ("subject : blanks before the colon", "blanks before the colon"),
        ("Subject: =?utf-8?b?!!!!?=", ""),
        ("Subject: =?gb2312?B?zOy99A==?=", "天紧"),
        ("Subject:", ""),
        ("X: y", ""),
    ],
)
def test_subject(header: str, subject: str) -> None:
    assert eml.subject(lines(header, "", "x")) == subject


def test_received_is_the_topmost_readable_one() -> None:
    mime = lines(
        "Received: from a by b; nonsense", "Received: from c by d; Mon, 2 Mar 2026 09:15:00 +0100",
        "Received: from e by f; Mon, 2 Mar 2026 08:00:00 +0100", "Date: Sun, 1 Mar 2026 00:00:00 +0000", "",
    )  # fmt: skip
    assert eml.received(mime) == datetime(2026, 3, 2, 8, 15, tzinfo=timezone.utc)


def test_received_falls_back_to_date() -> None:
    mime = lines("Date: Sun, 1 Mar 2026 00:00:00 +0000", "")
    assert eml.received(mime) == eml.sent(mime) == datetime(2026, 3, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("value", ["", "yesterday", "Mon, 99 Foo 99999 99:99", "Sat, 1 Jan 10001 00:00:00 +2300"])
def test_date_that_is_none(value: str) -> None:
    assert eml.sent(lines(f"Date: {value}", "")) is None


@pytest.mark.parametrize("mime", [b"", b"\r\n \r\n", b"%PDF-1.4\n1 0 obj\n", b"no header at all", b"\x00" * 100])
def test_check_refuses_what_is_no_message(mime: bytes) -> None:
    with pytest.raises(FormatError):
        eml.check(mime)


@pytest.mark.parametrize(
    "mime", [b"Subject: x", b"From x@y Mon\nSubject: x\n\n", b"\xef\xbb\xbfSubject: x\n\n", b"\n\nA: b\n"]
)
def test_check_accepts_messages(mime: bytes) -> None:
    eml.check(mime)
