"""The book's interactive figures: they run in a page without Python, and in Jupyter with it."""

from .convolution_explorer import ConvolutionExplorer
from .pooling_explorer import PoolingExplorer
from .receptive_field_explorer import ReceptiveFieldExplorer

__all__ = [
    "ConvolutionExplorer",
    "PoolingExplorer",
    "ReceptiveFieldExplorer",
]
