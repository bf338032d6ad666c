"""Sample mail: everything that is hard on a file system or a parser, in a folder of its own.

Subjects that are no file names, equal ones at the same minute, attachments that share a name, messages in messages
in messages, structures that few programs write.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from . import compose, files
from .compose import Letter, Part
from .people import ADA, person
from .script import Mail, markup, utc

FOLDER = "Inbox/Odd mail"
_FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

# Subjects that make bad file names, and what somebody may have meant by them.
SUBJECTS: tuple[tuple[str | None, str], ...] = (
    ("", "I forgot the subject."),
    (None, "My program left the subject out altogether."),
    ("   ", "Three blanks are a subject too."),
    ("Invoice 04/2025 // paid", "The accountant writes slashes wherever there is room."),
    ("../../etc/passwd", "No, this does not lead anywhere. Try it."),
    (".profile", "The subject begins with a dot, and it is not hidden."),
    ("..", "Two dots, to be read as: to be continued."),
    ("C:\\temp\\new | what? <why> *", "This one is for people with other file systems."),
    ("CON", "A device, once upon a time."),
    ("The end.", "Mind the full stop."),
    ("tab\there, bell\x07there", "Encoded words can hold what headers can't."),
    (f"{_FAMILY} on the beach \U0001f3d6\ufe0f 100% \U0001f3f3\ufe0f\u200d\U0001f308", "One family."),
    ("\u202egnp.tac\u202c is not a picture", "It reads backwards until it does not."),
    ("Cafe\u0301 at the harbour", "Accent written after its letter."),
    ("Caf\u00e9 at the harbour", "Accent and letter in one."),
    ("README", "In capitals."),
    ("readme", "Not in capitals."),
    ("Minutes of the meeting about the minutes of the meeting " * 9 + "(long)", "Nobody read it to the end."),
    ("\u6f6e\u4f4d\u8a08\u306e\u70b9\u691c\u8a18\u9332" * 20, "The same in Japanese, three bytes a letter."),
    ("Z" + "\u0335\u0321\u031b\u0359" * 30 + "algo", "He comes."),
    ("Re: Re: Re: Fwd: Re: AW: WG: SV: lunch?", "Noodles."),
    ("=?utf-8?q?not_an_encoded_word?=", "It only looks like one."),
    ("a~b #1 $HOME `ls` 'x' \"y\" & %20 ;-)", "For those who forget to quote."),
)  # fmt: skip
# And attachments that make bad ones.
FILE_NAMES = (
    "a/b.txt",
    "..",
    ".hidden",
    "con.txt",
    "SCAN.TXT",
    "scan.txt",
    "caf\u00e9.txt",
    "cafe\u0301.txt",
    "\U0001f30a wave.txt",
    "trailing dot.",
    "report.pdf.exe",
    'semi;colon "quoted".txt',
    "x" * 240 + ".txt",
)


def messages() -> Iterator[Mail]:
    """The odd ones, oldest first."""
    for number, (subject, text) in enumerate(SUBJECTS):
        yield _mail(subject, utc("2025-07-01 09:15") + timedelta(seconds=number % 50), compose.text(f"{text}\n"))
    for second, nick in ((0, "alerts"), (20, "alerts"), (20, "build"), (59, "alerts")):
        text = f"Status at second {second}: everything reports.\n"
        yield _mail("Status", utc("2025-07-02 06:00") + timedelta(seconds=second), compose.text(text), nick)
    yield from _attachments()
    yield from _structures()
    yield from _nested()


def _mail(subject: str | None, when: datetime, body: Part, nick: str = "greg") -> Mail:
    return Mail(FOLDER, _letter(subject, when, nick).compose(body), when)


def _letter(subject: str | None, when: datetime, nick: str) -> Letter:
    sender = person(nick)
    domain = sender.address.rpartition("@")[2]
    letter = Letter(sender, [ADA], subject, when, message_id=compose.identifier(subject, when, nick, domain=domain))
    plain = subject is None or (subject == subject.strip() and subject.isprintable() and not subject.startswith("=?"))
    # What a header can't hold as it is travels as one encoded word, which `Letter` would not make by itself.
    return letter if plain or not subject else _encoded_subject(letter, subject)


def _encoded_subject(letter: Letter, subject: str) -> Letter:
    words = "".join(f"={byte:02X}" for byte in subject.encode())
    return replace(letter, subject=None, extra=[*letter.extra, ("Subject", f"=?utf-8?q?{words}?=")])


def _attachments() -> Iterator[Mail]:
    """File names that collide or mean something to a file system."""
    same = [compose.attachment("scan.pdf", files.pdf(f"Page {page}", []), "application/pdf") for page in (1, 2, 3)]
    yield _with(same, "Three scans, one name", "2025-07-03 10:00")
    parts = [
        compose.attachment(name, f"This file is called {name!r}.\r\n".encode(), "text/plain") for name in FILE_NAMES
    ]
    yield _with(parts, "Names that are not names", "2025-07-03 10:05")
    nameless = replace(parts[0], fields=(("Content-Type", "image/png"), ("Content-Transfer-Encoding", "base64"),
                                         ("Content-Disposition", "attachment")),
                       body=compose.transfer(files.picture(3), "base64"))  # fmt: skip
    yield _with([nameless, nameless], "Two pictures without a name", "2025-07-03 10:10")
    empty = compose.attachment("empty.txt", b"", "text/plain")
    yield _with([empty], "An empty file", "2025-07-03 10:15")
    large = bytes(range(256)) * 2048
    yield _with([compose.attachment("half a megabyte.bin", large)], "Half a megabyte", "2025-07-03 10:20")


def _with(parts: Sequence[Part], subject: str, when: str) -> Mail:
    text = compose.text(f"{subject}: please see the attachments.\n\nGreg\n")
    return _mail(subject, utc(when), compose.multipart("mixed", [text, *parts]))


def _structures() -> Iterator[Mail]:
    """Bodies in every arrangement."""
    picture = compose.attachment("map.png", files.picture(11), "image/png", "map@picture.example.test")
    html = compose.text(markup("The map stands between two texts.", ["map"]), "html")
    yield _mail("Only an attachment", utc("2025-07-04 08:00"), compose.attachment("alone.pdf", files.pdf("Alone", [])))
    yield _mail("No body at all", utc("2025-07-04 08:05"), Part((("Content-Type", "text/plain"),), b""))
    sandwich = [compose.text("Before the table.\n"), compose.attachment("table.csv", b"1;2\r\n", "text/csv"),
                compose.text("After the table.\n")]  # fmt: skip
    yield _mail("Text, file, text", utc("2025-07-04 08:10"), compose.multipart("mixed", sandwich))
    related = compose.multipart("related", [html, picture], '; type="text/html"')
    alternative = compose.multipart("alternative", [compose.text("The map is in the HTML.\n"), related])
    signed = [alternative, compose.attachment("smime.p7s", bytes(range(64)), "application/pkcs7-signature")]
    parameters = '; protocol="application/pkcs7-signature"; micalg=sha-256'
    yield _mail("Signed, with a map", utc("2025-07-04 08:15"), compose.multipart("signed", signed, parameters))
    flowed = Part((("Content-Type", "text/plain; charset=us-ascii; format=flowed"),),
                  b"This paragraph is \r\nflowed, so that it \r\nfits every screen.\r\n")  # fmt: skip
    yield _mail("Flowed text", utc("2025-07-04 08:20"), flowed)
    card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Tanner;Greg;;;\r\nFN:Greg Tanner\r\nTEL:+44 117 496 0000\r\nEND:VCARD\r\n"
    yield _with([compose.attachment("Greg Tanner.vcf", card, "text/vcard")], "My card", "2025-07-04 08:25")
    leap = _letter("The day that is not always there", utc("2024-02-29 23:59:59"), "gudrun")
    yield Mail(FOLDER, leap.compose(compose.text("Happy 29 February!\n")), utc("2024-02-29 23:59:59"))


def _nested() -> Iterator[Mail]:
    """A message in a message in a message, with a file in the innermost; and files beside messages."""
    scan = files.pdf("Invoice 2213", ["Replacement of one radar head", "0.00 EUR", "with the apologies of the sender"])
    invoice = _letter("Invoice 2213", utc("2025-05-05 07:00"), "parts").compose(
        compose.multipart(
            "mixed", [compose.text("Your invoice.\n"), compose.attachment("scan.pdf", scan, "application/pdf")]
        )
    )
    forwarded = _letter("Fwd: Invoice 2213", utc("2025-05-05 08:30"), "ines").compose(
        compose.multipart("mixed", [compose.text("Is this ours?\n"), compose.attached_message(invoice)])
    )
    table = compose.attachment("figures.xlsx", files.spreadsheet([["head", "price"], ["RH-80-2213", 0]]),
                               files.CONTENT_TYPES["xlsx"])  # fmt: skip
    outer = [compose.text("It is ours, see the mail in the mail in this mail.\n"), table,
             compose.attached_message(forwarded, "Forwarded invoice.eml")]  # fmt: skip
    yield _mail("Fwd: Fwd: Invoice 2213", utc("2025-05-05 09:00"), compose.multipart("mixed", outer), "bjarne")
    same = [compose.attached_message(invoice) for _ in range(2)]
    yield _with(same, "The same message twice", "2025-07-05 11:00")
    inner = _letter("Übergabe: Schlüssel für Schrank 3", utc("2025-09-30 06:00"), "jonas").compose(
        compose.text("Der Schlüssel liegt beim Pförtner.\n", "plain", "iso-8859-1", "8bit")
    )
    parts = [compose.text("As promised.\n"), compose.attached_message(inner)]
    yield _mail("Keys for cabinet 3", utc("2025-09-30 07:00"), compose.multipart("mixed", parts), "tomasz")
