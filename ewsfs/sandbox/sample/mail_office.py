"""Sample mail: the office. Colleagues, the help desk, machines that report, drafts, junk and what was deleted."""

from __future__ import annotations

from collections.abc import Iterator

from .script import Mail, mails


def messages() -> Iterator[Mail]:
    """The mail of the Inbox itself and of the other default folders."""
    yield from mails(COLLEAGUES)
    yield from mails(STAFF, "Inbox/Staff notices")
    yield from mails(MACHINES, "Inbox/Machines")
    yield from mails(DRAFTS, "Drafts")
    yield from mails(JUNK, "Junk Email")
    yield from mails(DELETED, "Deleted Items")


COLLEAGUES = """
== 2025-11-03 07:58 mette > ada
Subject: Coffee machine, again
Id: coffee
It says "descale" in three languages and blinks in a fourth. You are an engineer.

Mette

== 2025-11-03 08:10 ada > mette
Re: coffee
I do salt water. For lime you want a chemist. (I am coming.)

== 2025-11-03 09:42 bjarne > ada, tomasz, ines, priya
Subject: Budget 2026: please send me your wishes
Id: budget
Marks: high flagged
Categories: Planning
Attach: Budget 2026.xlsx | Team;2025;2026 | Electronics;310;0 | Calibration;120;0 | Field work;205;0
Please fill in your line until Friday. Wishes that are not in the table will come
true in 2027 at the earliest.

Bjarne

== 2025-11-04 13:20 priya > bjarne; ada
Re: budget
A second wave tank, please, with a door that locks.

Priya

== 2025-11-05 10:00 ada > bjarne
Re: budget
Attach: Budget 2026 field work.xlsx | Item;kDKK | Boat;60 | Travel;90 | Divers;75 | Wool socks;1
Field work is attached. The socks are serious.

Ada

== 2025-11-10 15:15 greg > ada; tomasz
Subject: Quick question about the Delft demo
Hi Ada,

the people from Delft would like to see live data on their own screen next week. Can
we give them a read-only account, and does anything embarrassing show up if they
click on "outer mole 2"?

Greg

== 2025-11-10 15:40 tomasz > greg, ada
Subject: Re: Quick question about the Delft demo
Outer mole 2 has a cormorant. It sits on the radar between seven and eight. Demo at
nine, please.

Tomasz

== 2025-11-12 16:58 odile > ada
Subject: Photograph for the web site
Form: both
Inline: portrait.png
Is this one all right? You look as if somebody had just asked you for a discount.

Odile

== 2025-11-17 08:05 ines > ada
Subject: Suppliers: the connectors are late
Marks: unread
Categories: Harbour North, Purchasing
The waterproof connectors come a week late. We have eleven left, which is enough for
one cabinet and a half.

Inês

== 2025-11-18 12:31 sam > ada; ruth
Subject: Delta Survey: a gauge for the eastern channel?
Marks: unread
Form: both
Good afternoon Ada,

the eastern channel has moved three hundred metres since the rains, and our old staff
now stands in a field. Could we place one of your radar gauges on the new jetty?

Best regards
Sam

== 2025-11-19 09:09 greg > ada, bjarne
Subject: Offer for Aarhus
Marks: unread flagged
Attach: Offer Aarhus draft 3.docx | Offer for the port of Aarhus
  | Two radar gauges, one pressure gauge | Price: please fill in
Attach: Map.pdf | Port of Aarhus | Pier 1, Pier 3, marina
Draft three, with everything but the price. I need it by Thursday noon.

Greg

== 2025-11-20 07:45 bjarne > ada
Subject: Tomorrow
Can we talk for ten minutes before the weekly? Nothing bad.

Bjarne

== 2025-11-20 14:03 priya > ada, tomasz
Subject: I think I broke the wave tank
Marks: unread high
It makes waves, but only on Wednesdays. I am not joking. The valve controller counts
days from a wrong zero. Firmware, please help.

Priya

== 2025-11-21 11:11 tomasz > priya, ada
Subject: Re: I think I broke the wave tank
Marks: unread
Somebody wrote `% 7` in 2019. It was me. Fixed.

Tomasz

== 2025-11-21 16:00 walter > ada
Subject: Clause 3.3 in the wild
You may like to hear that your weather clause was quoted in a lecture in Dublin. They
laughed, and then they wrote it down.

Walter
"""

STAFF = """
== 2025-01-06 08:00 people > everyone
Subject: Holidays 2025: please enter your wishes
Form: html
Dear colleagues,

please enter your holiday wishes into the calendar until the end of January. Parents
of school children first, as always.

People Team

== 2025-01-31 06:00 payroll > ada
Subject: Your payslip for January 2025
Marks: private
Attach: Payslip 2025-01.pdf | Payslip January 2025 | Ada Winther | This sample has no salary in it, nice try.
Your payslip is attached.

== 2025-02-28 06:00 payroll > ada
Subject: Your payslip for February 2025
Marks: private
Attach: Payslip 2025-02.pdf | Payslip February 2025 | Ada Winther | Still no salary.
Your payslip is attached.

== 2025-03-31 06:00 payroll > ada
Subject: Your payslip for March 2025
Marks: private
Attach: Payslip 2025-03.pdf | Payslip March 2025 | Ada Winther | The accountant sends regards.
Your payslip is attached.

== 2025-04-07 12:00 helpdesk > everyone
Subject: Maintenance on Saturday, 22:00 to 02:00
Mail, calendar and the file server are switched off on Saturday night while the
storage moves to its new home. Gauge data are not affected.

If the printer on the second floor works afterwards, it is not our fault.

IT Helpdesk

== 2025-04-13 02:40 helpdesk > everyone
Subject: Maintenance finished (40 minutes late)
Everything is back. The printer does not work.

IT Helpdesk

== 2025-06-05 09:00 people > everyone
Subject: Summer party on 20 June
Form: both
Inline: party.png
Categories: Fun
There is a boat, there is food, and there is a band whose name we may not write down
here. Families are welcome. Please answer by the 13th.

People Team

== 2025-08-18 07:00 helpdesk > ada
Subject: Your password expires in 14 days
Marks: unread
Please choose a new password at a computer in the office. We will NEVER send you a link
for that, and whoever does is not us.

IT Helpdesk

== 2025-10-01 08:00 people > everyone
Subject: Welcome Mette!
Mette Sørensen joins us as office manager today. She already knows where the descaler
is.

People Team

== 2025-12-01 08:00 people > everyone
Subject: Christmas lunch and the great biscuit swap
Marks: unread
Categories: Fun
Lunch is on the 12th. Bring twelve biscuits of one kind, go home with twelve of twelve
kinds.

People Team
"""

MACHINES = """
== 2025-11-17 03:00 alerts > team, ada
Subject: [gauge-monitor] outer-mole-2: signal lost
Marks: high
Header: X-Gauge: outer-mole-2
gauge:     outer-mole-2
state:     SIGNAL LOST since 02:55 UTC
last:      1.204 m at 02:54
battery:   12.6 V

== 2025-11-17 03:20 alerts > team, ada
Subject: [gauge-monitor] outer-mole-2: recovered
Header: X-Gauge: outer-mole-2
gauge:     outer-mole-2
state:     OK
note:      25 minutes missing, the curve looks like a bird

== 2025-11-18 03:01 alerts > team, ada
Subject: [gauge-monitor] outer-mole-2: signal lost
Marks: unread high
Header: X-Gauge: outer-mole-2
gauge:     outer-mole-2
state:     SIGNAL LOST since 02:56 UTC
last:      1.198 m at 02:55
battery:   12.6 V

== 2025-11-18 17:30 build > ada, tomasz
Subject: Build 1187 failed: logger-firmware
Marks: unread
Attach: build-1187.txt | cc -Wall -Werror -c clock.c
  | clock.c:88: error: comparison of integers of different signs | 1 error
FAILED in 41 s
commit 7c1e0f2 "count days from the right zero"
1 of 214 tests did not run

== 2025-11-18 17:52 build > ada, tomasz
Subject: Build 1188 passed: logger-firmware
Marks: unread
PASSED in 58 s
commit 90ad4e1 "unsigned, then"
214 of 214 tests passed

== 2025-11-19 04:00 alerts > team, ada
Subject: [gauge-monitor] weekly summary
Form: both
Inline: week.png
Marks: unread
Attach: summary.csv | gauge;values;missing | outer-mole-1;10080;0 | outer-mole-2;10055;25 | outer-mole-3;10080;0
  | berth-1;10080;0 | berth-2;10080;0 | berth-4;10079;1
Six gauges, 60,454 values, 26 missing. Highest water 1.87 m at outer-mole-1 on
Thursday, 04:10 UTC.
"""

DRAFTS = """
== 2025-11-20 18:12 ada > greg; bjarne
Subject: Re: Offer for Aarhus
Folder: Drafts
Marks: draft
Greg,

the price is

== 2025-11-21 07:31 ada > jonas
Subject: Visit in January
Folder: Drafts
Marks: draft
Attach: agenda.docx | Visit on 20 January | 1. Yearly check of the offsets
  | 2. The cormorant | 3. Cake, this time for us
Dear Jonas,

I would come on the 20th with the early train. Is there somebody at the mole who could

== 2025-11-21 21:05 ada > mum
Subject: (no news, just me)
Folder: Drafts
Marks: draft private
Dear Mum,
"""

JUNK = """
== 2025-10-02 01:11 prize > ada
Subject: CONGRATULATIONS!!! You are our 1,000,000th tide
Form: html
Marks: unread
Dear lucky winner,

you have been drawn from all the e-mail addresses of the sea. To receive your prize send
us your name, your boat and the depth of your harbour.

Claims Department

== 2025-10-14 22:40 pills > ada
Subject: V1tamins for your l0gger - 80% off
Form: html
Marks: unread low
Is your battery tired after nine dark days? Try our pills for electronics. No
prescription, no questions, no refund.

== 2025-11-05 03:33 prince > ada
Subject: The estate of the late Captain Mordant
Marks: unread
Dear Sir or Madam,

my late client has left a sum of ELEVEN MILLION doubloons in a sunken bank. As his only
living correspondent you need only send me a diving suit.

In strict confidence
Felix Mordant

== 2025-11-16 12:00 prize > ada
Subject: Re: Re: Re: your prize (final final notice)
Marks: unread
Encoding: base64
We are very disappointed that you do not want your prize. Our operators are crying.
"""

DELETED = """
== 2025-09-12 10:00 greg > everyone
Subject: Whose bicycle blocks the van?
The red one, with a bell that sounds like a ship.

Greg

== 2025-09-12 10:04 greg > everyone
Subject: Re: Whose bicycle blocks the van?
Never mind, it was mine.

== 2025-10-08 09:30 mette > everyone
Subject: Cake in the kitchen
Somebody has a birthday and will not say who. There is cake.

== 2025-10-08 09:51 mette > everyone
Subject: No more cake in the kitchen
See subject.

== 2025-11-06 08:00 daemon > ada
Subject: Undelivered Mail Returned to Sender
Attach: details.txt | Reporting-MTA: dns; mx.example.test | Final-Recipient: rfc822; nobody@hafen.example.net
  | Action: failed | Status: 5.1.1
I'm sorry to inform you that your message could not be delivered to one recipient.

<nobody@hafen.example.net>: unknown user
"""
