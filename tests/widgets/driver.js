// Put into each page: uses controls by their labels, as typing does, and reads tables by their captions.
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
