"""The tested code behind an interactive textbook on convolutional layers.

``import cnnbook`` loads NumPy and nothing heavier; modules that need PyTorch or Matplotlib import
them when they are called.
"""

from .shapes import (
    DoesNotFit,
    conv_macs,
    conv_parameters,
    effective_kernel_size,
    output_size,
    same_padding,
    times_read,
    unread_pixels,
)

__all__ = [
    "DoesNotFit",
    "conv_macs",
    "conv_parameters",
    "effective_kernel_size",
    "output_size",
    "same_padding",
    "times_read",
    "unread_pixels",
]
