"""GetInboxRules and UpdateInboxRules. Rules are kept as a client gives them; `inbox_rules` carries them out.

Source: the pages of these operations in the EWS reference.
"""

from __future__ import annotations

import copy
import secrets

from lxml import etree

from ewsfs.sandbox.dispatch import Context, fail, operation, required, succeed
from ewsfs.sandbox.errors import ResponseError
from ewsfs.sandbox.inbox_rules import SETTING
from ewsfs.sandbox.model import children, local, m, t
from ewsfs.sandbox.soap import response as new_response
from ewsfs.sandbox.store_attachments import parse_properties
from ewsfs.sandbox.values import write_booleans

_BOOLEANS = frozenset(
    [
        "IsEnabled", "IsNotSupported", "IsInError", "HasAttachments", "IsApprovalRequest", "IsAutomaticForward",
        "IsAutomaticReply", "IsEncrypted", "IsMeetingRequest", "IsMeetingResponse", "IsNDR", "IsPermissionControlled",
        "IsReadReceipt", "IsSigned", "IsVoicemail", "NotSentToMe", "SentCcMe", "SentOnlyToMe", "SentToMe",
        "SentToOrCcMe", "Delete", "MarkAsRead", "PermanentDelete", "StopProcessingRules",
    ]
)  # fmt: skip


def _check(context: Context, request: etree._Element) -> None:
    if context.busy is not None:
        raise context.busy
    address = request.findtext(m("MailboxSmtpAddress"))
    if address and context.users.by_address(address) != context.user:
        raise ResponseError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def _kept(context: Context) -> etree._Element:
    text = context.store.setting(context.user.address, SETTING)
    return parse_properties(text) if text else etree.Element(m("InboxRules"))


@operation("GetInboxRules")
def get_inbox_rules(context: Context, request: etree._Element) -> etree._Element:
    out = new_response("GetInboxRules")
    try:
        _check(context, request)
    except ResponseError as error:
        fail(out, error)
        return out
    succeed(out)
    etree.SubElement(out, m("OutlookRuleBlobExists")).text = "false"
    rules = _kept(context)
    rules[:] = sorted(rules, key=lambda rule: int(rule.findtext(t("Priority")) or "0"))
    if len(rules):
        out.append(rules)
    return out


@operation("UpdateInboxRules")
def update_inbox_rules(context: Context, request: etree._Element) -> etree._Element:
    out = new_response("UpdateInboxRules")
    try:
        _check(context, request)
        operations = list(children(required(request, m("Operations"))))
    except ResponseError as error:
        fail(out, error)
        return out
    errors = etree.Element(m("RuleOperationErrors"))
    with context.store.transaction():
        rules = _kept(context)
        for index, element in enumerate(operations):
            wrong = _apply(rules, element)
            if wrong is not None:
                _report(errors, index, *wrong)
        if not len(errors):
            context.store.set_setting(context.user.address, SETTING, etree.tostring(rules, encoding="unicode"))
    if len(errors):
        fail(out, ResponseError("ErrorInboxRulesValidationError", "The operation contains an invalid rule."))
        out.append(errors)
    else:
        succeed(out)
    return out


def _find(rules: etree._Element, identifier: str | None) -> etree._Element | None:
    return next((rule for rule in rules if rule.findtext(t("RuleId")) == identifier), None)


def _apply(rules: etree._Element, element: etree._Element) -> tuple[str, str, str] | None:
    """Do one operation; the field, code and value that are wrong, or None."""
    name = local(element)
    if name == "DeleteRuleOperation":
        identifier = element.findtext(t("RuleId"))
        found = _find(rules, identifier)
        if found is None:
            return "RuleId", "RuleNotFound", identifier or ""
        rules.remove(found)
        return None
    rule = copy.deepcopy(required(element, t("Rule")))
    write_booleans(rule, _BOOLEANS)
    if not (rule.findtext(t("DisplayName")) or "").strip():
        return "DisplayName", "EmptyValueFound", ""
    if name == "SetRuleOperation":
        identifier = rule.findtext(t("RuleId"))
        found = _find(rules, identifier)
        if found is None:
            return "RuleId", "RuleNotFound", identifier or ""
        rules.replace(found, rule)
        return None
    old = rule.find(t("RuleId"))
    if old is not None:
        rule.remove(old)
    new = etree.Element(t("RuleId"))
    new.text = secrets.token_urlsafe(12)
    rule.insert(0, new)
    rules.append(rule)
    return None


def _report(errors: etree._Element, index: int, field: str, code: str, value: str) -> None:
    error = etree.SubElement(errors, t("RuleOperationError"))
    etree.SubElement(error, t("OperationIndex")).text = str(index)
    entry = etree.SubElement(etree.SubElement(error, t("ValidationErrors")), t("Error"))
    etree.SubElement(entry, t("FieldURI")).text = field
    etree.SubElement(entry, t("ErrorCode")).text = code
    etree.SubElement(entry, t("ErrorMessage")).text = f"{field} is wrong: {code}"
    etree.SubElement(entry, t("FieldValue")).text = value
