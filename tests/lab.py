"""A JupyterLab on this machine, for the tests that use one as a reader does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient

if TYPE_CHECKING:
    from playwright.sync_api import Page

TOKEN = "a-token-of-this-test"

# JupyterLab keeps only the cells in sight in the document: its own model is asked for the others.
HELPERS = """() => {
  const { shell, commands } = jupyterapp;
  const panel = () => shell.currentWidget;
  const cells = () => panel().content.model.toJSON().cells;
  const show = place => {
    panel().content.scrollToItem(place);
    return panel().content.widgets[place].inViewport;
  };
  const run = command => commands.execute(command).then(done => { lab.done = done; });
  const kernel = () => panel()?.sessionContext?.session?.kernel;
  globalThis.lab = { panel, cells, show, run, kernel };
}"""


def own_environment(folder: Path, programs: Path) -> dict[str, str]:
    """Return variables for some programs that keep Jupyter from what is in the user's home."""
    names = {"JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"}
    settings = {name: str(folder / name.lower()) for name in names}
    return {**os.environ, **settings, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}


@contextmanager
def jupyterlab(folder: Path, environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Start the environment's JupyterLab in a folder, and yield its address."""
    command = [
        *("jupyter", "lab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
        *("--ip=127.0.0.1", "--port=0", f"--IdentityProvider.token={TOKEN}"),
    ]
    program = shutil.which("jupyter", path=environment["PATH"])
    with log.open("w") as output:
        server = subprocess.Popen(
            command, executable=program, cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        yield f"http://127.0.0.1:{_port(server, Path(environment['JUPYTER_RUNTIME_DIR']), log)}"
    finally:
        server.terminate()
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def run_all(page: Page) -> None:
    """Run all cells of the notebook that a page of JupyterLab opens."""
    patience = 120_000  # milliseconds: a kernel imports much
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=patience)
    page.evaluate(HELPERS)
    page.wait_for_function("lab.kernel()?.status === 'idle'", timeout=patience)
    page.evaluate("void lab.run('notebook:run-all-cells')")
    page.wait_for_function("lab.done", timeout=patience)


@contextmanager
def kernel(environment: Mapping[str, str]) -> Iterator[Kernel]:
    """Talk to the one kernel that runs in a JupyterLab's environment."""
    (connection,) = Path(environment["JUPYTER_RUNTIME_DIR"]).glob("kernel-*.json")
    client = BlockingKernelClient(connection_file=str(connection))
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        yield Kernel(client)
    finally:
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

        self.client.execute_interactive(code, output_hook=listen, timeout=120)
        return "".join(printed).strip()

    def wait_for(self, expression: str, value: Any) -> None:
        """Wait until Python reads a value."""
        end = time.monotonic() + 60
        while (got := self.run(f"import json; print(json.dumps({expression}))")) != (
            wanted := json.dumps(value)
        ):
            assert time.monotonic() < end, f"{expression} is {got}, not {wanted}"


def _port(server: subprocess.Popen[bytes], runtime: Path, log: Path) -> int:
    """Wait until a server listens, and return the free port that it found."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(ValueError):  # its file is not there, or not written to its end
            (file,) = runtime.glob("jpserver-*.json")
            return int(json.loads(file.read_text("utf-8"))["port"])
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text('utf-8')}", pytrace=False)
