"""The cheat sheet's recipe for a layer's gradients, followed to the letter, against autograd."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional


def spread(plane: torch.Tensor, by: int, behind: int = 0) -> torch.Tensor:
    """Put zeros between neighbours on the last two axes, `by` apart, and some behind the last."""
    *front, rows, columns = plane.shape
    size = [(count - 1) * by + 1 + behind for count in (rows, columns)]
    result = torch.zeros(*front, *size, dtype=plane.dtype)
    result[..., : size[0] - behind : by, : size[1] - behind : by] = plane
    return result


@pytest.mark.parametrize(
    ("W1", "F", "S", "P", "D"),
    [(7, 3, 1, 0, 1), (8, 3, 2, 1, 1), (8, 1, 3, 0, 1), (9, 2, 3, 1, 1), (11, 3, 3, 2, 2)],
)
def test_the_gradients(W1: int, F: int, S: int, P: int, D: int) -> None:
    generator = torch.Generator().manual_seed(W1)
    draw = {"dtype": torch.float64, "generator": generator}
    images = torch.randn(2, 3, W1, W1, **draw, requires_grad=True)  # type: ignore[call-overload]
    weight = torch.randn(4, 3, F, F, **draw, requires_grad=True)  # type: ignore[call-overload]
    output = functional.conv2d(images, weight, stride=S, padding=P, dilation=D)
    g = torch.randn(output.shape, **draw)  # type: ignore[call-overload]
    to_images, to_weight = torch.autograd.grad(output, [images, weight], g)

    covered = D * (F - 1) + 1
    padded = functional.pad(images.detach(), (P, P, P, P))
    g = spread(g, S, behind=(W1 - covered + 2 * P) % S)

    # The weights': each input channel correlated with each filter's map of g, summed over images.
    ours = functional.conv2d(padded.transpose(0, 1), g.transpose(0, 1)).transpose(0, 1)
    torch.testing.assert_close(ours[..., ::D, ::D], to_weight)

    # The input's: g, padded, correlated with the flipped and spread weights, summed over filters.
    edge = covered - 1
    flipped = spread(weight.detach(), D).flip(2, 3).transpose(0, 1)
    ours = functional.conv2d(functional.pad(g, (edge, edge, edge, edge)), flipped)
    torch.testing.assert_close(ours[..., P : P + W1, P : P + W1], to_images)
