"""Predict: a question with a typed answer, which knows the mistake behind a wrong one."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import traitlets

from .base import Choice, Widget, plain
from .questions import KINDS, LAYOUTS, Kind, fill, placeholders
from .still import number


class Predict(Widget):
    """A question, an answer that the reader types, and a reply that names a known mistake.

    The right answer, the known wrong ones and the worked solution are computed from the question's
    numbers; "Another one like this" draws new numbers for those that were given. In a page, "Copy
    link" gives an address that brings them back, without the answer.

    Parameters
    ----------
    kind
        What is asked: a key of ``cnnbook.widgets.questions.KINDS``, "output size" for example.
    question
        Other words for it. Placeholders such as ``{stride}`` stand for the numbers, so that the
        words also hold for new ones; what stands in backquotes is code.
    axes
        The order of a volume's axes: "height×width×depth" as in the lecture, or "(C, H, W)".
    again
        Whether "Another one like this" is offered.
    **numbers
        The question's numbers by name, as the kind takes them. Those with a default may be left
        out; then the question does not speak of them.

    Attributes
    ----------
    answer : str
        What the reader typed last.
    solved : bool
        Whether that is right.
    values : dict
        The numbers, the right answer as "answer", each known mistake's answer under its name, and
        what else the texts name.

    Raises
    ------
    traitlets.TraitError
        If there is no such kind, or its numbers are missing, unknown or impossible.

    Examples
    --------
    >>> predict = Predict("parameters", in_channels=3, out_channels=10, kernel_size=5)
    >>> predict.values["answer"], predict.values["bias_forgotten"]
    (760, 750)
    >>> predict.reply("bias_forgotten")
    'You forgot the bias: 76 per filter, not 75.'
    """

    module = "predict"

    kind = Choice(KINDS, "output size")
    question = traitlets.Unicode().tag(sync=True)
    axes = Choice(LAYOUTS, "height×width×depth")
    again = traitlets.Bool(True).tag(sync=True)
    numbers = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    answer = traitlets.Unicode().tag(sync=True)
    solved = traitlets.Bool().tag(sync=True)

    def __init__(
        self,
        kind: str = "output size",
        question: str = "",
        *,
        axes: str = "height×width×depth",
        again: bool = True,
        **numbers: Any,
    ) -> None:
        super().__init__(
            kind=kind,
            question=question,
            axes=axes,
            again=again,
            numbers=numbers or {"input_size": 7, "kernel_size": 3, "stride": 2},
        )
        self._has_known_places({"value": question})

    def reply(self, mistake: str) -> str:
        """Return the reply to a known mistake, by its name."""
        return fill(self._kind.mistakes[mistake], self.values)

    def still(self) -> str:
        """Return the question and its folded solution, for readers without JavaScript."""
        kind, asked = self._kind, (self.question,) if self.question else self._kind.question
        tables = "".join(
            _table(caption, role, self.numbers[name])
            for caption, (name, role) in kind.tables.items()
        )
        lines = [fill(line, self.values) for line in (*kind.solution, kind.why)]
        solution = "".join(f"<p>{_markup(line)}</p>" for line in lines if line)
        return (
            '<div class="cnnbook-live predict"><p class="title">Predict</p>'
            f'<p class="question">{_markup(fill(asked, self.values))}</p>'
            + (f'<div class="planes">{tables}</div>' if tables else "")
            + f'<details class="room"><summary>Solution</summary>{solution}</details></div>'
        )

    @property
    def _kind(self) -> Kind:
        return KINDS[self.kind]

    @traitlets.validate("numbers")
    def _are_possible(self, proposal: Any) -> dict[str, Any]:
        numbers = {name: plain(value) for name, value in proposal["value"].items()}
        self._compute(self.kind, numbers, self.axes)
        return numbers

    @traitlets.observe("kind", "numbers", "axes")
    def _follow(self, change: Any) -> None:
        if self.numbers:
            self.values = self._compute(self.kind, self.numbers, self.axes)

    @traitlets.validate("question")
    def _has_known_places(self, proposal: Any) -> str:
        question: str = proposal["value"]
        # While the figure is made, its values are not there yet: see __init__.
        unknown = placeholders(question) - set(self.values) if self.values else set()
        if unknown:
            raise traitlets.TraitError(
                f"question names {', '.join(sorted(unknown))}, which this kind does not know"
            )
        return question

    @staticmethod
    def _compute(name: str, numbers: dict[str, Any], axes: str) -> dict[str, Any]:
        kind = KINDS[name]
        known = [*kind.needs, *kind.defaults]
        if not set(kind.needs) <= set(numbers) <= set(known):
            raise traitlets.TraitError(
                f"{name!r} takes the numbers {', '.join(known)}, but got {', '.join(numbers)}"
            )
        try:
            values = kind.values(numbers, axes)
        except (ValueError, TypeError) as error:
            raise traitlets.TraitError(f"{name!r} has no answer: {error}") from error
        if "answer" not in values:
            raise traitlets.TraitError(f"{name!r} has no answer with the numbers {numbers}")
        return values


def _table(caption: str, role: str, plane: list[list[float]]) -> str:
    """Return a plane as the table that the running figure shows."""
    rows = "".join(
        "<tr>" + "".join(f'<td class="box">{number(x)}</td>' for x in row) + "</tr>"
        for row in plane
    )
    return (
        f'<div class="plane"><table class="grid of-{role}"><caption>{caption}</caption>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _markup(text: str) -> str:
    """Return a text as HTML; what stands in backquotes is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
