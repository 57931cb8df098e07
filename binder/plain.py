"""Write Binder's copy of the chapters anew in plain Markdown.

JupyterLab, with MyST's extension too, leaves references to other chapters, figures' numbers and
citations open. The notebooks that the site offers have them, so their text takes the chapters'
place. No cell is run for that.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import jupytext
import yaml

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Build the book without running it, and write its notebooks over its chapters."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    config["sphinx"]["local_extensions"]["unexecuted"] = "binder"
    with (
        TemporaryDirectory() as folder,
        NamedTemporaryFile("w", dir=ROOT, suffix=".yml", encoding="utf-8") as settings,
    ):
        yaml.safe_dump(config, settings)
        settings.flush()
        command = ["jupyter-book", "build", ".", "--path-output", folder, "--config", settings.name]
        subprocess.run(command, cwd=ROOT, check=True)
        site = Path(folder) / "_build" / "html"
        for path in sorted(site.rglob("*.ipynb")):
            notebook = jupytext.read(path)
            del notebook.cells[0]  # installs the package, which is there
            chapter = ROOT / path.relative_to(site).with_suffix(".md")
            jupytext.write(notebook, chapter, fmt="md:myst")


if __name__ == "__main__":
    main()
