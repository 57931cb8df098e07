"""The book's interactive figures: they run in a page without Python, and in Jupyter with it."""

from .convolution_explorer import ConvolutionExplorer

__all__ = ["ConvolutionExplorer"]
