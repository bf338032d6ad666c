"""vCards of other programs as fields of contacts: every version, broken ones, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewsfs.ews.ewsdatetime import EWSDate
from ewsfs.formats import vcfread
from ewsfs.formats.errors import FormatError


def read(*lines: str, version: str = "3.0") -> vcfread.ContactFile:
    """The contact of a card with a name and these lines."""
    card = "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", "FN:Ada", *lines, "END:VCARD", ""])
    return vcfread.parse_contact(card.encode())


def numbers(file: vcfread.ContactFile) -> dict[str, str]:
    return {entry.label: entry.phone_number for entry in file.fields["phone_numbers"]}


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("TEL;TYPE=WORK,VOICE", "BusinessPhone"),
        ("TEL;TYPE=WORK;TYPE=VOICE", "BusinessPhone"),
        ("TEL;WORK;VOICE", "BusinessPhone"),
        ('TEL;TYPE="work,voice"', "BusinessPhone"),
        ("TEL;type=cell", "MobilePhone"),
        ("TEL;TYPE=IPHONE;TYPE=CELL", "MobilePhone"),
        ("TEL;TYPE=WORK,FAX", "BusinessFax"),
        ("TEL;FAX", "OtherFax"),
        ("TEL;TYPE=HOME", "HomePhone"),
        ("TEL;TYPE=PREF", "PrimaryPhone"),
        ("TEL", "OtherTelephone"),
        ("TEL;TYPE=CAR", "CarPhone"),
        ("TEL;TYPE=textphone", "TtyTddPhone"),
        ("TEL;TYPE=X-EVOLUTION-CALLBACK", "Callback"),
        ("item1.TEL;TYPE=main", "PrimaryPhone"),
    ],
)
def test_telephone_types(line: str, key: str) -> None:
    assert numbers(read(f"{line}:123")) == {key: "123"}


def test_second_number_of_a_kind_and_one_too_many() -> None:
    file = read(*(f"TEL;TYPE=FAX:{number}" for number in range(4)))
    assert numbers(file) == {"OtherFax": "0", "BusinessFax": "1", "HomeFax": "2"}
    assert file.left_out == ("a telephone number too many: 3",)


def test_apple_label() -> None:
    file = read("item2.TEL:905", "item2.X-ABLabel:_$!<AssistantPhone>!$_")
    assert numbers(file) == {"AssistantPhone": "905"}


def test_telephone_uri() -> None:
    assert numbers(read("TEL;VALUE=uri;TYPE=cell:tel:+1-555;ext=102", version="4.0")) == {"MobilePhone": "+1-555 x102"}


def test_preferred_address_comes_first() -> None:
    file = read("EMAIL:a@x.test", "EMAIL;TYPE=PREF:b@x.test", "EMAIL:c@x.test", "EMAIL:d@x.test")
    assert [entry.email for entry in file.fields["email_addresses"]] == ["b@x.test", "a@x.test", "c@x.test"]
    assert file.left_out == ("a fourth mail address: d@x.test",)


def test_preference_of_version_4() -> None:
    file = read("EMAIL:a@x.test", "EMAIL;PREF=1:b@x.test", version="4.0")
    assert [entry.email for entry in file.fields["email_addresses"]] == ["b@x.test", "a@x.test"]


def test_quoted_printable_of_version_2() -> None:
    lines = ["N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg", "NOTE;QUOTED-PRINTABLE:one=0D=0Atwo=",
             " three"]  # fmt: skip
    fields = read(*lines, version="2.1").fields
    assert (fields["surname"], fields["given_name"]) == ("Müller", "Jörg")
    assert fields["body"].startswith("one\ntwo")


def test_latin_1_without_saying_so() -> None:
    assert vcfread.parse_contact(b"BEGIN:VCARD\nFN:J\xf6rg\nEND:VCARD\n").fields["display_name"] == "Jörg"


def test_address_with_box_and_lines() -> None:
    fields = read("ADR;TYPE=WORK,PREF:PO 1;Floor 2;1\\, Main St;Town;ST;Z 1;UK").fields
    (address,) = fields["physical_addresses"]
    assert (address.label, address.street) == ("Business", "PO 1\nFloor 2\n1, Main St")
    assert (address.city, address.state, address.zipcode, address.country) == ("Town", "ST", "Z 1", "UK")
    assert fields["postal_address_index"] == "Business"


@pytest.mark.parametrize("text", ["1980-03-22", "19800322", "1980-03-22T00:00:00Z", "19800322T000000"])
def test_birthday(text: str) -> None:
    assert read(f"BDAY:{text}").fields["birthday"] == EWSDate(1980, 3, 22)


@pytest.mark.parametrize("text", ["--0322", "circa 1980", "1980-13-45"])
def test_birthday_that_exchange_has_no_place_for(text: str) -> None:
    file = read(f"BDAY:{text}")
    assert "birthday" not in file.fields
    assert file.left_out == (f"a day that is no date with a year: {text}",)


@pytest.mark.parametrize(
    "line",
    [
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/",
        "PHOTO;TYPE=JPEG;ENCODING=BASE64:/9j/",
        "PHOTO;JPEG;BASE64:/9j/",
        "PHOTO:data:image/jpeg;base64,/9j/",
    ],
)
def test_photo(line: str) -> None:
    assert read(line).photo == b"\xff\xd8\xff"


def test_linked_photo_is_left_out() -> None:
    file = read("PHOTO;VALUE=uri:https://example.test/ada.jpg")
    assert file.photo is None
    assert file.left_out == ("a picture that is only linked: https://example.test/ada.jpg",)


def test_names_are_made_up_from_what_there_is() -> None:
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lovelace;Ada;King;;\r\nEND:VCARD\r\n"
    fields = vcfread.parse_contact(card).fields
    assert (fields["display_name"], fields["file_as"]) == ("Ada King Lovelace", "Lovelace, Ada King")


def test_list_of_apple() -> None:
    card = (
        b"BEGIN:VCARD\nVERSION:3.0\nFN:Team\nX-ADDRESSBOOKSERVER-KIND:group\n"
        b"X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1234\nEND:VCARD\n"
    )
    assert vcfread.kind(card) == "list"
    file = vcfread.parse_list(card)
    assert file.fields == {"display_name": "Team", "members": []}
    assert file.left_out == ("a member without a mail address: urn:uuid:1234",)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello", "BEGIN:VCARD"),
        (b"\x00\xff" * 50, "BEGIN:VCARD"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "BEGIN:VCARD"),
        (b"BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n", "neither a name"),
        (b"BEGIN:VCARD\nFN:a\nEND:VCARD\nBEGIN:VCARD\nFN:b\nEND:VCARD\n", "more than one"),
        (b"BEGIN:VCARD\nKIND:group\nFN:a\nEND:VCARD\n", "group"),
    ],
)
def test_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        vcfread.parse_contact(data)


def test_line_that_cannot_be_read_is_named() -> None:
    assert read("this is no line").left_out == ("a line that can't be read: this is no line",)


# -- real and broken files


def test_corpus_is_read_or_refused_with_a_reason(corpus: Path) -> None:
    refused = {}
    named = 0
    for path in sorted((corpus / "vcf").glob("*.vcf")):
        data = path.read_bytes()
        try:
            found = vcfread.parse_list(data) if vcfread.kind(data) == "list" else vcfread.parse_contact(data)
            named += "display_name" in found.fields
        except FormatError as error:
            refused[path.name] = str(error)
    assert all(refused.values())
    assert named > 50


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_files_are_read_or_refused(data: st.DataObject) -> None:
    files = sorted((Path(__file__).resolve().parents[3] / "shared" / "corpus" / "vcf").glob("*.vcf"))
    if not files:
        pytest.skip("the corpus is not here")
    raw = bytearray(data.draw(st.sampled_from(files)).read_bytes()[:3000])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 20))] = data.draw(
            st.binary(max_size=10) | st.sampled_from([b"\r\n", b";", b":", b"=", b'"', b"\\", b"QUOTED-PRINTABLE"])
        )
    for parse in (vcfread.parse_contact, vcfread.parse_list):
        with suppress(FormatError):
            parse(bytes(raw))
