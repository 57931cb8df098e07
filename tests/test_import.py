import subprocess
import sys

import pytest

import cnnbook


def test_importing_the_package_loads_neither_pytorch_nor_matplotlib() -> None:
    check = (
        "import sys, cnnbook; "
        "print([m for m in ('torch', 'matplotlib', 'skimage', 'scipy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("name", cnnbook.__all__)
def test_every_public_name_exists_and_is_explained(name: str) -> None:
    assert getattr(cnnbook, name).__doc__
