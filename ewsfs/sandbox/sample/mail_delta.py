"""Sample mail: the Delta Survey, field notes from a boat with bad reception, and the archive of 2024."""

from __future__ import annotations

from collections.abc import Iterator

from .script import Mail, mails

FOLDER = "Inbox/Projects/Delta Survey"


def messages() -> Iterator[Mail]:
    """The survey of 2025 and the archived mail of the year before."""
    yield from mails(PLANNING, FOLDER)
    yield from mails(NOTES, f"{FOLDER}/Field notes/2025")
    yield from mails(MONEY, f"{FOLDER}/Budget")
    yield from mails(ARCHIVE, "Archive/2024")
    yield from mails(FIORD, "Archive/2024/Höfn/Solar power")
    yield from mails(OLD_OFFICE, "Archive/2024/Office")


PLANNING = """
== 2025-03-18 11:00 sam > ada, ruth
Subject: Delta Survey 2025
Id: delta
Form: both
Categories: Delta Survey
Dear Ada,

the ministry has agreed: four weeks on the river in April, from the bar to the second
bridge, with your pressure gauges on the bottom and Ruth's echo sounder above them.

We bring the boat, the crew and the cook. You bring eight gauges and patience.

Sam

== 2025-03-18 12:26 ada > sam, ruth
Re: delta
Id: delta2
Eight gauges, one spare, and Priya, who is the patient one. What is the greatest depth,
and how soft is the bottom?

Ada

== 2025-03-18 15:05 ruth > ada, sam
Re: delta2
Fourteen metres, and soft like porridge. Weld plates under your frames or you will dig
for them.

Ruth

== 2025-03-27 08:40 priya > ada; ruth
Subject: Packing list
Attach: packing list.xlsx | Item;Pieces | PT-10;9 | Frames with plates;8 | Rope, m;400 | Batteries;40 | Tea, kg;2
Please check, especially the rope. The tea is not negotiable.

Priya

== 2025-06-30 14:00 ruth > ada, sam, priya
Subject: Final report
Marks: flagged
Categories: Delta Survey
Attach: Delta Survey 2025.pdf | Delta Survey 2025 | 1. The bar has moved 220 m to the west since 2011.
  | 2. The tidal wave needs 41 minutes from the bar to the bridge. | 3. All nine gauges were recovered.
Attach: levels.zip | gauge1.csv=time;level | gauge2.csv=time;level | readme.txt=Levels in metres above the bar.
The final report is attached, with all levels. Number 3 of the summary was Sam's wish.

Ruth
"""

NOTES = """
== 2025-04-02 19:30 priya > ada
Subject: Day 1: mangroves
Arrived. The boat is called "Patience" after all. First two gauges are down at the bar,
both frames stood upright. Reception only on the roof, and the roof is hot.

Priya

== 2025-04-03 19:41 priya > ada
Subject: Day 2: porridge
Ruth was right. Without the plates gauge 3 would be in Australia by now.

== 2025-04-05 20:02 priya > ada
Subject: Day 4: crocodile, small
Attach: crocodile.jpg
It was small. It was also interested in the rope.

== 2025-04-08 18:55 priya > ada; sam
Subject: Day 7: first numbers
Attach: week1.csv | gauge;high;low | 1;2.11;0.42 | 2;2.04;0.47 | 3;1.88;0.55 | 4;1.71;0.60
Attach: week1.png
The wave gets smaller and later up the river, as it should, but gauge 3 is six minutes
late. Either its clock is wrong or there is a second channel that nobody has drawn.

Priya

== 2025-04-09 06:12 ada > priya; sam
Subject: Re: Day 7: first numbers
Compare its clock with the satellites before you draw a channel. But have a look for the
channel.

Ada

== 2025-04-10 20:15 priya > ada; sam, ruth
Subject: Day 9: there IS a second channel
Marks: flagged
Inline: channel.png
Form: both
The clock is right. We found the channel behind the island, eleven metres deep, and a
family of otters who were not surprised at all.

Priya

== 2025-04-16 19:00 sam > ada
Subject: Day 15: rain
Marks: unread
It rains so hard that the echo sounder sees a second bottom above the boat. Everybody
plays cards. Priya wins.

Sam

== 2025-04-23 20:20 priya > ada
Subject: Day 22: gauge 6 is gone
Marks: high
The rope was cut, cleanly, by a propeller. We drag for it tomorrow.

== 2025-04-24 17:35 priya > ada
Subject: Day 23: gauge 6 is back
A fisherman brought it. He wants to know why it has no engine. We traded it for 200
grams of tea.

Priya

== 2025-04-29 16:00 ruth > ada, priya, sam
Subject: Day 28: home
Attach: everybody.jpg
All gauges on deck, nobody missing, one hat lost. Thank you all.

Ruth
"""

MONEY = """
== 2025-03-20 09:00 sam > ada; bjarne
Subject: Cost sharing
Id: cost
Attach: cost sharing.xlsx | Item;We;You | Boat;14000;0 | Crew;9000;0 | Gauges;0;21000 | Travel;0;6500
Here is the table as agreed on the telephone. Fuel is still missing, the price changes
faster than I can type.

Sam

== 2025-03-21 10:30 bjarne > sam, ada
Re: cost
Agreed. We pay half of the fuel up to 3,000.

Bjarne

== 2025-05-12 13:00 sam > ada
Subject: Invoice for half of the fuel
Marks: flagged
Categories: Tax
Attach: Invoice DS-25-07.pdf | Invoice DS-25-07 | Half of the fuel, April 2025 | 2,871.00 USD
As agreed. It includes the detour for the hat.

Sam
"""

ARCHIVE = """
== 2024-01-15 10:00 bjarne > ada
Subject: Your first week
Welcome aboard, Ada. The coffee is free, the chairs are not yet adjusted to humans, and
the weekly is on Fridays at nine. Ask everybody everything.

Bjarne

== 2024-01-15 10:22 ada > bjarne
Folder: Archive/2024
Subject: Re: Your first week
Thank you! First question: which of the four keys opens the laboratory?

Ada

== 2024-01-15 10:24 bjarne > ada
Subject: Re: Re: Your first week
None. It is never locked.

== 2024-03-12 21:15 jonas > ada
Subject: Your talk on Thursday
Form: both
Dear Ms Winther,

I very much look forward to your talk about radar gauges on exposed moles. Our harbour
master will come too, he is sceptical about anything without a float.

Kind regards
Jonas Petersen

== 2024-03-16 08:00 jonas > ada
Subject: Re: Your talk on Thursday
The harbour master now asks when we get six of them. What have you done?

Jonas

== 2024-05-20 12:00 yann > ada
Subject: Les câbles sont arrivés
Charset: iso-8859-1
Encoding: quoted-printable
Bonjour Ada,

les câbles sont arrivés, mais la moitié est mâle et l'autre moitié aussi. Il nous
faudrait quelques femelles.

Amitiés
Yann

== 2024-06-07 07:07 ines > ada, tomasz
Subject: Connectors, the story continues
I have ordered the female ones. Somebody in the warehouse says that he always wondered.

Inês

== 2024-10-30 16:45 meiling > ada
Subject: 颱風後的報告 / After the typhoon
Attach: 潮位.csv | 時間;潮位 | 03:00;1.92 | 04:00;2.35 | 05:00;2.11
Dear Ada,

the gauge stayed on the wall, the wall stayed on the pier. Levels are attached.

美玲

== 2024-12-19 14:00 bjarne > everyone
Subject: Thank you for 2024
Form: html
Forty-one new gauges in fourteen countries, no accident, one cormorant. Have a quiet
Christmas, all of you.

Bjarne
"""

FIORD = """
== 2024-02-05 09:30 gudrun > ada
Subject: Nine dark days
Id: dark
We had nine days without any sun in January, and the battery gave up on the seventh.
What would you do: more panel or more battery?

Guðrún

== 2024-02-05 10:44 ada > gudrun
Folder: Archive/2024/Höfn/Solar power
Re: dark
Neither: less hunger. The modem sleeps now between two deliveries, that makes seven days
into twelve. I send you the firmware.

Ada

== 2024-02-06 08:15 gudrun > ada
Re: dark
Attach: battery.xlsx | Day;Volt | 1;12.9 | 2;12.8 | 3;12.8 | 4;12.7
12.7 volts after four days of darkness. You have a friend in Höfn.

Guðrún
"""

OLD_OFFICE = """
== 2024-04-01 08:00 greg > everyone
Subject: New product: the tide gauge for bathtubs
Attach: brochure.pdf | Tidewater Bath | Range: 0 to 40 cm | Accuracy: one duck
It measures the level of your bathtub every second and warns the neighbours below. The
brochure is attached. Please look at the date before you answer.

Greg

== 2024-04-01 08:09 tomasz > greg; everyone
Subject: Re: New product: the tide gauge for bathtubs
I built one. It works.

Tomasz

== 2024-08-14 11:30 helpdesk > everyone
Subject: Phishing test: results
Eleven of thirty-two clicked. The mail promised free socks, so we understand.

IT Helpdesk

== 2024-11-11 11:11 people > everyone
Subject: Flu vaccination on Wednesday
From nine to eleven in the meeting room. There is chocolate afterwards, for the brave and
for the others.

People Team
"""
