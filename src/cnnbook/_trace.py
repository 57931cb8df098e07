"""What `summarize` sees of a forward pass, operation by operation.

Watching PyTorch's operations rather than its modules also covers ``F.relu(x)``, ``x + y`` and other
calls that no module makes. Imported by `cnnbook.summary` when it is called, since it needs PyTorch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakTensorKeyDictionary

from cnnbook.receptive_field import ReceptiveField, Window, field_after, is_elementwise

_POOLS = {"max_pool2d_with_indices", "max_pool2d", "avg_pool2d"}
_FUSED = ("rnn", "lstm", "attention", "transformer", "trilinear")  # parts of operations' names
_COPIES = {"clone", "detach", "alias", "_to_copy", "native_dropout"}


@dataclass
class Call:
    """One run of one module: who, on which inputs, and the multiply-adds that are its own."""

    name: str
    module: nn.Module
    inputs: list[Tensor]
    outputs: list[Tensor] = field(default_factory=list)
    multiply_adds: int = 0

    @property
    def is_leaf(self) -> bool:
        """Whether the module has no parts."""
        return next(self.module.children(), None) is None

    def label(self, operation: str) -> str:
        """Name the layer, or the operation if it is a step of a module with parts."""
        return f"{self.name} ({type(self.module).__name__ if self.is_leaf else operation})"

    @property
    def memory(self) -> int:
        """Bytes of the outputs that do not live in the inputs' memory."""
        taken = {_storage(tensor) for tensor in self.inputs}
        return sum(tensor.nbytes for tensor in self.outputs if _storage(tensor) not in taken)


class Tracer(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Book multiply-adds on the innermost module, hand receptive fields from tensor to tensor."""

    def __init__(self, image: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Call] = []  # the modules that are running, the innermost last
        self.uncounted: dict[str, None] = {}  # operations that hide their products; in their order
        # A tensor's field, or in words why it has none; only tensors that depend on the image.
        self.fields: Any = WeakTensorKeyDictionary()
        self.fields[image] = ReceptiveField()
        # Memory that was written through one of its views: that view, which keeps it alive, and why
        # other views of it have no fixed field any more.
        self.written: dict[int, tuple[Tensor, str]] = {}

    def start(self, name: str, module: nn.Module, args: Any, kwargs: Any) -> None:
        """Note that a module starts: a forward pre-hook."""
        self.calls.append(Call(name, module, _tensors((args, kwargs))))

    def finish(self, module: nn.Module, output: Any) -> Call:
        """Note that a module has run, and return its call."""
        call = self.calls.pop()
        while call.module is not module:  # a part of it failed, and it caught the exception
            call = self.calls.pop()
        call.outputs = _tensors(output)
        self._recognise(call.outputs)
        if is_elementwise(module) and len(call.inputs) == 1 and call.inputs[0] in self.fields:
            for tensor in call.outputs:  # however the module does it: LocalResponseNorm reshapes
                self.fields[tensor] = self.fields[call.inputs[0]]
        return call

    def field_of(self, call: Call) -> tuple[ReceptiveField | None, str]:
        """Return the field of a call's output, or None and the reason."""
        found = next((self.fields[tensor] for tensor in call.outputs if tensor in self.fields), "")
        if isinstance(found, ReceptiveField):
            return replace(found, name=call.name), ""
        return None, found

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Run one operation and follow it."""
        output = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        inputs, results = _tensors(args), _tensors(output)
        if not results or not self.calls:  # a plain number, or a step before the model itself
            return output
        self.calls[-1].multiply_adds += _multiply_adds(name, args, results[0])
        if any(part in name for part in _FUSED):
            self.uncounted[f"{name.strip('_')} in {self.calls[-1].label('its own forward')}"] = None
        self._recognise(inputs)
        seen = [tensor for tensor in inputs if tensor in self.fields]
        if seen:
            found = self._field(func, name, args, seen, results)
            for tensor in results:
                self.fields[tensor] = found
            if func._schema.is_mutable and any(tensor is not results[0] for tensor in seen):
                label = self.calls[-1].label(name.strip("_"))
                self._write(results[0], found if isinstance(found, str) else f"from {label} on")
        return output

    def _write(self, view: Tensor, reason: str) -> None:
        """Note that other tensors in a view's memory, such as its base, hold new values, too."""
        memory = _storage(view)
        self.written[memory] = view, reason
        for tensor in list(self.fields):
            if tensor is not view and _storage(tensor) == memory:
                self.fields[tensor] = reason

    def _recognise(self, tensors: list[Tensor]) -> None:
        """Follow tensors that did not depend on the image before something was written to them."""
        for tensor in tensors:
            if tensor not in self.fields and _storage(tensor) in self.written:
                self.fields[tensor] = self.written[_storage(tensor)][1]

    def _field(
        self, func: Any, name: str, args: tuple[Any, ...], seen: list[Tensor], results: list[Tensor]
    ) -> ReceptiveField | str:
        fields: list[ReceptiveField] = []
        for tensor in seen:
            known: ReceptiveField | str = self.fields[tensor]
            if isinstance(known, str):
                return known
            fields.append(known)
        window = _window(name, args)
        if window is not None:
            return field_after(fields[0], window)
        pointwise = torch.Tag.pointwise in func.tags or name in _COPIES
        joins = name == "cat" and args[1:] in ((1,), (-3,))
        maps = all(t.ndim == 4 and t.shape[-2:] == results[0].shape[-2:] for t in seen)
        union = _union(fields)
        if (pointwise or joins) and maps and union is not None:
            return union
        return f"from {self.calls[-1].label(name.strip('_'))} on"


def _multiply_adds(name: str, args: tuple[Any, ...], output: Tensor) -> int:
    """Count as torchvision does: convolutions and matrix products, without biases."""
    if name == "convolution":
        positions = args[0] if args[6] else output  # args[6]: transposed
        return int(positions.numel() * math.prod(args[1].shape[1:]))
    if name in ("mm", "bmm"):
        return int(output.numel() * args[0].shape[-1])
    if name in ("addmm", "baddbmm"):
        return int(output.numel() * args[1].shape[-1])
    if name in ("mv", "dot"):
        return args[0].numel()  # type: ignore[no-any-return]
    return 0


def _window(name: str, args: tuple[Any, ...]) -> Window | None:
    """Return what the operation reads for one output, or None if that is no fixed window."""
    if name == "convolution" and not args[6] and args[0].ndim == 4:
        kernel = args[1].shape
        return Window((kernel[2], kernel[3]), *map(_both, args[3:6]))
    if name in _POOLS:
        given = dict(enumerate(args))  # PyTorch leaves out the settings that have their default
        kernel_size, stride, padding = given[1], given.get(2, ()), given.get(3, 0)
        dilation = 1 if name == "avg_pool2d" else given.get(4, 1)  # its fourth is ceil_mode
        return Window(*map(_both, (kernel_size, stride or kernel_size, padding, dilation)))
    if name == "constant_pad_nd" and len(args[1]) <= 4:
        left, _, top, _ = [*args[1], 0, 0][:4]
        return Window((1, 1), padding=(top, left))
    if "batch_norm" in name and args[5] is not True:  # True: statistics of the whole map
        return Window((1, 1))
    return None


def _union(fields: Sequence[ReceptiveField]) -> ReceptiveField | None:
    """Return the smallest field around those of several paths, None if their jumps differ."""
    first = fields[0]
    if any(other.jump != first.jump for other in fields):
        return None
    corners = [other.of_neuron(0, 0) for other in fields]
    lows = [min(corner[axis][0] for corner in corners) for axis in (0, 1)]
    highs = [max(corner[axis][1] for corner in corners) for axis in (0, 1)]
    return ReceptiveField(
        size=(highs[0] - lows[0] + 1, highs[1] - lows[1] + 1),
        jump=first.jump,
        start=((lows[0] + highs[0]) / 2, (lows[1] + highs[1]) / 2),
    )


def _tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _both(value: Any) -> tuple[int, int]:
    numbers = list(value) if isinstance(value, Sequence) else [value]
    return int(numbers[0]), int(numbers[-1])
