"""ResolveNames and ExpandDL over the users and one's contacts."""

from __future__ import annotations

import pytest

from ewsfs.sandbox.model import m, t
from tests.sandbox.client import Client, codes

CONTACT = (
    "<t:Contact><t:DisplayName>Berta Ben</t:DisplayName><t:EmailAddresses>"
    '<t:Entry Key="EmailAddress1">berta@example.org</t:Entry></t:EmailAddresses></t:Contact>'
)


def resolve(entry: str, attributes: str = 'ReturnFullContactData="false"') -> str:
    return f"<m:ResolveNames {attributes}><m:UnresolvedEntry>{entry}</m:UnresolvedEntry></m:ResolveNames>"


@pytest.mark.parametrize("entry", ["ada", "Ada", "ada@example.test", "smtp:ada@example.test", "AD"])
def test_one_hit(ada: Client, entry: str) -> None:
    reply = ada.call(resolve(entry))
    assert codes(reply) == ["NoError"]
    assert [element.text for element in reply.iter(t("EmailAddress"))] == ["ada@example.test"]


def test_no_hit(ada: Client) -> None:
    assert ada.codes(resolve("zeno")) == ["ErrorNameResolutionNoResults"]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("ActiveDirectory", ["ben@example.test"]),
        ("Contacts", ["berta@example.org"]),
        ("ActiveDirectoryContacts", ["ben@example.test", "berta@example.org"]),
        ("ContactsActiveDirectory", ["berta@example.org", "ben@example.test"]),
    ],
)
def test_scopes(ada: Client, scope: str, found: list[str]) -> None:
    ada.create(CONTACT, "contacts")
    reply = ada.call(resolve("be", f'ReturnFullContactData="true" SearchScope="{scope}"'))
    message = reply.find(f".//{m('ResolveNamesResponseMessage')}")
    assert message is not None
    assert message.get("ResponseClass") == ("Success" if len(found) == 1 else "Warning")
    addresses = [element.findtext(f"{t('Mailbox')}/{t('EmailAddress')}") for element in reply.iter(t("Resolution"))]
    assert addresses == found


def test_expand_a_private_list(ada: Client) -> None:
    identifier, _ = ada.create(
        "<t:DistributionList><t:DisplayName>Team</t:DisplayName><t:Members><t:Member><t:Mailbox><t:Name>Ben</t:Name>"
        "<t:EmailAddress>ben@example.test</t:EmailAddress></t:Mailbox></t:Member></t:Members></t:DistributionList>",
        "contacts",
    )[0]
    reply = ada.call(f'<m:ExpandDL><m:Mailbox><t:ItemId Id="{identifier}"/></m:Mailbox></m:ExpandDL>')
    assert [element.text for element in reply.iter(t("EmailAddress"))] == ["ben@example.test"]


def test_expand_what_is_no_list(ada: Client) -> None:
    body = "<m:ExpandDL><m:Mailbox><t:EmailAddress>ben@example.test</t:EmailAddress></m:Mailbox></m:ExpandDL>"
    assert ada.codes(body) == ["ErrorInvalidItemForOperationExpandDL"]
