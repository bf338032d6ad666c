"""How much memory a long iteration holds: in a process of its own, so that nothing else counts."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = '''
import resource, sys, threading
from lxml import etree
from ewsfs.ews import Account, Configuration, Credentials
from ewsfs.ews.paging import Search
from ewsfs.ews.services.find import Page

TOTAL = 100_000
NAMESPACE = "http://schemas.microsoft.com/exchange/services/2006/types"


def page(self, folder, shape, view, order=None):
    """What a server would answer: a thousand messages with ids as long as those of Exchange."""
    offset = int(view.get("Offset"))
    items = "".join(
        f'<t:Message><t:ItemId Id="{number:0152}" ChangeKey="{number:040}"/><t:Subject>Message {number}</t:Subject>'
        "<t:DateTimeReceived>2026-01-02T03:04:05Z</t:DateTimeReceived></t:Message>"
        for number in range(offset, min(offset + int(view.get("MaxEntriesReturned")), TOTAL))
    )
    root = etree.fromstring(f'<t:Items xmlns:t="{NAMESPACE}">{items}</t:Items>')
    return Page(list(root), offset + len(root), TOTAL, offset + len(root) >= TOTAL)


def held():
    """What the process holds now, in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


Search.page = page
account = Account("a@b", config=Configuration(service_endpoint="http://127.0.0.1:9", credentials=Credentials("a", "b")))
folder = account.folder("x")
wanted = folder.all().only("subject", "datetime_received")
next(wanted.iterator())
before, most, count = held(), 0.0, 0
for item in wanted.iterator():
    count += 1
    if count % 1000 == 0:
        most = max(most, held() - before)
print(count, most)
'''


def test_a_hundred_thousand_items() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    count, most = done.stdout.split()
    assert int(count) == 100_000
    assert float(most) < 60
