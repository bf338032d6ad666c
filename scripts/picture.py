"""Types a few commands into a shell on the demo's mount, and draws what the terminal showed as an SVG file.

Run by `scripts/picture`. The commands run on a pseudo terminal, so that `ls` makes columns and colours as it does
for a person.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 112, 60


def commands(mail: Path) -> list[str]:
    """What is typed, in the mounted folder."""
    sent = next(path for path in sorted((mail / "Inbox").glob("*.attachments/*")) if path.suffix == ".xlsx")
    day = sorted((mail / "Calendar").glob("*.ics"))[-1].relative_to(mail)
    return [
        "ls",
        "ls Inbox | head -6",
        f"ls '{sent.parent.relative_to(mail)}'",
        f"cp '{sent.relative_to(mail)}' ~",
        "grep -ril invoice Inbox | head -3",
        f"grep -E '^(SUMMARY|DTSTART|LOCATION)' '{day}'",
        "ls Contacts | head -4",
    ]


def run(command: str, home: Path, mail: Path) -> str:
    """What a terminal shows of a command that is typed in the mounted folder."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    shell = ["bash", "--norc", "-c", f"shopt -s expand_aliases\nalias ls='ls --color=auto'\n{command}"]
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "LS_COLORS": "di=01;34",
        "USER": "ada",
    }
    with subprocess.Popen(shell, stdin=theirs, stdout=theirs, stderr=theirs, cwd=mail, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                data = os.read(ours, 65536)
            except OSError:  # the other end is closed (EIO)
                break
            if not data:
                break
            shown += data
        os.close(ours)
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}: {shown.decode(errors='replace')}")
    return shown.decode().replace("\r", "").rstrip("\n")


def draw(session: list[tuple[str, str]], target: Path) -> None:
    """Draw prompts, commands and what came of them."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for command, shown in session:
        console.print(Text.assemble(("~/mail $ ", "bold green"), (command, "bold")))
        if shown:
            console.print(Text.from_ansi(shown))
    svg = console.export_svg(title="ewsfs demo ~/mail", unique_id="ewsfs")
    # A picture that loads nothing from anywhere: the viewer's own monospace font will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    target.parent.mkdir(exist_ok=True)
    target.write_text(svg, encoding="utf-8")


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        mail = home / "mail"
        demo = subprocess.Popen([sys.executable, "-m", "ewsfs", "demo", str(mail)], stderr=subprocess.PIPE, text=True)
        assert demo.stderr is not None
        try:
            if not any("Ctrl-C" in line for line in demo.stderr):
                sys.exit("the demo ended before it was mounted")
            session = [(command, run(command, home, mail)) for command in commands(mail)]
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(60)
        draw(session, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
