"""Recompute the arithmetic of formulas: ``\\frac{7 - 3}{2} + 1 = 3`` holds, ``2 \\cdot 2 = 5`` not.

A formula is a chain of sides with relations between them. Neighbouring sides that consist of
numbers only are evaluated exactly, by recursive descent; a side with a letter is left alone.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

_THOUSANDS = re.compile(r"(?<=\d)(?:\{,\}|\\,)(?=\d{3}(?!\d))")
_NUMBER = r"\d+(?:\.\d+)?"
_TOKEN = re.compile(rf"{_NUMBER}|\\[a-zA-Z]+|\S")
_PRECISE = re.compile(rf"(?P<number>{_NUMBER})(?P<more>\.{{3}}|…|\\l?dots)?(?P<percent>\\%)?")

_EXACT: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "=": operator.eq,
    r"\ne": operator.ne,
    r"\neq": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    r"\le": operator.le,
    r"\leq": operator.le,
    r"\ge": operator.ge,
    r"\geq": operator.ge,
}
_ABOUT = (r"\approx", "≈")
_RELATIONS = "|".join(
    re.escape(word) + (r"(?![a-zA-Z])" if word[0] == "\\" else "")
    for word in sorted([*_EXACT, *_ABOUT], key=len, reverse=True)
)
_MATRIX = re.compile(r"\\begin\{([a-z]*matrix|cases|array)\}.*?\\end\{\1\}", re.DOTALL)
# Words, sizes and spaces that change nothing; what stands in a group stays.
_DECORATION = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|textstyle|limits|nolimits)(?![a-zA-Z])"
    r"|\\[,;:! ]|~|\{\}"
)
_WORDS = re.compile(r"\\(?:text|textrm|textsf|mathrm|operatorname|label|tag)\{[^{}]*\}")
_SPLIT = re.compile(
    r"\\q?quad(?![a-zA-Z])|\\(?:long|Long)?(?:right|Right)arrow(?![a-zA-Z])|\\(?:to|implies|mapsto)(?![a-zA-Z])|;"
    r"|(?<!\{),(?!\})(?=[^()]*(?:\(|$))"
)
_CONTINUES = re.compile(rf"\s*(?:{_RELATIONS}|\+|\\cdot(?![a-z])|\\times(?![a-z])|·|×)|\s*&\s*[-−]")


class NotNumericError(ValueError):
    """A side that is not numbers only."""


@dataclass(frozen=True)
class Comparison:
    """Two neighbouring numeric sides of a formula."""

    left: str
    relation: str
    right: str
    holds: bool

    def __str__(self) -> str:
        return f"{self.left} {self.relation} {self.right}"


def comparisons(latex: str) -> Iterator[Comparison]:
    """Yield each pair of neighbouring sides of a formula that can be recomputed."""
    for chain in _chains(latex):
        parts = re.split(rf"({_RELATIONS})", chain)
        sides, relations = parts[::2], parts[1::2]
        for (left, right), relation in zip(pairwise(sides), relations, strict=True):
            try:
                yield Comparison(
                    left.strip(), relation, right.strip(), _holds(left, relation, right)
                )
            except NotNumericError:
                continue


def evaluate(latex: str) -> Fraction:
    """Return the value of a purely numeric expression.

    Raises
    ------
    NotNumericError
        If anything in it is not a number, an operation or a bracket.
    """
    return _Parser(latex).value()


def _chains(latex: str) -> Iterator[str]:
    """Split a formula into chains of equations: at line ends, commas, wide spaces and arrows."""
    latex = _MATRIX.sub(" M ", _THOUSANDS.sub("", latex))
    latex = re.sub(r"\\(?:begin|end)\{[a-z]+\*?\}", "", latex)
    lines = re.split(r"\\\\(?:\[[^\]]*\])?", latex)
    joined = [lines[0]]
    for line in lines[1:]:
        if _CONTINUES.match(line) or _CONTINUES.match(line.replace("&", "").replace(r"\quad", "")):
            joined[-1] += " " + re.sub(r"\\q?quad(?![a-zA-Z])", "", line)
        else:
            joined.append(line)
    for line in joined:
        line = _WORDS.sub(" ", _DECORATION.sub(" ", line.replace("&", " ")))
        yield from (chain for chain in _SPLIT.split(line) if chain.strip())


def _holds(left: str, relation: str, right: str) -> bool:
    a, b = evaluate(left), evaluate(right)
    tolerances = [t for t in (_tolerance(left), _tolerance(right)) if t is not None]
    if relation in _ABOUT:
        # Rounded to the digits shown; where neither side is a plain number, to a hundredth.
        return abs(a - b) <= max(tolerances, default=abs(a) / 100)
    if _is_cut(left) or _is_cut(right):
        return abs(a - b) <= 2 * max(tolerances, default=Fraction(0))
    return _EXACT[relation](a, b)


def _tolerance(side: str) -> Fraction | None:
    """Half a unit of the last digit that a plain number shows; None where something is computed."""
    match = _PRECISE.fullmatch(re.sub(r"\s|^[-−+]", "", side))
    if match is None:
        return None
    number = match["number"]
    decimals = len(number.partition(".")[2])
    zeros = len(number) - len(number.rstrip("0")) if decimals == 0 and float(number) >= 1000 else 0
    unit = Fraction(10) ** (zeros - decimals)
    return unit / (200 if match["percent"] else 2)


def _is_cut(side: str) -> bool:
    return re.search(r"\.{3}|…|\\l?dots", side) is not None


class _Parser:
    """Recursive descent: sum → product → power → atom."""

    def __init__(self, latex: str) -> None:
        self.tokens = _TOKEN.findall(_THOUSANDS.sub("", latex))
        self.position = 0

    def value(self) -> Fraction:
        result = self._sum()
        if self._peek():
            raise NotNumericError(self._peek())
        return result

    def _peek(self) -> str:
        return self.tokens[self.position] if self.position < len(self.tokens) else ""

    def _take(self, *expected: str) -> str:
        token = self._peek()
        if expected and token not in expected:
            raise NotNumericError(token or "the end")
        self.position += 1
        return token

    def _sum(self) -> Fraction:
        total = self._product()
        while self._peek() in {"+", "-", "−"}:
            total = total + self._product() if self._take() == "+" else total - self._product()
        return total

    def _product(self) -> Fraction:
        result = self._signed()
        while True:
            token = self._peek()
            if token in {r"\cdot", r"\times", "·", "×", "*"}:
                self._take()
                result *= self._signed()
            elif token in {"/", "÷", r"\div"}:
                self._take()
                result = _divide(result, self._signed())
            elif token == "(":
                result *= self._power()
            else:
                return result

    def _signed(self) -> Fraction:
        if self._peek() in {"+", "-", "−"}:
            return self._signed() if self._take() == "+" else -self._signed()
        return self._power()

    def _power(self) -> Fraction:
        base = self._atom()
        if self._peek() == "^":
            self._take()
            exponent = self._group() if self._peek() == "{" else Fraction(self._digit())
            if exponent.denominator != 1 or abs(exponent) > 1000 or (base == 0 and exponent < 0):
                raise NotNumericError(f"^{exponent}")
            base = base ** int(exponent)
        if self._peek() == "\\":  # from \%
            self._take()
            self._take("%")
            return base / 100
        return base

    def _digit(self) -> str:
        """Take an exponent without braces, which is one digit: 2^10 means 2¹·0."""
        token = self._take()
        if not re.fullmatch(r"\d", token):
            raise NotNumericError(token)
        return token

    def _atom(self) -> Fraction:
        token = self._take()
        if token[:1].isdigit():
            self._skip_dots()
            return Fraction(token)
        if token in {r"\frac", r"\dfrac", r"\tfrac"}:
            return _divide(self._group(), self._group())
        if token in {r"\underbrace", r"\overbrace"}:
            inner = self._group()
            if self._peek() in {"_", "^"}:
                self._take()
                self._skip_group()
            return inner
        if token in {r"\boxed", r"\mathbf", r"\mathit"}:
            return self._group()
        if token in {r"\max", r"\min"}:
            return self._extreme(max if token == r"\max" else min)
        if token == "{":
            self.position -= 1
            return self._group()
        for opening, closing, finish in _BRACKETS:
            if token == opening:
                inner = self._sum()
                self._take(closing)
                return finish(inner)
        raise NotNumericError(token or "the end")

    def _extreme(self, choose: Callable[[list[Fraction]], Fraction]) -> Fraction:
        self._take("(")
        values = [self._sum()]
        while self._peek() == ",":
            self._take()
            values.append(self._sum())
        self._take(")")
        return choose(values)

    def _group(self) -> Fraction:
        self._take("{")
        inner = self._sum()
        self._take("}")
        return inner

    def _skip_group(self) -> None:
        self._take("{")
        depth = 1
        while depth:
            token = self._take()
            if not token:
                raise NotNumericError("the end")
            depth += {"{": 1, "}": -1}.get(token, 0)

    def _skip_dots(self) -> None:
        if self._peek() in {"…", r"\ldots", r"\dots"}:
            self._take()
        elif self.tokens[self.position : self.position + 3] == [".", ".", "."]:
            self.position += 3


def _divide(numerator: Fraction, denominator: Fraction) -> Fraction:
    if denominator == 0:
        raise NotNumericError("a division by zero")
    return numerator / denominator


_BRACKETS: tuple[tuple[str, str, Callable[[Fraction], Fraction]], ...] = (
    ("(", ")", lambda inner: inner),
    ("[", "]", lambda inner: inner),
    (r"\lfloor", r"\rfloor", lambda inner: Fraction(math.floor(inner))),
    (r"\lceil", r"\rceil", lambda inner: Fraction(math.ceil(inner))),
    ("⌊", "⌋", lambda inner: Fraction(math.floor(inner))),
    ("⌈", "⌉", lambda inner: Fraction(math.ceil(inner))),
)
