"""The plain XML of autodiscover."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from ewsfs.ews.autodiscover import pox
from ewsfs.ews.errors import MalformedResponse
from ewsfs.ews.version import Build


def recorded(corpus: Path, number: int) -> list[bytes]:
    return [(corpus / f"ews-responses/AutodiscoverPOX/msdocs-{number}.xml").read_bytes()]


def test_a_recorded_redirect(corpus: Path) -> None:
    assert pox.read(recorded(corpus, 1)) == pox.RedirectToAddress("elvin@mail.contoso.com")


def test_recorded_settings(corpus: Path) -> None:
    found = pox.read(recorded(corpus, 2))
    assert found == pox.Settings("https://mail.contoso.com/EWS/Exchange.asmx", "mara@contoso.com", Build(15, 0, 516))


def test_recorded_settings_of_2007(corpus: Path) -> None:
    found = pox.read(recorded(corpus, 4))
    assert found == pox.Settings("https://mail.contoso.com/ews/exchange.asmx", None, Build(8, 0, 647))


def test_a_recorded_refusal(corpus: Path) -> None:
    assert pox.read(recorded(corpus, 5)) == pox.Refusal("600", "Invalid Request")


def test_a_recorded_nothing(corpus: Path) -> None:
    with pytest.raises(MalformedResponse):
        pox.read(recorded(corpus, 3))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html/>",
        b"not xml",
        b'<!DOCTYPE a [<!ENTITY e "x">]><Autodiscover/>',
        b"<Autodiscover><Response><Account/>" + b" " * 2_000_000 + b"</Response></Autodiscover>",
    ],
    ids=["nothing", "html", "text", "dtd", "huge"],
)
def test_what_is_no_reply_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedResponse):
        pox.read([data])


def test_settings_without_an_endpoint_are_a_refusal() -> None:
    data = b"<Autodiscover><Response><Account><Action>settings</Action></Account></Response></Autodiscover>"
    assert isinstance(pox.read([data]), pox.Refusal)


def test_the_way_from_outside_is_preferred() -> None:
    protocols = "".join(
        f"<Protocol><Type>{kind}</Type><EwsUrl>https://{kind}.test/</EwsUrl></Protocol>" for kind in ("EXCH", "EXPR")
    )
    data = f"<Autodiscover><Response><Account><Action>settings</Action>{protocols}</Account></Response></Autodiscover>"
    found = pox.read([data.encode()])
    assert isinstance(found, pox.Settings)
    assert found.endpoint == "https://EXPR.test/"


def test_a_request_names_the_address_and_the_schema() -> None:
    root = etree.fromstring(pox.request("a&b@example.test"))
    assert [node.text for node in root[0]] == [
        "a&b@example.test",
        "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a",
    ]
