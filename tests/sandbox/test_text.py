"""Text that XML can hold, and bodies turned from one form into the other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ewsfs.sandbox.text import html_of_text, text_of_html, topic_of, xml_safe


@given(st.text())
def test_safe_text_can_stand_in_xml(source: str) -> None:
    element = etree.Element("x")
    element.text = xml_safe(source)
    assert (etree.fromstring(etree.tostring(element)).text or "") == xml_safe(source)


def test_surrogates_and_controls_go() -> None:
    assert xml_safe("a\x00b\ud800c\ufffed\te") == "abcd\te"


def test_html_becomes_the_text_that_it_shows() -> None:
    source = "<html><head><style>p {color: red}</style></head><body><p>One &amp; two</p><p>three<br>four</p></body>"
    assert text_of_html(source) == "One & two\n\nthree\nfour\n"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"])))
def test_text_survives_html(source: str) -> None:
    assert text_of_html(html_of_text(source)).strip() == source.strip()


def test_topics_have_no_prefixes() -> None:
    assert topic_of("RE: Fw: AW[2]: Budget: 2024") == "Budget: 2024"


def test_comments_and_scripts_are_no_text() -> None:
    source = "<!-- hidden --><p>shown<!-- hidden --> too</p><script>hidden()</script><pre>a\n  b</pre>"
    assert text_of_html(source) == "shown too\n\na\nb\n"
