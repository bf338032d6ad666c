"""Sample mail: the project Harbour North, in folders three deep, with threads, drawings and tables."""

from __future__ import annotations

from collections.abc import Iterator

from .script import Mail, mails

FOLDER = "Inbox/Projects/Harbour North"


def messages() -> Iterator[Mail]:
    """The mail of the project, oldest first within each thread."""
    yield from mails(KICKOFF, FOLDER)
    yield from mails(SENSORS, f"{FOLDER}/Sensors")
    yield from mails(CALIBRATION, f"{FOLDER}/Sensors/Calibration")
    yield from mails(CONTRACT, f"{FOLDER}/Contract")
    yield from mails(SITE, f"{FOLDER}/Site visits")


KICKOFF = """
== 2025-01-13 08:05 jonas > ada; annegret
Subject: Harbour North: six gauges before the autumn storms
Id: kick
Form: both
Categories: Harbour North
Dear Ada,

the port authority has approved the budget for six tide gauges along the north
mole. We need them in the water before the autumn storms, so by the end of
September at the latest.

Three things are still open on our side:

- who provides the power on the outer mole, where there is no cable yet
- whether the old stilling well at berth 4 can be used again
- who may open the cabinets outside office hours

Could we talk on Thursday? Annegret would join for the legal part.

Kind regards
Jonas

== 2025-01-13 10:41 ada > jonas; annegret
Re: kick
Id: kick2
Hello Jonas, hello Annegret,

congratulations, that is very good news. Thursday at ten suits me.

On your three points: the outer mole can run on solar panels with a buffer for
nine dark days, we did that in Höfn. The stilling well I would like to see
before I promise anything. For the cabinets we usually hand over two keys and
keep none.

I will bring Tomasz, who does the electronics.

Best wishes
Ada

== 2025-01-13 11:20 annegret > ada, jonas
Re: kick2
Form: both
Thursday at ten is fine. Please send the liability clause from your standard
contract beforehand, our insurer always asks for that one first.

Annegret Böhm
Legal department, port authority

== 2025-01-16 13:30 ada > jonas, annegret; tomasz, bjarne
Subject: Harbour North: minutes of the first meeting
Id: minutes
Attach: Minutes 2025-01-16.docx | Harbour North, first meeting
  | Present: J. Petersen, A. Böhm, T. Wiśniewski, A. Winther
  | 1. Six gauges, radar on the outer mole, pressure at berths 2 and 4.
  | 2. Solar power on the outer mole, nine days of reserve.
  | 3. The stilling well at berth 4 is inspected on 5 February.
  | 4. Data every minute, delivered every ten minutes.
Dear all,

the minutes of this morning are attached. Please shout before Monday if I got
something wrong, after that they count.

The most important sentence: radar gauges on the outer mole, pressure gauges at
berths 2 and 4, data every minute.

Ada

== 2025-01-17 07:55 jonas > ada; annegret, tomasz, bjarne
Re: minutes
Marks: flagged
One correction: data every minute, but delivered every FIVE minutes, not ten.
The pilots insist on it.

Jonas

== 2025-01-17 08:12 ada > jonas
Re: minutes
Five it is. The modems can do that, it only costs us a little battery.

Ada

== 2025-02-21 15:04 bjarne > ada, tomasz, ines
Subject: Harbour North: plan until September
Id: plan
Attach: Harbour North plan.xlsx | Task;Owner;Weeks | Order sensors;Ines;2 | Build cabinets;Tomasz;6
  | Calibration;Priya;3 | Divers at berth 4;Jonas;1 | Installation;Tomasz;4 | Acceptance;Ada;2
Categories: Harbour North, Planning
Here is the plan as it stands. The divers are the one thing we cannot move:
they have a single free week in July, and after that nothing before November.

Everything else has a fortnight of air in it.

Bjarne

== 2025-02-24 09:31 ines > bjarne, ada; tomasz
Re: plan
I don't believe in two weeks for the order. The radar heads had eleven weeks of
delivery time in autumn. Can we order them now, before the contract is signed?

Inês

== 2025-02-24 09:58 ada > ines, bjarne; tomasz
Re: plan
Yes. If Harbour North falls through, Brest takes them. Please order today.

Ada

== 2025-09-29 16:20 jonas > ada, tomasz, ines, bjarne, priya
Subject: All six gauges are live
Marks: flagged
Form: both
Inline: water-level.png
Categories: Harbour North
Dear Ada, dear all,

since noon all six gauges deliver. The picture shows the first hours at berth 4:
you can even see the ferry leaving.

The harbour master has already asked why we did not do this ten years ago. I said
we were waiting for you.

Thank you, all of you. There is a cake in the control room with your names on it,
and I am afraid we will have to eat it for you.

Jonas

== 2025-10-24 06:02 jonas > ada
Subject: First storm
Id: storm
Marks: high
Good morning Ada,

last night was the first real storm. 2.31 m above mean high water at 03:40. All six
gauges came through, and the warning went out forty minutes before the old float
gauge noticed anything.

I thought you would want to know that before breakfast.

Jonas

== 2025-10-24 06:48 ada > jonas
Re: storm
That is the best mail I have had this year. I forwarded it to everybody who ever
held a screwdriver for this project.

Now please get some sleep.

Ada
"""

SENSORS = """
== 2025-03-03 11:17 ines > ada, tomasz
Subject: Radar heads: delivery in week 18
Id: heads
Attach: Order confirmation 40417.pdf | Order confirmation 40417 | 4 radar heads RH-80, frequency 80 GHz
  | 2 pressure transmitters PT-10, range 0 to 10 m | Delivery: calendar week 18 | Terms: 30 days net
The confirmation came in. Week 18, so at the end of April, which is better than I
feared. The two pressure transmitters can come earlier, do we want that?

Inês

== 2025-03-03 12:02 tomasz > ines, ada
Re: heads
Yes please, then Priya can start with the calibration while I build cabinets.

Tomasz

== 2025-04-30 14:45 tomasz > ada; ines
Subject: Radar heads are here, one has a dent
Id: dent
Form: both
Inline: dent.png
Four radar heads arrived. Number RH-80-2213 has a dent in the horn, see the
picture. It measures fine on the bench, but I would not want to stand next to it
when the insurance asks.

Send it back?

Tomasz

== 2025-04-30 15:01 ada > tomasz, ines
Re: dent
Send it back. A dent in the horn bends the beam, and we would look for the three
centimetres for the rest of our lives.

Ada

== 2025-04-30 15:40 ines > ada, tomasz
Re: dent
Collected tomorrow, replacement in two weeks, free of charge.

Inês

== 2025-05-19 08:20 tomasz > ada, priya
Subject: Firmware 4.2.1 on all loggers
Attach: release-notes.txt | 4.2.1 | - the watchdog no longer restarts the modem at midnight
  | - five minute delivery | - the clock follows the satellites, not the network
Attach: settings.json | {"interval_s": 60, "delivery_s": 300, "zone": "UTC"}
All loggers have 4.2.1 now. The midnight restarts are gone. Settings are attached
so that nobody has to guess later what I typed in.

Tomasz

== 2025-06-11 09:09 priya > ada, tomasz
Subject: Drift of the pressure transmitter PT-10-118
Id: drift
Attach: drift.csv | day;millimetres | 1;0.0 | 2;0.1 | 3;0.4 | 4;0.9 | 5;1.6
Marks: unread
PT-10-118 drifts, about two millimetres in five days and getting faster. It looks
like moisture behind the membrane. PT-10-119 from the same batch is perfectly
still.

Shall I open it, or do we keep the warranty?

Priya

== 2025-06-11 09:30 ada > priya, tomasz
Re: drift
Keep the warranty. And thank you for watching it for five days; most people stop
after one.

Ada
"""

CALIBRATION = """
== 2025-05-27 10:00 priya > ada, tomasz
Subject: Calibration of RH-80-2210 to 2212
Attach: Calibration RH-80.xlsx | Serial;Offset mm;Scale | RH-80-2210;-1.2;1.0002 | RH-80-2211;0.4;0.9999
  | RH-80-2212;0.1;1.0001
Attach: Certificate RH-80-2210.pdf | Certificate of calibration | Instrument: RH-80-2210
  | Offset: -1.2 mm | Reference: laser, wave tank 2 | Signed: P. Raman
Attach: Certificate RH-80-2211.pdf | Certificate of calibration | Instrument: RH-80-2211 | Offset: 0.4 mm
  | Reference: laser, wave tank 2 | Signed: P. Raman
Three of four are done. All offsets are below two millimetres, scale factors are
as good as one. Certificates for the first two are attached, the third one waits
for a new printer cartridge, believe it or not.

Priya

== 2025-06-20 13:13 priya > ada, tomasz
Subject: Calibration of RH-80-2213 (the new one)
Id: cal2213
Attach: wave tank photos.zip | run1.png=waves | run2.png=waves
  | notes.txt=Run 2 was repeated because somebody opened the hall door.
The replacement head is fine: 0.2 mm. Photos of both runs are in the zip file.

Priya

== 2025-06-20 13:40 tomasz > priya, ada
Re: cal2213
It was me with the door. Sorry.

Tomasz

== 2025-06-20 13:44 priya > tomasz, ada
Re: cal2213
I know. The whole tank knew.

== 2025-11-14 09:50 priya > ada
Subject: Yearly check: which gauges first?
Marks: unread flagged
Categories: Planning
We promised a yearly check of the offsets. I would start with the outer mole,
since salt and gulls live there, and leave berths 2 and 4 for spring.

Do you agree?

Priya
"""

CONTRACT = """
== 2025-01-14 09:15 ada > annegret; jonas
Subject: Liability clause of our standard contract
Id: clause
Attach: Standard contract.pdf | Standard contract, part 3
  | 3.1 The supplier is liable for the instruments, | not for the decisions made with them.
  | 3.2 The liability is limited to the price of the order.
Dear Ms Böhm,

here is part 3 of our standard contract. Clause 3.1 is the one that insurers like,
3.2 the one that they argue about.

Ada Winther

== 2025-01-20 14:26 annegret > ada; jonas, walter
Re: clause
Id: clause2
Marks: confidential
Form: both
Dear Ms Winther,

3.1 is accepted. For 3.2 our insurer asks for twice the price of the order. I copy
Mr O'Brien, who advises us in contracts under foreign law.

Annegret Böhm

== 2025-01-22 10:10 walter > ada, annegret; jonas
Re: clause2
Marks: confidential
Attach: Redline clause 3.docx | 3.2 The liability is limited to twice the price of the order,
  | except where the supplier acted with intent. | 3.3 Neither party is liable for weather.
Ms Winther,

I attach our redline. You will see that we added 3.3, since last time somebody
tried to sue over a storm.

Yours sincerely
Walter O'Brien

== 2025-01-23 08:30 ada > walter, annegret; jonas, bjarne
Re: clause2
We can live with all of it, and 3.3 made my day.

Ada Winther

== 2025-02-03 11:55 annegret > ada; jonas, bjarne
Subject: Contract for signature
Marks: high
Attach: Contract Harbour North.pdf | Contract Harbour North
  | between the port authority and Tidewater Instruments | Price: 184,000.00 EUR
  | Delivery: 30 September 2025 | Clause 3 as agreed on 23 January 2025
Attach: Annex A Sites.xlsx | Site;Gauge;Power | Outer mole 1;RH-80;solar | Outer mole 2;RH-80;solar
  | Outer mole 3;RH-80;solar | Berth 1;RH-80;mains | Berth 2;PT-10;mains | Berth 4;PT-10;mains
Dear Ms Winther,

two copies are in the post, the text is attached. Please sign both and keep one.

Annegret Böhm
"""

SITE = """
== 2025-02-05 17:42 tomasz > ada, bjarne
Subject: Stilling well at berth 4
Id: well
Form: both
Inline: well.png
Looked into the well at berth 4 today. It is full of mussels down to five metres,
but the concrete is sound. With divers and a day of scraping it will do.

The ladder I would not use again. I did, once.

Tomasz

== 2025-02-05 18:03 ada > tomasz; bjarne
Re: well
Good, and please: no more ladders without somebody at the top. I mean it.

Ada

== 2025-07-15 19:20 tomasz > ada
Subject: Divers, day one
Marks: unread
Attach: dive plan.pdf | Dive plan berth 4 | Team: 2 divers, 1 tender
  | Window: 09:10 to 11:40, slack water 10:25 | Depth: 7 m
The divers have cleared four of seven metres. They say the mussels are excellent
and that they kept some for you. I said you would not want to know.

Tomasz

== 2025-07-16 18:55 tomasz > ada
Subject: Divers, day two
Marks: unread
The well is clean, the pipe is in, PT-10-119 hangs at minus 4.20 m. First values
look like a sea.

Tomasz

== 2025-08-26 07:30 jonas > ada, tomasz
Subject: Outer mole closed on 2 and 3 September
A cruise ship turns there on both days and the mole is closed to everybody who is
not a cruise ship. Can you swap with the berth 1 days?

Jonas

== 2025-09-04 12:15 ines > ada
Subject: Boat for the outer mole
Attach: track.gpx | <gpx version="1.1" creator="boat"><trk><name>Outer mole</name></trk></gpx>
The harbour lends us the small launch from 9 to 12 September. Track of the test
ride is attached. Bring warm clothes, the skipper has no windscreen and does not
see why one would want one.

Inês
"""
