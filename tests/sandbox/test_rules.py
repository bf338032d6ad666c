"""Inbox rules and user configurations: kept, changed, removed."""

from __future__ import annotations

from ewsfs.sandbox.model import t
from tests.sandbox.client import Client, codes, ids

GET_RULES = "<m:GetInboxRules/>"


def rule(name: str, identifier: str = "") -> str:
    own = f"<t:RuleId>{identifier}</t:RuleId>" if identifier else ""
    return (
        f"<t:Rule>{own}<t:DisplayName>{name}</t:DisplayName><t:Priority>1</t:Priority><t:IsEnabled>true</t:IsEnabled>"
        "<t:Conditions><t:ContainsSubjectStrings><t:String>spam</t:String></t:ContainsSubjectStrings></t:Conditions>"
        "<t:Actions><t:MarkAsRead>true</t:MarkAsRead></t:Actions></t:Rule>"
    )


def update(operations: str) -> str:
    return f"<m:UpdateInboxRules><m:Operations>{operations}</m:Operations></m:UpdateInboxRules>"


def test_the_life_of_a_rule(ada: Client) -> None:
    assert ada.codes(update(f"<t:CreateRuleOperation>{rule('one')}</t:CreateRuleOperation>")) == ["NoError"]
    reply = ada.call(GET_RULES)
    identifier = reply.findtext(f".//{t('RuleId')}") or ""
    assert reply.findtext(f".//{t('DisplayName')}") == "one"
    assert ada.codes(update(f"<t:SetRuleOperation>{rule('two', identifier)}</t:SetRuleOperation>")) == ["NoError"]
    assert ada.call(GET_RULES).findtext(f".//{t('DisplayName')}") == "two"
    delete = update(f"<t:DeleteRuleOperation><t:RuleId>{identifier}</t:RuleId></t:DeleteRuleOperation>")
    assert ada.codes(delete) == ["NoError"]
    reply = ada.call(delete)
    assert codes(reply) == ["ErrorInboxRulesValidationError"]
    assert reply.findtext(f".//{t('ErrorCode')}") == "RuleNotFound"
    assert ada.call(GET_RULES).find(f".//{t('Rule')}") is None


def test_one_wrong_operation_spoils_all(ada: Client) -> None:
    both = (
        f"<t:CreateRuleOperation>{rule('one')}</t:CreateRuleOperation><t:CreateRuleOperation>{rule(' ')}"
        "</t:CreateRuleOperation>"
    )
    assert ada.codes(update(both)) == ["ErrorInboxRulesValidationError"]
    assert ada.call(GET_RULES).find(f".//{t('Rule')}") is None


NAME = (
    '<{prefix}:UserConfigurationName Name="Prefs"><t:DistinguishedFolderId Id="inbox"/>'
    "</{prefix}:UserConfigurationName>"
)


def configuration(operation: str, parts: str) -> str:
    return (
        f"<m:{operation}><m:UserConfiguration>{NAME.replace('{prefix}', 't')}{parts}</m:UserConfiguration>"
        f"</m:{operation}>"
    )


def get(client: Client, wanted: str) -> str:
    name = NAME.replace("{prefix}", "m")
    return (
        f"<m:GetUserConfiguration>{name}<m:UserConfigurationProperties>{wanted}"
        "</m:UserConfigurationProperties></m:GetUserConfiguration>"
    )


def test_the_life_of_a_configuration(ada: Client) -> None:
    assert ada.codes(get(ada, "All")) == ["ErrorItemNotFound"]
    assert ada.codes(configuration("CreateUserConfiguration", "<t:XmlData>eA==</t:XmlData>")) == ["NoError"]
    assert ada.codes(configuration("CreateUserConfiguration", "")) == ["ErrorItemSave"]
    assert ada.codes(configuration("UpdateUserConfiguration", "<t:BinaryData>eQ==</t:BinaryData>")) == ["NoError"]
    reply = ada.call(get(ada, "All"))
    assert [reply.findtext(f".//{t(name)}") for name in ("XmlData", "BinaryData")] == ["eA==", "eQ=="]
    assert ids(reply) == ids(ada.call(get(ada, "Id")))
    assert ada.subjects() == []
    delete = f"<m:DeleteUserConfiguration>{NAME.replace('{prefix}', 'm')}</m:DeleteUserConfiguration>"
    assert ada.codes(delete) == ["NoError"]
    assert ada.codes(delete) == ["ErrorItemNotFound"]
