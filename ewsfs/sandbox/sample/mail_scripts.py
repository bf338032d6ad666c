"""Sample mail: the pages of the Tide Atlas in every other script, in the charsets and encodings of their countries."""

from __future__ import annotations

from collections.abc import Iterator

from .script import Mail, mails

FOLDER = "Inbox/Projects/Tide Atlas/Translations"


def messages() -> Iterator[Mail]:
    """Mail from harbours all over the world, oldest first within each folder."""
    yield from mails(GREEK_CYRILLIC, f"{FOLDER}/Greek and Cyrillic")
    yield from mails(EAST, f"{FOLDER}/East Asia")
    yield from mails(SOUTH, f"{FOLDER}/Right to left, India, Thailand")


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
