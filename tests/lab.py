"""A JupyterLab on this machine, for the tests that use one as a reader does."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

TOKEN = "a-token-of-this-test"


@contextmanager
def jupyterlab(folder: Path, environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Start the environment's JupyterLab in a folder, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *("jupyter", "lab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
        *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        f"--IdentityProvider.token={TOKEN}",
    ]
    program = shutil.which("jupyter", path=environment["PATH"])
    with log.open("w") as output:
        server = subprocess.Popen(
            command, executable=program, cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api?token={TOKEN}", server, log)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            with suppress(subprocess.TimeoutExpired):
                server.wait(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text('utf-8')}", pytrace=False)
