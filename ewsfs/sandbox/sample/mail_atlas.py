"""Sample mail: the Tide Atlas, a book in many languages. Every script, many charsets and transfer encodings."""

from __future__ import annotations

from collections.abc import Iterator

from .script import Mail, mails

FOLDER = "Inbox/Projects/Tide Atlas"


def messages() -> Iterator[Mail]:
    """Mail from harbours all over the world, oldest first within each folder."""
    yield from mails(ATLAS, FOLDER)
    yield from mails(LATIN, f"{FOLDER}/Translations/Latin scripts")
    yield from mails(GREEK_CYRILLIC, f"{FOLDER}/Translations/Greek and Cyrillic")
    yield from mails(EAST, f"{FOLDER}/Translations/East Asia")
    yield from mails(SOUTH, f"{FOLDER}/Translations/Right to left, India, Thailand")


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

GREEK_CYRILLIC = """
== 2025-01-22 09:55 eleni > ada
Subject: Η σελίδα του Πειραιά
Charset: iso-8859-7
Encoding: base64
Αγαπητή Άντα,

η παλίρροια στον Πειραιά είναι μόλις λίγα εκατοστά, όμως κάθε ψαράς ξέρει τα νερά της
Σαλαμίνας. Η ιστορία μας μιλά για τον φαροφύλακα που μετρούσε τη θάλασσα με ένα κομμάτι
σχοινί και μια πέτρα.

Με φιλικούς χαιρετισμούς
Ελένη Παπαδοπούλου

== 2025-01-29 11:26 eleni > ada; odile
Subject: Διορθώσεις στη σελίδα 17
Form: both
Marks: unread
Καλημέρα,

στη σελίδα 17 λείπουν οι τόνοι από τους τίτλους:

- «Λιμάνι» αντί για «Λιμανι»
- «Παλίρροια» αντί για «Παλιρροια»

Ευχαριστώ πολύ!
Ελένη

== 2025-02-03 05:40 dmitri > ada
Subject: Каспийское море: уровень падает
Charset: koi8-r
Encoding: 8bit
Здравствуйте, Ада!

Посылаю страницу о Каспии. Приливов у нас почти нет, зато уровень моря падает каждый год,
и старый футшток в Форт-Шевченко давно стоит на сухом песке. Дети играют возле него в футбол.

С уважением,
Дмитрий Соколов

== 2025-02-10 06:05 dmitri > ada; odile
Subject: Re: Таблица уровней, исправленная
Charset: windows-1251
Encoding: quoted-printable
Attach: Уровни моря.xlsx | Год;Уровень, м | 1995;-26.6 | 2005;-27.0 | 2015;-28.0 | 2024;-29.3
Ада, добрый день!

В прошлой таблице я перепутал два столбца. Исправленный вариант во вложении.

Дмитрий

== 2025-02-14 08:22 oksana > ada
Subject: Одеса: сторінка для атласу
Encoding: base64
Вітаю, Адо!

Наш текст готовий. Він про мареограф, який працював навіть тоді, коли в місті не було
світла: хлопці під'єднали його до акумулятора від трамвая. Їжак, що живе біля будки,
передає вам вітання.

Щиро ваша
Оксана
"""

EAST = """
== 2025-01-21 01:30 haruka > ada
Subject: 潮汐アトラスの原稿について
Charset: iso-2022-jp
Encoding: 7bit
ウィンター様

いつもお世話になっております。横浜港の原稿をお送りします。
祖父は検潮所の番人で、毎朝六時に潮位を帳面に書いていました。
地震の日の頁だけ、字が震えています。

ご確認のほど、よろしくお願いいたします。
佐藤 春香

== 2025-02-17 02:10 haruka > ada; odile
Subject: 写真をお送りします
Charset: shift_jis
Encoding: base64
Attach: 検潮所の写真.jpg
Attach: 潮位表.pdf | Tide table | 06:00 1.42 m | 12:10 0.31 m
ウィンター様

検潮所の写真と潮位表を添付いたします。写真の使用許可はいただいております。

佐藤

== 2025-02-19 23:50 haruka > ada
Subject: カタカナの件
Charset: euc-jp
Encoding: 8bit
Marks: unread
お名前の表記は「アダ・ウィンター」でよろしいでしょうか。

佐藤

== 2025-01-24 03:05 wei > ada
Subject: 宁波港的潮汐故事
Charset: gb2312
Encoding: base64
尊敬的温特女士：

附上宁波港的文字。我们的验潮站建于一九五三年，看守人养了一只猫，
每逢大潮，猫总是第一个跑上屋顶。

此致
敬礼
陈伟

== 2025-02-26 04:44 wei > ada; odile
Subject: 关于第二十二页的修改意见
Charset: gb18030
Encoding: quoted-printable
温特女士：

第二十二页的“潮汐”写成了“朝夕”，请更正。数据表一切正常。

陈伟

== 2025-01-27 06:18 meiling > ada
Subject: 基隆港潮位站的稿件
Charset: big5
Encoding: base64
親愛的 Ada：

基隆的雨天比晴天多，所以我們的故事叫做「撐傘量海的人」。
潮位站的老站長每天撐著傘去抄數字，四十年從不間斷。

林美玲 敬上

== 2025-03-10 00:25 minjun > ada
Subject: 부산항 조석 이야기
Charset: euc-kr
Encoding: base64
에이다 님께,

부산항 원고를 보내 드립니다. 할머니께서는 달을 보고 물때를 아셨지만, 저는
귀사의 검조기를 보고 압니다. 할머니가 한 번도 틀리신 적이 없다는 점이 문제입니다.

김민준 드림

== 2025-03-12 00:40 minjun > ada; odile
Subject: Re: 사진 설명 수정
Form: both
Marks: unread
사진 설명에서 「영도다리」를 「영도대교」로 바꾸어 주세요. 감사합니다!

김민준
"""

SOUTH = """
== 2025-01-30 08:10 yusuf > ada
Subject: صفحة الإسكندرية في أطلس المد والجزر
Encoding: base64
Form: both
عزيزتي آدا،

أرسل إليك نص صفحتنا. كان جدي يقيس البحر كل صباح بعصا خشبية عند قلعة قايتباي،
وكان يقول إن البحر يتنفس، وإن من واجبنا أن نعد أنفاسه.

مع أطيب التحيات
يوسف حداد

== 2025-02-16 12:12 yusuf > ada; odile
Subject: تصحيح: رقم الصفحة 40
Charset: windows-1256
Encoding: quoted-printable
النص في الصفحة 40 يبدأ من اليسار. هل يمكن عكس الاتجاه قبل الطباعة؟

شكرا جزيلا
يوسف

== 2025-02-02 09:09 noa > ada
Subject: העמוד של חיפה
Charset: windows-1255
Encoding: base64
עדה היקרה,

מצורף הטקסט. הגאות בחיפה קטנה, אבל הסיפור גדול: שומר המגדלור לימד את החתול שלו לשבת
על המדרגה האחרונה שנשארה יבשה, וכך ידע את גובה המים בלי לצאת מהבית.

בברכה,
נועה לוי

== 2025-02-13 10:31 noa > ada; odile
Subject: Re: שם הנמל באנגלית (Haifa, not Hefa)
Charset: iso-8859-8
Encoding: base64
Marks: unread
בבקשה כתבו Haifa ולא Hefa. תודה!

נועה

== 2025-02-09 06:20 rajesh > ada
Subject: मुंबई बंदरगाह का पृष्ठ
Form: both
प्रिय आडा,

अपोलो बंदर का ज्वारमापी 1878 से चल रहा है। मेरी नानी कहती थीं कि समुद्र कभी झूठ नहीं
बोलता, इसलिए उसका हिसाब रखना आसान है। पूरा लेख संलग्न है।

सादर
राजेश शर्मा

== 2025-03-01 05:30 rajesh > ada; odile, priya
Subject: ज्वार तालिका, संशोधित
Encoding: base64
Attach: ज्वार तालिका.xlsx | समय;ऊँचाई | 05:40;4.2 | 11:55;0.8 | 18:05;4.0
संशोधित तालिका संलग्न है। कृपया पुरानी फ़ाइल हटा दें।

राजेश

== 2025-02-22 04:00 nattaya > ada
Subject: หน้าของกรุงเทพฯ
Charset: tis-620
Encoding: base64
เรียนคุณเอดา

ส่งเรื่องของสถานีวัดระดับน้ำที่ปากน้ำเจ้าพระยามาให้ค่ะ เจ้าหน้าที่คนแรกเป็นครูสอนดนตรี
เขาจดระดับน้ำเป็นตัวโน้ต แล้วเล่นเป็นเพลงได้

ด้วยความเคารพ
ณัฐยา
"""
