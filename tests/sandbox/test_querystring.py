"""Queries as people type them."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewsfs.sandbox.model import Attachment, Item
from ewsfs.sandbox.querystring import compile_query
from tests.sandbox.content import create

NOW = datetime(2024, 3, 8, 15, tzinfo=timezone.utc)  # a Friday


@pytest.fixture(scope="module")
def item() -> Item:
    item = create(
        "<t:Message><t:Subject>Projekt Übersicht: next steps</t:Subject>"
        "<t:Body BodyType='HTML'>&lt;p class='hidden'&gt;The invoice &amp;amp; more&lt;/p&gt;</t:Body>"
        "<t:Categories><t:String>Red Team</t:String></t:Categories><t:Importance>High</t:Importance>"
        "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='0x0E06' PropertyType='SystemTime'/>"
        "<t:Value>2024-03-05T10:00:00Z</t:Value></t:ExtendedProperty>"
        "<t:ToRecipients><t:Mailbox><t:Name>Bob Stone</t:Name><t:EmailAddress>bob@example.com</t:EmailAddress>"
        "</t:Mailbox></t:ToRecipients><t:From><t:Mailbox><t:Name>Ada Lovelace</t:Name>"
        "<t:EmailAddress>ada@machine.example</t:EmailAddress></t:Mailbox></t:From><t:IsRead>false</t:IsRead></t:Message>"
    )
    item.attachments.append(Attachment("a", "FileAttachment", "figures 2024.xlsx", content=b"x" * 10_000))
    return item


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("", True),
        ("invoice", True),
        ("INVOICE", True),
        ("voice", False),
        ("hidden", False),
        ("ubersicht", True),
        ("invoice steps", True),
        ("invoice nowhere", False),
        ("invoice OR nowhere", True),
        ("nowhere OR (invoice AND steps)", True),
        ("NOT invoice", False),
        ("-nowhere invoice", True),
        ('"next steps"', True),
        ('"next step"', False),
        ('"next step"*', True),
        ("subject:projekt", True),
        ("subject:invoice", False),
        ("subject:(projekt AND steps)", True),
        ("subject:(projekt nowhere)", False),
        ("body:invoice", True),
        ("from:ada", True),
        ("From:Love", True),
        ('from:"Ada Lovelace"', True),
        ('from:"@machine.example"', True),
        ("from:(carol OR ada)", True),
        ("from:bob", False),
        ("to:bob", True),
        ("to:bob@example.com", True),
        ("cc:bob", False),
        ("participants:stone", True),
        ("attachment:figures", True),
        ("attachment:xlsx", True),
        ("hasattachment:true", True),
        ("hasattachment:false", False),
        ("has:attachment", True),
        ("category:red", True),
        ("category:blue", False),
        ("importance:high", True),
        ("importance:low", False),
        ("isread:false", True),
        ("isread:true", False),
        ("kind:email", True),
        ("kind:meetings", False),
        ("size:>5000", True),
        ("size:<5000", False),
        ("size:5kb..20kb", True),
        ("received:3/5/2024", True),
        ("received:2024-03-05", True),
        ("received:3/5", True),
        ("received:March 5, 2024", True),
        ("received:March", True),
        ("received:april", False),
        ("received:tuesday", True),
        ("received:friday", False),
        ("received:this week", True),
        ("received:last week", False),
        ('received:"this month"', True),
        ("received:past week", True),
        ("received:yesterday", False),
        ("received:2024", True),
        ("received:>3/4/2024", True),
        ("received:>3/5/2024", False),
        ("received:>=3/5/2024", True),
        ("received:<3/5/2024", False),
        ("received:<=3/5/2024", True),
        ("received:3/1/2024..3/5/2024", True),
        ("received:3/1/2024..3/4/2024", False),
        ("received:2024-03-01..today", True),
        ("received:NOT today", True),
        ("received:this week from:ada invoice", True),
        ("http://example.com", False),
    ],
)
def test_queries(item: Item, query: str, matches: bool) -> None:
    assert compile_query(query, now=NOW)(item) is matches


def test_contacts_are_found_by_their_fields() -> None:
    contact = create(
        "<t:Contact><t:GivenName>Grace</t:GivenName><t:CompanyName>Navy</t:CompanyName>"
        "<t:PhoneNumbers><t:Entry Key='HomePhone'>555 1234</t:Entry></t:PhoneNumbers></t:Contact>"
    )
    assert compile_query("navy 1234 kind:contacts")(contact)


PIECES = [*'ab:()"*- ', "AND ", "OR ", "NOT ", "from:", "received:", "size:", "..", ">", "3/5"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_no_query_makes_it_fail(query: str) -> None:
    compile_query(query, now=NOW)(create("<t:Message><t:Subject>a</t:Subject></t:Message>"))
