"""How much memory a process of a test has held, also one of its own (`python -c`, started where the tests are)."""

from __future__ import annotations

from pathlib import Path


def most_held() -> int:
    """The most that this process has held so far, in bytes. Source: proc_pid_status(5), VmHWM.

    The ru_maxrss of getrusage(2) won't do: a process begins with that of the one that started it.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024
