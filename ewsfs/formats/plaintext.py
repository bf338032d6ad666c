"""Text that may stand in an iCalendar or vCard value: cleaned of control characters, taken out of HTML.

Used by `ics`, `icsread`, `vcf` and `vcfread`. Never raises on account of its input.
"""

from __future__ import annotations

import re

from lxml import etree

# RFC 5545 3.1 and RFC 6350 3.2 allow no control characters but the tab and the line break; a lone
# surrogate can't be written as UTF-8, and the other separators would break a line for some readers.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_BREAK = re.compile("\r\n|\r|\u2028|\u2029|\x85")

# fmt: off
_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table",
    "tr", "ul",
])
# fmt: on
_HIDDEN = frozenset(["head", "script", "style", "title", "template"])
# A blank line stands above and below these.
_SPACED = frozenset(["blockquote", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"])


def clean(text: str) -> str:
    """`text` with line breaks as "\\n" and without what the formats forbid."""
    return _FORBIDDEN.sub("", _LINE_BREAK.sub("\n", text))


def one_line(text: str) -> str:
    """`text` cleaned, on one line, without blanks at its ends."""
    return re.sub(r"\s*\n\s*", " ", clean(text)).strip()


def from_html(markup: str) -> str:
    """What a person reads in an HTML body: paragraphs as lines, links with their address in brackets."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(clean(markup).encode("utf-8"), parser)
    except etree.LxmlError:
        # Nothing in it: not even text.
        return ""
    if root is None:
        return ""
    reader = _Reader()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            reader.start(str(element.tag), str(element.get("href") or ""))
            reader.data(element.text or "")
        else:
            reader.end(str(element.tag))
            reader.data(element.tail or "")
    text = re.sub(r"[ \t]+\n", "\n", "".join(reader.pieces).replace("\xa0", " "))
    return clean(re.sub(r"\n{3,}", "\n\n", text)).strip()


class _Reader:
    """Collects the text of a document as its elements begin and end."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._hidden = 0
        self._preformatted = 0
        self._link = ""
        self._link_at = 0

    def start(self, tag: str, target: str) -> None:
        """An element begins; `target` is where it links to."""
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self.pieces.append("\n")
        elif tag in ("td", "th"):
            if self.pieces and not self.pieces[-1].endswith("\n"):
                self.pieces.append(" ")
        elif tag == "a":
            self._link = target
            self._link_at = len(self.pieces)
        elif tag in _BLOCKS:
            self._preformatted += tag == "pre"
            self._break(tag)
            if tag == "li":
                self.pieces.append("* ")

    def end(self, tag: str) -> None:
        """An element ends."""
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a":
            shown = "".join(self.pieces[self._link_at :]).strip()
            target = self._link.removeprefix("mailto:")
            if target and shown and not target.startswith(("#", "javascript:")) and target.rstrip("/") != shown:
                self.pieces.append(f" <{target}>")
            self._link = ""
        elif tag in _BLOCKS:
            self._preformatted = max(0, self._preformatted - (tag == "pre"))
            self._break(tag)

    def data(self, data: str) -> None:
        """Text."""
        if self._hidden:
            return
        if not self._preformatted:
            data = re.sub(r"[ \t\r\n\f]+", " ", data)
            if not self.pieces or self.pieces[-1].endswith(("\n", " ")):
                data = data.lstrip(" ")
        if data:
            self.pieces.append(data)

    def _break(self, tag: str) -> None:
        if self.pieces:
            tail = "".join(self.pieces[-2:])
            wanted = 2 if tag in _SPACED else 1
            have = len(tail) - len(tail.rstrip("\n"))
            if have < wanted:
                self.pieces.append("\n" * (wanted - have))
