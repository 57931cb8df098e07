"""What a check says: a sentence, and a small call worked out, as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnbook._arguments import Array

from ._exercise import Case, Exercise
from ._judge import Verdict, differ
from ._run import Raised, Stopped, Unreadable

SHOWN = 6  # tables for one array
WIDE = 16  # rows and columns of a table
LINES = 5  # of what was printed


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers with a title, and which of them are wrong.

    Attributes
    ----------
    title
        What the numbers are: ``input[0, 1]`` for the input's first image, second channel.
    numbers
        Rows × columns.
    wrong
        Of the same shape: whether a number is wrong.

    Examples
    --------
    >>> from cnnbook.exercises import check
    >>> [table.title for table in check("correlate2d", lambda image, kernel: image).tables]
    ['image', 'kernel', 'expected', 'got']
    """

    title: str
    numbers: Array
    wrong: Array


@dataclass(frozen=True, repr=False)
class CheckResult:
    """What a check found; prints as text, shows as tables in a notebook, is true if passed.

    Attributes
    ----------
    name
        The exercise.
    passed
        Whether the function is right.
    mistake
        A short stable name of the mistake, or None if none is known or the function is right.
    message
        What is wrong, in a sentence or two.
    call
        The smallest call that shows it, such as ``conv2d(input, weight, stride=2)``.
    tables
        That call's input, what was expected, and what the function returned.
    notes
        Lines after the tables: the arithmetic of one number.
    printed
        What the function printed, or its beginning.

    Examples
    --------
    >>> from cnnbook import convolve2d
    >>> from cnnbook.exercises import check
    >>> found = check("correlate2d", convolve2d)
    >>> found.passed, found.mistake, found.call
    (False, 'kernel_flipped', 'correlate2d(image, kernel)')
    """

    name: str
    passed: bool
    mistake: str | None
    message: str
    call: str = ""
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()
    printed: str = ""

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        parts = [self._heading, self.message]
        if self.call:
            parts.append(f"The smallest call that shows it: {self.call}")
        parts += [_text(table) for table in self.tables]
        parts += self.notes
        if self.printed:
            parts.append(f"{_PRINTED} {_beginning(self.printed)}")
        return "\n\n".join(parts)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        parts = [f"<p><strong>{_escape(self._heading)}</strong> {_escape(self.message)}</p>"]
        if self.call:
            parts.append(
                f"<p>The smallest call that shows it: <code>{_escape(self.call)}</code></p>"
            )
        answers = [table for table in self.tables if table.title.startswith(("expected", "got"))]
        rows = [table for table in self.tables if table not in answers], answers
        parts += [f'<div style="{_ROW}">{"".join(map(_html, row))}</div>' for row in rows if row]
        parts += [f"<p>{_escape(note)}</p>" for note in self.notes]
        if self.printed:
            parts.append(f"<p>{_PRINTED}</p><pre>{_escape(_beginning(self.printed))}</pre>")
        return f'<div class="cnnbook-check">{"".join(parts)}</div>'

    @property
    def _heading(self) -> str:
        return f"{self.name}: {'right.' if self.passed else 'not right yet.'}"


def result(exercise: Exercise, verdict: Verdict, printed: str) -> CheckResult:
    """Put a verdict into words and tables."""
    if verdict.case is None or verdict.outcome is None:
        message = verdict.message or f"All {verdict.right} answers are right."
        return CheckResult(exercise.name, True, None, message, printed=printed)
    case, outcome = verdict.case, verdict.outcome
    tables = [
        table
        for name, value in case.arguments.items()
        if isinstance(value, np.ndarray)
        for table in _tables(name, value)
    ]
    notes: list[str] = []
    expected: Any = verdict.expected
    if verdict.mistake == "changes_input":
        for name, now in outcome.changed.items():
            before = case.arguments[name]
            if now.dtype.kind in "iuf" and isinstance(before, np.ndarray):
                tables += _tables(f"{name} afterwards", now, before)
            else:
                notes.append(f"{name} afterwards: {now}")
    else:
        pairs = "pairs" in case.features
        tables += list(_answers(exercise, "expected", expected, None, pairs, notes))
        tables += list(_answers(exercise, "got", outcome.got, expected, pairs, notes))
        if isinstance(expected, tuple):
            notes += _work(exercise, case, expected, outcome.got)
    return CheckResult(
        exercise.name,
        False,
        verdict.mistake,
        verdict.message,
        call(exercise, case),
        tuple(tables),
        tuple(notes),
        printed,
    )


def call(exercise: Exercise, case: Case) -> str:
    """Write a call as Python: arrays by name, numbers as they are."""
    words = []
    for place, (name, value) in enumerate(case.arguments.items()):
        text = name if isinstance(value, np.ndarray) else repr(value)
        words.append(text if place < exercise.required else f"{name}={text}")
    return f"{exercise.name}({', '.join(words)})"


def _answers(
    exercise: Exercise, what: str, answer: Any, expected: Any, pairs: bool, notes: list[str]
) -> Iterator[Table]:
    """Yield the tables of an answer; what is no table goes to the notes."""
    if isinstance(answer, tuple):
        for place, (part, numbers) in enumerate(zip(exercise.parts, answer, strict=False)):
            title = f"{what} {part}".rstrip()
            known = isinstance(expected, tuple) and place < len(expected)
            wanted = expected[place] if known else None
            if numbers.size == 0:
                notes.append(f"{title}: no numbers, the shape is {numbers.shape}")
            elif numbers.ndim == 0:
                notes.append(f"{title}: {_number(numbers)}")
            else:
                if wanted is not None and wanted.shape != numbers.shape:
                    shapes = _shape(numbers), _shape(wanted)
                    notes.append(f"{title}: the shape is {shapes[0]}, expected was {shapes[1]}")
                    wanted = None
                tables = _tables(title, numbers, wanted, exercise.exact)
                yield from map(_once, tables) if exercise.by_axis and not pairs else tables
    elif isinstance(answer, Raised):
        refusal = "a ValueError" if expected is None else answer.kind.__name__
        notes.append(f"{what}: {refusal}")
    elif isinstance(answer, Unreadable):
        notes.append(f"{what}: {answer.what}")
    elif isinstance(answer, Stopped):
        notes.append(f"{what}: nothing")


def _work(exercise: Exercise, case: Case, expected: Any, got: Any) -> Iterator[str]:
    """Yield the arithmetic of the first expected number that is not there."""
    place, index = 0, _most_telling(expected[0], np.ones(expected[0].shape, bool))
    if isinstance(got, tuple):
        for part, (wanted, numbers) in enumerate(zip(expected, got, strict=False)):
            if wanted.shape == numbers.shape:
                wrong = differ(wanted, numbers, exercise.exact)
                if wrong.any():
                    place, index = part, _most_telling(wanted, wrong)
                    break
    arithmetic = exercise.work(case, place, index)
    if arithmetic:
        title = f"expected {exercise.parts[place]}".rstrip()
        at = f"[{', '.join(map(str, index))}]" if index else ""
        yield f"{title}{at} = {arithmetic} = {_number(expected[place][index])}"


def _most_telling(wanted: Array, among: Array) -> tuple[int, ...]:
    """Return the first of some places at which a number is not 0, or the first place."""
    where = np.argwhere(among & (wanted != 0))
    return tuple(map(int, where[0] if len(where) else np.argwhere(among)[0]))


def _tables(
    title: str, numbers: Array, wanted: Array | None = None, exact: bool = False
) -> Iterator[Table]:
    """Yield an array's last two axes as a table, for each index of the axes before them."""
    wrong = (
        np.zeros(numbers.shape, bool)
        if wanted is None or wanted.shape != numbers.shape
        else differ(wanted, numbers, exact)
    )
    if numbers.ndim < 2:
        yield Table(title, np.atleast_2d(numbers), np.atleast_2d(wrong))
        return
    indices = list(np.ndindex(numbers.shape[:-2]))
    for index in indices[:SHOWN]:
        at = f"[{', '.join(map(str, index))}]" if index else ""
        count = f", of {len(indices)} maps the first {SHOWN}" if len(indices) > SHOWN else ""
        yield Table(title + at + count, numbers[index], wrong[index])


def _once(table: Table) -> Table:
    """Return the first column only, if all are the same."""
    same = _is_constant(table.numbers) and _is_constant(table.wrong)
    columns = slice(1 if same else None)
    return Table(table.title, table.numbers[:, columns], table.wrong[:, columns])


def _is_constant(rows: Array) -> bool:
    return bool((rows == rows[:, :1]).all())


def _rows(table: Table) -> list[list[str]]:
    rows = [
        [_number(number) + ("*" if wrong else "") for number, wrong in zip(*pairs, strict=True)]
        for pairs in zip(table.numbers[:WIDE, :WIDE], table.wrong[:WIDE, :WIDE], strict=True)
    ]
    if table.numbers.shape[1] > WIDE:
        rows = [[*row, "…"] for row in rows]
    return rows


def _text(table: Table) -> str:
    rows = _rows(table)
    width = max(len(cell.rstrip("*")) for row in rows for cell in row)
    lines = []
    for row in rows:
        cells = [cell.rstrip("*").rjust(width) + ("*" if "*" in cell else " ") for cell in row]
        lines.append("  " + " ".join(cells).rstrip())
    marked = " (* is wrong)" if table.wrong.any() else ""
    return "\n".join([f"{table.title}{marked}:", *lines])


def _html(table: Table) -> str:
    """Return a table whose wrong numbers are marked by a sign and a word, not by colour alone."""
    rows = _rows(table)
    head = "".join(f'<th scope="col">{column}</th>' for column in range(len(rows[0])))
    body = ""
    for at, row in enumerate(rows):
        cells = "".join(
            f"<td><mark>{_escape(cell)}</mark></td>"
            if cell.endswith("*")
            else f"<td>{_escape(cell)}</td>"
            for cell in row
        )
        body += f'<tr><th scope="row">{at}</th>{cells}</tr>'
    marked = " (* is wrong)" if table.wrong.any() else ""
    return (
        f"<table><caption>{_escape(table.title + marked)}</caption>"
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _number(value: Any) -> str:
    """Write a number with four digits and a minus sign that is read out as one.

    >>> _number(-2.0), _number(1 / 3)
    ('−2', '0.3333')
    """
    whole = float(value).is_integer() and abs(value) < 1e9
    return (str(int(value)) if whole else f"{float(value):.4g}").replace("-", "−")


def _shape(array: Array) -> str:
    return "×".join(map(str, array.shape))


def _beginning(printed: str) -> str:
    lines = printed.rstrip().splitlines()
    return "\n".join(lines[:LINES] + ["…"] * (len(lines) > LINES))


def _escape(text: str) -> str:
    return html.escape(text)


# Tables side by side; said in the tag, because a notebook does not have the book's style sheet.
_ROW = "display: flex; flex-wrap: wrap; align-items: flex-start; gap: 0.75rem 2rem"
_PRINTED = "Your function printed:"
