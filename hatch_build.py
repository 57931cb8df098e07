"""Fill in the package's metadata from the files that hold it: the addresses and the description."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from hatchling.metadata.plugin.interface import MetadataHookInterface


class Metadata(MetadataHookInterface):
    """Takes the repository's address from ``_config.yml``, which alone holds it."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the addresses, and README.md with links that lead somewhere from a package index."""
        root = Path(self.root)
        config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))["repository"]
        repository = config["url"].rstrip("/").removesuffix(".git")
        metadata["urls"] = {"Source": repository, "Issues": f"{repository}/issues"}
        text = (root / "README.md").read_text("utf-8")
        text = re.sub(r"\]\((?!\w+:)", f"]({repository}/blob/{config['branch']}/", text)
        text = re.sub(r'src="(?!\w+:)', f'src="{repository}/raw/{config["branch"]}/', text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
