"""What a mailbox keeps besides items: delegates, rules, configurations; and ids in other forms."""

from __future__ import annotations

import pytest
from exchangelib import Account, DLMailbox, Message
from exchangelib.errors import ErrorItemNotFound, ErrorNameResolutionNoResults
from exchangelib.properties import (
    ENTRY_ID,
    EWS_ID,
    HEX_ENTRY_ID,
    OWA_ID,
    STORE_ID,
    Actions,
    AlternateId,
    Conditions,
    MoveToFolder,
    Rule,
)


@pytest.mark.parametrize("form", [ENTRY_ID, HEX_ENTRY_ID, OWA_ID, STORE_ID])
def test_an_id_is_converted_there_and_back(account: Account, form: str) -> None:
    message = Message(account=account, folder=account.inbox, subject="Identified").save()
    one = AlternateId(id=message.id, format=EWS_ID, mailbox="ada@example.test")
    (there,) = account.protocol.convert_ids([one], destination_format=form)
    assert there.id != message.id
    assert there.format == form
    (back,) = account.protocol.convert_ids([there], destination_format=EWS_ID)
    assert back.id == message.id


def test_nobody_is_a_delegate_at_first(account: Account) -> None:
    assert account.delegates == []


def test_there_are_no_rooms(account: Account) -> None:
    assert account.protocol.version
    assert list(account.protocol.get_roomlists()) == []


def test_a_list_that_is_none_has_no_members(account: Account) -> None:
    assert account.protocol.version
    with pytest.raises(ErrorNameResolutionNoResults):
        account.protocol.expand_dl(DLMailbox(email_address="nobody@example.test"))


class TestConfigurations:
    def test_it_is_kept_changed_and_removed(self, account: Account) -> None:
        inbox = account.inbox
        inbox.create_user_configuration(name="ewsfs", dictionary={"colour": "blue", "size": 3, "on": True})
        found = inbox.get_user_configuration(name="ewsfs")
        assert found.dictionary == {"colour": "blue", "size": 3, "on": True}
        inbox.update_user_configuration(name="ewsfs", dictionary={"colour": "red"})
        assert inbox.get_user_configuration(name="ewsfs").dictionary["colour"] == "red"
        inbox.delete_user_configuration(name="ewsfs")
        with pytest.raises(ErrorItemNotFound):
            inbox.get_user_configuration(name="ewsfs")


class TestRules:
    def test_a_rule_is_made_found_and_removed(self, account: Account) -> None:
        rule = Rule(
            account=account,
            display_name="Letters of Ben",
            priority=1,
            is_enabled=True,
            conditions=Conditions(contains_sender_strings=["ben@example.test"]),
            actions=Actions(move_to_folder=MoveToFolder(distinguished_folder_id=account.junk.to_id())),
        )
        account.create_rule(rule)
        (found,) = account.rules
        assert (found.display_name, found.priority, found.is_enabled) == ("Letters of Ben", 1, True)
        assert found.conditions.contains_sender_strings == ["ben@example.test"]
        account.delete_rule(found)
        assert list(account.rules) == []
