"""Text for values: control characters out, HTML to what a person reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewsfs.formats import plaintext


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\x00b\x07\x1b[1m", "ab[1m"),
        ("tab\tstays", "tab\tstays"),
        ("\ud800lone", "lone"),
        ("😀 日本", "😀 日本"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert plaintext.clean(text) == cleaned


def test_one_line() -> None:
    assert plaintext.one_line("  a \r\n  b ") == "a b"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("a<br>b", "a\nb"),
        ("a  \n b", "a b"),
        ("&lt;&amp;&nbsp;&auml;", "<& ä"),
        ("<style>p{}</style><script>x()</script>shown", "shown"),
        ('<a href="https://example.test/x">here</a>', "here <https://example.test/x>"),
        ('<a href="https://example.test/">https://example.test</a>', "https://example.test"),
        ('<a href="mailto:ada@example.test">ada@example.test</a>', "ada@example.test"),
        ("<ul><li>a</li><li>b</li></ul>", "* a\n* b"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<!-- no -->yes", "yes"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("", ""),
        ("<p>unclosed", "unclosed"),
    ],
)
def test_from_html(markup: str, text: str) -> None:
    assert plaintext.from_html(markup) == text


@given(st.text(alphabet=st.sampled_from("<>!/&;#x1[]=\"' abp-\x00\n日")))
def test_from_html_survives_anything(markup: str) -> None:
    text = plaintext.from_html(markup)
    assert plaintext.clean(text) == text
