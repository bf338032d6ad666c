"""Sample mail: family, friends and the choir."""

from __future__ import annotations

from collections.abc import Iterator

from .script import Mail, mails


def messages() -> Iterator[Mail]:
    """Private mail, oldest first within each folder."""
    yield from mails(FAMILY, "Family")
    yield from mails(PHOTOS, "Family/Photos")
    yield from mails(SUMMER, "Family/Summer house/Roof")
    yield from mails(CHOIR, "Choir")


FAMILY = """
== 2024-12-08 18:20 mum > ada, kaspar; dad
Subject: Christmas Eve
Id: xmas
Darlings,

we are fourteen this year, including Aunt Ragnhild and her new knee. Kaspar, you
bring the tree. Ada, you bring the red cabbage, and please the recipe with the
star anise and not the experiment of last year.

Kisses
Mum

== 2024-12-08 19:02 kaspar > mum, ada; dad
Re: xmas
I liked the experiment.

K.

== 2024-12-08 19:30 ada > mum, kaspar; dad
Re: xmas
Thank you, Kaspar. Star anise it is, Mum. I arrive on the 23rd on the late train.

Ada

== 2025-01-01 09:15 aunt > ada
Subject: Godt nytt år!
Form: both
Kjære Ada,

takk for sist, og takk for rødkålen! Det nye kneet mitt tåler både trapper og polka.
Kom og besøk meg når snøen er borte, så viser jeg deg fyret.

Klem fra tante Ragnhild

== 2025-02-01 10:11 dad > ada
Subject: The barometer
Marks: flagged
Ada,

grandfather's barometer has stopped. You are the only one in this family who
understands anything that has a needle. May I bring it along at Easter?

Dad

== 2025-02-01 11:40 ada > dad
Subject: Re: The barometer
Of course. Please carry it upright and do NOT let Kaspar tap on it.

Ada

== 2025-02-14 07:00 kaspar > ada
Subject: I am getting a boat
Id: boat
Inline: boat.png
Form: html
Don't tell Mum yet. She is nine metres long, she is called "Tordenskjold", and she
leaks only a little.

K.

== 2025-02-14 07:21 ada > kaspar
Re: boat
Mum has known since Tuesday. How little is a little?

== 2025-02-14 07:25 kaspar > ada
Re: boat
Two buckets a day. It is a wooden boat, that is normal!

== 2025-03-09 16:45 mum > ada
Subject: Your birthday
Marks: private
Just so that I can plan: do you want the almond cake or the one with rhubarb? There
is no wrong answer, but your father has already bought rhubarb.

Mum

== 2025-05-17 08:00 liv > ada
Subject: Goats
Id: goats
Four kids since last night, three of them white and one the colour of your old
sofa. We call that one Ada.

When do you come? The fence needs somebody who can read instructions.

Liv

== 2025-05-17 12:30 ada > liv
Re: goats
I am honoured. First weekend of June?

== 2025-05-17 21:04 liv > ada
Re: goats
Perfect. Bring boots. Bring a second pair of boots.

== 2025-08-30 17:55 dad > ada, kaspar
Subject: Apples
The tree has gone mad. Three crates stand in the garage with your names on them.
They don't keep, and neither does my patience with the wasps.

Dad

== 2025-11-02 19:19 mum > ada; kaspar
Subject: Grandmother's recipes
Marks: unread
Attach: Recipes.docx | Grandmother's recipes, typed by Birgit
  | Red cabbage: one head, four apples, two star anise, vinegar.
  | Rye bread: begin on Thursday.
  | Pickled herring: ask Henrik, he hides it.
Attach: rye bread.jpg
I have typed all of grandmother's recipes. Some of her measures I can't explain,
what is "a good fist of barley"? Please read and correct.

Mum

== 2025-12-26 11:00 kaspar > ada
Subject: Photos?
Marks: unread
Who took the picture of me and the goose? It must never be seen by anybody. Also,
could you send it to me.
"""

PHOTOS = """
== 2025-04-21 20:10 dad > ada, kaspar; mum
Subject: Easter
Form: both
Inline: easter-table.png
Inline: easter-garden.png
Attach: kaspar asleep.jpg
Attach: barometer.jpg
Here are the pictures from Easter. The barometer works again, it says "stormy", and
it was right about the afternoon.

Dad

== 2025-06-08 21:30 liv > ada
Subject: The fence, finished
Attach: fence 1.jpg
Attach: fence 2.jpg
Attach: goat on the wrong side of the fence.jpg
Picture three was taken eleven minutes after picture two.

Liv

== 2025-07-27 18:00 kaspar > ada, mum, dad
Subject: Tordenskjold at sea
Marks: unread
Attach: sails.jpg
Attach: track.gpx | <gpx version="1.1" creator="phone"><trk><name>Two laps of the bay</name></trk></gpx>
Attach: holiday.zip | morning.jpg=1 | noon.jpg=2 | log.txt=Wind south-west 4, one bucket only.
One bucket only! We are getting drier by the week.

K.
"""

SUMMER = """
== 2025-03-15 09:00 dad > ada, kaspar
Subject: The roof of the summer house
Id: roof
The storm took eleven tiles and I don't want to climb any more, your mother hid the
ladder. I asked two roofers for an offer.

Dad

== 2025-03-22 10:20 dad > ada, kaspar
Subject: Offers for the roof
Id: offers
Attach: Offer Jensen.pdf | Roofer Jensen, offer 118 | New tiles, battens, gutter | 46,500.00 DKK
Attach: Offer Thatch and Tile.pdf | Thatch and Tile, offer | Repair of eleven tiles | 8,900.00 DKK
One wants to repair, one wants to build a new roof. What do you two say?

Dad

== 2025-03-22 12:05 ada > dad; kaspar
Re: offers
Repair now, new roof when Kaspar has sold the boat.

== 2025-03-22 12:06 kaspar > dad, ada
Re: offers
So: repair.
"""

CHOIR = """
== 2025-01-08 20:15 choir > ada
Subject: Prøver i foråret
Form: both
Charset: iso-8859-1
Encoding: quoted-printable
Kære korsangere,

vi begynder igen onsdag den 15. januar kl. 19 i skolens musiksal. Forårets program:

- Nielsen: Tre motetter
- Bach: Jesu, meine Freude
- folkesange fra Færøerne

Husk at betale kontingent.

Havnekoret

== 2025-02-26 21:40 nils > ada
Subject: Alto two, bar 44
Attach: bar44.png
Bar 44 is an F sharp, whatever the print says. I asked the composer's grandson and he
said "probably".

Nils

== 2025-04-02 19:00 choir > ada
Subject: Koncert den 17. maj: praktiske oplysninger
Marks: unread
Attach: Program.pdf | Havnekoret, koncert | Domkirken, 17. maj kl. 20 | Nielsen, Bach, sange fra havet
Opstilling kl. 18.30, mørkt tøj, ingen parfume. Billetter til familien fås hos Nils.

== 2025-05-18 00:12 nils > ada; choir
Subject: That was something
Four hundred people and not one cough during the Nielsen. I am too happy to sleep.
F sharp, by the way.

Nils

== 2025-09-03 18:30 choir > ada
Subject: Weekend på øen i oktober
Marks: unread flagged
Vi øver hele weekenden den 11. og 12. oktober på højskolen. Tilmelding senest den 20.
september. Der er plads til alle, men ikke enkeltværelser til alle.
"""
