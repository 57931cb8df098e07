"""Figures of the book: arrays in, a Matplotlib figure with alternative text out."""
