"""Tell the package's metadata the repository's address, which stands in ``_config.yml`` alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from hatchling.metadata.plugin.interface import MetadataHookInterface


class RepositoryAddress(MetadataHookInterface):
    """Fills in the project's addresses."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the addresses to the metadata."""
        config = yaml.safe_load((Path(self.root) / "_config.yml").read_text("utf-8"))
        repository = config["repository"]["url"].rstrip("/").removesuffix(".git")
        metadata["urls"] = {"Source": repository, "Issues": f"{repository}/issues"}
