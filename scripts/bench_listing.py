"""How fast a mailbox is listed: `ewsfs.ews` and exchangelib, one after the other, on the same server in the same run.

    scripts/bench [--messages 20000] [--latency 20] [--rounds 3]

Both read subject and time of every message, through `.only('subject', 'datetime_received')`, from a sandbox in a
process of its own that adds some milliseconds to every answer. The best of the rounds counts. Each reader is a process
of its own too, so that the one's memory and caches are not the other's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import click

ADDRESS = "ada@example.test"
FIELDS = ("subject", "datetime_received")


def read_with_ewsfs(endpoint: str) -> int:
    from ewsfs.ews import Account, Configuration, Credentials

    config = Configuration(service_endpoint=endpoint, credentials=Credentials("ada", "secret"), auth_type="basic")
    account = Account(ADDRESS, config=config)
    folders = [folder for folder in account.msg_folder_root.walk() if folder.folder_class == "IPF.Note"]
    return _count(message for folder in folders for message in folder.all().only(*FIELDS).iterator())


def read_with_exchangelib(endpoint: str) -> int:
    from exchangelib import BASIC, DELEGATE, Account, Configuration, Credentials

    config = Configuration(service_endpoint=endpoint, credentials=Credentials("ada", "secret"), auth_type=BASIC)
    account = Account(ADDRESS, config=config, autodiscover=False, access_type=DELEGATE)
    folders = [folder for folder in account.msg_folder_root.walk() if folder.folder_class == "IPF.Note"]
    return _count(message for folder in folders for message in folder.all().only(*FIELDS))


READERS: dict[str, Callable[[str], int]] = {"ewsfs.ews": read_with_ewsfs, "exchangelib": read_with_exchangelib}


def _count(messages: Iterable[object]) -> int:
    return sum(1 for message in messages if getattr(message, "datetime_received", None) is not None)


def measure(name: str, endpoint: str) -> dict[str, float]:
    """One reading, in this process: messages, seconds on the clock and of the processor, memory at most in MB."""
    begun = time.perf_counter()
    found = READERS[name](endpoint)
    return {
        "messages": found,
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time(),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def serve(messages: int, latency: float) -> None:
    """The sandbox: tells its endpoint, and serves until its input ends."""
    from ewsfs.sandbox import Sandbox

    with Sandbox(users={"ada": "secret"}, sample="none", latency_ms=latency) as sandbox:
        fill(sandbox.endpoint, messages)
        click.echo(sandbox.endpoint)
        sys.stdin.read()


def fill(endpoint: str, messages: int) -> None:
    """Messages in twenty folders, half of them in one."""
    from ewsfs.ews import Account, Configuration, Credentials, Folder, Message

    config = Configuration(service_endpoint=endpoint, credentials=Credentials("ada", "secret"), auth_type="basic")
    account = Account(ADDRESS, config=config)
    folders: list[Any] = [account.inbox] * 20
    folders += [Folder(parent=account.inbox, name=f"Folder {number}").save() for number in range(20)]
    for start in range(0, messages, 500):
        some = range(start, min(start + 500, messages))
        items = (Message(subject=f"Message {number} about something or other", body="Text") for number in some)
        account.bulk_create(folders[start // 500 % 40], items, chunk_size=250)


def main() -> int:
    """Runs the benchmark and prints its table. Returns 1 when ours isn't three times as fast."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--messages", type=int, default=20_000)
    arguments.add_argument("--latency", type=float, default=20, help="milliseconds")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments.add_argument("--read", nargs=2, metavar=("WHO", "ENDPOINT"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        serve(given.messages, given.latency)
        return 0
    if given.read:
        click.echo(json.dumps(measure(*given.read)))
        return 0
    me = [sys.executable, os.path.abspath(__file__)]
    server = subprocess.Popen(
        [*me, "--serve", "--messages", str(given.messages), "--latency", str(given.latency)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    assert server.stdin is not None
    try:
        endpoint = server.stdout.readline().strip()
        best: dict[str, dict[str, float]] = {}
        for _ in range(given.rounds):
            for name in READERS:
                done = subprocess.run([*me, "--read", name, endpoint], check=True, stdout=subprocess.PIPE, text=True)
                result = json.loads(done.stdout)
                if name not in best or result["seconds"] < best[name]["seconds"]:
                    best[name] = result
    finally:
        server.stdin.close()
        server.wait()
    click.echo(f"{given.messages} messages, {given.latency:g} ms latency, best of {given.rounds}\n")
    click.echo(f"{'':14}{'messages':>10}{'seconds':>10}{'processor':>11}{'memory':>10}")
    for name, row in best.items():
        click.echo(
            f"{name:14}{row['messages']:10.0f}{row['seconds']:10.2f}{row['processor']:11.2f}{row['memory']:7.0f} MB"
        )
    ratio = best["exchangelib"]["seconds"] / best["ewsfs.ews"]["seconds"]
    click.echo(f"\newsfs.ews is {ratio:.1f} times as fast")
    complete = all(row["messages"] == given.messages for row in best.values())
    return 0 if ratio >= 3 and complete else 1


if __name__ == "__main__":
    sys.exit(main())
