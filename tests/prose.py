"""Take a chapter apart into prose, formulas and code, and find the numbers that nothing backs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from tests.arithmetic import Comparison, comparisons

_FENCE = re.compile(r"^(?P<mark>```+|~~~+|:::+)\s*(?:\{(?P<kind>[\w-]+)\})?(?P<title>.*)$")
_FORMULA = re.compile(
    r"(?<![\\$])\$\$(.+?)\$\$|(?<![\\$])\$(?!\s)((?:[^$\n]|\n(?!\s*\n))+?)(?<!\s)\$", re.DOTALL
)
_NUMBER = re.compile(
    r"(?P<bound>\b(?:[Mm]ore than|[Oo]ver|[Aa]t least)\s)?"
    r"(?<![\w.])(?<![A-Za-z][-‑])(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
    r"(?:e[-+]?\d+)?)(?:\s?(?P<percent>%|\\%|per ?cent)|\s(?P<scale>thousand|million|billion)\b)?"
)
_PRINTED = re.compile(r"(?<![A-Za-z_\d.])(\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?)(\s?%)?")
_SHAPE = re.compile(r"(?<![\w.])\d+(?:[×x]\d+)+(?!\w)")
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}

# What makes no claim about a number: addresses, names of things, citations.
_NO_CLAIM = re.compile(
    "|".join(
        (
            r"^\([\w-]+\)=$",
            r"^%.*$",
            r"^:[\w-]+:.*$",
            r"\{(?:cite|cite:\w+|eq|numref|doc|download)\}`[^`]*`",
            r"(?<=\{ref\}`)[\w-]+(?=`)|<[\w-]+>(?=`)",
            r"(?<=\])\([^)\s]*\)",
            r"<https?://[^>]*>|https?://\S+",
            r"</?[a-z][^>]*>",
            r"(?<=[A-Za-z.&] )\((?:19|20)\d\d[a-z]?\)",
            r"\b(?:[Ss]lides?|[Cc]ells?|[Ss]ections?|[Ff]igures?|[Cc]hapters?|pages?)\s\d+(?:\.\d+)*"
            r"(?:(?:\s?[–-]\s?|, | and | to |, and )\d+(?:\.\d+)*)*",
        )
    ),
    re.MULTILINE,
)


@dataclass(frozen=True)
class Formula:
    """A formula, and the line on which it begins."""

    line: int
    latex: str


@dataclass(frozen=True)
class Claim:
    """A number that stands in prose or in a formula that is not recomputed, as it is written."""

    line: int
    text: str
    value: Fraction
    unit: Fraction
    is_lower_bound: bool = False

    def is_backed_by(self, numbers: Iterable[Fraction]) -> bool:
        """Whether this is one of the numbers, or is what one is rounded or cut to."""
        if self.unit == 1:
            return self.value in set(numbers)
        if self.is_lower_bound:
            return any(self.value <= number < self.value + self.unit for number in numbers)
        return any(abs(number - self.value) <= self.unit / 2 for number in numbers)


@dataclass(frozen=True)
class Chapter:
    """A chapter's source; in each part the others are blank, so that lines keep their numbers."""

    prose: str
    formulas: tuple[Formula, ...]
    code: str

    @classmethod
    def parse(cls, source: str) -> Chapter:
        """Take MyST Markdown apart."""
        prose, code = _separate_code(source)
        formulas = []

        def blank_formula(match: re.Match[str]) -> str:
            latex = match[1] or match[2]
            formulas.append(Formula(prose.count("\n", 0, match.start()) + 1, latex))
            return _blank(match)

        # A dollar in a code span is no formula.
        shielded = re.sub(r"`[^`\n]+`", lambda span: span.group().replace("$", "S"), prose)
        text = _FORMULA.sub(blank_formula, shielded)
        return cls(text, tuple(formulas), code)

    def section(self, label: str) -> Chapter:
        """Return the section that a label begins, all before and after it blank."""
        lines = self.prose.split("\n")
        first = lines.index(f"({label})=")
        levels = {at: line.index(" ") for at, line in enumerate(lines) if re.match("#+ ", line)}
        below = [at for at in levels if at > first]
        last = next((at for at in below[1:] if levels[at] <= levels[below[0]]), len(lines))

        def kept(text: str) -> str:
            return "\n" * first + "\n".join(text.split("\n")[first:last])

        formulas = (formula for formula in self.formulas if first < formula.line <= last)
        return Chapter(kept(self.prose), tuple(formulas), kept(self.code))

    def wrong_formulas(self) -> Iterator[str]:
        """Yield a line for each equation that is recomputed and does not hold."""
        for line, comparison in self._comparisons():
            if not comparison.holds:
                yield f"line {line}: {comparison} is wrong"

    def right_equations(self) -> list[Comparison]:
        """Return the equations that are recomputed and hold."""
        return [comparison for _, comparison in self._comparisons() if comparison.holds]

    def verified_numbers(self) -> set[Fraction]:
        """All numbers of the equations that are recomputed."""
        return {
            number
            for equation in self.right_equations()
            for side in (equation.left, equation.right)
            for number in numbers(_plain(side))
        }

    def claims(self) -> Iterator[Claim]:
        """Yield the numbers that must be backed: those of the prose and of the formulas."""
        prose = _NO_CLAIM.sub(_blank, self.prose)
        for number, line in enumerate(prose.splitlines(), start=1):
            yield from _claims(line, number)
        for formula in self.formulas:
            yield from _claims(_plain(formula.latex), formula.line)

    def unbacked(self, numbers: set[Fraction]) -> Iterator[Claim]:
        """Yield each claim that no number of `numbers`, the code or a right equation backs."""
        backing = numbers | _numbers_of_code(self.code) | self.verified_numbers()
        for claim in self.claims():
            if not claim.is_backed_by(backing):
                yield claim

    def unbacked_shapes(self, computed: str) -> Iterator[tuple[int, str]]:
        """Yield line and text of each shape that neither `computed`, the code nor an equation has.

        A square may be given by its one number, as in ``kernel_size=3``.
        """
        equations = [_plain_product(str(equation)) for equation in self.right_equations()]
        backing = "\n".join([computed, self.code, *equations])
        single = numbers(computed) | _numbers_of_code(self.code) | self.verified_numbers()
        prose = _NO_CLAIM.sub(_blank, self.prose)
        for number, line in enumerate(prose.splitlines(), start=1):
            for match in _SHAPE.finditer(line):
                sizes = tuple(map(int, re.split("[×x]", match.group())))
                is_square = len(set(sizes)) == 1 and sizes[0] in single
                if not is_square and not re.search(shape(*sizes), backing):
                    yield number, match.group()

    def _comparisons(self) -> Iterator[tuple[int, Comparison]]:
        """Yield what is recomputed, with its formula's line."""
        for formula in self.formulas:
            for comparison in comparisons(formula.latex):
                yield formula.line, comparison


def shape(*sizes: int) -> str:
    """Match height × width (× depth): "28×28×6", "28 * 28 * 6", PyTorch's "(6, 28, 28)"."""
    orders = {sizes, (sizes[-1], *sizes[:-1])} if len(sizes) > 2 else {sizes}
    return "|".join(
        r"(?<!\d)" + r"\s*[×x,*·]\s*".join(map(str, order)) + r"(?!\d)" for order in orders
    )


def numbers(text: str) -> set[Fraction]:
    """Return the numbers that an output or a label shows, without their signs; 18% as 18 and 0.18.

    Examples
    --------
    >>> sorted(map(int, numbers("torch.Size([1, 64, 28]) and 1,792 weights")))
    [1, 28, 64, 792, 1792]
    """
    found = set()
    for match in _PRINTED.finditer(text):
        # "1,792" is one number in a sentence and two in a list: it backs either.
        for part in (match[1].replace(",", ""), *match[1].split(",")):
            found.add(Fraction(part))
            if match[2]:
                found.add(Fraction(part) / 100)
    return found


def _claims(text: str, line: int) -> Iterator[Claim]:
    text = re.sub(r"(?<=\d)x(?=\d)", "×", text)
    for match in _NUMBER.finditer(text):
        plain = match["digits"].replace(",", "")
        if re.fullmatch(r"\d", plain) and not match["percent"] and not match["scale"]:
            continue
        mantissa, _, exponent = plain.partition("e")
        unit = Fraction(10) ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
        factor = Fraction(_SCALES.get(match["scale"] or "", 1))
        if match["percent"]:
            factor = Fraction(1, 100)
        text = match.group().removeprefix(match["bound"] or "")
        yield Claim(line, text, Fraction(plain) * factor, unit * factor, bool(match["bound"]))


def _numbers_of_code(code: str) -> set[Fraction]:
    return numbers(re.sub(r"(?<=\d)_(?=\d)", "", code))


def _plain(latex: str) -> str:
    """Return a formula with its numbers written as in prose."""
    latex = re.sub(r"(?<=\d)(?:\{,\}|\\,)(?=\d{3}(?!\d))", ",", latex)
    latex = re.sub(r"\\(?:label|begin|end|hspace|vspace)\{[^}]*\}|\\\\\[[^\]]*\]", " ", latex)
    return re.sub(r"\\[a-zA-Z]+", " ", latex).replace(r"\%", "%")


def _plain_product(latex: str) -> str:
    return re.sub(r"\\cdot|\\times", "·", latex)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _separate_code(source: str) -> tuple[str, str]:
    """Return prose and code, each as many lines as the source; a cell's caption is prose."""
    prose: list[str] = []
    code: list[str] = []
    cell = ""  # the mark that closes the current cell
    header = ""  # "open" within a cell's header, "caption" within the caption there
    front_matter = source.startswith("---\n")
    for index, line in enumerate(source.split("\n")):
        is_prose = not (cell or front_matter)
        if front_matter:
            front_matter = index == 0 or line != "---"
        elif cell:
            if line.strip() == cell:
                cell = ""
            elif line == "---":
                header = "" if header else "open"
            elif header:
                header = _header_part(line, header)
                is_prose = header == "caption"
        elif (fence := _FENCE.match(line)) and fence["kind"] in {"code-cell", "code"}:
            cell, is_prose = fence["mark"], False
        is_code = bool(cell) and not header and not _FENCE.match(line) and line != "---"
        prose.append(line if is_prose else "")
        code.append(line if is_code else "")
    return "\n".join(prose), "\n".join(code)


def _header_part(line: str, part: str) -> str:
    """Tell whether a line of a cell's header belongs to its caption."""
    key = re.match(r"\s*([a-z_]+):", line)
    if key is None:
        return part
    return "caption" if key[1] == "caption" else "open"
