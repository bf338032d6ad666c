"""Sample mail: the Tide Atlas, a book in many languages; here those that are written in Latin letters."""

from __future__ import annotations

from collections.abc import Iterator

from .script import Mail, mails

FOLDER = "Inbox/Projects/Tide Atlas"


def messages() -> Iterator[Mail]:
    """The project itself, and its pages in Latin letters, oldest first within each folder."""
    yield from mails(ATLAS, FOLDER)
    yield from mails(LATIN, f"{FOLDER}/Translations/Latin scripts")


ATLAS = """
== 2024-09-02 07:30 odile > ada, everyone
Subject: A Tide Atlas for our twentieth birthday
Id: atlas
Form: both
Inline: cover.png
Categories: Tide Atlas
Dear all,

Tidewater turns twenty in 2026. Instead of pens with our name on them I would like
to make a book: one double page for every harbour that has one of our gauges, with
its tides, a photograph, and a story told by the people who work there, in their
own language.

Who helps?

Odile

== 2024-09-02 08:02 ada > odile; everyone
Re: atlas
Me. I know about thirty harbours by their first names.

Ada

== 2024-09-09 12:40 odile > ada
Subject: Tide Atlas: list of harbours
Attach: harbours.xlsx | Harbour;Language;Contact | Hamburg;German;J. Petersen | Brest;French;Y. Le Goff
  | Πειραιάς;Greek;Ε. Παπαδοπούλου | Одеса;Ukrainian;О. Бондаренко | 横浜;Japanese;佐藤 春香 | 宁波;Chinese;陈伟
  | الإسكندرية;Arabic;يوسف حداد | חיפה;Hebrew;נועה לוי | मुंबई;Hindi;राजेश शर्मा | 부산;Korean;김민준
Here is the list. I need one page of text from each of them by March, about 2,000
characters, and nobody should write English for our sake.

Odile

== 2025-06-02 09:00 odile > ada
Subject: Tide Atlas: first proof
Id: proof
Attach: proof 1.pdf | Tide Atlas, first proof | Pages 12 to 45 | Please check place names and diacritics.
Marks: flagged
Categories: Tide Atlas
The first proof! Please check the diacritics with the eyes of a hawk. The layout
program ate the dot of the Turkish i, twice.

Odile

== 2025-06-03 17:10 ada > odile
Re: proof
Found: Höfn has lost its ö on page 31, Gdańsk its ń on page 38, and on page 40 the
Hebrew runs from left to right. Everything else is lovely.

Ada

== 2026-01-12 10:15 odile > ada, everyone
Subject: The Tide Atlas is printed 🎉
Marks: unread
Form: both
Inline: atlas.png
Categories: Tide Atlas
It is here, it weighs 1.4 kilograms, and the dot of the Turkish i is where it
belongs. Copies are in the kitchen, please leave one for everybody who wrote.

Odile
"""

LATIN = """
== 2025-01-20 09:12 annegret > ada
Subject: Unsere Seite für den Gezeitenatlas
Charset: iso-8859-1
Encoding: quoted-printable
Liebe Frau Winther,

anbei der Text über unseren Hafen. Mein Großvater war Lotse und hat die Pegelstände
jeden Abend mit Kreide an die Küchentür geschrieben. Die Tür hängt heute in meinem
Büro, und an ihr kann man ablesen, wie das Wasser gestiegen ist.

Über eine Überschrift müssten wir noch sprechen.

Mit freundlichen Grüßen
Annegret Böhm

== 2025-01-28 16:47 yann > ada, odile
Subject: Atlas des marées : le texte de Brest
Charset: iso-8859-15
Encoding: 8bit
Form: html
Chère Ada,

voilà le texte. Le marégraphe de Brest mesure depuis 1807, et chaque gardien y a
laissé une trace : des initiales, un dessin de cormoran, une tache de café.

Côté budget, les photos coûteraient 120 €. Ça va ?

À bientôt,
Yann

== 2025-02-04 11:02 carmen > ada
Subject: Cádiz: la página del atlas
Encoding: base64
Querida Ada:

¿Sabías que en La Caleta los niños aprenden a leer las mareas antes que el reloj?
Lo cuento en la página que te adjunto. Mañana te mando las fotografías del muelle.

Un abrazo,
Carmen Núñez

== 2025-02-06 10:20 ines > ada, odile
Subject: Lisboa também quer entrar no atlas
A minha mãe soube do livro e já escreveu duas páginas sobre as marés do Tejo, as
gaivotas e o preço do peixe. Não tive coragem de lhe dizer que são só dois mil
caracteres. Ajuda-me?

Inês

== 2025-02-11 08:33 marek > ada
Subject: Gdańsk: źródła i zdjęcia
Charset: iso-8859-2
Encoding: quoted-printable
Attach: Żuraw gdański.jpg
Cześć Ada,

przesyłam zdjęcie żurawia i krótką historię powodzi z 1829 roku. Woda stała wtedy
półtora metra nad nabrzeżem, a mimo to mierniczy co godzinę zapisywał stan wody.

Pozdrawiam serdecznie
Marek

== 2025-02-12 13:05 katka > ada
Subject: Příliš žluťoučký kůň a řeka Labe
Charset: windows-1250
Encoding: 8bit
Milá Ado,

moře sice nemáme, ale vodočet v Děčíně měří Labe už od roku 1851. Na skále pod
zámkem jsou vytesané značky sucha: „Když mě uvidíš, plač.“

Hodí se to do knihy o přílivu?

Kateřina

== 2025-02-18 07:44 gudrun > ada
Subject: Höfn: sagan um mælinn
Sæl Ada,

sólarrafhlöðurnar þínar þoldu veturinn. Hér er sagan um mælinn sem fauk í sjóinn
árið 1986 og fannst aftur við Færeyjar, enn gangandi.

Kær kveðja
Guðrún Þórðardóttir

== 2025-02-20 09:18 lotta > ada
Subject: Kotkan sivu on valmis
Charset: iso-8859-1
Encoding: 8bit
Hei Ada,

meillä vuorovesi on neljä senttiä, mutta tuuli osaa nostaa veden metrillä. Kirjoitin
siitä tarinan: jäätynyt mittari, pilkkijä ja kuuma kahvi.

Terveisin Lotta

== 2025-02-25 14:30 emre > ada; odile
Subject: İzmir sayfası: ığdır değil, İzmir!
Charset: iso-8859-9
Encoding: quoted-printable
Sevgili Ada,

metin ektedir. Lütfen dizgiciye söyleyin: küçük "ı" ile "i" aynı harf değildir, büyük
"İ" de noktalıdır. Geçen sefer şehrimizin adı yanlış basılmıştı.

Sevgiler
Emre Çağlar Öztürk

== 2025-03-03 03:15 linh > ada
Subject: Hải Phòng: trang của chúng tôi
Chị Ada thân mến,

trạm đo thủy triều ở Hòn Dấu đã hoạt động từ năm 1957. Bài viết kể về người gác trạm
đầu tiên và con thuyền của ông. Ảnh em gửi sau.

Em Linh

== 2025-03-05 12:12 mette > ada
Subject: Rødgrød med fløde, side 12
Charset: iso-8859-1
Encoding: quoted-printable
Kære Ada,

siden om Helsingør er færdig. Jeg har skrevet om færgen, om isvinteren i 1987 og om
ham, der aflæste vandstanden med en kikkert fra sit køkken.

Mette
"""
