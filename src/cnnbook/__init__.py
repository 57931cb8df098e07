"""The tested code behind an interactive textbook on convolutional layers.

``import cnnbook`` loads NumPy and nothing heavier; modules that need PyTorch or Matplotlib import
them when they are called.
"""

from .convolution import (
    Gradients,
    conv2d,
    conv2d_backward,
    conv2d_im2col,
    convolve2d,
    correlate2d,
    im2col,
)
from .pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    max_pool2d,
    max_pool2d_backward,
)
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
    "Gradients",
    "avg_pool2d",
    "avg_pool2d_backward",
    "conv2d",
    "conv2d_backward",
    "conv2d_im2col",
    "conv_macs",
    "conv_parameters",
    "convolve2d",
    "correlate2d",
    "effective_kernel_size",
    "global_avg_pool2d",
    "im2col",
    "max_pool2d",
    "max_pool2d_backward",
    "output_size",
    "same_padding",
    "times_read",
    "unread_pixels",
]
