"""Other programs, run from a test: each has its time, and what it said is shown if it fails."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest


def run(
    *command: str | Path,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float = 400,
) -> str:
    """Run a program, which must succeed in time, and return what it printed."""
    status, out, errors = finish(*command, folder=folder, environment=environment, seconds=seconds)
    assert status == 0, out + errors
    return out


def finish(
    *command: str | Path,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float = 400,
) -> tuple[int, str, str]:
    """Run a program to its end; return its status, what it printed, and what it complained of."""
    words = [str(word) for word in command]
    with subprocess.Popen(
        words,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            out, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with all that it started
            out, errors = process.communicate()
            pytest.fail(f"no end after {seconds} s: {words}\n{out}{errors}", pytrace=False)
    return process.returncode, out, errors
