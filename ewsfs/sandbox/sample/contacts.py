"""Sample contacts: everybody whom Ada knows, some with all that a card can hold, and two distribution lists."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from .elements import Entry, attached, body, categories, dictionary, element, item, mailbox, strings
from .people import CAST, Person, person
from .script import utc

# nick | given name | surname | company | job | telephones | birthday | more
# telephones: Key=number; more: home:street, postal code, city, country; work: the same; im:, web:, nick:, note:,
# spouse:, children:, anniversary:, photo, cat:, mail2:, department:, assistant:, phonetic:given/surname
CARDS = """
bjarne | Bjarne | Holt | Tidewater Instruments | Head of projects | MobilePhone=+45 20 55 01 01 | 1968-05-02 |
  photo; department:Projects; spouse:Signe; children:Asger, Freja; note:Drinks tea, against all appearances.
ines | Inês | Carvalho | Tidewater Instruments | Purchasing |
  MobilePhone=+351 91 555 0102, BusinessPhone=+45 33 55 02 00 |
  1985-11-23 | photo; department:Purchasing; home:Rua das Gaivotas 12, 1200-202, Lisboa, Portugal
tomasz | Tomasz | Wiśniewski | Tidewater Instruments | Electronics | MobilePhone=+48 601 555 103 | 1979-02-14 |
  photo; department:Electronics; nick:Tomek; note:No ladders.
priya | Priya | Raman | Tidewater Instruments | Calibration | MobilePhone=+91 98 5550 0104 | 1990-08-30 |
  department:Calibration; im:priya@chat.example.test; note:Wins at cards.
odile | Odile | Marchand | Tidewater Instruments | Communication | BusinessPhone=+33 1 99 55 01 05 | |
  department:Communication; web:https://tidewater.example.test/atlas; cat:Tide Atlas
greg | Greg | Tanner | Tidewater Instruments | Sales | BusinessPhone=+44 117 496 0106, CarPhone=+44 7700 900106 | |
  photo; department:Sales; assistant:Mette Sørensen
mette | Mette | Sørensen | Tidewater Instruments | Office manager | BusinessPhone=+45 33 55 07 00 | |
jonas | Jonas | Petersen | Hafenbehörde | Harbour engineer |
  BusinessPhone=+49 40 555 0108, BusinessFax=+49 40 555 0109 |
  1974-10-24 | photo; work:Am Nordkai 3, 20457, Hamburg, Deutschland; cat:Harbour North; spouse:Wiebke;
  note:Writes before breakfast.
annegret | Annegret | Böhm | Hafenbehörde | Recht | BusinessPhone=+49 40 555 0110 | |
  work:Am Nordkai 3, 20457, Hamburg,
  Deutschland; cat:Harbour North
walter | Walter | O'Brien | O'Brien, Byrne & Sons | Solicitor | BusinessPhone=+353 1 555 0111 | |
  work:4 Weather Row, D02,
  Dublin, Ireland; cat:Harbour North
yann | Yann | Le Goff | Port de Brest | Responsable du marégraphe | BusinessPhone=+33 2 99 55 01 12 | 1981-07-14 |
  work:Quai du Marégraphe, 29200, Brest, France; cat:Tide Atlas
eleni | Ελένη | Παπαδοπούλου | Λιμάνι Πειραιά | Υδρογράφος | BusinessPhone=+30 21 0555 0113 | |
  work:Ακτή Μιαούλη 10, 185 38,
  Πειραιάς, Ελλάδα; cat:Tide Atlas
dmitri | Дмитрий | Соколов | Гидрометцентр | Гидролог | MobilePhone=+7 727 555 0114 | |
  work:ул. Набережная 7, 050000, Алматы,
  Қазақстан; cat:Tide Atlas
oksana | Оксана | Бондаренко | Порт Одеса | Інженерка | MobilePhone=+380 48 555 0115 | | cat:Tide Atlas; photo
haruka | 春香 | 佐藤 | 港湾研究所 | 主任研究員 | BusinessPhone=+81 45 555 0116 | 1983-03-03 | phonetic:はるか/さとう;
  work:海岸通り1-2, 231-0002, 横浜市, 日本; cat:Tide Atlas; photo
wei | 伟 | 陈 | 宁波港 | 工程师 | BusinessPhone=+86 574 5550 0117 | | work:港口路8号, 315200, 宁波, 中国; cat:Tide Atlas
minjun | 민준 | 김 | 부산항만 | 연구원 | MobilePhone=+82 51 555 0118 | | cat:Tide Atlas
yusuf | يوسف | حداد | ميناء الإسكندرية | مهندس | MobilePhone=+20 3 555 0119 | | cat:Tide Atlas
noa | נועה | לוי | נמל חיפה | מדידות | MobilePhone=+972 4 555 0120 | | cat:Tide Atlas
rajesh | राजेश | शर्मा | मुंबई बंदरगाह | अभियंता | MobilePhone=+91 22 5550 0121 | | cat:Tide Atlas
gudrun | Guðrún | Þórðardóttir | Hafnarsjóður | Hafnarstjóri | MobilePhone=+354 555 0122 | |
  work:Hafnarbraut 1, 780, Höfn, Ísland
sam | Sam | Okafor | Delta Survey | Captain | MobilePhone=+234 803 555 0123, Pager=0123 | | cat:Delta Survey; photo
ruth | Ruth | Adeyemi | Delta Survey | Hydrographer | MobilePhone=+234 803 555 0124 | | cat:Delta Survey
mum | Birgit | Winther | | | HomePhone=+45 55 55 01 25, MobilePhone=+45 20 55 01 25 | 1956-09-08 |
  home:Strandvejen 44, 3000, Helsingør, Danmark; spouse:Henrik; children:Ada, Kaspar; anniversary:1982-06-19;
  photo; cat:Family; nick:Mum
dad | Henrik | Winther | | Retired | HomePhone=+45 55 55 01 25, MobilePhone=+45 20 55 01 26 | 1955-11-06 |
  home:Strandvejen 44, 3000, Helsingør, Danmark; spouse:Birgit; children:Ada, Kaspar; anniversary:1982-06-19;
  cat:Family; nick:Dad; note:Likes barometers, dislikes wasps.
kaspar | Kaspar | Winther | Skipper & Co. | Skipper | MobilePhone=+45 20 55 01 27 | 1992-04-01 |
  home:Pier 3, 1250, København, Danmark; cat:Family; mail2:kaspar@tordenskjold.example.net; photo
liv | Liv | Haugen | | Farmer | HomePhone=+47 55 50 12 8 | | home:Geiteveien 1, 2600, Lillehammer, Norge;
  web:https://goats.example.net/; note:The goats answer the telephone.
aunt | Ragnhild | Winther | | | HomePhone=+47 55 50 12 9 | 1949-12-12 | cat:Family; nick:Tante;
  note:Two new knees by now.
nils | Nils | Brandt | Havnekoret | Conductor | MobilePhone=+45 20 55 01 30 | | cat:Choir; im:nils@chat.example.org;
  note:F sharp.
"""

# name | nicks of the members | note
LISTS = """
Harbour North | jonas, annegret, tomasz, ines, priya, bjarne | Everybody who needs to know when a gauge is silent.
Familien | mum, dad, kaspar, aunt, liv | Christmas, birthdays, apples.
"""


def entries() -> Iterator[Entry]:
    """The cards, a company without a person, a card with next to nothing, and the lists."""
    for line in CARDS.strip().replace("\n  ", " ").splitlines():
        yield _card(*(cell.strip() for cell in line.split("|")))
    yield Entry("Contacts/Suppliers", _company(), utc("2025-03-04 11:20"))
    yield Entry("Contacts/Suppliers", item("Contact", [element("FileAs", "Divers (the good ones)"), dictionary(
        "PhoneNumbers", {"MobilePhone": "+49 40 555 0131"})]), utc("2025-05-02 10:00"))  # fmt: skip
    for line in LISTS.strip().splitlines():
        yield _list(*(cell.strip() for cell in line.split("|")))


def _options(text: str) -> dict[str, str]:
    parts = (part.strip().partition(":") for part in text.split(";") if part.strip())
    return {name: value.strip() for name, _, value in parts}


def _address(key: str, text: str) -> etree._Element | None:
    if not text:
        return None
    street, postal_code, city, country = (part.strip() for part in text.split(","))
    return element(
        "Entry",
        element("Street", street),
        element("City", city),
        element("CountryOrRegion", country),
        element("PostalCode", postal_code),
        Key=key,
    )


def _day(text: str) -> etree._Element:
    """A date as Exchange keeps birthdays: an instant in the middle of that day."""
    return utc_noon(text, "Birthday")


def utc_noon(text: str, tag: str) -> etree._Element:
    """An element with 11:59 UTC of a date."""
    return element(tag, f"{text}T11:59:00Z")


def _card(nick: str, given: str, surname: str, company: str, job: str, phones: str, birthday: str, more: str) -> Entry:
    who, options = person(nick), _options(more)
    numbers = dict(pair.strip().split("=") for pair in phones.split(",") if pair.strip())
    addresses = {"EmailAddress1": who.address}
    if "mail2" in options:
        addresses["EmailAddress2"] = options["mail2"]
    places = [_address("Home", options.get("home", "")), _address("Business", options.get("work", ""))]
    phonetic = options.get("phonetic", "/").split("/")

    def text(tag: str, value: str | None) -> etree._Element | None:
        return element(tag, value) if value else None

    properties = [
        body(f"{options['note']}\n") if "note" in options else None,
        categories(options.get("cat", "")),
        element("FileAsMapping", "LastCommaFirst"),
        element("DisplayName", _shown(who, given, surname)),
        element("GivenName", given),
        text("Nickname", options.get("nick")),
        text("CompanyName", company),
        dictionary("EmailAddresses", addresses),
        element("PhysicalAddresses", *places) if any(place is not None for place in places) else None,
        dictionary("PhoneNumbers", numbers),
        text("AssistantName", options.get("assistant")),
        _day(birthday) if birthday else None,
        text("BusinessHomePage", options.get("web")),
        strings("Children", [name.strip() for name in options.get("children", "").split(",") if name.strip()]),
        text("Department", options.get("department")),
        dictionary("ImAddresses", {"ImAddress1": options["im"]} if "im" in options else {}),
        text("JobTitle", job),
        text("SpouseName", options.get("spouse")),
        element("Surname", surname),
        utc_noon(options["anniversary"], "WeddingAnniversary") if "anniversary" in options else None,
        text("PhoneticFirstName", phonetic[0]),
        text("PhoneticLastName", phonetic[1]),
    ]
    photo = [attached("ContactPicture.jpg", [nick], photo=True)] if "photo" in options else []
    created = utc(f"2024-{1 + len(given) % 9:02}-15 09:00")
    return Entry("Contacts", item("Contact", properties), created, photo)


def _shown(who: Person, given: str, surname: str) -> str:
    """The name as its owner writes it, family name first where that is the custom."""
    if who.zone in {"Asia/Tokyo", "Asia/Shanghai", "Asia/Seoul"}:
        return who.name
    return f"{given} {surname}"


def _company() -> etree._Element:
    shop = CAST["parts"]
    return item(
        "Contact",
        [
            body("Delivery takes a week. Add another one.\n"),
            element("FileAsMapping", "Company"),
            element("DisplayName", shop.name),
            element("CompanyName", shop.name),
            dictionary("EmailAddresses", {"EmailAddress1": shop.address}),
            element("PhysicalAddresses", _address("Business", "Lötstraße 9, 10115, Berlin, Deutschland")),
            dictionary("PhoneNumbers", {"CompanyMainPhone": "+49 30 555 0132"}),
            element("BusinessHomePage", "https://partsdepot.example.com/"),
        ],
    )


def _list(name: str, nicks: str, note: str) -> Entry:
    members = [element("Member", mailbox(person(nick.strip()))) for nick in nicks.split(",")]
    properties = [body(f"{note}\n"), element("DisplayName", name), element("Members", *members)]
    return Entry("Contacts", item("DistributionList", properties), utc("2025-01-13 12:00"))
