"""Pictures of the figures where they cannot run: small SVGs, drawn without Matplotlib.

A drawing measures in cells, as the running figure does. Its colours are the page's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

from cnnbook import _writing
from cnnbook.figures.palette import css_variable

_CELL = 30
_TYPE = 13
_HATCH = 6  # a part of _CELL, so that the lines run on from cell to cell


class Still:
    """An SVG that is put together from grids and text.

    Parameters
    ----------
    columns, rows
        Its size in cells.

    Examples
    --------
    >>> still = Still(3, 2)
    >>> still.text("Output", left=1.5, top=0.5, role="output")
    >>> still.svg("An empty output.")[:62]
    '<svg class="cnnbook-picture" role="img" aria-label="An empty o'
    """

    def __init__(self, columns: float, rows: float) -> None:
        self.columns, self.rows = columns, rows
        self._parts: list[str] = []

    def grid(
        self,
        values: Sequence[Sequence[float | None]],
        *,
        left: float,
        top: float,
        role: str,
        label: str = "",
        marked: Collection[tuple[int, int]] = (),
        hatched: Collection[tuple[int, int]] = (),
    ) -> None:
        """Draw numbers as cells, the upper left corner at (`left`, `top`).

        Parameters
        ----------
        values
            Rows of numbers; None leaves a cell empty.
        left, top
            Position in cells.
        role
            A role of the palette, which decides the colour.
        label
            Written above the grid.
        marked, hatched
            Cells (row, column) in the window's colour, and cells that are not read.
        """
        for row, line in enumerate(values):
            for column, value in enumerate(line):
                x, y, place = left + column, top + row, (row, column)
                fill = "window" if place in marked else "padding" if place in hatched else role
                self.box(x, y, 1, 1, fill=f"{fill}-soft", stroke="line")
                if place in hatched:
                    self._hatch(x, y)
                if value is not None:
                    digits = number(value)
                    size = min(_TYPE, 3.9 * _TYPE / len(digits))
                    self.text(digits, left=x + 0.5, top=y + 0.5, size=size)
        self.box(left, top, len(values[0]) if values else 0, len(values), stroke=role, width=1.6)
        if label:
            middle = left + (len(values[0]) if values else 0) / 2
            self.text(label, left=middle, top=top - 0.45, role=role, bold=True)

    def box(
        self,
        left: float,
        top: float,
        width_cells: float,
        height_cells: float,
        *,
        fill: str = "",
        stroke: str = "line",
        width: float = 1,
    ) -> None:
        """Draw a rectangle; `fill` and `stroke` are roles of the palette."""
        self._parts.append(
            f'<rect x="{_at(left)}" y="{_at(top)}" width="{_at(width_cells)}" '
            f'height="{_at(height_cells)}" fill="{css_variable(fill) if fill else "none"}" '
            f'stroke="{css_variable(stroke)}" stroke-width="{width:g}"/>'
        )

    def line(self, start: tuple[float, float], end: tuple[float, float], *, role: str) -> None:
        """Draw a line from `start` to `end`, each (left, top)."""
        self._parts.append(
            f'<path d="M{_at(start[0])} {_at(start[1])}L{_at(end[0])} {_at(end[1])}" '
            f'stroke="{css_variable(role)}"/>'
        )

    def text(
        self,
        text: str,
        *,
        left: float,
        top: float,
        role: str = "ink",
        bold: bool = False,
        anchor: str = "middle",
        size: float = _TYPE,
    ) -> None:
        """Write text, its middle at (`left`, `top`); `anchor` is SVG's start, middle or end."""
        weight = ' font-weight="700"' if bold else ""
        place = "" if anchor == "middle" else f' text-anchor="{anchor}"'
        smaller = "" if size == _TYPE else f' font-size="{size:.3g}"'
        self._parts.append(
            f'<text x="{_at(left)}" y="{_at(top + 0.16)}" fill="{css_variable(role)}"'
            f"{weight}{place}{smaller}>{escape(text)}</text>"
        )

    def image(self, address: str, *, left: float, top: float, width: float, height: float) -> None:
        """Put a picture, a ``data:`` address, into a rectangle of cells."""
        self._parts.append(
            f'<image href="{escape(address, quote=True)}" x="{_at(left)}" y="{_at(top)}" '
            f'width="{_at(width)}" height="{_at(height)}" preserveAspectRatio="none"/>'
        )

    def _hatch(self, left: float, top: float) -> None:
        """Draw fine slanting lines over a cell, as the running figure hatches what is not read."""
        x, y = left * _CELL, top * _CELL
        lines = []
        for place in range(
            _HATCH, 2 * _CELL, _HATCH
        ):  # from the upper left corner to the lower right
            start, length = max(place - _CELL, 0), min(place, 2 * _CELL - place)
            lines.append(f"M{x + start:g} {y + start + length:g}l{length} -{length}")
        self._parts.append(
            f'<path d="{"".join(lines)}" stroke="{css_variable("padding")}" stroke-opacity="0.35"/>'
        )

    def svg(self, alt: str) -> str:
        """Return the drawing as an element; `alt` says what it shows."""
        width, height = _at(self.columns), _at(self.rows)
        return (
            f'<svg class="cnnbook-picture" role="img" aria-label="{escape(alt, quote=True)}" '
            f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-size="{_TYPE}" '
            'text-anchor="middle" font-family="var(--font-label, sans-serif)" '
            f'xmlns="http://www.w3.org/2000/svg">{"".join(self._parts)}</svg>'
        )


def number(value: float) -> str:
    """Return a number as the running figure's cells show it, with three decimals at most.

    >>> number(-3.0), number(0.1249), number(1185921.0)
    ('−3', '0.125', '1185921')
    """
    return _writing.format_number(value, decimals=3)


def in_words(plane: Sequence[Sequence[float]]) -> str:
    """Return a plane as a part of a sentence.

    >>> in_words([[1, 0], [-2, 3]])
    '1 0, −2 3'
    """
    return _writing.in_words(plane, decimals=3)


def _at(cells: float) -> str:
    return f"{cells * _CELL:g}"
