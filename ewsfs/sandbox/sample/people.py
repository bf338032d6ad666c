"""The people of the sample mailbox, and where they live. Everyone is invented; every domain is reserved (RFC 2606)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes or gets mail. zone: an IANA time zone, in which the mail program writes its dates."""

    name: str
    address: str
    zone: str = "Europe/London"

    @property
    def given(self) -> str:
        """What friends call this person."""
        return self.name.partition(" ")[0]


ADA = Person("Ada Winther", "ada@example.test", "Europe/Copenhagen")

# Ada leads projects at Tidewater Instruments, which builds tide gauges and sells them to harbours everywhere.
CAST: dict[str, Person] = {
    "ada": ADA,
    # Colleagues.
    "bjarne": Person("Bjarne Holt", "bjarne.holt@example.test", "Europe/Copenhagen"),
    "ines": Person("Inês Carvalho", "ines.carvalho@example.test", "Europe/Lisbon"),
    "tomasz": Person("Tomasz Wiśniewski", "tomasz.wisniewski@example.test", "Europe/Warsaw"),
    "priya": Person("Priya Raman", "priya.raman@example.test", "Asia/Kolkata"),
    "odile": Person("Odile Marchand", "odile.marchand@example.test", "Europe/Paris"),
    "greg": Person("Greg Tanner", "greg.tanner@example.test", "Europe/London"),
    "mette": Person("Mette Sørensen", "mette.soerensen@example.test", "Europe/Copenhagen"),
    "helpdesk": Person("IT Helpdesk", "helpdesk@example.test", "Europe/Copenhagen"),
    "people": Person("People Team", "people@example.test", "Europe/Copenhagen"),
    "payroll": Person("Payroll", "payroll@example.test", "Europe/Copenhagen"),
    "alerts": Person("Gauge Monitor", "gauge-monitor@example.test", "UTC"),
    "build": Person("Build Server", "build@example.test", "UTC"),
    "team": Person("Gauge team", "gauge-team@example.test", "Europe/Copenhagen"),
    "everyone": Person("Everyone at Tidewater", "everyone@example.test", "Europe/Copenhagen"),
    # Harbours and partners.
    "jonas": Person("Jonas Petersen", "j.petersen@hafen.example.net", "Europe/Berlin"),
    "annegret": Person("Annegret Böhm", "a.boehm@hafen.example.net", "Europe/Berlin"),
    "yann": Person("Yann Le Goff", "yann.legoff@port-brest.example.org", "Europe/Paris"),
    "eleni": Person("Ελένη Παπαδοπούλου", "eleni@piraeus.example.org", "Europe/Athens"),
    "dmitri": Person("Дмитрий Соколов", "d.sokolov@gidro.example.org", "Asia/Almaty"),
    "oksana": Person("Оксана Бондаренко", "oksana@odesa-port.example.org", "Europe/Kyiv"),
    "haruka": Person("佐藤 春香", "sato@kowan.example.com", "Asia/Tokyo"),
    "wei": Person("陈伟", "chen.wei@ningbo.example.com", "Asia/Shanghai"),
    "meiling": Person("林美玲", "meiling.lin@keelung.example.com", "Asia/Taipei"),
    "yusuf": Person("يوسف حداد", "yusuf.haddad@alexandria.example.org", "Africa/Cairo"),
    "noa": Person("נועה לוי", "noa.levi@haifa.example.org", "Asia/Jerusalem"),
    "rajesh": Person("राजेश शर्मा", "rajesh.sharma@mumbai.example.org", "Asia/Kolkata"),
    "minjun": Person("김민준", "minjun.kim@busan.example.com", "Asia/Seoul"),
    "nattaya": Person("ณัฐยา สุขใจ", "nattaya@bangkok.example.com", "Asia/Bangkok"),
    "linh": Person("Nguyễn Thị Linh", "linh.nguyen@haiphong.example.com", "Asia/Ho_Chi_Minh"),
    "emre": Person("Emre Çağlar Öztürk", "emre.ozturk@izmir.example.org", "Europe/Istanbul"),
    "katka": Person("Kateřina Dvořáková", "k.dvorakova@povodi.example.net", "Europe/Prague"),
    "gudrun": Person("Guðrún Þórðardóttir", "gudrun@hofn.example.net", "Atlantic/Reykjavik"),
    "carmen": Person("Carmen Núñez", "carmen.nunez@cadiz.example.org", "Europe/Madrid"),
    "lotta": Person("Lotta Mäkinen", "lotta.makinen@satama.example.net", "Europe/Helsinki"),
    "marek": Person("Marek Dąbrowski", "m.dabrowski@gdansk.example.net", "Europe/Warsaw"),
    "sam": Person("Sam Okafor", "sam.okafor@deltasurvey.example.org", "Africa/Lagos"),
    "ruth": Person("Ruth Adeyemi", "ruth.adeyemi@deltasurvey.example.org", "Africa/Lagos"),
    "walter": Person("O'Brien, Walter (Legal)", "walter.obrien@law.example.com", "Europe/Dublin"),
    # Family and friends.
    "mum": Person("Birgit Winther", "birgit.winther@home.example.net", "Europe/Copenhagen"),
    "dad": Person("Henrik Winther", "henrik.winther@home.example.net", "Europe/Copenhagen"),
    "kaspar": Person("Kaspar Winther", "kaspar@skipper.example.net", "Europe/Copenhagen"),
    "liv": Person("Liv", "liv.and.the.goats@farm.example.net", "Europe/Oslo"),
    "aunt": Person("Aunt Ragnhild", "ragnhild@home.example.net", "Europe/Oslo"),
    "nils": Person("Nils Brandt", "nils.brandt@choir.example.org", "Europe/Copenhagen"),
    # Shops, lists and the like.
    "bakery": Person("Harbour Bakery", "orders@bakery.example.com", "Europe/Copenhagen"),
    "rail": Person("Nordrail Tickets", "no-reply@nordrail.example.com", "Europe/Copenhagen"),
    "hotel": Person("Hotel Am Kai", "reservierung@am-kai.example.com", "Europe/Berlin"),
    "books": Person("Lighthouse Books", "shop@lighthousebooks.example.com", "Europe/London"),
    "power": Person("Fjord Energy", "billing@fjordenergy.example.com", "Europe/Copenhagen"),
    "bike": Person("Two Wheels Workshop", "workshop@twowheels.example.com", "Europe/Copenhagen"),
    "air": Person("Skyhop Airlines", "booking@skyhop.example.com", "Europe/London"),
    "parts": Person("Electro Parts Depot", "sales@partsdepot.example.com", "Europe/Berlin"),
    "tideweekly": Person("Tide Tables Weekly", "editor@tidetables.example.org", "Europe/London"),
    "python": Person("Python in Practice", "digest@pythonpractice.example.org", "UTC"),
    "garden": Person("The Balcony Gardener", "hello@balconygardener.example.com", "Europe/London"),
    "choir": Person("Havnekoret", "koret@choir.example.org", "Europe/Copenhagen"),
    "library": Person("City Library", "loans@library.example.org", "Europe/Copenhagen"),
    "prize": Person("Claims Department", "winner-8841@promo.example.com", "UTC"),
    "pills": Person("Dr. Discount", "offers@pharma-deals.example.com", "UTC"),
    "prince": Person("Barrister Felix Mordant", "f.mordant@estate.example.com", "UTC"),
    "daemon": Person("Mail Delivery System", "mailer-daemon@mx.example.test", "UTC"),
}


def person(nick: str) -> Person:
    """Who is called that in the scripts; an address that is nobody's nick stands for itself."""
    return CAST[nick] if "@" not in nick else Person("", nick, "UTC")
