"""A JupyterLab on this machine, for the tests that use one as a reader does."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient

TOKEN = "a-token-of-this-test"


def own_settings(folder: Path) -> dict[str, str]:
    """Return variables that keep Jupyter from the settings and files in the user's home."""
    names = {"JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"}
    return {name: str(folder / name.lower()) for name in names}


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


@contextmanager
def kernel(environment: Mapping[str, str]) -> Iterator[Kernel]:
    """Talk to the one kernel that runs in a JupyterLab's environment."""
    (connection,) = Path(environment["JUPYTER_RUNTIME_DIR"]).glob("kernel-*.json")
    client = BlockingKernelClient(connection_file=str(connection))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield Kernel(client)
    client.stop_channels()


class Kernel:
    """A notebook's own kernel, asked past the notebook."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client

    def run(self, code: str) -> str:
        """Run code, and return what it printed, or its error."""
        printed: list[str] = []

        def listen(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])
            if message["msg_type"] == "error":
                printed.append("\n".join(message["content"]["traceback"]))

        self.client.execute_interactive(code, output_hook=listen, timeout=60)
        return "".join(printed).strip()

    def wait_for(self, expression: str, value: Any) -> None:
        """Wait until Python reads a value."""
        end = time.monotonic() + 20
        while (got := self.run(f"import json; print(json.dumps({expression}))")) != (
            wanted := json.dumps(value)
        ):
            assert time.monotonic() < end, f"{expression} is {got}, not {wanted}"


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
