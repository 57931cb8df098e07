"""The kinds of questions that the book asks; :data:`KINDS` holds them by name."""

from .counts import (
    BOTTLENECK_PARAMETERS,
    DENSE_AS_CONVOLUTION,
    DENSE_PARAMETERS,
    MULTIPLY_ADDS,
    PARAMETERS,
    SEPARABLE_PARAMETERS,
)
from .kind import LAYOUTS, Kind, fill, placeholders, show
from .values import ONE_OUTPUT, POOLED_VALUE, RECEPTIVE_FIELD
from .windows import OUTPUT_SHAPE, OUTPUT_SIZE, POOLED_SHAPE, SAME_PADDING

KINDS = {
    "output size": OUTPUT_SIZE,
    "output shape": OUTPUT_SHAPE,
    "same padding": SAME_PADDING,
    "parameters": PARAMETERS,
    "multiply-adds": MULTIPLY_ADDS,
    "one output": ONE_OUTPUT,
    "receptive field": RECEPTIVE_FIELD,
    "pooled value": POOLED_VALUE,
    "pooled shape": POOLED_SHAPE,
    "fully connected parameters": DENSE_PARAMETERS,
    "fully connected as convolution": DENSE_AS_CONVOLUTION,
    "bottleneck parameters": BOTTLENECK_PARAMETERS,
    "separable parameters": SEPARABLE_PARAMETERS,
}

__all__ = ["KINDS", "LAYOUTS", "Kind", "fill", "placeholders", "show"]
