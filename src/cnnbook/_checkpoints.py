"""Checkpoints of trained networks: where they are published, whether one is here, fetching one.

The work is ``torch.hub``'s; this module adds that nothing is trusted unless its sha256 is right.
"""

from __future__ import annotations

import hashlib
import socket
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING
from urllib.error import HTTPError

if TYPE_CHECKING:
    from torch import Tensor


_PATIENCE = 30.0  # seconds without a byte; torch.hub itself would wait for ever


class WeightsUnavailable(OSError):  # noqa: N818 - reads as a sentence where it is raised
    """The weights are not on this machine, or could not be fetched.

    Examples
    --------
    It can be caught like the error of a file that is not there:

    >>> issubclass(WeightsUnavailable, OSError)
    True
    """


@dataclass(frozen=True)
class Checkpoint:
    """A published file of weights; its name ends with the first digits of its sha256.

    Attributes
    ----------
    url
        Where it is published.
    mebibytes
        What it weighs: torchvision's own ``_file_size``, which counts 1024² bytes.

    Examples
    --------
    >>> checkpoint = Checkpoint("https://download.pytorch.org/models/resnet50-0676ba61.pth", 97.781)
    >>> checkpoint.size, checkpoint.hash_prefix
    ('98 MiB (103 MB)', '0676ba61')
    """

    url: str
    mebibytes: float

    @property
    def size(self) -> str:
        """What the download costs, in words."""
        return f"{self.mebibytes:.0f} MiB ({self.mebibytes * 1.048576:.0f} MB)"

    @property
    def hash_prefix(self) -> str:
        """The first digits of the file's sha256."""
        return self.url.rpartition("-")[2].partition(".")[0]

    @property
    def path(self) -> Path:
        """Where ``torch.hub`` keeps it."""
        import torch

        return Path(torch.hub.get_dir(), "checkpoints", self.url.rpartition("/")[2])


# torchvision/models/{alexnet,vgg,resnet}.py: `url` and `_file_size` of each network's weights.
_MODELS = "https://download.pytorch.org/models/"
CHECKPOINTS = {
    "alexnet": Checkpoint(_MODELS + "alexnet-owt-7be5be79.pth", 233.087),
    "vgg16": Checkpoint(_MODELS + "vgg16-397923af.pth", 527.796),
    "resnet50": Checkpoint(_MODELS + "resnet50-0676ba61.pth", 97.781),  # IMAGENET1K_V1
    "resnet50-v2": Checkpoint(_MODELS + "resnet50-11ad3fa6.pth", 97.79),  # IMAGENET1K_V2
}
"""The networks that can be downloaded, by name: torchvision's, trained on ImageNet."""


def find(name: str) -> Checkpoint:
    """Return a network's checkpoint; ValueError if there is none."""
    if not isinstance(name, str) or name not in CHECKPOINTS:
        raise ValueError(f"there is no network {name!r}; there are {', '.join(CHECKPOINTS)}")
    return CHECKPOINTS[name]


def fetch(name: str, checkpoint: Checkpoint) -> dict[str, Tensor]:
    """Read a checkpoint; download it first if it is not whole."""
    import torch

    patience = socket.getdefaulttimeout()
    # torch.hub takes no time limit: this one is the whole process's for as long as fetching takes.
    socket.setdefaulttimeout(_PATIENCE)
    try:
        if not is_whole(checkpoint):
            checkpoint.path.unlink(missing_ok=True)  # torch.hub would trust whatever lies there
        state: dict[str, Tensor] = torch.hub.load_state_dict_from_url(
            checkpoint.url, map_location="cpu", check_hash=True, weights_only=True
        )
    # torch.hub reads a Content-Length that is no number as one: a ValueError.
    except (OSError, RuntimeError, ValueError, HTTPException, UnpicklingError) as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds the connection
        raise WeightsUnavailable(
            f"the weights of {name} ({checkpoint.size}, {checkpoint.url}) "
            f"could not be fetched or read: {error}"
        ) from error
    finally:
        socket.setdefaulttimeout(patience)
    return state


def is_whole(checkpoint: Checkpoint) -> bool:
    """Tell whether the file is there and has the sha256 that its name promises."""
    try:
        path = checkpoint.path
    except ModuleNotFoundError:  # without PyTorch, nothing was fetched, and nothing can be read
        return False
    if not path.is_file():
        return False
    status = path.stat()
    digest = _sha256(path, status.st_size, status.st_mtime_ns)
    return digest.startswith(checkpoint.hash_prefix)


@cache
def _sha256(path: Path, size: int, modified: int) -> str:
    """Hash a file once for as long as its size and time of change stay the same."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
