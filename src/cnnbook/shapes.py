"""What a layer's settings decide before any pixel is read: sizes, weights and work.

Each function takes one number for a single axis, or a pair (height, width) for both.
"""

from .counts import conv_macs, conv_parameters
from .kernels import effective_kernel_size, same_padding
from .sizes import DoesNotFit, Rounding, output_size
from .windows import times_read, unread_pixels

__all__ = [
    "DoesNotFit",
    "Rounding",
    "conv_macs",
    "conv_parameters",
    "effective_kernel_size",
    "output_size",
    "same_padding",
    "times_read",
    "unread_pixels",
]
