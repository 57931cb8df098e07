"""The checker of formulas is itself checked: on each construct, on right and on wrong equations."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.arithmetic import NotNumericError, comparisons, evaluate


@pytest.mark.parametrize(
    ("latex", "value"),
    [
        ("3", 3),
        ("9{,}248", 9248),
        (r"1{,}048{,}576", 1048576),
        ("2.5", Fraction(5, 2)),
        ("7 - 3 + 1", 5),
        ("7 − 3 - 1", 3),
        ("-3 + 1", -2),
        (r"2 \cdot -3", -6),
        (r"2 + 3 \cdot 4", 14),
        ("5·5×3", 75),
        ("12/3/2", 2),
        (r"12 \div 4", 3),
        ("(32 + 2·2 - 5)/1 + 1", 32),
        ("2(3 + 1)", 8),
        ("(1 + 1)(3 + 1)", 8),
        ("[1 + 2] · 3", 9),
        (r"\frac{7 - 3}{2} + 1", 3),
        (r"\dfrac{1}{\frac{1}{2}}", 2),
        (r"\tfrac{4}{3}", Fraction(4, 3)),
        ("2^3", 8),
        (r"2^{10}", 1024),
        (r"10^{-2}", Fraction(1, 100)),
        ("-2^2", -4),
        (r"3 \cdot 2^2 + 1", 13),
        (r"\lfloor \frac{7 - 3}{3} \rfloor + 1", 2),
        (r"\lceil 7/3 \rceil", 3),
        (r"⌊7/3⌋ + ⌈7/3⌉", 5),
        (r"\lfloor -1/2 \rfloor", -1),
        (r"25\%", Fraction(1, 4)),
        (r"2.33\ldots", Fraction(233, 100)),
        (r"\max(1, 1, 5, 6)", 6),
        (r"\min(2, 3 - 2)", 1),
        (r"\underbrace{5 \cdot 5 \cdot 3}_{\text{weights of one filter}} + 1", 76),
        (r"\boxed{3} + {4}", 7),
    ],
)
def test_expressions_are_evaluated_exactly(latex: str, value: Fraction | int) -> None:
    assert evaluate(latex) == value


@pytest.mark.parametrize(
    "latex",
    [
        "",
        "N",
        "2N",
        "3 4",
        r"\alpha",
        "(1 + 2",
        "1 + 2)",
        r"\frac{1}{0}",
        "2^N",
        "2^{1/2}",
        "1 +",
        r"\sum 3",
        "x_3",
    ],
)
def test_what_is_not_numeric_is_refused(latex: str) -> None:
    with pytest.raises(NotNumericError):
        evaluate(latex)


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{7-3}{2}+1 = 3",
        r"\left\lfloor \frac{7-3}{3} \right\rfloor + 1 = 2",
        r"\frac{7-3}{3} + 1 = 2.33\ldots",
        r"\frac{7-3}{3} + 1 = 2.33...",
        r"\frac{7-3}{3} + 1 \approx 2.33",
        r"2/3 \approx 0.67",
        r"2/3 = 0.66\ldots",
        r"9/64 \approx 14\%",
        r"15{,}237{,}608 \approx 15{,}000{,}000",
        r"(5\cdot5\cdot3 + 1)\cdot 10 = 76 \cdot 10 = 760",
        r"W_2 = (32 - 5 + 2\cdot 2)/1 + 1 = 32",
        r"3 \cdot 3 \cdot 32 \cdot 32 + 32 = 9\,248",
        r"4 \le 9",
        r"4 < 9 > 3",
        r"4 \neq 5",
        r"5 \cdot 5 \cdot 3 = 75 \text{ weights}",
        r"3 = 1 + 2, \quad 4 = 2 + 2",
        r"1 + 1 = 2 \Rightarrow 2 + 2 = 4",
        r"\begin{aligned} 1 + 2 &= 3 \\ 2 + 2 &= 4 \end{aligned}",
        r"\begin{aligned} a &= 1 + 2 \\ &= 3 \end{aligned}",
        r"\begin{aligned} O[2, 1] = {}& 1 \cdot 1 \\ &+ 2 \cdot 2 = 5 \end{aligned}",
        r"\begin{aligned} 1\cdot1 &+ 2\cdot2 \\ &\quad + 3\cdot3 \\ &= 14 \end{aligned}",
    ],
)
def test_right_formulas_hold(latex: str) -> None:
    found = list(comparisons(latex))
    assert found
    assert all(comparison.holds for comparison in found)


@pytest.mark.parametrize(
    ("latex", "wrong"),
    [
        (r"\frac{7-3}{2}+1 = 4", r"\frac{7-3}{2}+1 = 4"),
        (r"5 \cdot 5 \cdot 3 = 76 \text{ weights}", r"5 \cdot 5 \cdot 3 = 76"),
        (r"N = 32 - 5 + 1 = 27", "32 - 5 + 1 = 27"),
        (r"1 + 1 = 2 = 3 - 2", "2 = 3 - 2"),
        (r"2/3 \approx 0.66", r"2/3 \approx 0.66"),
        (r"2/3 = 0.67", "2/3 = 0.67"),
        (r"7/3 = 2.43\ldots", r"7/3 = 2.43\ldots"),
        (r"15{,}237{,}608 \approx 24{,}000{,}000", r"15237608 \approx 24000000"),
        (r"3 = 1 + 2, \quad 5 = 2 + 2", "5 = 2 + 2"),
        (r"9 \le 4", r"9 \le 4"),
        (r"\begin{aligned} a &= 1 + 2 \\ &= 4 \end{aligned}", "1 + 2 = 4"),
        (r"\begin{aligned} 1 + 2 &= 3 \\ 2 + 2 &= 5 \end{aligned}", "2 + 2 = 5"),
        (r"\max(1, 1, 5, 6) = 5", r"\max(1, 1, 5, 6) = 5"),
    ],
)
def test_a_wrong_side_is_found(latex: str, wrong: str) -> None:
    found = [str(comparison) for comparison in comparisons(latex) if not comparison.holds]
    assert [" ".join(text.split()) for text in found] == [wrong]


@pytest.mark.parametrize(
    "latex",
    [
        "N = 7",
        r"W_2 = \frac{W_1 - F}{S} + 1",
        r"32 \times 32 \times 3",
        r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} = 3",
    ],
)
def test_nothing_to_recompute_is_no_complaint(latex: str) -> None:
    assert list(comparisons(latex)) == []
