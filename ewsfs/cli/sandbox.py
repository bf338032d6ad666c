"""`ewsfs sandbox`: the embedded EWS server by itself, for people and programs that want something to talk to."""

from __future__ import annotations

import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

import click

from ewsfs.cli.errors import CliError, explain
from ewsfs.cli.spinner import Spinner

if TYPE_CHECKING:
    from ewsfs.sandbox import Sandbox

_AUTH = ("basic", "digest", "ntlm")


@click.command(
    epilog="""
    The first line printed holds the endpoint. Every user gets the password in the environment variable
    EWSFS_PASSWORD; without it a random one, which is printed. Ctrl-C ends the server.

    \b
    Faults, with commas between them: OPERATION:KIND[:COUNT][:every=N][:after=N][:ms=N][:at=N], where KIND is one of
      busy busy-fault 503 401 drop drop-after cut badchars slow reset early-503 early-401
      --faults 'GetItem:busy:3,*:drop:every=50'
    """
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The TCP port on 127.0.0.1.  [default: a free one]"
)
@click.option("--store", default=":memory:", show_default=True, metavar="FILE", help="Where the state is kept.")
@click.option(
    "--user",
    "users",
    multiple=True,
    metavar="NAME",
    help="A user with the mailbox NAME@example.test. Repeatable; the first may impersonate the others.  [default: ada]",
)
@click.option(
    "--auth", default="basic,ntlm", show_default=True, metavar="KINDS", help="The ways to log in that are offered."
)
@click.option(
    "--sample",
    type=click.Choice(["small", "large", "none"]),
    default="none",
    show_default=True,
    help="What the first user's mailbox holds: some 300 messages, 20,000, or nothing.",
)
@click.option("--latency", type=click.FloatRange(min=0), default=0.0, metavar="MS", help="Added to every response.")
@click.option(
    "--bandwidth",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MBIT",
    help="For all responses together, per second.",
)
@click.option("--faults", metavar="SPEC", help="What to do wrong, see below.")
@click.option(
    "--mime",
    type=click.Choice(["kept", "rewritten"]),
    default="kept",
    show_default=True,
    help="Give MIME back byte for byte, or made anew from the properties as Exchange does.",
)
@click.option("--tls", is_flag=True, help="Speak https with a certificate made at start; its file is printed.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when standard input does.")
def sandbox(
    port: int,
    store: str,
    users: tuple[str, ...],
    auth: str,
    sample: str,
    latency: float,
    bandwidth: float | None,
    faults: str | None,
    mime: str,
    tls: bool,
    with_parent: bool,
) -> None:
    """Run an EWS server that behaves like Exchange 2016, on this machine only."""
    from ewsfs.sandbox import SandboxError, serve

    kinds = [kind.strip().lower() for kind in auth.split(",") if kind.strip()]
    if not kinds or not set(kinds) <= set(_AUTH):
        raise CliError(f"--auth {auth}: it takes one or more of {', '.join(_AUTH)}, with commas between them.")
    given = os.environ.pop("EWSFS_PASSWORD", "")
    password = given or secrets.token_urlsafe(9)
    logins = dict.fromkeys(users or ("ada",), password)
    ended = threading.Event()
    _on_signals(_give_up)
    if with_parent:
        threading.Thread(target=_wait_for_end, args=(ended,), daemon=True).start()
    starting = Spinner("Starting the sandbox ...")
    starting.start()

    def ready(running: Sandbox) -> None:
        starting.stop()
        _on_signals(lambda *_: ended.set())
        _announce(running, logins, None if given else password)

    try:
        serve(
            users=logins,
            auth=kinds,
            sample=sample,
            store=store,
            latency_ms=latency,
            bandwidth_mbit=bandwidth,
            faults=faults,
            mime=mime,
            tls=tls,
            port=port,
            ready=ready,
            stop=ended,
        )
    except (SandboxError, ValueError, OSError) as error:
        raise CliError(explain(error, f"the sandbox can't start{f' on port {port}' if port else ''}")) from error
    finally:
        starting.stop()


def _on_signals(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _give_up(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _announce(running: Sandbox, logins: dict[str, str], password: str | None) -> None:
    click.echo(f"Endpoint: {running.endpoint}")
    for name in logins:
        click.echo(f"User: {name}   Mailbox: {running.address(name)}")
    click.echo(f"Password: {password or 'the one in EWSFS_PASSWORD'}")
    if running.certificate is not None:
        click.echo(f"Certificate: {running.certificate}")
    sys.stdout.flush()


def _wait_for_end(ended: threading.Event) -> None:
    # The pipe's other end goes with the parent, however that dies.
    while os.read(0, 4096):
        pass
    ended.set()
