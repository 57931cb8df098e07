"""The tested code behind an interactive textbook on convolutional layers.

``import cnnbook`` loads NumPy and nothing heavier; modules that need PyTorch or Matplotlib import
them when they are called.
"""
