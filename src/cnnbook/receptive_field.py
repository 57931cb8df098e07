"""The receptive field of a stack of layers: how much of the input one neuron sees, and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnbook._arguments import pair

if TYPE_CHECKING:
    from torch import nn

Pair = tuple[int, int]


@dataclass(frozen=True)
class ReceptiveField:
    """The part of the input that a layer's neurons see; pairs are (height, width) in pixels.

    Attributes
    ----------
    name
        The layer's name, or its number in the stack.
    size
        Pixels that one neuron's field spans.
    jump
        Pixels from one neuron's field to its neighbour's: the product of the strides so far.
    start
        Centre of the first neuron's field. Pixel 0's centre is 0, so padding makes it smaller, even
        negative.

    Examples
    --------
    Without a layer, a neuron is a pixel. A 3×3 layer with stride 2 sees three, centred on pixel 1:

    >>> ReceptiveField()
    ReceptiveField(name='input', size=(1, 1), jump=(1, 1), start=(0.0, 0.0))
    >>> receptive_field([(3, 2)])
    [ReceptiveField(name='0', size=(3, 3), jump=(2, 2), start=(1.0, 1.0))]
    """

    name: str = "input"
    size: Pair = (1, 1)
    jump: Pair = (1, 1)
    start: tuple[float, float] = (0.0, 0.0)

    def of_neuron(self, row: int, column: int) -> tuple[Pair, Pair]:
        """Return ((first row, last row), (first column, last column)) of one neuron's field.

        Both ends belong to the field. Rows and columns outside the input are padding.

        Examples
        --------
        >>> ReceptiveField("1", size=(3, 3), jump=(2, 2), start=(0.0, 0.0)).of_neuron(0, 4)
        ((-1, 1), (7, 9))
        """
        top, left = (
            round(start + at * jump - (size - 1) / 2)
            for start, at, jump, size in zip(
                self.start, (row, column), self.jump, self.size, strict=True
            )
        )
        return (top, top + self.size[0] - 1), (left, left + self.size[1] - 1)


class Window(NamedTuple):
    """What a layer reads for one output: (height, width) pairs; padding is at the top and left."""

    kernel_size: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)


def receptive_field(layers: Any) -> list[ReceptiveField]:
    """Return the receptive field after each layer of a stack.

    With kernel size k, stride s, padding p and dilation d, a layer turns size r, jump j and start c
    into::

        r' = r + (k − 1) · d · j        j' = j · s        c' = c + ((k − 1) · d / 2 − p) · j

    Parameters
    ----------
    layers
        A list of layers from input to output, or one ``torch.nn.Sequential``. A layer is a
        tuple ``(kernel_size, stride, padding, dilation)`` of numbers or (height, width) pairs, of
        which the last ones may be left out (stride 1, padding 0, dilation 1; a bare number is a
        kernel size), or a PyTorch module: ``Conv2d``, ``MaxPool2d``, ``AvgPool2d``, ``ZeroPad2d``,
        an element-wise module such as ``ReLU``, ``BatchNorm2d`` (in eval mode) or ``Dropout``,
        which leaves the field alone, or a ``Sequential`` of these. A module that stands in the
        stack twice is two layers. A single layer that is a tuple stands in a list, too.

    Returns
    -------
    list of ReceptiveField
        One for each layer, a ``Sequential`` counting as its parts.

    Raises
    ------
    TypeError
        If a layer is neither a number, a tuple nor a module, or a setting no integer.
    ValueError
        If `layers` is a tuple with numbers in it, which may be one layer or several; if a tuple's
        numbers make no layer; or if a module has no fixed receptive field, such as ``Linear`` or
        ``AdaptiveAvgPool2d``, which see the whole input whatever its size, a ``Conv2d`` whose
        ``padding_mode`` copies pixels from elsewhere into its padding, or a subclass with a
        ``forward`` of its own.

    Notes
    -----
    The field is what *can* reach a neuron. Near the border a part of it lies in the
    padding, and with dilation not every pixel inside it is read.

    Examples
    --------
    Two 3×3 layers see 3 + (3 − 1) · 1 = 5 pixels; a 2×2 pooling with stride 2
    then sees 5 + (2 − 1) · 1 = 6.

    >>> for field in receptive_field([(3, 1, 1), (3, 1, 1), (2, 2)]):
    ...     print(field.size, field.jump, field.start)
    (3, 3) (1, 1) (0.0, 0.0)
    (5, 5) (1, 1) (0.0, 0.0)
    (6, 6) (2, 2) (0.5, 0.5)

    References
    ----------
    A. Araujo, W. Norris and J. Sim, "Computing Receptive Fields of
    Convolutional Neural Networks", Distill, 2019,
    https://distill.pub/2019/computing-receptive-fields
    """
    fields = []
    field = ReceptiveField()
    for name, window in _windows(layers):
        field = field_after(field, window, name)
        fields.append(field)
    return fields


def field_after(field: ReceptiveField, window: Window, name: str = "") -> ReceptiveField:
    """Return the field after one more layer: see `receptive_field` for the formula.

    Examples
    --------
    >>> field_after(ReceptiveField(), Window((3, 3), stride=(2, 2))).start
    (1.0, 1.0)
    """
    axes = list(zip(*window, field.size, field.jump, field.start, strict=True))
    return ReceptiveField(
        name,
        _two(r + (k - 1) * d * j for k, s, p, d, r, j, c in axes),
        _two(j * s for k, s, p, d, r, j, c in axes),
        _two(c + ((k - 1) * d / 2 - p) * j for k, s, p, d, r, j, c in axes),
    )


def _windows(layers: Any, prefix: str = "") -> Iterator[tuple[str, Window]]:
    """Yield each layer's name and window, the parts of a ``Sequential`` one by one."""
    for key, layer in _named(layers):
        name = f"{prefix}{key}"
        if isinstance(layer, int | np.integer | tuple):
            yield name, _from_settings(name, layer if isinstance(layer, tuple) else (layer,))
        elif _is_sequential(name, layer):
            yield from _windows(layer, f"{name}.")
        else:
            yield name, _from_module(name, layer)


def _named(layers: Any) -> Iterable[tuple[Any, Any]]:
    """Pair layers with their names; a module that stands in the stack twice is two layers."""
    if not isinstance(layers, Iterable):  # a Sequential is iterable; a single Conv2d is not
        return [(0, layers)]
    if isinstance(layers, tuple) and any(isinstance(part, int | np.integer) for part in layers):
        raise ValueError(
            f"layers must be a list, but got the tuple {layers!r}. "
            f"Is it one layer? Write [{layers!r}]. Several? Write {list(layers)!r}."
        )
    if not hasattr(layers, "named_children"):
        return enumerate(layers)
    from torch import nn

    if isinstance(layers, nn.ModuleList | nn.ModuleDict) or _is_sequential("0", layers):
        # named_children() would leave out repeats
        return list(layers._modules.items())  # type: ignore[attr-defined]
    return [(0, layers)]  # its own forward may run its parts in any order


def _from_settings(name: str, layer: tuple[Any, ...]) -> Window:
    if not 1 <= len(layer) <= 4:
        raise ValueError(
            f"layer {name} must be (kernel_size, stride, padding, dilation), got {layer!r}"
        )
    settings = zip(Window._fields, layer, (1, 1, 0, 1), strict=False)
    return Window(*(pair(f"layer {name}: {key}", value, least) for key, value, least in settings))


def _is_sequential(name: str, layer: object) -> bool:
    if not hasattr(layer, "named_children"):  # said without PyTorch, which may not be installed
        raise TypeError(
            f"layer {name} must be a number, a tuple or a PyTorch module, got {layer!r}"
        )
    from torch import nn

    return _runs_as(layer, nn.Sequential)


def _runs_as(module: object, *kinds: type[nn.Module]) -> bool:
    """Tell whether a module is of one of these kinds, and not a subclass with its own forward."""
    return any(isinstance(module, kind) and type(module).forward is kind.forward for kind in kinds)


def _from_module(name: str, module: Any) -> Window:
    from torch import nn

    if is_elementwise(module):
        return Window((1, 1))
    if _runs_as(module, nn.ConstantPad2d):  # the parent of ZeroPad2d
        left, _, top, _ = module.padding
        return Window((1, 1), padding=(top, left))
    # Any other padding_mode than "zeros" reads pixels from elsewhere, "circular" the far side's.
    if _runs_as(module, nn.Conv2d) and module.padding_mode == "zeros":
        padding = module.padding
        if padding == "valid":
            padding = 0
        elif padding == "same":
            sides = zip(module.kernel_size, module.dilation, strict=True)
            padding = _two((k - 1) * d // 2 for k, d in sides)
        return _from_settings(name, (module.kernel_size, module.stride, padding, module.dilation))
    if _runs_as(module, nn.MaxPool2d, nn.AvgPool2d):
        stride = module.stride
        if stride == ():  # for PyTorch, the window's size
            stride = module.kernel_size
        dilation = getattr(module, "dilation", 1)
        return _from_settings(name, (module.kernel_size, stride, module.padding, dilation))
    raise ValueError(
        f"layer {name} has no fixed receptive field that could be read from its settings: "
        f"{type(module).__name__}. Give the layers before it, in the order in which they run."
    )


def is_elementwise(module: nn.Module) -> bool:
    """Tell whether each output of a module depends on its own position of the input only.

    Examples
    --------
    >>> from torch import nn
    >>> is_elementwise(nn.ReLU()), is_elementwise(nn.MaxPool2d(2))
    (True, False)
    """
    from torch import nn

    if _runs_as(module, nn.Softmax, nn.LogSoftmax):
        return module.dim in (1, -3)  # over the channels at each position
    activation = type(module).__module__ == "torch.nn.modules.activation"
    if activation and not isinstance(module, nn.MultiheadAttention | nn.Softmin | nn.GLU):
        return True
    if isinstance(module, nn.BatchNorm2d) and module.running_mean is None:
        return False  # not even in eval mode
    dropouts = nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d
    alpha_dropouts = nn.AlphaDropout, nn.FeatureAlphaDropout
    norms = nn.BatchNorm2d, nn.LocalResponseNorm  # in eval mode; over channels
    return _runs_as(module, nn.Identity, *norms, *dropouts, *alpha_dropouts)


def _two(values: Iterable[Any]) -> Any:
    first, second = values
    return first, second
