"""Contacts and lists as vCards, judged by vobject reading them; and back as fields."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ewsfs.ews.ewsdatetime import EWSDate, EWSDateTime
from ewsfs.ews.indexed import EmailAddress, ImAddress, PhoneNumber, PhysicalAddress
from ewsfs.ews.items import Contact, DistributionList
from ewsfs.ews.properties import CompleteName, HTMLBody, ItemId, Mailbox, Member
from ewsfs.formats import vcf, vcflabels, vcfread

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20


def ada(**more: Any) -> Contact:
    fields: dict[str, Any] = {
        "display_name": "Ada Lovelace",
        "given_name": "Ada",
        "surname": "Lovelace",
        "email_addresses": [EmailAddress(label="EmailAddress1", email="ada@example.test")],
    }
    return Contact(**fields | more)


def card(data: bytes) -> Any:
    """The only vCard in the bytes, as vobject reads it."""
    (found,) = vobject.readComponents(data.decode())
    assert found.validate()
    return found


def values(data: bytes, name: str) -> list[Any]:
    return [line.value for line in card(data).contents.get(name, [])]


# -- what a card says


def test_names() -> None:
    data = vcf.contact(
        ada(middle_name="King", generation="Jr.", nickname="Countess", complete_name=CompleteName(title="Lady"))
    )
    name = card(data).n.value
    assert (name.family, name.given, name.additional) == ("Lovelace", "Ada", "King")
    assert (name.prefix, name.suffix) == ("Lady", "Jr.")
    assert card(data).fn.value == "Ada Lovelace"
    assert card(data).nickname.value == "Countess"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "Unnamed"),
        ({"display_name": " \t\n"}, "Unnamed"),
        ({"given_name": "Ada", "surname": "Lovelace"}, "Ada Lovelace"),
        ({"file_as": "Lovelace, Ada"}, "Lovelace, Ada"),
        ({"company_name": "Engines Ltd."}, "Engines Ltd."),
        ({"email_addresses": [EmailAddress(label="EmailAddress2", email="x@example.test")]}, "x@example.test"),
        ({"display_name": "a\r\nb\x00c"}, "a bc"),
    ],
)
def test_there_is_always_a_name(fields: dict[str, Any], name: str) -> None:
    assert card(vcf.contact(Contact(**fields))).fn.value == name


def test_work() -> None:
    found = card(vcf.contact(ada(company_name="A;B, Ltd.", department="R&D", job_title="Analyst", profession="Poet")))
    assert found.org.value == ["A;B, Ltd.", "R&D"]
    assert (found.title.value, found.role.value) == ("Analyst", "Poet")


def test_department_alone_stays_a_department() -> None:
    data = vcf.contact(ada(department="R&D"))
    assert vcfread.parse_contact(data).fields["department"] == "R&D"
    assert "company_name" not in vcfread.parse_contact(data).fields


def test_every_telephone_key_has_types_of_its_own() -> None:
    numbers = {key: f"+{index}" for index, key in enumerate(vcflabels.PHONES)}
    data = vcf.contact(ada(phone_numbers=numbers))
    assert len(values(data, "tel")) == len(vcflabels.PHONES)
    types = {line.value: set(line.type_paramlist) for line in card(data).tel_list}
    assert types[numbers["MobilePhone"]] == {"CELL", "VOICE"}
    assert types[numbers["BusinessFax"]] == {"WORK", "FAX"}
    assert types[numbers["Pager"]] == {"PAGER"}


def test_addresses() -> None:
    home = PhysicalAddress(
        label="Home", street="1, Main St\nFlat 2", city="Town", state="ST", country="UK", zipcode="Z"
    )
    data = vcf.contact(ada(physical_addresses=[home], postal_address_index="Home"))
    (line,) = card(data).adr_list
    assert (line.value.street, line.value.city, line.value.region) == ("1, Main St\nFlat 2", "Town", "ST")
    assert (line.value.code, line.value.country) == ("Z", "UK")
    assert line.type_paramlist == ["HOME", "PREF"]


def test_days_notes_categories() -> None:
    data = vcf.contact(
        ada(
            birthday=date(1815, 12, 10),
            wedding_anniversary=date(1835, 7, 8),
            body="first line\nsecond",
            categories=["Friends", "a,b"],
            sensitivity="Private",
        )
    )
    found = card(data)
    assert (found.bday.value, found.x_anniversary.value) == ("1815-12-10", "1835-07-08")
    assert found.note.value == "first line\nsecond"
    assert found.categories.value == ["Friends", "a,b"]
    assert values(data, "class") == ["PRIVATE"]


def test_note_of_an_html_body_is_its_text() -> None:
    assert card(vcf.contact(ada(body=HTMLBody("<p>a &amp; b</p>")))).note.value == "a & b"


@pytest.mark.parametrize(
    ("picture", "kind"),
    [(JPEG, "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"GIF89a..", "GIF"), (b"RIFF....WEBPVP8 ", "WEBP"), (b"?", None)],
)
def test_photo(picture: bytes, kind: str | None) -> None:
    data = vcf.contact(ada(), picture)
    assert card(data).photo.value == picture
    assert card(data).photo.params.get("TYPE") == ([kind] if kind else None)


def test_changed_at_and_uid_come_from_the_item() -> None:
    item = ada(last_modified_time=EWSDateTime(2026, 3, 2, 9, 15, tzinfo=timezone.utc), item_id="AAMk=")
    found = card(vcf.contact(item))
    assert found.rev.value == "20260302T091500Z"
    assert found.uid.value == card(vcf.contact(ada(item_id="AAMk="))).uid.value
    assert found.uid.value != card(vcf.contact(ada(item_id="AAMK="))).uid.value


def test_lines_are_folded_and_end_with_crlf() -> None:
    data = vcf.contact(ada(body="日本語" * 100, display_name="ä" * 200), JPEG)
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 75


def test_list() -> None:
    members = [
        Member(mailbox=Mailbox(name='Ada "L"', email_address="ada+x@example.test", mailbox_type="OneOff")),
        Member(mailbox=Mailbox(name="Old", email_address="/o=Org/cn=old", routing_type="EX")),
        Member(mailbox=Mailbox(name="Others", item_id=ItemId(id="AA+/="))),
        Member(mailbox=Mailbox(name="Name alone")),
        Member(),
    ]
    data = vcf.distribution_list(DistributionList(display_name="Team leads", members=members, body="hello"))
    found = card(data)
    assert (found.version.value, found.kind.value, found.fn.value) == ("4.0", "group", "Team leads")
    assert [line.value for line in found.member_list] == [
        "mailto:ada+x@example.test", "urn:x-ews:ex:%2Fo%3DOrg%2Fcn%3Dold", "urn:x-ews:item:AA%2B%2F%3D",
        "urn:x-ews:name:Name%20alone",
    ]  # fmt: skip
    assert found.note.value == "hello"


def test_list_without_name_or_members() -> None:
    assert card(vcf.distribution_list(DistributionList())).fn.value == "Unnamed"


# -- there and back

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=30)
WORDS = TEXT.map(lambda text: " ".join(text.split())).filter(bool)


def entries(keys: Any, kind: Any, field: str, value: Any) -> Any:
    """A list of labelled values, in the order in which they are read."""
    order = list(keys)
    return st.dictionaries(st.sampled_from(order), value, min_size=1).map(
        lambda found: [kind(label=key, **{field: found[key]}) for key in order if key in found]
    )


NUMBERS = st.from_regex(r"\+?[0-9]{1,9}( ext 5)?", fullmatch=True)
CONTACTS = st.fixed_dictionaries(
    {"display_name": WORDS, "file_as": WORDS},
    optional={
        "given_name": WORDS, "surname": WORDS, "middle_name": WORDS, "generation": WORDS, "nickname": WORDS,
        "initials": WORDS, "company_name": WORDS, "department": WORDS, "job_title": WORDS, "profession": WORDS,
        "manager": WORDS, "assistant_name": WORDS, "spouse_name": WORDS, "office": WORDS,
        "children": st.lists(WORDS, min_size=1, max_size=3),
        "categories": st.lists(WORDS, min_size=1, max_size=3, unique=True),
        "body": st.lists(WORDS, min_size=1, max_size=3).map("\n".join),
        "birthday": st.dates(date(1600, 1, 1)).map(EWSDate.from_date),
        "wedding_anniversary": st.dates(date(1600, 1, 1)).map(EWSDate.from_date),
        "sensitivity": st.sampled_from(["Personal", "Private", "Confidential"]),
        "phone_numbers": entries(vcflabels.PHONES, PhoneNumber, "phone_number", NUMBERS),
        "email_addresses": entries(vcflabels.EMAILS, EmailAddress, "email", st.emails(domains=st.just("x.test"))),
        "im_addresses": entries(
            vcflabels.IM_ADDRESSES, ImAddress, "im_address", WORDS | st.just("sip:ada@example.test")
        ),
        "physical_addresses": entries(vcflabels.ADDRESSES, PhysicalAddress, "street", WORDS),
    },
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@example(
    {
        "display_name": "Ada",
        "file_as": "Ada",
        "given_name": "Ada",
        "surname": "L",
        "im_addresses": [
            ImAddress(label="ImAddress2", im_address="ada"),
            ImAddress(label="ImAddress3", im_address="sip:ada@example.test"),
        ],
    }
)
@given(CONTACTS)
def test_contact_comes_back(fields: dict[str, Any]) -> None:
    data = vcf.contact(Contact(**fields))
    assert card(data).fn.value
    file = vcfread.parse_contact(data)
    assert file.fields == fields
    assert file.left_out == ()


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=1, max_size=3000))
def test_photo_comes_back(picture: bytes) -> None:
    assert vcfread.parse_contact(vcf.contact(ada(), picture)).photo == picture


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(WORDS.filter(lambda text: '"' not in text), st.emails(domains=st.just("x.test"))), max_size=4)
)
def test_list_comes_back(people: list[tuple[str, str]]) -> None:
    members = [Member(mailbox=Mailbox(name=name, email_address=address)) for name, address in people]
    data = vcf.distribution_list(DistributionList(display_name="Team", members=members))
    assert vcfread.parse_list(data).fields == {"display_name": "Team", "members": members}


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(["display_name", "surname", "job_title", "body", "nickname"]), st.text()))
def test_any_text_gives_a_valid_card(fields: dict[str, Any]) -> None:
    found = card(vcf.contact(Contact(**fields)))
    assert found.fn.value


def test_members_without_an_address_stay_members() -> None:
    members = [
        Member(mailbox=Mailbox(name="Old", email_address="/o=Org/cn=old", routing_type="EX")),
        Member(mailbox=Mailbox(name="Others", item_id=ItemId(id="AA+/="))),
        Member(mailbox=Mailbox(name="Name alone")),
    ]
    data = vcf.distribution_list(DistributionList(display_name="Team", members=members))
    assert vcfread.parse_list(data).fields["members"] == members


def test_same_item_same_bytes() -> None:
    assert vcf.contact(ada(), JPEG) == vcf.contact(ada(), JPEG)
    assert datetime.now().strftime("%Y%m%d").encode() not in vcf.contact(ada())


def test_fields_are_those_of_the_classes() -> None:
    for kind, names in ((Contact, vcf.CONTACT_FIELDS), (DistributionList, vcf.LIST_FIELDS)):
        for name in names:
            assert kind.field(name)
