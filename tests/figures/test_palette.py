"""The colours can be read, in light and in dark, by WCAG 2's measure."""

from __future__ import annotations

import re

import pytest

from cnnbook.figures.palette import DARK, LIGHT, color, css_variable, stylesheet

THEMES = {"light": LIGHT, "dark": DARK}
ROLES = sorted(name.removesuffix("-soft") for name in LIGHT if name.endswith("-soft"))
TEXTS = [*ROLES, "ink", "muted"]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, as WCAG 2.2 defines it."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(code: str) -> float:
    channels = (int(code[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#0000ff", "#ffffff", 8.59)],
)
def test_contrast_is_that_of_published_pairs(first: str, second: str, ratio: float) -> None:
    assert contrast(first, second) == pytest.approx(ratio, abs=0.005)


def test_light_and_dark_have_the_same_roles() -> None:
    assert LIGHT.keys() == DARK.keys()


def test_the_roles_are_those_of_the_figures() -> None:
    assert ROLES == ["filter", "gradient", "input", "output", "padding", "window"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("role", TEXTS)
@pytest.mark.parametrize("ground", ["paper", "surface"])
def test_a_role_can_be_read_on_the_page(theme: str, role: str, ground: str) -> None:
    assert contrast(THEMES[theme][role], THEMES[theme][ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("role", ROLES)
def test_text_can_be_read_on_a_filled_cell(theme: str, role: str) -> None:
    colors = THEMES[theme]
    assert contrast(colors[role], colors[f"{role}-soft"]) >= 4.5
    assert contrast(colors["ink"], colors[f"{role}-soft"]) >= 7


@pytest.mark.parametrize("theme", THEMES)
def test_pale_numbers_can_be_read_on_padding(theme: str) -> None:
    assert contrast(THEMES[theme]["muted"], THEMES[theme]["padding-soft"]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_no_two_roles_share_a_colour(theme: str) -> None:
    assert len(set(THEMES[theme].values())) == len(THEMES[theme])


def test_colours_are_written_in_one_way() -> None:
    assert all(re.fullmatch("#[0-9a-f]{6}", code) for code in (*LIGHT.values(), *DARK.values()))


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(KeyError):
        color("sky")


@pytest.mark.parametrize("role", LIGHT)
def test_the_stylesheet_defines_every_variable_thrice(role: str) -> None:
    css = stylesheet()
    assert css.count(f"--c-{role}: {LIGHT[role]};") == 1
    assert css.count(f"--c-{role}: {DARK[role]};") == 2  # chosen, and by the system's preference
    assert css_variable(role) == f"var(--c-{role}, {LIGHT[role]})"
