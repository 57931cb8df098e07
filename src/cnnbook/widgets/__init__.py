"""The book's interactive figures: they run in a page without Python, and in Jupyter with it."""

from .channel_mixer import ChannelMixer
from .convolution_explorer import ConvolutionExplorer
from .filter_browser import FilterBrowser
from .kernel_lab import KernelLab
from .layer_calculator import LayerCalculator
from .pooling_explorer import PoolingExplorer
from .predict import Predict
from .receptive_field_explorer import ReceptiveFieldExplorer
from .volume_explorer import VolumeExplorer

__all__ = [
    "ChannelMixer",
    "ConvolutionExplorer",
    "FilterBrowser",
    "KernelLab",
    "LayerCalculator",
    "PoolingExplorer",
    "Predict",
    "ReceptiveFieldExplorer",
    "VolumeExplorer",
]
