"""People as EWS writes them: <t:Mailbox> elements.

Threading: pure functions.
"""

from __future__ import annotations

from lxml import etree

from ewsfs.sandbox.model import children, local, t
from ewsfs.sandbox.text import xml_safe


def mailbox_element(name: str, address: str, tag: str = "Mailbox") -> etree._Element:
    """<t:Mailbox> of a name and an SMTP address, either of which may be ""."""
    element = etree.Element(t(tag))
    etree.SubElement(element, t("Name")).text = xml_safe(name or address)
    if address:
        etree.SubElement(element, t("EmailAddress")).text = xml_safe(address)
        etree.SubElement(element, t("RoutingType")).text = "SMTP"
    etree.SubElement(element, t("MailboxType")).text = "OneOff"
    return element


def complete(mailbox: etree._Element) -> None:
    """Fill in name, routing type and mailbox type where they are missing, and put everything into its place."""
    address = mailbox.findtext(t("EmailAddress"))
    found = {local(child): child for child in children(mailbox)}
    for name, text in (
        ("Name", address),
        ("RoutingType", "SMTP" if address else None),
        ("MailboxType", "OneOff" if address else None),
    ):
        if name not in found and text:
            found[name] = etree.Element(t(name))
            found[name].text = text
    order = ("Name", "EmailAddress", "RoutingType", "MailboxType", "ItemId", "OriginalDisplayName")
    mailbox[:] = [found[name] for name in order if name in found]
