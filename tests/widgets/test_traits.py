"""What Python refuses to set on a figure, with its reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import traitlets

from cnnbook import widgets


@pytest.mark.parametrize(
    ("figure", "setting", "reason"),
    [
        ("ConvolutionExplorer", {"strid": 3}, r"has no strid; it has dilation, .*stride"),
        ("Predict", {"kind": "parameters", "chanels": 3}, r"chanels"),
        ("KernelLab", {"weight": 5}, r"^weight must be rows .*, but got 5$"),
        ("KernelLab", {"weight": None}, r"^weight must be rows .*, but got None$"),
        ("ChannelMixer", {"bias": None}, r"^bias must be rows .*, but got None$"),
        ("ChannelMixer", {"bias": 5}, r"^bias must be rows .*, but got 5$"),
        ("LayerCalculator", {"input_shape": 3}, r"'input_shape' .* not the int 3"),
        ("LayerCalculator", {"layers": [{"kind": []}]}, r"^layers\[0\]: kind must be .* got \[\]$"),
        ("PoolingExplorer", {"stride": 2.0}, r"^stride must be a whole number .* but got 2\.0$"),
        ("PoolingExplorer", {"stride": True}, r"^stride must be a whole number .* but got True$"),
    ],
)
def test_a_wrong_setting_is_refused(figure: str, setting: dict[str, Any], reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=reason):
        getattr(widgets, figure)(**setting)


def test_numpys_integers_are_whole_numbers() -> None:
    explorer = widgets.ConvolutionExplorer(stride=np.int64(2))
    assert explorer.stride == (2, 2)
    assert type(explorer.stride[0]) is int  # which JSON can hold
