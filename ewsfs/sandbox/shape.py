"""Rendering an item as a reply shows it: ItemShape and AdditionalProperties turned into a list of steps.

A shape is read once per request and makes one plan per kind of item, so that rendering a thousand items costs little.
FindItem and SyncFolderItems (find=True) leave out what Exchange leaves out there: bodies, recipients, attachments,
recurrences, MIME; and they cut strings at 255 characters.

Properties that don't exist on an item's kind are left out in silence, as Exchange does when one request asks for
items of several kinds.

Threading: a Shape may be used by one request at a time; it keeps plans.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Iterable

from lxml import etree

from ewsfs.sandbox import computed, schema, text
from ewsfs.sandbox.computed import NOBODY, View
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.fields import extended_element
from ewsfs.sandbox.mime_content import mime_of
from ewsfs.sandbox.model import TYPES, Attachment, Item, local, t
from ewsfs.sandbox.paths import ExtendedFieldURI, FieldURI, IndexedFieldURI, Path, parse
from ewsfs.sandbox.schema import KINDS, Property, Type
from ewsfs.sandbox.values import parse_boolean

FIND_LIMIT = 255  # characters of a string in a FindItem reply

_Stored = dict[str, etree._Element]
_Step = Callable[[Item, _Stored, etree._Element], None]
_NSMAP = {"t": TYPES}
_EXTENDED = t("ExtendedProperty")


class Shape:
    """Which properties of an item a reply shows, and how.

    base: IdOnly, Default or AllProperties. paths: AdditionalProperties. body_type: Best, HTML or Text.
    find: for FindItem and the syncs.
    """

    def __init__(
        self,
        base: str = "IdOnly",
        paths: Iterable[Path] = (),
        *,
        include_mime: bool = False,
        body_type: str = "Best",
        maximum_body_size: int | None = None,
        find: bool = False,
        view: View = NOBODY,
    ) -> None:
        self.base = base
        self.paths = tuple(paths)
        self.include_mime = include_mime
        self.body_type = body_type
        self.maximum_body_size = maximum_body_size
        self.find = find
        self.view = view
        self._plans: dict[str, list[_Step]] = {}

    @classmethod
    def parse(cls, element: etree._Element | None, *, find: bool = False, view: View = NOBODY) -> Shape:
        """The shape that an ItemShape or AttachmentShape element asks for (None: IdOnly).

        Raises ResponseError for a property path that isn't one.
        """
        if element is None:
            return cls(find=find, view=view)
        additional = element.find(t("AdditionalProperties"))
        paths = [] if additional is None else [parse(child) for child in additional if local(child)]
        for path in paths:
            if isinstance(path, FieldURI) and not _is_known(path.uri):
                raise ResponseError("ErrorInvalidPropertyRequest", f"There is no property {path.uri}.", path=path.uri)
        size = element.findtext(t("MaximumBodySize"))
        return cls(
            element.findtext(t("BaseShape")) or "IdOnly",
            paths,
            include_mime=parse_boolean(element.findtext(t("IncludeMimeContent")) or "false"),
            body_type=element.findtext(t("BodyType")) or "Best",
            maximum_body_size=int(size) if size else None,
            find=find,
            view=view,
        )

    def render(self, item: Item) -> etree._Element:
        """The element of the item, for example <t:Message>, with what the shape asks for, in schema order."""
        plan = self._plans.get(item.kind)
        if plan is None:
            plan = self._plans[item.kind] = self._plan(item.kind)
        out = etree.Element(t(item.kind), nsmap=_NSMAP)
        stored: _Stored = {str(child.tag): child for child in item.properties}
        for step in plan:
            step(item, stored, out)
        return out

    def _plan(self, kind: str) -> list[_Step]:
        named = {path.uri for path in self.paths if isinstance(path, FieldURI)}
        indexed: dict[str, list[IndexedFieldURI]] = {}
        for path in self.paths:
            if isinstance(path, IndexedFieldURI):
                indexed.setdefault(schema.INDEXED[path.uri][0], []).append(path)
        extended = [path for path in dict.fromkeys(self.paths) if isinstance(path, ExtendedFieldURI)]
        return [
            step
            for prop in KINDS[kind]
            if (step := self._step(prop, named, indexed.get(prop.name, []), extended)) is not None
        ]

    def _step(
        self,
        prop: Property,
        named: set[str],
        indexed: list[IndexedFieldURI],
        extended: list[ExtendedFieldURI],
    ) -> _Step | None:
        if prop.name == "ExtendedProperty":
            return self._extended_step(extended) if extended else None
        if self.find and not prop.in_find:
            return None
        if prop.name == "MimeContent":
            return self._mime_step() if self.include_mime or prop.uri in named else None
        if (
            prop.uri not in named
            and prop.name != "ItemId"
            and not (self.base == "Default" and prop.in_default)
            and not (self.base == "AllProperties" and prop.in_all)
        ):
            return _indexed_step(prop, indexed) if indexed else None
        if prop.type is Type.BODY:
            return self._body_step(prop)
        if prop.name in computed.TRANSFORMED:
            return self._made_step(prop)
        return self._plain_step(prop)

    def _plain_step(self, prop: Property) -> _Step:
        tag, name, view = prop.tag, prop.name, self.view
        limit = FIND_LIMIT if self.find and prop.type is Type.STRING else None
        maker = computed.MAKERS.get(name) if prop.computed else None

        def step(item: Item, stored: _Stored, out: etree._Element) -> None:
            child = stored.get(tag)
            if child is not None:
                if len(child) or child.attrib:
                    out.append(copy.deepcopy(child))
                else:
                    etree.SubElement(out, tag).text = child.text if limit is None else (child.text or "")[:limit]
                return
            if maker is None:
                return
            made = maker(item, view)
            if isinstance(made, str):
                etree.SubElement(out, tag).text = made[:limit]
            elif made is not None:
                out.append(made)

        return step

    def _made_step(self, prop: Property) -> _Step:
        name, view = prop.name, self.view

        def step(item: Item, stored: _Stored, out: etree._Element) -> None:
            made = computed.make(item, name, view)
            if made is not None:
                out.append(made)

        return step

    def _mime_step(self) -> _Step:
        view = self.view

        def step(item: Item, stored: _Stored, out: etree._Element) -> None:
            element = etree.SubElement(out, t("MimeContent"), CharacterSet="UTF-8")
            element.text = base64.b64encode(mime_of(item, view)).decode("ascii")

        return step

    def _body_step(self, prop: Property) -> _Step:
        name, tag, wanted, limit = prop.name, prop.tag, self.body_type, self.maximum_body_size
        view = self.view

        def step(item: Item, stored: _Stored, out: etree._Element) -> None:
            source = stored.get(tag) if name == "Body" else computed.make(item, name, view)
            kind = "Text" if source is None else source.get("BodyType", "Text")
            content = "" if source is None else source.text or ""
            if name == "Body" and wanted not in {"Best", kind}:
                if content:
                    content = text.text_of_html(content) if wanted == "Text" else text.html_of_text(content)
                kind = wanted
            element = etree.SubElement(out, tag, BodyType=kind)
            if limit and len(content) > limit:
                content = content[:limit]
                element.set("IsTruncated", "true")
            element.text = content

        return step

    def _extended_step(self, paths: list[ExtendedFieldURI]) -> _Step:
        limit = FIND_LIMIT if self.find else None

        def step(item: Item, stored: _Stored, out: etree._Element) -> None:
            for path in paths:
                element = extended_element(item, path)
                if element is None:
                    continue
                if limit is not None and path.type == "String":
                    value = element.find(t("Value"))
                    if value is not None and value.text and len(value.text) > limit:
                        value.text = value.text[:limit]
                out.append(element)

        return step


def _is_known(uri: str) -> bool:
    """Whether there may be such a property; those of kinds that aren't kept here (persona: ...) are just not set."""
    return schema.known(uri) is not None or uri in schema.WITHOUT_ELEMENT or uri.split(":")[0] not in schema.PREFIXES


def _indexed_step(prop: Property, paths: list[IndexedFieldURI]) -> _Step:
    """Of a dictionary only the entries that were asked for, of an address only its parts."""
    tag = prop.tag
    wanted: dict[str, set[str]] = {}
    for path in paths:
        wanted.setdefault(path.index.casefold(), set()).add(schema.INDEXED[path.uri][2])

    def step(item: Item, stored: _Stored, out: etree._Element) -> None:
        source = stored.get(tag)
        if source is None:
            return
        container = etree.Element(tag)
        for entry in source:
            key = entry.get("Key") or entry.get("HeaderName") or ""
            parts = wanted.get(key.casefold())
            if parts is None:
                continue
            entry = copy.deepcopy(entry)
            if prop.type is Type.ADDRESSES:
                entry[:] = [child for child in entry if local(child) in parts]
            container.append(entry)
        if len(container):
            out.append(container)

    return step


_EVERYTHING = "AllProperties"


def attachment(source: Attachment, shape: Shape) -> etree._Element:
    """An attachment as GetAttachment shows it: with its content, or with its item.

    shape: for an attached item; its base is ignored, everything is shown, and MIME when the shape asks for it.
    """
    element = computed.attachment_element(source)
    if source.kind == "FileAttachment":
        etree.SubElement(element, t("Content")).text = base64.b64encode(source.content).decode("ascii")
    elif source.item is not None:
        full = Shape(
            _EVERYTHING,
            shape.paths,
            include_mime=shape.include_mime,
            body_type=shape.body_type,
            view=shape.view,
        )
        inner = full.render(source.item)
        for name in ("ItemId", "ParentFolderId"):
            schema.remove(inner, name)
        if source.item.kind == "DistributionList":  # the schema has no such attachment: only what every item has
            inner.tag = t("Item")
            schema.order(inner)
        element.append(inner)
    return element
