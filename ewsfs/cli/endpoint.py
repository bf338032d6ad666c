"""The address of an EWS server as a user gives it, and the rules that it must keep."""

from __future__ import annotations

from urllib.parse import urlsplit

from ewsfs.cli.errors import CliError

_DEFAULT_PATH = "/EWS/Exchange.asmx"


def check(url: str) -> str:
    """The URL to speak to for what stood behind `--endpoint`.

    A URL without a path gets the usual one of Exchange. Raises: CliError for what isn't a URL, holds a password,
    or would send one in the clear: plain http is for loopback only.
    """
    from ewsfs.ews.configuration import is_loopback

    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise CliError(f"--endpoint {url}: not a URL: {error}.") from error
    if parts.scheme not in ("http", "https") or not host:
        raise CliError(f"--endpoint {url}: not a URL like https://mail.example.com{_DEFAULT_PATH}")
    if parts.password is not None or parts.username is not None:
        raise CliError(
            "--endpoint must not hold a user name or a password, since other users can see the command line. "
            "Use --user; the password is asked for, or taken from EWSFS_PASSWORD."
        )
    path = parts.path if parts.path not in ("", "/") else _DEFAULT_PATH
    if parts.scheme == "http" and not is_loopback(host):
        raise CliError(
            f"--endpoint {url}: plain http would send your mail and password over the network for all to read; "
            f"use https://{parts.netloc}{path}. "
            "Plain http is accepted for this machine only (127.0.0.1)."
        )
    return parts._replace(path=path).geturl()


def check_address(address: str) -> str:
    """A mailbox's SMTP address. Raises: CliError when it can't be one."""
    local, at, domain = address.strip().rpartition("@")
    if not (local and at and domain) or any(c.isspace() for c in address.strip()):
        raise CliError(f"{address!r} is not a mailbox address like ada@example.com.")
    return address.strip()
