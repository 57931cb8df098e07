"""A page with figures, built without the book: the host, the styles and the policy are the site's."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path

from cnnbook_site.assets import STYLE
from cnnbook_site.widgets import POLICY, write_files

from cnnbook.figures.palette import stylesheet
from cnnbook.widgets.base import Widget

#: Put into each page: uses controls by their labels, as typing does, and reads tables by their captions.
DRIVER = """
const labelled = (figure, label) => {
  const named = [...figure.querySelectorAll("[aria-label]")].find((node) => node.ariaLabel === label);
  if (named) return named;
  const tag = [...figure.querySelectorAll("label")].find((node) => node.textContent.trim() === label
    || node.querySelector("span")?.textContent.trim() === label);
  if (!tag) throw new Error(`no control is labelled ${label}`);
  return tag.htmlFor ? document.getElementById(tag.htmlFor) : tag.querySelector("input, select");
};
const type = (control, text) => {
  control.value = text;
  control.dispatchEvent(new Event("input", { bubbles: true }));
};
const table = (figure, caption) => [...figure.querySelectorAll("table")]
  .find((node) => node.caption?.textContent === caption);
const read = (figure) => Object.fromEntries([...figure.querySelectorAll("table")]
  .filter((node) => node.checkVisibility({ visibilityProperty: true }))
  .map((node) => [node.caption.textContent, [...node.rows].map((row) => [...row.cells].map((cell) => (
    cell.textContent === "" ? null : Number(cell.textContent)
  )))]));
globalThis.drive = (name, { fields = {}, checks = {}, selects = {}, cells = {} }) => {
  const figure = document.getElementById(name);
  for (const [label, on] of Object.entries(checks)) {
    const box = labelled(figure, label);
    if (box.checked !== on) box.click();
  }
  for (const [label, value] of Object.entries(selects)) {
    const control = labelled(figure, label);
    control.value = value;
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
  for (const [label, value] of Object.entries(fields)) type(labelled(figure, label), String(value));
  for (const [caption, plane] of Object.entries(cells)) {
    const inputs = [...table(figure, caption).querySelectorAll("input")];
    plane.flat().forEach((value, index) => type(inputs[index], String(value)));
  }
  return read(figure);
};
"""


def build_page(folder: Path, *figures: Widget, name: str = "index") -> Path:
    """Write a page that shows the figures, with text before, between and behind them."""
    static = folder / "_static"
    if not static.exists():
        write_files(static)
        for path in STYLE.iterdir():
            shutil.copy(path, static)
        (static / "palette.css").write_text(stylesheet(), "utf-8")
    text = "<p>Text around a figure, which must not move.</p>"
    body = text + text.join(figure.html() for figure in figures) + text
    styles = ("palette.css", "book.css", "icons.css", "widgets.css")
    links = "".join(f'<link rel="stylesheet" href="_static/{style}">' for style in styles)
    page = folder / f"{name}.html"
    page.write_text(
        f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="_static/icon.svg">
<title>Figures</title>
<script src="_static/mode.js"></script>
{links}
<style>body {{ margin: 0 auto; padding: 1rem; max-width: 45rem }}</style>
<script defer src="_static/host.js"></script>
</head>
<body><main class="bd-article"><h1>Figures</h1>{body}</main></body>
</html>
""",
        "utf-8",
    )
    return page
