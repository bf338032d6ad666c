"""Each test runs a program of its own: forking the test's own process would be another matter, it has threads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, signal, sys
from ewsfs.cli import background
from ewsfs.cli.errors import CliError

def crash(error):
    return f"crashed: {{error}}"

def work(ready):
    {work}

try:
    print(*background.start(work, crash=crash))
except CliError as error:
    print(repr(error.message))
"""


def run(*work: str) -> str:
    """What a parent prints whose child does `work`."""
    program = PROGRAM.format(work="\n    ".join(work))
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_the_parent_ends_when_the_child_is_ready_and_the_child_goes_on(tmp_path: Path) -> None:
    question, answer = tmp_path / "question", tmp_path / "answer"
    os.mkfifo(question)
    os.mkfifo(answer)
    pid, _, words = run(
        "ready('up and running')",
        f"open({str(question)!r}).read()",
        f"open({str(answer)!r}, 'w').write(f'{{os.getpid()}} {{os.getsid(0)}} {{os.getcwd()}}')",
    ).partition(" ")
    assert words == "up and running"
    question.write_text(".")
    assert answer.read_text() == f"{pid} {pid} /"


def test_the_childs_fault_is_told_in_its_words() -> None:
    assert run("raise ValueError('Überlauf\\nin two lines')") == repr("crashed: Überlauf\nin two lines")


def test_a_child_that_is_killed_is_told() -> None:
    assert "ended by signal 9" in run("os.kill(os.getpid(), signal.SIGKILL)")


def test_a_child_that_exits_is_told_with_what_it_raised() -> None:
    assert "crashed: 7" in run("sys.exit(7)")


def test_a_child_that_ends_without_being_ready_is_told() -> None:
    assert "before it was ready" in run("pass")


def test_nothing_that_the_child_prints_reaches_the_terminal() -> None:
    assert "noise" not in run("print('noise')", "print('noise', file=sys.stderr)", "os.write(1, b'noise')")
