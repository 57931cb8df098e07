"""The book's colours, in one place, for light and dark pages.

Figures are drawn in the light colours. On a page each of them is a CSS variable (``--c-input`` and
so on), so that one drawing serves both modes; :func:`stylesheet` writes the variables.

The roles start from the Okabe–Ito colours, which stay apart for readers with any kind of colour
blindness. Okabe, M. and Ito, K. (2008), *Color Universal Design*.
"""

from __future__ import annotations

from typing import Final

#: What each thing is drawn in. ``soft`` variants fill cells that carry text.
LIGHT: Final[dict[str, str]] = {
    "paper": "#fffefb",
    "surface": "#f4f3ee",
    "ink": "#1d2126",
    "muted": "#5a626c",
    "line": "#c9ced6",
    "input": "#006dab",
    "input-soft": "#dcebf6",
    "filter": "#b24700",
    "filter-soft": "#fbe6d8",
    "output": "#007a59",
    "output-soft": "#d9f1e8",
    "window": "#935f00",
    "window-soft": "#fbeac6",
    "gradient": "#a3497c",
    "gradient-soft": "#f6e3ee",
    "padding": "#656c75",
    "padding-soft": "#eceef1",
}

DARK: Final[dict[str, str]] = {
    "paper": "#15181c",
    "surface": "#1f2429",
    "ink": "#e9e7e2",
    "muted": "#a3abb5",
    "line": "#454c55",
    "input": "#6cb8ea",
    "input-soft": "#173448",
    "filter": "#ff9a5c",
    "filter-soft": "#4a2812",
    "output": "#4fd0a4",
    "output-soft": "#113b2f",
    "window": "#f0bd52",
    "window-soft": "#45360f",
    "gradient": "#e6a3c7",
    "gradient-soft": "#452437",
    "padding": "#9aa2ac",
    "padding-soft": "#282d33",
}


#: From the most negative number to the most positive: the gradient's purple, mid-grey at zero, and
#: the output's green. Sign can be seen, also in grey print.
SIGNED: Final = ("#4b0f33", LIGHT["gradient"], "#b9b9b9", LIGHT["output"], "#003d2c")


def color(role: str) -> str:
    """Return the hex code of a role's light colour, in which figures are drawn.

    Parameters
    ----------
    role
        A key of ``LIGHT``, such as "input".

    Returns
    -------
    str
        "#" and six hexadecimal digits.

    Raises
    ------
    KeyError
        If there is no such role.

    Examples
    --------
    >>> color("input")
    '#006dab'
    """
    return LIGHT[role]


def css_variable(role: str) -> str:
    """Return the CSS value that is a role's colour on a page, and its light one elsewhere.

    Parameters
    ----------
    role
        A key of ``LIGHT``, such as "input".

    Returns
    -------
    str
        A ``var()`` with a fallback.

    Raises
    ------
    KeyError
        If there is no such role.

    Examples
    --------
    >>> css_variable("input")
    'var(--c-input, #006dab)'
    """
    return f"var(--c-{role}, {LIGHT[role]})"


def stylesheet() -> str:
    """Return CSS that defines every colour as a variable, for light and for dark pages.

    A page says which it is in ``data-theme``; where no script could set that, the reader's system
    decides. Paper is always light.

    Returns
    -------
    str
        A whole style sheet.

    Examples
    --------
    >>> "--c-input: #006dab;" in stylesheet()
    True
    """
    light, dark = _declarations(LIGHT), _declarations(DARK)
    return (
        f":root {{\n{light}}}\n"
        f'@media screen {{\nhtml[data-theme="dark"] {{\n{dark}}}\n}}\n'
        "@media screen and (prefers-color-scheme: dark) {\n"
        f"html:not([data-theme]) {{\n{dark}}}\n}}\n"
    )


def _declarations(colors: dict[str, str]) -> str:
    return "".join(f"  --c-{role}: {code};\n" for role, code in colors.items())
