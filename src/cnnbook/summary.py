"""A PyTorch model as a table of its layers: shapes, parameters, costs and receptive fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from cnnbook._arguments import integer
from cnnbook._table import Row, Summary, times
from cnnbook.receptive_field import ReceptiveField

if TYPE_CHECKING:
    import torch
    from torch import nn

    from cnnbook._trace import Call, Tracer

__all__ = ["Row", "Summary", "summarize"]


def summarize(model: nn.Module, input_shape: tuple[int, ...]) -> Summary:
    """Run a model once on one blank image and tabulate its layers.

    The model is left as it was: its hooks, its modes (training or eval), what eval mode keeps
    unchanged (running statistics, for example) and the state of PyTorch's random numbers. It runs
    in eval mode, without gradients, on its own device. A model built under
    ``torch.device("meta")`` has shapes but no numbers, and is summarised in no time, whatever its
    size.

    Parameters
    ----------
    model
        Any ``torch.nn.Module`` that maps one image to tensors.
    input_shape
        Channels × height × width of one image, without the batch axis: ``(3, 32, 32)``.

    Returns
    -------
    Summary
        A row for the input, then one for each run of each layer, in the order in which they finish.
        A module with parts of its own has a row only if it has parameters or multiply-adds of its
        own.

    Raises
    ------
    TypeError
        If `model` is not a PyTorch module, or if it or a part of it is compiled by ``torch.jit``.
    ValueError
        If `input_shape` is not a tuple of positive whole numbers, if the model has lazy layers that
        have not run yet, or if a layer does not fit its input or fails in another way: the message
        names the layer, its settings, the shape it received and PyTorch's reason.

    Notes
    -----
    Where paths meet (the addition of a residual block, a concatenation), the receptive
    field is the smallest that holds those of all paths; it is left open where it is not fixed:
    after a layer that sees the whole map. Multiply-adds are counted as torchvision counts its
    models' "GFLOPS": activations, pooling and normalisation are left out. What runs in one fused
    operation, as an LSTM or attention does, is left out, too, and a note says so. With random
    weights or trained ones, the table is the same.

    Examples
    --------
    Ten 5×5 filters on 32×32×3 have (5 · 5 · 3 + 1) · 10 = 760 parameters (slide 42), and make
    5 · 5 · 3 multiply-adds for each of their 32 · 32 · 10 outputs.

    >>> from torch import nn
    >>> model = nn.Sequential(nn.Conv2d(3, 10, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2))
    >>> print(summarize(model, (3, 32, 32)))
    Sequential, one input of 3×32×32
    ──────────────────────────────────────────────────────────────────
    layer  type       output    parameters  mult-adds    memory  field
    ──────────────────────────────────────────────────────────────────
    input  Input      3×32×32            0          0   12.3 kB  1×1
    0      Conv2d     10×32×32         760    768,000   41.0 kB  5×5
    1      ReLU       10×32×32           0          0   41.0 kB  5×5
    2      MaxPool2d  10×16×16           0          0   10.2 kB  6×6
    ──────────────────────────────────────────────────────────────────
    total                              760    768,000  104.4 kB
    """
    import torch
    from torch import nn

    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a PyTorch module, got {type(model).__name__}")
    for name, module in model.named_modules():
        if isinstance(module, torch.jit.ScriptModule):
            raise TypeError(
                "model must not be compiled by torch.jit, since its layers cannot be watched, "
                f"but {name or 'the whole model'} is"
            )
    shape = _checked(input_shape)
    for name, parameter in model.named_parameters():
        if nn.parameter.is_lazy(parameter):
            raise ValueError(
                f"model must have run once: {name} is lazy, and a summary would fix its size"
            )
    from cnnbook._trace import Tracer

    tensors = [*model.parameters(), *model.buffers()]
    like = next((tensor for tensor in tensors if tensor.is_floating_point()), torch.empty(0))
    with torch.inference_mode(False), torch.no_grad():  # inference mode hides the convolutions
        image = torch.zeros(1, *shape, dtype=like.dtype, device=like.device)
        tracer = Tracer(image)
        rows = [Row("input", "Input", shape, 0, 0, image.nbytes, ReceptiveField())]
        with _untouched(model, image.device), _recording(model, tracer, rows):
            try:
                with tracer:
                    model(image)
            except Exception as error:
                raise ValueError(_misfit(tracer, error)) from error
    return Summary(
        f"{type(model).__name__}, one input of {times(shape)}",
        tuple(rows),
        sum(parameter.numel() for parameter in model.parameters()),
        _notes(model, rows, tracer),
    )


def _checked(input_shape: object) -> tuple[int, ...]:
    try:
        if not isinstance(input_shape, tuple):
            raise TypeError
        return tuple(integer("input_shape", size, minimum=1) for size in input_shape)
    except (TypeError, ValueError):
        raise ValueError(
            "input_shape must be a tuple of positive whole numbers without the batch axis, "
            f"such as (3, 32, 32), got {input_shape!r}"
        ) from None


@contextmanager
def _untouched(model: nn.Module, device: torch.device) -> Iterator[None]:
    """Switch to eval mode, and put every module's mode and the random numbers back at the end."""
    import torch

    modes = [(module, module.training) for module in model.modules()]
    try:
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            for module, _ in modes:
                module.training = False  # not .eval(), which a model may have redefined
            yield
    finally:
        for module, mode in modes:
            module.training = mode


@contextmanager
def _recording(model: nn.Module, tracer: Tracer, rows: list[Row]) -> Iterator[None]:
    """Attach hooks: a module tells the tracer when it starts, and adds its row when it has run."""
    counted: set[nn.Parameter] = set()  # compared by identity: a shared parameter counts once

    def row(call: Call) -> None:
        own = set(call.module.parameters(recurse=False))
        if call.is_leaf or own or call.multiply_adds:
            parameters = sum(parameter.numel() for parameter in own - counted)
            counted.update(own)
            found, reason = tracer.field_of(call)
            rows.append(
                Row(
                    call.name,
                    type(call.module).__name__,
                    tuple(call.outputs[0].shape[1:]) if call.outputs else (),
                    parameters,
                    call.multiply_adds,
                    call.memory,
                    found,
                    reason,
                )
            )

    with ExitStack() as hooks:
        for name, module in model.named_modules():
            start = partial(tracer.start, name or type(model).__name__)
            hooks.callback(module.register_forward_pre_hook(start, with_kwargs=True).remove)
            finish = module.register_forward_hook(
                lambda module, _, output: row(tracer.finish(module, output))
            )
            hooks.callback(finish.remove)
        yield


def _misfit(tracer: Tracer, error: Exception) -> str:
    """Say which layer failed on which input, and why."""
    if not tracer.calls:
        return f"the model cannot be run: {type(error).__name__}: {error}"
    call = tracer.calls[-1]
    settings = repr(call.module) if call.is_leaf else "its own forward"
    # PyTorch's word for shapes that do not go together; anything else is a slip of another kind.
    fails = "does not fit" if type(error) is RuntimeError else f"raises {type(error).__name__} on"
    shapes = " and ".join(str(tuple(tensor.shape[1:])) for tensor in call.inputs)
    return (
        f"{call.name}: {settings} {fails} an input of shape {shapes} "
        f"(without the batch axis): {error}"
    )


def _notes(model: nn.Module, rows: list[Row], tracer: Tracer) -> tuple[str, ...]:
    """Explain the gaps in the table: open fields, products in fused operations, modules not called.

    The parameters of the last may have been used, as in ``F.conv2d(x, self.layer.weight)``.
    """
    reasons = dict.fromkeys(row.reason for row in rows if row.reason)
    notes = [f"No fixed receptive field {reason}." for reason in reasons]
    notes += [f"Multiply-adds of {operation} are not counted." for operation in tracer.uncounted]
    run = {row.name for row in rows}
    for name, module in model.named_modules():
        idle = sum(parameter.numel() for parameter in module.parameters(recurse=False))
        if idle and (name or type(model).__name__) not in run:
            notes.append(f"Not called as a module: {name} ({idle:,} parameters, in the total).")
    return tuple(notes)
