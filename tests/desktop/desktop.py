"""A desktop without a screen, and a person's hands on it: Xvfb, a message bus, Thunar, and xdotool for keys and mouse.

There is no window manager: windows are put in their places and given the keyboard by us. Nothing here trusts that a key
or a drag was heard. It is done again until its effect is seen, and the effect is one that a second time doesn't double.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.mount.driver import PATIENCE, Home, wait_for

PROGRAMS = ("Thunar", "Xvfb", "xdotool", "dbus-daemon", "gdbus")
SCREEN = "1200x800x24"
WIDTH, HEIGHT = 560, 560
_AGAIN = 8.0  # seconds until what had no effect is done once more
_PAUSE = 0.05  # seconds between two looks, each of which takes a process
_MANAGER = "org.xfce.FileManager"
# Where the first file of an icon view is: below the middle of its icon or on its name, with or without a warning
# above, for Thunar warns whoever is root.
_FIRST_FILE = ((235, 128), (235, 150), (235, 112), (235, 175))
_FREE_PLACE = (WIDTH - 60, HEIGHT - 90)
# What xdotool's patterns for names mean something by (POSIX extended regular expressions).
_SPECIAL, _ESCAPED = re.compile(r"[][.^$*+?(){}|\\]"), r"\\\g<0>"


def why_not() -> str | None:
    """Why there can be no desktop here, or None."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


class Desktop:
    """One screen with one Thunar.

    Parameters: `home`, whose folder is the user's. Use it as a context manager.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._stack = contextlib.ExitStack()
        self._environment = {
            **home.environment,
            "NO_AT_BRIDGE": "1",
            # The files as the kernel shows them, whatever else of a desktop is installed here.
            "GIO_USE_VFS": "local",
            "GIO_USE_VOLUME_MONITOR": "unix",
            "GDK_BACKEND": "x11",
        }

    def __enter__(self) -> Desktop:
        with self._stack:
            screen = self._start(["Xvfb", "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset", "-displayfd"])
            self._environment["DISPLAY"] = f":{screen}"
            bus = self._start(["dbus-daemon", "--session", "--nofork", "--print-address"])
            self._environment["DBUS_SESSION_BUS_ADDRESS"] = bus
            self._start(["Thunar", "--daemon"], speaks=False)
            wait_for(self._has_manager, "Thunar answers on the message bus")
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # -- windows ---------------------------------------------------------------------------------------------------

    def show(self, folder: Path, *, left: bool = True) -> str:
        """Open a folder in a window, in the left or the right half of the screen. Returns the window."""
        before = set(self._windows(folder.name))
        self._ask("DisplayFolder", folder.as_uri(), self._environment["DISPLAY"], "")
        window = self._wait_for_window(folder.name, but=before)
        self._tool("windowmove", window, "0" if left else str(WIDTH + 20), "0")
        self._tool("windowsize", window, str(WIDTH), str(HEIGHT))
        self.focus(window)
        return window

    def focus(self, window: str) -> None:
        """Give a window the keyboard, in front of the others."""
        self._tool("windowraise", window, "windowfocus", window)

    def close(self, *windows: str) -> None:
        for window in windows:
            self.answer(window, "ctrl+w")

    # -- what a person does ----------------------------------------------------------------------------------------

    def drag_first(self, source: str, target: str, effect: Callable[[], bool]) -> None:
        """Drag the first file of one window into another, until that has an effect."""
        tries = itertools.count()

        def drag() -> None:
            number = next(tries)
            self._drag(source, _FIRST_FILE[number % len(_FIRST_FILE)], target, 20 * (number + 1))

        self._until(drag, effect, "the file is dragged")

    def open(self, window: str, name: str) -> None:
        """Open a folder of a window in that window: select it, Return."""

        def enter() -> None:
            self._select(window, name)
            self._keys(window, "Return")

        self._until(enter, lambda: self._said("getwindowname", window).startswith(name), f"{name} opens")

    def copy_and_paste(self, source: str, name: str, target: str, effect: Callable[[], bool]) -> None:
        """Copy a file of one window into the folder that another shows, until that has an effect."""

        def copy() -> None:
            self._select(source, name)
            self._keys(source, "ctrl+c")
            self._keys(target, "ctrl+v")

        self._until(copy, effect, f"{name} is copied")

    def dialog(self, window: str, name: str, key: str, title: str) -> str:
        """Press a key for a file of a window until a dialog with that title is there; returns it, with the keyboard."""

        def press() -> None:
            self._select(window, name)
            self._keys(window, key)

        return self._until_dialog(press, title)

    def rename(self, window: str, old: str, new: str) -> None:
        """Rename a file of a window: F2, the new name, Return."""
        dialog = self.dialog(window, old, "F2", f'Rename "{old}"')
        self._fill(dialog, new)

    def answer(self, dialog: str, key: str) -> None:
        """Press a key in a window, which closes it."""
        self._until(lambda: self._keys(dialog, key), lambda: not self._is_there(dialog), "the window closes")

    def titles(self) -> list[str]:
        """The titles of all windows to be seen, but for those that things hang from while they are dragged."""
        titles = [self._said("getwindowname", window).strip() for window in self._windows("")]
        return [title for title in titles if title != "Thunar"]

    # -- inside ----------------------------------------------------------------------------------------------------

    def _select(self, window: str, name: str) -> None:
        """Select a file by its name; nothing happens where the window doesn't show it yet."""
        self._fill(self._until_dialog(lambda: self._keys(window, "ctrl+s"), "Select by Pattern"), name)

    def _fill(self, dialog: str, text: str) -> None:
        """Write into the only field of a dialog, and close it."""
        self._keys(dialog, "ctrl+a")
        self._tool("type", text)
        self.answer(dialog, "Return")

    def _until_dialog(self, deed: Callable[[], None], title: str) -> str:
        self._until(deed, lambda: bool(self._windows(title)), f"the dialog {title!r} opens", again=2.0)
        dialog = self._windows(title)[0]
        self.focus(dialog)
        return dialog

    def _start(self, command: Sequence[str], *, speaks: bool = True) -> str:
        """Start a program that ends with the desktop; returns the line that it says of itself once it is up.

        Its last option, if it speaks, takes the number of the descriptor that it is to speak to.
        """
        ours, theirs = os.pipe()
        with os.fdopen(ours) as heard, open(theirs, "wb") as told:
            name = command[0].lower()
            with (self._home.path / f"{name}.out").open("ab") as out:
                process = subprocess.Popen(
                    [*command[:-1], *_with_descriptor(command[-1], theirs)] if speaks else command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    env=self._environment,
                    cwd=self._home.path,
                    pass_fds=(theirs,) if speaks else (),
                )
            self._stack.callback(_end, process)
            told.close()
            return heard.readline().strip() if speaks else ""

    def _has_manager(self) -> bool:
        return "true" in self._call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", _MANAGER)

    def _ask(self, method: str, *arguments: str) -> None:
        self._call(_MANAGER, "/org/xfce/FileManager", f"{_MANAGER}.{method}", *arguments)

    def _call(self, destination: str, path: str, method: str, *arguments: str) -> str:
        where = ["--session", "--dest", destination, "--object-path", path, "--method", method]
        return self._run("gdbus", "call", *where, *arguments)

    def _wait_for_window(self, title: str, but: set[str]) -> str:
        found: list[str] = []

        def look() -> bool:
            found[:] = [window for window in self._windows(title) if window not in but]
            return bool(found)

        wait_for(look, f"a window {title!r} opens, among {self.titles()}", pause=_PAUSE)
        return found[0]

    def _windows(self, title: str) -> list[str]:
        """The windows to be seen whose title begins so."""
        pattern = f"^{_SPECIAL.sub(_ESCAPED, title)}" if title else "."
        return self._said("search", "--onlyvisible", "--name", pattern).split()

    def _is_there(self, window: str) -> bool:
        return window in self._said("search", "--onlyvisible", "--name", ".").split()

    def _keys(self, window: str, key: str) -> None:
        self._said("windowraise", window, "windowfocus", "--sync", window, "key", "--clearmodifiers", key)

    def _drag(self, source: str, start: tuple[int, int], target: str, patience: int) -> None:
        """Drag from a place in one window to a free place in another.

        Parameters: `patience`, how many more times the mouse is moved a little before its button is let go: a window
        that is dragged over has to be asked whether it would take what is dragged, and answers when it comes to it.
        """
        x, y = _FREE_PLACE
        self._tool("windowraise", source, "mousemove", "--window", source, str(start[0]), str(start[1]))
        self._tool("mousedown", "1")
        before = set(self._windows(""))
        for step in range(1, patience):  # a drag begins a few points from where the button went down
            self._tool("mousemove_relative", "3", "1")
            if step > 5 and set(self._windows("")) - before:  # what is dragged hangs from the mouse in a window
                break
        for step in range(patience):
            self._tool("mousemove", "--window", target, str(x + step % 2), str(y))
        self._tool("mouseup", "1")

    def _until(self, deed: Callable[[], None], effect: Callable[[], bool], what: str, *, again: float = _AGAIN) -> None:
        """Do something until it has had its effect; once more after so many seconds without it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            deed()
            try:
                wait_for(effect, what, again, _PAUSE)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise AssertionError(f"in vain tried: {what}; windows: {self.titles()}") from None
            else:
                return

    def _tool(self, *arguments: str) -> None:
        self._run("xdotool", *arguments)

    def _said(self, *arguments: str) -> str:
        """What xdotool says; it fails where there is no such window, or no longer."""
        return self._run("xdotool", *arguments, check=False)

    def _run(self, *command: str, check: bool = True) -> str:
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert not check or done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout


def _with_descriptor(option: str, number: int) -> list[str]:
    """dbus-daemon takes a descriptor behind "=", Xvfb as the next argument."""
    return [f"{option}={number}"] if option.startswith("--") else [option, str(number)]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
