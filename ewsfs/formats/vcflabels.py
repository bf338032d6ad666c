"""Which TYPE of a vCard property stands for which key of an Exchange contact, in both directions.

Used by `vcf` to write and by `vcfread` to read. Exchange has a fixed set of keys, each for one value; a
vCard has any number of values with any mixture of types. Where a reader that goes by the types alone
would put a value under another key than it came from, the writer names the key in a parameter.

Sources: EWS reference "Entry (PhoneNumber)", "Entry (EmailAddress)", "Entry (PhysicalAddress)",
"Entry (ImAddress)"; RFC 2426 3.3.1, RFC 6350 6.4.1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

LABEL_PARAMETER = "X-EWS-KEY"

EMAILS = ("EmailAddress1", "EmailAddress2", "EmailAddress3")
IM_ADDRESSES = ("ImAddress1", "ImAddress2", "ImAddress3")
ADDRESSES: dict[str, tuple[str, ...]] = {"Business": ("WORK",), "Home": ("HOME",), "Other": ("X-OTHER",)}

# In the order in which they are written: what people look for first comes first.
PHONES: dict[str, tuple[str, ...]] = {
    "BusinessPhone": ("WORK", "VOICE"),
    "BusinessPhone2": ("WORK", "VOICE"),
    "MobilePhone": ("CELL", "VOICE"),
    "BusinessMobile": ("WORK", "CELL", "VOICE"),
    "HomePhone": ("HOME", "VOICE"),
    "HomePhone2": ("HOME", "VOICE"),
    "PrimaryPhone": ("PREF", "VOICE"),
    "OtherTelephone": ("VOICE",),
    "CompanyMainPhone": ("WORK", "VOICE", "X-COMPANY"),
    "AssistantPhone": ("VOICE", "X-ASSISTANT"),
    "CarPhone": ("CAR", "VOICE"),
    "RadioPhone": ("VOICE", "X-RADIO"),
    "Callback": ("VOICE", "X-CALLBACK"),
    "BusinessFax": ("WORK", "FAX"),
    "HomeFax": ("HOME", "FAX"),
    "OtherFax": ("FAX",),
    "Pager": ("PAGER",),
    "Isdn": ("ISDN",),
    "Telex": ("X-TELEX",),
    "TtyTddPhone": ("X-TTY-TDD",),
    "IPPhone": ("X-IP",),
    "Mms": ("MSG", "X-MMS"),
    "Msn": ("X-MSN",),
}
# Keys that Exchange has had only since 2013 or later, so a reader doesn't choose them by itself.
_LATE = ("BusinessMobile", "IPPhone", "Mms", "Msn")

# What the types of foreign programs mean, most special first: (types, all of which are there; keys to fill).
_MEANINGS: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = tuple(
    (frozenset(types.split()), tuple(keys.split()))
    for types, keys in (
        ("x-assistant", "AssistantPhone"),
        ("x-evolution-assistant", "AssistantPhone"),
        ("x-callback", "Callback"),
        ("x-evolution-callback", "Callback"),
        ("x-company", "CompanyMainPhone"),
        ("x-evolution-company", "CompanyMainPhone"),
        ("main work", "CompanyMainPhone"),
        ("x-radio", "RadioPhone"),
        ("x-evolution-radio", "RadioPhone"),
        ("x-telex", "Telex"),
        ("x-evolution-telex", "Telex"),
        ("x-tty-tdd", "TtyTddPhone"),
        ("x-evolution-ttytdd", "TtyTddPhone"),
        ("textphone", "TtyTddPhone"),
        ("isdn", "Isdn"),
        ("pager", "Pager"),
        ("fax home", "HomeFax OtherFax"),
        ("fax work", "BusinessFax OtherFax"),
        ("fax", "OtherFax BusinessFax HomeFax"),
        ("car", "CarPhone"),
        ("cell", "MobilePhone"),
        ("mobile", "MobilePhone"),
        ("iphone", "MobilePhone"),
        ("main", "PrimaryPhone"),
        ("work", "BusinessPhone BusinessPhone2"),
        ("home", "HomePhone HomePhone2"),
        ("pref", "PrimaryPhone OtherTelephone"),
        ("", "OtherTelephone PrimaryPhone"),
    )
)
# Where a number goes when the keys that fit are taken: better under a general key than lost.
_SPARE = ("OtherTelephone", "PrimaryPhone", "BusinessPhone2", "HomePhone2", "Callback", "CarPhone", "RadioPhone")


def phone_key(types: Iterable[str], taken: Collection[str]) -> str | None:
    """The key for a telephone number with these TYPE values, or None when nothing is free.

    Parameters: `taken`, the keys that have a number already.
    """
    found = {each.lower() for each in types}
    fitting = next(keys for wanted, keys in _MEANINGS if wanted <= found)
    spare = () if "fax" in found or "pager" in found else _SPARE
    return first_free((*fitting, *spare), taken)


def address_key(types: Iterable[str], taken: Collection[str]) -> str | None:
    """The key for a postal address with these TYPE values, or None when nothing is free."""
    found = {each.lower() for each in types}
    if "work" in found:
        return first_free(("Business", "Other", "Home"), taken)
    if "home" in found:
        return first_free(("Home", "Other", "Business"), taken)
    return first_free(("Other", "Business", "Home"), taken)


def first_free(keys: Sequence[str], taken: Collection[str]) -> str | None:
    """The first of `keys` that isn't taken."""
    return next((key for key in keys if key not in taken), None)


def is_late(key: str) -> bool:
    """Whether only newer servers know this telephone key."""
    return key in _LATE
