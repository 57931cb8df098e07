"""Write Binder's copy of the chapters anew in plain Markdown.

JupyterLab, with MyST's extension too, leaves references to other chapters, figures' numbers and
citations open. The notebooks that the site offers have them, so their text takes the chapters'
place. Pages without cells are left out: they hold what only the site resolves. No cell is run.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import jupytext
import yaml

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Build the book without running it, and write its notebooks over its pages."""
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
        for page in sorted((ROOT / "book").rglob("*.md")):
            path = (site / page.relative_to(ROOT)).with_suffix(".ipynb")
            if not path.exists():
                page.unlink()
                continue
            notebook = jupytext.read(path)
            del notebook.cells[0]  # installs the package, which is there
            jupytext.write(notebook, page, fmt="md:myst")


if __name__ == "__main__":
    main()
