"""What Python refuses to set on a figure, with its reason."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pytest
import traitlets
from tests.run import run

from cnnbook import widgets

#: Takes subscripts away from traitlets, after the libraries that count on them are loaded.
IN_AN_OLD_KERNEL = """
import anywidget, traitlets
traitlets.TraitType.__class_getitem__ = None
from cnnbook.widgets import ConvolutionExplorer
print(ConvolutionExplorer(stride=2).stride)
"""


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
        ("KernelLab", {"divisor": True}, r"^divisor must be a whole number .* but got True$"),
        ("FilterBrowser", {"filter": True}, r"^filter must be a whole number .* but got True$"),
        ("FilterBrowser", {"stride": 2.0}, r"^stride must be a whole number .* but got 2\.0$"),
        ("LayerCalculator", {"input_shape": [True, 32, 32]}, "expected a whole number from 1 to"),
        ("KernelLab", {"preset": ["blur"]}, r"^preset must be one of identity.* got \['blur'\]$"),
        ("ChannelMixer", {"preset": ["swap"]}, r"^preset must be one of identity.* \['swap'\]$"),
        ("LayerCalculator", {"network": ["VGG-16"]}, r"^network must be one of .* \['VGG-16'\]$"),
        ("FilterBrowser", {"network": ["vgg16"]}, r"^network must be one of .* \['vgg16'\]$"),
        ("FilterBrowser", {"network": "lenet"}, "^network must be one of alexnet, vgg16, but got"),
        ("KernelLab", {"weight": np.ones((6, 5))}, r"^weight must be .{,130}… of shape \(6, 5\)$"),
        (
            "VolumeExplorer",
            {"input": np.ones((3, 9, 9))},
            r"^input must.{,130} of shape \(3, 9, 9\)$",
        ),
        (
            "VolumeExplorer",
            {"weight": [[[[1] * 9, [1] * 8] * 9]]},
            r"^weight must have 4 axes of at most 4 × 4 × 5 × 5 numbers from −99 to 99, .{,60}…$",
        ),
        ("VolumeExplorer", {"in_channels": 9}, "^in_channels .* from 1 to 4, but got 9$"),
        ("VolumeExplorer", {"input_size": 9}, "from 1 to 8, or a pair of them, but got 9$"),
        ("PoolingExplorer", {"input": np.ones((3, 8))}, r"8 numbers, but got .{,60} \(3, 8\)$"),
        ("KernelLab", {"kernel_size": np.array([3, 5])}, r"^kernel_size must be one of 3, 5, but"),
        (
            "KernelLab",
            {"kernel_size": [[3], [3, 5]]},
            r"^kernel_size must be .* \[\[3\], \[3, 5\]\]$",
        ),
        ("KernelLab", {"kernel_size": "3"}, r"^kernel_size must be one of 3, 5, but got '3'$"),
        ("FilterBrowser", {"network": np.array(["vgg16", "vgg16"])}, "^network must be one of"),
        (
            "PoolingExplorer",
            {"kind": np.array([["max"]])},
            "^kind must be one of max, average, but",
        ),
        ("KernelLab", {"weight": [[10**400] * 3] * 3}, r"^weight must be rows .* got \[\[1000"),
        ("ChannelMixer", {"bias": [-(10**400), 0, 0]}, r"^bias must be rows .* got \[\[-1000"),
        (
            "VolumeExplorer",
            {"input_size": 2, "kernel_size": 5},
            r"^(input|kernel)_size cannot be \([25], [25]\): the filters would cover 5 pixels",
        ),
    ],
)
def test_a_wrong_setting_is_refused(figure: str, setting: dict[str, Any], reason: str) -> None:
    with pytest.raises(traitlets.TraitError, match=reason):
        getattr(widgets, figure)(**setting)


@pytest.mark.parametrize(
    ("figure", "trait", "value"),
    [
        ("KernelLab", "kernel_size", np.array([3, 5])),
        ("FilterBrowser", "network", np.array(["vgg16", "vgg16"])),
        ("PoolingExplorer", "kind", np.array(["max", "max"])),
        ("PoolingExplorer", "input", [[10**400] * 4] * 4),
        ("ConvolutionExplorer", "rounding", np.array(["same", "floor"])),
        ("LayerCalculator", "rounding", np.array(["strict", "floor"])),
    ],
)
def test_what_is_set_wrongly_later_is_refused_too(figure: str, trait: str, value: Any) -> None:
    widget = getattr(widgets, figure)()
    before = widget.state()
    with pytest.raises(traitlets.TraitError, match=f"^{trait} must be"):
        setattr(widget, trait, value)
    assert widget.state() == before


@pytest.mark.parametrize(
    ("figure", "setting"),
    [
        ("ConvolutionExplorer", {"stride": 2}),
        ("KernelLab", {"divisor": 2}),
        ("FilterBrowser", {"filter": 2}),
        ("LayerCalculator", {"input_shape": [3, 32, 32]}),
        ("LayerCalculator", {"layers": [{"kind": "conv", "out_channels": 3, "kernel_size": 3}]}),
        ("ReceptiveFieldExplorer", {"layers": [3, (2, 2)]}),
        ("ReceptiveFieldExplorer", {"input_size": 20, "neuron": 2}),
        ("VolumeExplorer", {"in_channels": 2, "kernel_size": (2, 1), "position": (0, 1, 0)}),
    ],
)
def test_numpys_integers_are_whole_numbers(figure: str, setting: dict[str, Any]) -> None:
    make = getattr(widgets, figure)
    state = make(**_in_numpy(setting)).state()
    assert json.dumps(state) == json.dumps(make(**setting).state())


def test_traits_have_types_for_the_checker_alone() -> None:
    """Colab's kernel has loaded traitlets 5.7, and no installation can replace them."""
    assert run(sys.executable, "-c", IN_AN_OLD_KERNEL) == "(2, 2)\n"


def _in_numpy(value: Any) -> Any:
    """Return a setting with NumPy's integers for Python's."""
    if isinstance(value, dict):
        return {key: _in_numpy(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_in_numpy, value))
    return np.int64(value) if isinstance(value, int) else value
