from __future__ import annotations

import email
import email.policy
import errno
import string
import unicodedata
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ewsfs.vfs import names
from ewsfs.vfs.errors import VfsError

# Everything Python can hold, lone surrogates included, and often what is hard: marks, joiners, flags, controls.
AWKWARD = [
    *'/\\:*?"<>|. ~\0\t\r\n\x1b\x7f\x85\xa0\u0301\u0308\u0338\u200b\u200d\u200e\u202e\u2028\u2029\u2066\u3000\ufe0f',
    *"\ufeff\ufffe\ud800\udfff\U0001f3fd\U0001f468\U0001f469\U0001f1e9\U0001f1ea\u1100\u1161\u11a8\uac00éÅßİǅfi\u0345",
    *["CON", "nul", ".eml", "..", "e\u0301", "A\u030a", "\U0001f468\u200d\U0001f469\u200d\U0001f467"],
]
TEXTS = st.lists(st.one_of(st.characters(), st.sampled_from(AWKWARD)), max_size=60).map("".join)
LONG_TEXTS = st.builds(lambda text, times: text * times, TEXTS, st.integers(1, 200))
EXTENSIONS = st.sampled_from(["", ".eml", ".ics", ".vcf", ".pdf", ".EML"])
IDS = st.text(string.ascii_letters + string.digits + "/+=", min_size=1, max_size=500)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
FLAG = "\U0001f1e9\U0001f1ea"
KEYCAP = "1\ufe0f\u20e3"
WAVE = "\U0001f44b\U0001f3fd"
SCOTLAND = "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "gbsct") + "\U000e007f"
HANGUL = "\u1112\u1161\u11ab\u119e"  # an old syllable: normal form C can't make one code point of it
ACCENTS = "x\u0323\u0307"


def size(text: str) -> int:
    return len(text.encode())


def assert_carried_by_every_tool(name: str) -> None:
    assert name not in ("", ".", "..")
    assert not name.startswith(".")
    assert name == name.strip()
    assert name == unicodedata.normalize("NFC", name)
    for character in name:
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert character not in "/\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff"


# -- sanitize ----------------------------------------------------------------------------------------------------


@given(TEXTS, st.booleans())
@example("\u202e\u0301", True)
@example("<\u0338", True)
@example(". .", True)
def test_sanitize_leaves_nothing_that_breaks_tools(text: str, portable: bool) -> None:
    assert_carried_by_every_tool(names.sanitize(text, portable=portable))


@given(TEXTS, st.booleans())
@example("a\ufeff\u0301", False)
def test_sanitize_twice_is_sanitize_once(text: str, portable: bool) -> None:
    once = names.sanitize(text, portable=portable)
    assert names.sanitize(once, portable=portable) == once


@given(TEXTS)
def test_portable_names_are_taken_by_windows(text: str) -> None:
    name = names.sanitize(text, portable=True)
    assert not set(name) & set('<>:"\\|?*')
    assert not name.endswith((".", " "))
    base = name.split(".")[0].rstrip().upper()
    assert base not in {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    assert not (len(base) == 4 and base[:3] in ("COM", "LPT") and base[3] in "0123456789¹²³")


@given(
    st.text(string.ascii_letters + "äöüßéあ漢字абв🙂-,()'", min_size=1).map(lambda t: unicodedata.normalize("NFC", t))
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert names.sanitize(text) == text


@pytest.mark.parametrize("text", [None, "", " ", "\t\r\n", "\u200b\u200d", "\u3000\xa0", "\u2028"])
def test_nothing_to_see_gets_a_name(text: str | None) -> None:
    assert names.sanitize(text) == "(no subject)"
    assert names.sanitize(text, empty="attachment") == "attachment"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Invoice 1/2", "Invoice 1_2"),
        ("../../etc/passwd", "_._.._etc_passwd"),
        (".", "_"),
        ("..", "_."),
        (".hidden", "_hidden"),
        ("folded\r\n subject", "folded subject"),
        ("tab\tbed", "tab bed"),
        ("a\x00b\x1bc\x7fd\x9be", "a_b_c_d_e"),
        ("exe.\u202egpj", "exe._gpj"),
        ("trailing   ", "trailing"),
        ("e\u0301te\u0301", "été"),
        ("half \ud83d surrogate", "half _ surrogate"),
        ("two  spaces", "two  spaces"),
        ('a<b>c:d"e\\f|g?h*i', 'a<b>c:d"e\\f|g?h*i'),
        ("etc...", "etc..."),
        (FAMILY, FAMILY),
    ],
)
def test_sanitize(text: str, expected: str) -> None:
    assert names.sanitize(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a<b>c:d"e\\f|g?h*i', "a_b_c_d_e_f_g_h_i"),
        ("etc...", "etc"),
        ("dots . . .", "dots"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Com1 .tar.gz", "_Com1 .tar.gz"),
        ("lpt².x", "_lpt².x"),
        ("CONTENT", "CONTENT"),
        ("COM10", "COM10"),
        ("...", "(no subject)"),
    ],
)
def test_sanitize_portable(text: str, expected: str) -> None:
    assert names.sanitize(text, portable=True) == expected


# -- fit and what builds on it -----------------------------------------------------------------------------------


@given(LONG_TEXTS, EXTENSIONS, IDS, st.booleans())
def test_a_name_and_its_attachment_folder_fit(text: str, ext: str, item_id: str, portable: bool) -> None:
    stem = names.sanitize(text, portable=portable)
    for name in (names.fit(stem, ext), names.disambiguate(stem, ext, item_id)):
        assert name.endswith(ext)
        assert size(name) <= 255
        assert_carried_by_every_tool(name)
        if ext:
            folder = names.attachments_dir(name)
            assert folder == name[: -len(ext)] + ".attachments" or ext == ".pdf"
            assert size(folder) <= 255
            assert_carried_by_every_tool(folder)


@given(LONG_TEXTS, EXTENSIONS)
def test_what_is_short_enough_is_not_cut(text: str, ext: str) -> None:
    stem = names.sanitize(text)
    name = names.fit(stem, ext)
    if size(stem) <= 240:
        assert name == stem + ext
    elif name != stem + ext:
        # What a cut leaves at the end, dots and blanks, goes too.
        assert name.startswith(stem[:40].rstrip(". "))
        assert size(name) > 150 or not stem[:200].isascii() or size(stem[:200].rstrip(". ")) < 150


@pytest.mark.parametrize("cluster", [FAMILY, FLAG, KEYCAP, WAVE, SCOTLAND, HANGUL, ACCENTS, "é", "漢", "กำ", "🙂"])
@pytest.mark.parametrize("shift", range(32))
def test_a_cut_falls_between_characters(cluster: str, shift: int) -> None:
    stem = "a" * shift + names.normal(cluster) * 200
    name = names.fit(stem, ".eml")
    rest = name.removesuffix(".eml").removeprefix("a" * shift)
    assert rest == names.normal(cluster) * (len(rest) // len(names.normal(cluster)))
    assert 243 - size(cluster) < size(name) - 4 <= 243


def test_one_endless_character_is_cut_all_the_same() -> None:
    name = names.fit("x" + "\u0323\u0307" * 500, ".eml")
    assert size(name) <= 255
    assert name.startswith("x\u0323")


def test_a_cut_leaves_no_space_or_dot_before_the_extension() -> None:
    assert names.fit("a" * 240 + " . . . . .", ".eml") == "a" * 240 + ".eml"


def test_an_item_name_leaves_room_for_the_folder_beside_it() -> None:
    assert size(names.fit("x" * 300, ".eml")) == 255 - len(".attachments") + len(".eml")
    assert size(names.fit("x" * 300, ".jpeg")) == 255


@given(TEXTS.filter(bool), EXTENSIONS, IDS, IDS)
def test_two_items_of_one_name_are_told_apart_without_case(text: str, ext: str, one: str, other: str) -> None:
    stem = names.sanitize(text)
    if one == other:
        assert names.disambiguate(stem, ext, one) == names.disambiguate(stem, ext, other)
    else:
        assert names.key(names.disambiguate(stem, ext, one)) != names.key(names.disambiguate(stem, ext, other))


def test_ids_that_differ_in_case_have_different_hashes() -> None:
    assert names.short_hash("AAMkAD/+=") != names.short_hash("aamkad/+=")
    assert names.disambiguate("Report", ".eml", "AAMkAD").startswith("Report ~")


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=255))
def test_the_attachment_folder_of_any_given_name_fits_and_is_its_own(name: str) -> None:
    given_name = name.encode()[:251].decode(errors="ignore") + ".eml"
    folder = names.attachments_dir(given_name)
    assert folder.endswith(".attachments")
    assert size(folder) <= 255
    assert folder != given_name


def test_long_given_names_that_share_a_beginning_have_different_folders() -> None:
    one, other = ("x" * 249 + last + ".eml" for last in "ab")
    assert names.attachments_dir(one) != names.attachments_dir(other)


# -- mail_stem, split --------------------------------------------------------------------------------------------


def test_mail_is_named_by_date_and_subject() -> None:
    when = datetime(2026, 3, 2, 9, 15, tzinfo=timezone.utc)
    assert names.mail_stem(when, "Quarterly report") == "2026-03-02 0915 Quarterly report"
    assert names.mail_stem(when, ".NET: a/b") == "2026-03-02 0915 .NET: a_b"
    assert names.mail_stem(when, None) == "2026-03-02 0915 (no subject)"
    assert names.mail_stem(when, " \t ") == "2026-03-02 0915 (no subject)"
    assert names.mail_stem(when, "What?", portable=True) == "2026-03-02 0915 What_"
    assert names.mail_stem(None, "..") == "_."


def test_an_early_year_has_four_digits() -> None:
    assert names.mail_stem(datetime(1, 1, 1, tzinfo=timezone.utc), "x") == "0001-01-01 0000 x"


@given(st.datetimes(), TEXTS, st.booleans())
def test_mail_stems_are_carried_by_every_tool(when: datetime, subject: str, portable: bool) -> None:
    assert_carried_by_every_tool(names.mail_stem(when, subject, portable=portable))


@given(TEXTS)
def test_splitting_takes_nothing_away(name: str) -> None:
    stem, ext = names.split(name)
    assert stem + ext == name
    assert stem or not name
    assert ext == "" or ext.startswith(".")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.eml", ("a", ".eml")),
        ("J. Smith.eml", ("J. Smith", ".eml")),
        ("About J. Smith and others", ("About J. Smith and others", "")),
        (".eml", (".eml", "")),
        ("archive.tar.gz", ("archive.tar", ".gz")),
        ("no extension", ("no extension", "")),
        ("ends with a dot.", ("ends with a dot.", "")),
        ("line\n.eml", ("line\n", ".eml")),
    ],
)
def test_split(name: str, expected: tuple[str, str]) -> None:
    assert names.split(name) == expected


# -- comparing ---------------------------------------------------------------------------------------------------


@given(TEXTS)
@example("\u0345\u03b1")
@example("İ")
def test_keys_do_not_depend_on_unicode_form_or_case(text: str) -> None:
    key = names.key(text)
    assert names.key(unicodedata.normalize("NFD", text)) == key
    assert names.key(unicodedata.normalize("NFC", text)) == key
    assert names.key(unicodedata.normalize("NFD", text).casefold()) == key
    assert names.key(key) == key


@pytest.mark.parametrize(("one", "other"), [("Straße", "STRASSE"), ("A\u030a", "å"), ("report.EML", "Report.eml")])
def test_names_equal_but_for_case(one: str, other: str) -> None:
    assert names.key(one) == names.key(other)


# -- names that users give ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("", errno.EINVAL),
        (".", errno.EINVAL),
        ("..", errno.EINVAL),
        ("a/b", errno.EINVAL),
        ("a\nb.eml", errno.EINVAL),
        ("a\x00b", errno.EINVAL),
        ("a\uffffb", errno.EINVAL),
        ("not utf-8 \udcff.eml", errno.EILSEQ),
        ("x" * 256, errno.ENAMETOOLONG),
        ("é" * 128, errno.ENAMETOOLONG),
    ],
)
def test_a_name_that_can_not_be_kept_is_refused(name: str, number: int) -> None:
    assert not names.is_usable(name)
    with pytest.raises(VfsError) as caught:
        names.check_given(name)
    assert caught.value.errno == number


@pytest.mark.parametrize(
    "name", ["foo.eml", "x" * 255, "e\u0301.eml", ".hidden.eml", "CON", "a:b?.eml", " spaces ", FAMILY]
)
def test_a_name_that_can_be_kept_is_taken_as_it_is(name: str) -> None:
    assert names.is_usable(name)
    names.check_given(name)


def test_subjects_of_real_mail(corpus: Path) -> None:
    for path in sorted((corpus / "eml").glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
        name = names.fit(names.sanitize(str(message.get("Subject", ""))), ".eml")
        assert_carried_by_every_tool(name)
        assert size(name) <= 255
