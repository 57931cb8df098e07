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
from .filters import colourfulness, orientation, orientation_selectivity, peak_frequency
from .pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    max_pool2d,
    max_pool2d_backward,
)
from .pretrained import (
    WeightsUnavailable,
    available,
    download_weights,
    load_filters,
    load_state_dict,
    preprocess,
)
from .receptive_field import ReceptiveField, receptive_field
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
from .summary import Summary, summarize

__all__ = [
    "DoesNotFit",
    "Gradients",
    "ReceptiveField",
    "Summary",
    "WeightsUnavailable",
    "available",
    "avg_pool2d",
    "avg_pool2d_backward",
    "colourfulness",
    "conv2d",
    "conv2d_backward",
    "conv2d_im2col",
    "conv_macs",
    "conv_parameters",
    "convolve2d",
    "correlate2d",
    "download_weights",
    "effective_kernel_size",
    "global_avg_pool2d",
    "im2col",
    "load_filters",
    "load_state_dict",
    "max_pool2d",
    "max_pool2d_backward",
    "orientation",
    "orientation_selectivity",
    "output_size",
    "peak_frequency",
    "preprocess",
    "receptive_field",
    "same_padding",
    "summarize",
    "times_read",
    "unread_pixels",
]
