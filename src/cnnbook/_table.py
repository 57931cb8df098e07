"""The table of `summarize`: its rows, and how they look as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from cnnbook.receptive_field import ReceptiveField

_WIDTH = 90
_FULL = 0.99995  # of a unit: in the one below, a decimal would round this up to 1000.0
_COLUMNS = ("layer", "type", "output", "parameters", "mult-adds", "memory", "field")


@dataclass(frozen=True)
class Row:
    """One run of one layer.

    Attributes
    ----------
    name
        The module's name in the model; the first row, ``input``, is the image.
    type
        The name of its class.
    output_shape
        Without the batch axis.
    parameters
        The layer's own, not counting those that a row above has counted.
    multiply_adds
        Of its convolutions and matrix products, for one image, without biases.
    memory
        Bytes of its output for one image; 0 if that lives in the input's memory, as for ``Flatten``
        and an in-place ``ReLU``.
    receptive_field
        None where it is not fixed; then `reason` says from which layer on.
    """

    name: str
    type: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    memory: int
    receptive_field: ReceptiveField | None
    reason: str = ""


@dataclass(frozen=True)
class Summary:
    """The rows of a model and their totals; prints as text, shows as a table in a notebook.

    Attributes
    ----------
    title
        The model's class and its input's shape.
    rows
        The input, then one row for each run of each layer.
    parameters
        All of the model's, each counted once, whether it was used or not.
    notes
        What the table leaves out, one sentence each.

    Examples
    --------
    >>> Summary("nothing", (Row("input", "Input", (1, 2, 3), 0, 0, 24, None),), 0).memory
    24
    """

    title: str
    rows: tuple[Row, ...]
    parameters: int
    notes: tuple[str, ...] = ()

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one forward pass of one image."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def memory(self) -> int:
        """Bytes of the image and of the rows' outputs, all kept, as for a backward pass."""
        return sum(row.memory for row in self.rows)

    def __str__(self) -> str:
        total = ("total", "", "", f"{self.parameters:,}", _short(self.multiply_adds))
        lines = [_COLUMNS, *map(_cells, self.rows), (*total, _bytes(self.memory), "")]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for column, least in ((0, 12), (1, 10)):  # the names give way when the table is too wide
            excess = sum(widths) + 2 * (len(widths) - 1) - _WIDTH
            widths[column] = max(min(least, widths[column]), widths[column] - max(excess, 0))
        text = [_line(line, widths) for line in lines]
        rule = "─" * len(text[0])
        text = [self.title, rule, text[0], rule, *text[1:-1], rule, text[-1]]
        return "\n".join([*text, *self.notes])

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{head}</th>' for head in _COLUMNS)
        body = "".join(_html_row(row) for row in self.rows)
        notes = "".join(f'<tr><td colspan="7">{html.escape(note)}</td></tr>' for note in self.notes)
        total = f"<td>{self.parameters:,}</td><td>{self.multiply_adds:,}</td>"
        return (
            f'<table class="cnnbook-summary"><caption>{html.escape(self.title)}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody><tfoot>"
            f'<tr><th scope="row" colspan="3">total</th>{total}'
            f"<td>{_bytes(self.memory)}</td><td></td></tr>{notes}</tfoot></table>"
        )


def _cells(row: Row) -> tuple[str, ...]:
    field = "–" if row.receptive_field is None else times(row.receptive_field.size)
    counts = f"{row.parameters:,}", _short(row.multiply_adds), _bytes(row.memory)
    return row.name, row.type, times(row.output_shape), *counts, field


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Align words left and numbers right; cut what is too wide, a layer's name at its front."""
    texts = []
    for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        if len(cell) > width:
            cell = "…" + cell[1 - width :] if column == 0 else cell[: width - 1] + "…"
        texts.append(cell.rjust(width) if 3 <= column <= 5 else cell.ljust(width))
    return "  ".join(texts).rstrip()


def _html_row(row: Row) -> str:
    name, *cells = _cells(row)
    cells[3] = f"{row.multiply_adds:,}"
    data = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{html.escape(name)}</th>{data}</tr>'


def times(sizes: Sequence[int]) -> str:
    """Write a shape: 3×32×32."""
    return "×".join(map(str, sizes))


def _short(count: int) -> str:
    """Write a count with three or four digits; in full below a million.

    >>> _short(999_999), _short(1_850_000_000), _short(999_960_000)
    ('999,999', '1.85 G', '1.00 G')
    """
    if count < 10**6:
        return f"{count:,}"
    prefix, one = _unit(count)
    return f"{count / one:.{2 if count < 10 * one else 1}f} {prefix}"


def _bytes(count: int) -> str:
    """Write bytes in decimal units: 1 kB = 1000 B.

    >>> _bytes(999), _bytes(12_288), _bytes(999_960)
    ('999 B', '12.3 kB', '1.0 MB')
    """
    if count < 1000:
        return f"{count} B"
    prefix, one = _unit(count)
    return f"{count / one:.1f} {prefix}B"


def _unit(count: int) -> tuple[str, int]:
    """Return the largest unit, by its prefix, of which a count from 1000 on makes at least one."""
    units = ("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3)
    return next((prefix, one) for prefix, one in units if count >= _FULL * one)
