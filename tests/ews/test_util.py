"""The log of XML: indented, coloured on a terminal, without secrets."""

from __future__ import annotations

import io
import logging

import pytest

from ewsfs.ews.util import PrettyXmlHandler, pretty
from ewsfs.ews.xmllog import redact


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def logged(stream: io.StringIO, message: str, *args: object, **extra: str) -> str:
    handler = PrettyXmlHandler(stream)
    logger = logging.Logger("test")
    logger.addHandler(handler)
    logger.debug(message, *args, extra=extra)
    return stream.getvalue()


XML = '<a xmlns:t="urn:t"><t:Password>p</t:Password><b c="d">text</b></a>'


def test_xml_is_indented() -> None:
    text = logged(io.StringIO(), "%s", "x", xml_title="Request GetItem", xml_text=XML)
    assert text.splitlines()[0] == "Request GetItem"
    assert '  <b c="d">text</b>' in text
    assert "\x1b" not in text


def test_xml_is_coloured_on_a_terminal() -> None:
    text = logged(Terminal(), "%s", "x", xml_title="Request", xml_text=XML)
    assert "\x1b[34mb\x1b[0m" in text


def test_secrets_are_blanked() -> None:
    assert ">p<" not in logged(io.StringIO(), "%s", "x", xml_title="Request", xml_text=XML)
    assert ">p<" not in logged(io.StringIO(), "somebody else's log: %s", XML)


@pytest.mark.parametrize(
    "secret",
    [
        b"<t:Password>hush</t:Password>",
        b"<NewPassword a='b'>hush</NewPassword>",
        b"<m:TokenValue>hush</m:TokenValue>",
        b"<t:IdentityToken\n>hush</t:IdentityToken>",
        b"<t:SerializedSecurityContext>hush</t:SerializedSecurityContext>",
        b'<x clientSecret = "hush"/>',
        b"<x Password='hush'/>",
        b"<t:Password>hush",
    ],
)
def test_whatever_is_named_like_a_secret_is_blanked(secret: bytes) -> None:
    assert b"hush" not in redact(secret)
    assert b"********" in redact(secret)


def test_everything_else_stays() -> None:
    xml = b'<t:Subject Id="1">Spinning pins</t:Subject><t:Password/>'
    assert redact(xml) == xml


def test_what_is_no_xml_is_shown_as_it_is() -> None:
    assert pretty("<a><b></a>") == "<a><b></a>"


def test_entities_are_never_followed() -> None:
    assert "root:" not in pretty('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')


def test_a_record_without_xml_is_a_line() -> None:
    assert logged(io.StringIO(), "3 < %d", 4) == "3 < 4\n"
