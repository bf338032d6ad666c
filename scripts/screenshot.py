"""Opens the demo's mount in Thunar on a screen in memory, and saves what is to be seen.

Run by `scripts/screenshot`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

WIDTH, HEIGHT = 1000, 560
FRAME = 26  # points that the window manager's frame takes
PATIENCE = 90.0  # seconds
COLOURS = "96"


class Screen:
    """One screen and the programs on it."""

    def __init__(self, home: Path, display: str) -> None:
        self._home = home
        self._environment = {
            "HOME": str(home),
            "USER": "ada",
            "PATH": os.environ["PATH"],
            "XDG_RUNTIME_DIR": str(home),
            "DISPLAY": display,
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "NO_AT_BRIDGE": "1",
            "GIO_USE_VFS": "local",
        }

    @contextmanager
    def running(self, *command: str) -> Iterator[None]:
        process = subprocess.Popen(
            command,
            env=self._environment,
            cwd=self._home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    def say(self, *command: str, check: bool = True) -> str:
        return subprocess.run(
            command, env=self._environment, cwd=self._home, check=check, capture_output=True, text=True
        ).stdout.strip()

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                sys.exit(f"in vain waited for this: {what}")
            time.sleep(0.1)

    def window(self, title: str) -> str:
        found: list[str] = []

        def look() -> bool:
            found[:] = self.say("xdotool", "search", "--onlyvisible", "--name", title, check=False).split()
            return bool(found)

        self.wait_for(look, f"a window {title}")
        return found[-1]

    def wait_until_still(self, picture: Path) -> None:
        """Until the picture is the same ten times in a row."""
        seen: list[bytes] = []

        def look() -> bool:
            self.say("scrot", "--overwrite", str(picture))
            seen.append(picture.read_bytes())
            return len(seen) >= 10 and len(set(seen[-10:])) == 1

        self.wait_for(look, "nothing moves any more")


def thunar() -> list[str]:
    """How to start it. It warns whoever is root; in a namespace in which it isn't, it has no reason to."""
    as_user = ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []
    return [*as_user, "dbus-run-session", "--", "Thunar"]


def take(screen: Screen, mail: Path, target: Path) -> None:
    """Open the inbox as a list, and save the picture of it."""
    inbox = screen.window("Inbox")
    screen.say("xdotool", "windowmove", inbox, "0", "0", "windowsize", inbox, str(WIDTH - 4), str(HEIGHT - FRAME))
    screen.say("xdotool", "windowfocus", "--sync", inbox, "key", "ctrl+2")
    screen.say("xdotool", "mousemove", str(WIDTH - 2), str(HEIGHT - 2))
    picture = target.with_suffix(".large.png")
    try:
        screen.wait_until_still(picture)
        screen.say("pngquant", "--force", "--output", str(target), COLOURS, str(picture))
    finally:
        picture.unlink(missing_ok=True)


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="ewsfs-") as folder, ExitStack() as stack:
        home = Path(folder) / "ada"
        home.mkdir()
        mail = home / "mail"
        demo = subprocess.Popen([sys.executable, "-m", "ewsfs", "demo", str(mail)], stderr=subprocess.PIPE, text=True)
        stack.callback(demo.wait, 60)
        stack.callback(demo.send_signal, signal.SIGINT)
        assert demo.stderr is not None
        if not any("Ctrl-C" in line for line in demo.stderr):
            sys.exit("the demo ended before it was mounted")
        os.statvfs(mail)  # the mailbox's quota is learnt behind the first question
        ours, theirs = os.pipe()
        xvfb = subprocess.Popen(
            ["Xvfb", "-displayfd", str(theirs), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
            pass_fds=(theirs,),
            stderr=subprocess.DEVNULL,
        )
        stack.callback(xvfb.wait, 30)
        stack.callback(xvfb.terminate)
        os.close(theirs)
        with os.fdopen(ours) as said:
            screen = Screen(home, f":{said.readline().strip()}")
        stack.enter_context(screen.running("openbox"))
        stack.enter_context(screen.running(*thunar(), str(mail / "Inbox")))
        take(screen, mail, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
