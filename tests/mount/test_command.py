"""`ewsfs mount`, `umount`, `sandbox` and `demo` as a user meets them: what they say, and with which exit code."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mount.conftest import MakeMount, StartSandbox
from tests.mount.driver import ADDRESS, Home, Running, SandboxProcess, is_mounted, run, tool, wait_for
from tests.mount.letters import tiny
from tests.mount.logs import Checker


def assert_one_clear_line(said: str, *words: str) -> None:
    lines = [line for line in said.splitlines() if line.strip()]
    assert "Traceback" not in said
    assert lines, "nothing was said"
    assert lines[-1].startswith("ewsfs: ")
    assert len(lines) <= 2, said
    for word in words:
        assert word in said


def attempt(home: Home, endpoint: str, *more: str, **environment: str) -> tuple[int, str]:
    done = run(
        ["mount", "--endpoint", endpoint, *more, ADDRESS, str(home.path / "mail")], home, patience=90, **environment
    )
    assert not is_mounted(home.path / "mail")
    return done.returncode, done.stderr


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
@pytest.mark.parametrize("where", ["background", "foreground"])
def test_a_wrong_password(mailbox: SandboxProcess, any_home: Home, auth: str, where: str) -> None:
    more = ["--foreground"] if where == "foreground" else []
    code, said = attempt(any_home, mailbox.endpoint, "--auth", auth, *more, EWSFS_PASSWORD="wrong and secret")
    assert code != 0
    said = "\n".join(line for line in said.splitlines() if " is made." not in line and " INFO " not in line)
    assert_one_clear_line(said, "password")
    assert "wrong and secret" not in said


def test_no_password(mailbox: SandboxProcess, any_home: Home) -> None:
    code, said = attempt(any_home, mailbox.endpoint, EWSFS_PASSWORD="")
    assert code != 0
    assert "EWSFS_PASSWORD" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:9/EWS/Exchange.asmx",
        "https://127.0.0.1:9/",
        "not a url",
        "http://mail.example.com/",
        "ftp://127.0.0.1/",
    ],
)
def test_a_wrong_url(any_home: Home, endpoint: str) -> None:
    code, said = attempt(any_home, endpoint)
    assert code != 0
    assert_one_clear_line("\n".join(line for line in said.splitlines() if " is made." not in line), "endpoint")
    assert not (any_home.path / "mail").exists()


def test_a_certificate_is_verified(start_sandbox: StartSandbox, make_any_mount: MakeMount) -> None:
    sandbox = start_sandbox("--tls")
    mount = make_any_mount(sandbox)
    done = run(mount.arguments, mount.home)
    assert done.returncode != 0
    assert_one_clear_line(
        "\n".join(line for line in done.stderr.splitlines() if " is made." not in line), "certificate"
    )
    assert not is_mounted(mount.path)
    assert sandbox.certificate is not None
    done = run(mount.arguments, mount.home, REQUESTS_CA_BUNDLE=str(sandbox.certificate))
    assert done.returncode == 0, done.stderr
    assert (mount.path / "Inbox").is_dir()
    mount.stop()


def test_a_server_that_is_not_exchange(mailbox: SandboxProcess, any_home: Home) -> None:
    code, said = attempt(any_home, mailbox.endpoint.replace("/EWS/Exchange.asmx", "/somewhere/else"))
    assert code != 0
    assert_one_clear_line("\n".join(line for line in said.splitlines() if " is made." not in line))


def test_mounting_twice_says_so(mailbox: SandboxProcess, make_any_mount: MakeMount) -> None:
    with make_any_mount(mailbox).mounted() as mount:
        done = run(mount.arguments, mount.home)
        assert done.returncode != 0
        assert_one_clear_line(done.stderr, "mounted already", str(mount.path))
        assert is_mounted(mount.path)
        assert (mount.path / "Inbox").is_dir()


def test_one_mailbox_on_two_mount_points_with_one_cache_folder(mailbox: SandboxProcess, make_mount: MakeMount) -> None:
    mailbox.server.add_messages(mailbox.server.folder("inbox"), [tiny(1)])
    with make_mount(mailbox, name="one").mounted() as one, make_mount(mailbox, name="two").mounted() as two:
        assert one.cache == two.cache
        for mount in (one, two):
            (path,) = (mount.path / "Inbox").iterdir()
            assert path.read_bytes() == tiny(1)


def test_a_folder_that_holds_something_is_not_mounted_on(mailbox: SandboxProcess, any_home: Home) -> None:
    folder = any_home.path / "mail"
    folder.mkdir()
    (folder / "precious").touch()
    code, said = attempt(any_home, mailbox.endpoint)
    assert code != 0
    assert_one_clear_line(said, "not empty")
    assert (folder / "precious").exists()


def test_umount_of_what_is_not_mounted(any_home: Home, tmp_path: Path) -> None:
    done = run(["umount", str(tmp_path)], any_home)
    assert done.returncode != 0
    assert_one_clear_line(done.stderr, "nothing is mounted")


def test_a_plain_mount_goes_to_the_background_and_leaves_no_password(
    mailbox: SandboxProcess, make_mount: MakeMount
) -> None:
    mount = make_mount(mailbox, background=True)
    with mount.mounted():
        assert (mount.path / "Inbox").is_dir()
        for folder, folders, files in os.walk(mount.cache):
            assert not stat.S_IMODE(os.stat(folder).st_mode) & 0o077, folder
            for name in [*files, *folders]:
                assert not stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) & 0o077, name
        assert "correct horse" not in mount.log_text()
        assert not stat.S_IMODE(mount.log.stat().st_mode) & 0o077
    wait_for(lambda: not is_mounted(mount.path), "it is unmounted")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_mount_in_the_foreground_ends_cleanly(
    mailbox: SandboxProcess, make_mount: MakeMount, number: signal.Signals
) -> None:
    mount = make_mount(mailbox).start()
    (mount.path / "Inbox" / "x.eml").write_bytes(tiny(1))
    assert mount._running is not None
    mount._running.signal(number)
    assert mount._running.wait() == 0, mount._running.said()
    assert not is_mounted(mount.path)
    assert len(mailbox.server.items(mailbox.server.folder("inbox"))) == 1


def test_umount_of_a_busy_mount_says_by_whom(mailbox: SandboxProcess, make_mount: MakeMount) -> None:
    with make_mount(mailbox).mounted() as mount:
        descriptor = os.open(mount.path / "Inbox", os.O_RDONLY)
        try:
            done = run(["umount", str(mount.path)], mount.home)
            assert done.returncode != 0
            assert_one_clear_line(done.stderr, "in use", str(os.getpid()))
            assert is_mounted(mount.path)
        finally:
            os.close(descriptor)


def test_ntlm_and_detection_of_what_the_server_offers(mailbox: SandboxProcess, make_any_mount: MakeMount) -> None:
    mailbox.server.add_messages(mailbox.server.folder("inbox"), [tiny(1)])
    mount = make_any_mount(mailbox)
    arguments = mount.arguments
    at = arguments.index("--auth")
    for how in ([], ["--auth", "ntlm"]):
        done = run([*arguments[:at], *how, *arguments[at + 2 :]], mount.home)
        assert done.returncode == 0, done.stderr
        (path,) = (mount.path / "Inbox").iterdir()
        assert path.read_bytes() == tiny(1)
        mount.stop()


# -- demo --------------------------------------------------------------------------------------------------------


@pytest.fixture
def demo(home: Home, checker: Checker) -> Iterator[tuple[Running, Path]]:
    path = home.path / "mail"
    running = Running(["demo", str(path)], home, "demo", checker)
    try:
        yield running, path
    finally:
        running.end()
        if is_mounted(path):
            tool("fusermount", "-u", "-z", path)


def test_the_demo_shows_a_mailbox_and_ends_with_ctrl_c(demo: tuple[Running, Path]) -> None:
    running, path = demo

    def is_up() -> bool:
        assert running.exit_code is None, running.said()
        return is_mounted(path)

    wait_for(is_up, "the demo is mounted")
    assert {"Inbox", "Calendar", "Contacts", "Tasks"} <= set(os.listdir(path))
    assert any(name.endswith(".eml") for name in os.listdir(path / "Inbox"))
    wait_for(lambda: "grep -r" in running.said(), "it says what to try")
    running.signal(signal.SIGINT)
    assert running.wait() == 0, running.said()
    assert not is_mounted(path)
    assert "Traceback" not in running.said()
