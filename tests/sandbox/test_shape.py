"""Shapes: which properties a reply shows, in which form."""

from __future__ import annotations

import pytest

from ewsfs.sandbox.model import Attachment, local, t
from ewsfs.sandbox.shape import Shape, attachment
from tests.sandbox.content import assert_valid, create, refused, render, text, xml

MESSAGE = (
    '<t:Message><t:Subject>{subject}</t:Subject><t:Body BodyType="HTML">&lt;p&gt;Hello&lt;/p&gt;</t:Body>'
    "<t:Categories><t:String>red</t:String></t:Categories><t:ToRecipients><t:Mailbox>"
    "<t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients>"
    "<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId='PublicStrings' PropertyName='n' "
    "PropertyType='String'/><t:Value>{subject}</t:Value></t:ExtendedProperty></t:Message>"
)


def shape(inner: str, *, find: bool = False) -> Shape:
    return Shape.parse(xml(f"<m:ItemShape>{inner}</m:ItemShape>"), find=find)


def names(element: object) -> list[str]:
    return [local(child) for child in element]  # type: ignore[attr-defined]  # an element


@pytest.mark.parametrize(
    "source",
    [
        MESSAGE.format(subject="s"),
        "<t:Contact><t:GivenName>Ada</t:GivenName><t:Surname>L</t:Surname></t:Contact>",
        "<t:Task><t:Subject>s</t:Subject></t:Task>",
        "<t:PostItem><t:Subject>s</t:Subject></t:PostItem>",
        "<t:DistributionList><t:DisplayName>d</t:DisplayName></t:DistributionList>",
        "<t:CalendarItem><t:Subject>s</t:Subject></t:CalendarItem>",
    ],
)
@pytest.mark.parametrize("base", ["IdOnly", "Default", "AllProperties"])
@pytest.mark.parametrize("find", [True, False])
def test_every_shape_of_every_kind_is_valid(source: str, base: str, find: bool) -> None:
    assert render(create(source), base, find=find).find(t("ItemId")) is not None


def test_id_only_is_the_id_alone() -> None:
    assert names(render(create(MESSAGE.format(subject="s")), "IdOnly")) == ["ItemId"]


def test_find_leaves_out_bodies_and_recipients() -> None:
    found = set(names(render(create(MESSAGE.format(subject="s")), find=True)))
    assert not found & {"Body", "ToRecipients", "Attachments", "MimeContent", "InternetMessageHeaders"}
    assert {"Subject", "DisplayTo", "From", "Categories", "HasAttachments"} <= found


def test_find_cuts_strings() -> None:
    item = create(MESSAGE.format(subject="x" * 300))
    additional = (
        "<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI='item:Subject'/>"
        "<t:ExtendedFieldURI DistinguishedPropertySetId='PublicStrings' PropertyName='n' PropertyType='String'/>"
        "</t:AdditionalProperties>"
    )
    cut = shape(additional, find=True).render(item)
    assert [len(text(cut, path) or "") for path in ("Subject", "ExtendedProperty/Value")] == [255, 255]
    whole = shape(additional).render(item)
    assert [len(text(whole, path) or "") for path in ("Subject", "ExtendedProperty/Value")] == [300, 300]


def test_additional_properties_stand_in_order() -> None:
    additional = (
        "<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        "<t:ExtendedFieldURI PropertyTag='0x0E1B' PropertyType='Boolean'/><t:FieldURI FieldURI='message:IsRead'/>"
        "<t:FieldURI FieldURI='item:Subject'/><t:FieldURI FieldURI='calendar:Start'/></t:AdditionalProperties>"
    )
    element = shape(additional).render(create(MESSAGE.format(subject="s")))
    assert_valid(element)
    assert names(element) == ["ItemId", "Subject", "ExtendedProperty", "IsRead"]


@pytest.mark.parametrize(
    ("wanted", "kind", "content"),
    [
        ("Best", "HTML", "<p>Hello</p>"),
        ("HTML", "HTML", "<p>Hello</p>"),
        ("Text", "Text", "Hello\n"),
    ],
)
def test_bodies_come_in_the_form_that_is_wanted(wanted: str, kind: str, content: str) -> None:
    inner = f"<t:BaseShape>Default</t:BaseShape><t:BodyType>{wanted}</t:BodyType>"
    body = shape(inner).render(create(MESSAGE.format(subject="s"))).find(t("Body"))
    assert body is not None
    assert (body.get("BodyType"), body.text) == (kind, content)


def test_long_bodies_are_cut_when_asked_for() -> None:
    element = Shape("Default", maximum_body_size=4).render(create(MESSAGE.format(subject="s")))
    body = element.find(t("Body"))
    assert body is not None
    assert (body.text, body.get("IsTruncated")) == ("<p>H", "true")


def test_one_entry_of_a_dictionary() -> None:
    contact = create(
        "<t:Contact><t:PhysicalAddresses><t:Entry Key='Home'><t:Street>S</t:Street><t:City>C</t:City></t:Entry>"
        "<t:Entry Key='Business'><t:City>B</t:City></t:Entry></t:PhysicalAddresses></t:Contact>"
    )
    inner = (
        "<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        "<t:IndexedFieldURI FieldURI='contacts:PhysicalAddress:City' FieldIndex='Home'/></t:AdditionalProperties>"
    )
    element = shape(inner).render(contact)
    assert_valid(element)
    assert [entry.text for entry in element.iterfind(".//{*}Entry/*")] == ["C"]


def test_inline_attachments_count_for_the_tag_alone() -> None:
    item = create(MESSAGE.format(subject="s"))
    item.attachments.append(Attachment("a", "FileAttachment", "logo.png", is_inline=True, content=b"x"))
    inner = (
        "<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI='item:HasAttachments'/>"
        "<t:ExtendedFieldURI PropertyTag='0x0E1B' PropertyType='Boolean'/></t:AdditionalProperties>"
    )
    element = shape(inner).render(item)
    assert text(element, "HasAttachments") == "false"
    assert text(element, "ExtendedProperty/Value") == "true"


def test_unknown_properties_are_refused() -> None:
    with refused("ErrorInvalidPropertyRequest"):
        shape(
            "<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
            "<t:FieldURI FieldURI='item:Nonsense'/></t:AdditionalProperties>"
        )


@pytest.mark.parametrize(
    ("kind", "element"),
    [("DistributionList", "Item"), ("Message", "Message"), ("CalendarItem", "CalendarItem"), ("Task", "Task")],
)
def test_attached_items_show_what_the_schema_has_for_them(kind: str, element: str) -> None:
    inner = create(f"<t:{kind}><t:Subject>inner</t:Subject></t:{kind}>")
    outer = create(MESSAGE.format(subject="s"))
    outer.attachments.append(Attachment("a", "ItemAttachment", "inner", item=inner))
    rendered = attachment(outer.attachments[0], Shape("IdOnly"))
    assert names(rendered)[-1] == element
    message = render(outer, "IdOnly")
    container = message.makeelement(t("Attachments"), {})
    container.append(rendered)
    message.append(container)
    assert_valid(message)


def test_message_flags_are_read_from_what_they_are() -> None:
    item = create(
        "<t:Message><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='0xe07' PropertyType='Integer'/>"
        "<t:Value>1</t:Value></t:ExtendedProperty></t:Message>"
    )
    element = render(item)
    assert (text(element, "IsRead"), text(element, "IsDraft")) == ("true", "false")
    inner = (
        "<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        "<t:ExtendedFieldURI PropertyTag='3591' PropertyType='Integer'/></t:AdditionalProperties>"
    )
    assert text(shape(inner).render(item), "ExtendedProperty/Value") == "1"
