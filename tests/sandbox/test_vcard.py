"""vCard in and out, on cards that nobody here wrote and on the contacts of the sandbox."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import vobject

from ewsfs.sandbox.create import fill
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.model import Attachment, local
from ewsfs.sandbox.vcard import contact_from_bytes, contact_from_item
from tests.sandbox.content import AUTHOR, create, refused, render, stored, text

CONTACT = (
    "<t:Contact><t:Body BodyType='Text'>line one\nline; two, three</t:Body><t:Categories><t:String>red</t:String>"
    "</t:Categories><t:GivenName>Ada</t:GivenName><t:MiddleName>K</t:MiddleName>"
    "<t:CompanyName>Engines; Ltd</t:CompanyName>"
    "<t:EmailAddresses><t:Entry Key='EmailAddress1'>a@example.com</t:Entry><t:Entry Key='EmailAddress2'>b@example.com"
    "</t:Entry></t:EmailAddresses><t:PhysicalAddresses><t:Entry Key='Home'><t:Street>1 St</t:Street><t:City>C</t:City>"
    "<t:CountryOrRegion>X</t:CountryOrRegion></t:Entry></t:PhysicalAddresses><t:PhoneNumbers>"
    "<t:Entry Key='BusinessPhone'>1</t:Entry><t:Entry Key='HomeFax'>3</t:Entry><t:Entry Key='MobilePhone'>2</t:Entry>"
    "</t:PhoneNumbers><t:Birthday>1815-12-10T00:00:00Z</t:Birthday><t:Department>Analysis</t:Department>"
    "<t:JobTitle>Countess</t:JobTitle><t:Surname>Lovelace</t:Surname></t:Contact>"
)


def test_the_corpus_is_read_or_refused(corpus: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "vobject.base")  # it tells of each line that it skips
    read = 0
    for path in sorted((corpus / "vcf").glob("*.vcf")):
        try:
            draft = contact_from_bytes(path.read_bytes())
        except ResponseError:
            continue
        fill(draft, AUTHOR)
        item = stored(draft)
        render(item)
        again = contact_from_bytes(contact_from_item(item))
        assert text(again.properties, "DisplayName") == item.get("DisplayName"), path.name
        read += 1
    assert read > 70


def test_a_contact_survives() -> None:
    item = create(CONTACT)
    item.attachments.append(Attachment("a", "FileAttachment", "x.jpg", is_contact_photo=True, content=b"\xff\xd8photo"))
    draft = contact_from_bytes(contact_from_item(item))
    fill(draft, AUTHOR)
    again = stored(draft)
    before = {local(child): list(child.itertext()) for child in item.properties}
    assert {local(child): list(child.itertext()) for child in again.properties} == before
    assert again.attachments[0].content == b"\xff\xd8photo"


def test_others_can_read_it() -> None:
    card = vobject.readOne(contact_from_item(create(CONTACT)).decode())
    assert (card.fn.value, card.n.value.family, card.org.value) == (
        "Ada K Lovelace",
        "Lovelace",
        ["Engines; Ltd", "Analysis"],
    )
    assert {tel.value: tel.params["TYPE"] for tel in card.tel_list} == {
        "1": ["WORK", "VOICE"],
        "2": ["CELL", "VOICE"],
        "3": ["HOME", "FAX"],
    }


@pytest.mark.parametrize("source", [b"", b"nonsense", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"])
def test_what_is_no_card_is_refused(source: bytes) -> None:
    with refused("ErrorMimeContentConversionFailed"):
        contact_from_bytes(source)
