// What the explorers share in which windows move over planes of numbers.

import { button, checkbox, counted, element, pairField, slider } from "./dom.mjs";

// A size in words: 5×5, 5×5×3.
export const by = (sizes) => sizes.join("×");
// A setting of both axes as Python takes it.
export const inPython = ([vertical, horizontal]) => (
  vertical === horizontal ? vertical : `(${vertical}, ${horizontal})`
);

// A nested array of another size: numbers that are new come from `fill(row, column)`, with one place for each axis.
export const resized = (array, [size, ...rest], fill) => Array.from({ length: size }, (_, at) => (
  rest.length ? resized(array?.[at], rest, (...places) => fill(at, ...places)) : array?.[at] ?? fill(at)
));

// As `resized`, while a size is being changed in a field of `el`: a 10 that is typed begins with a 1, which must not cost
// the other numbers. So long as the focus stays in that field, and nobody else changes the array, it is cut from what it
// was at first.
export function resizer(el, fill) {
  let first = null;
  const field = (node) => node?.closest(".field");
  el.addEventListener("focusin", ({ target, relatedTarget }) => {
    if (field(target) !== field(relatedTarget)) first = null;
  });
  const sizes = (array) => (Array.isArray(array) ? [array.length, ...sizes(array[0])] : []);
  return (array, size) => {
    if (String(array) !== String(resized(first, sizes(array), fill))) first = array;
    return resized(first, size, fill);
  };
}

// Fields for settings of both axes, and a box to let the axes differ. `settings` has for each its name, its label, the
// name of its second field, and its range; `onInput(name)` follows each change. `known` are values by their names.
export function pairFields(settings, onInput) {
  const pairs = settings.map(([name, label, widthName, minimum, maximum]) => [name, pairField({
    label, widthName, minimum, maximum, value: [minimum, minimum], onInput: () => onInput(name),
  })]);
  const apart = checkbox({
    label: "Height and width differ", checked: false, onChange: (on) => { split(on); onInput("input_size"); },
  });
  function split(on) {
    apart.set(on);
    for (const [, field] of pairs) field.split(on);
  }
  const differ = (known) => pairs.some(([name]) => known[name][0] !== known[name][1]);
  return {
    fields: Object.fromEntries(pairs),
    elements: pairs.map(([, field]) => field.element),
    apart,
    // A field that holds no number counts with its last one.
    read: (known) => Object.fromEntries(pairs.map(([name, field]) => (
      [name, field.read().map((value, i) => value ?? known[name][i])]
    ))),
    // What was not taken waits in its field, with the message; so does what was typed last, as `changed` says.
    complain: (problem, changed, known) => {
      for (const [name, field] of pairs) {
        const pending = name === changed || String(field.read()) !== String(known[name]);
        if (field.valid()) field.complain(pending ? problem : "");
      }
    },
    set: (known) => {
      for (const [name, field] of pairs) field.set(known[name]);
      if (differ(known) && !apart.control.checked) split(true);
    },
    reset: (known) => {
      for (const [name, field] of pairs) field.set(known[name], true);
      split(differ(known));
    },
  };
}

// A slider between two buttons that steps through `one` after the other: an output position, a neuron.
export function stepper({ label, one, onInput }) {
  const steps = slider({ label, onInput });
  const step = (text, name, change) => button(text, () => onInput(Number(steps.control.value) + change), {
    "aria-label": `${name} ${one}`, class: "button arrow",
  });
  const [back, next] = [step("‹", "Previous", -1), step("›", "Next", 1)];
  return {
    element: element("div", { class: "stepper" }, back, steps.element, next),
    // `text` is what a screen reader says in place of the bare number.
    set: (current, last, text, off = last === 0) => {
      steps.set(current, last, text);
      steps.control.disabled = off;
      back.disabled = current === 0;
      next.disabled = current === last;
    },
  };
}

// How many pixels no window reads: the last ones, and those between windows where the stride is larger than the window.
// `times` says how often each row and each column is read.
export function unreadOf([down, across], times) {
  const [rows, columns] = times.map((counts) => counts.filter(Boolean).length);
  return down.input * across.input - rows * columns;
}

export const inHatching = (unread) => `${counted(unread, "pixel")} ${unread === 1 ? "is" : "are"} never read (hatched)`;

// Makes nodes, which may be nested in arrays, an element's children. Those that are there already are not taken out of
// the page: they would lose the focus, and would be laid out anew.
export function arrange(parent, nodes) {
  const wanted = nodes.flat(Infinity);
  for (const child of [...parent.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((node, at) => { if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null); });
}

// Moves an outline over some cells of its plane.
export function cover(outline, visible, [row, column], [height, width]) {
  outline.hidden = !visible;
  const values = { "--row": row, "--column": column, "--tall": height, "--wide": width };
  for (const [name, value] of Object.entries(values)) outline.style.setProperty(name, value);
}

// The padding around a plane: cells of their own, so that its table holds the plane and nothing else. They flow around a
// hole as large as the plane, and are kept: making one costs far more than drawing it.
export function paddingFrame() {
  const frame = element("div", { class: "frame", "aria-hidden": "true" });
  const hole = element("b");
  const cells = [];
  let places = [];
  return {
    element: frame,
    draw: ([down, across]) => {
      places = around(down, across);
      while (cells.length > places.length) cells.pop().remove();
      while (cells.length < places.length) cells.push(element("i", {}, "0"));
      frame.parentNode.style.setProperty("--top", down.before);
      frame.parentNode.style.setProperty("--left", across.before);
      if (!cells.length) { hole.remove(); return; }
      frame.append(hole, ...cells.filter((cell) => !cell.parentNode));
      frame.style.gridTemplateColumns = `repeat(${across.before + across.input + across.after}, var(--u))`;
      hole.style.gridArea = `${down.before + 1} / ${across.before + 1} / span ${down.input} / span ${across.input}`;
    },
    // `classes(row, column)` gives a cell's, the plane's first row and column being 0.
    mark: (classes) => places.forEach(([y, x], i) => {
      if (cells[i].className !== classes(y, x)) cells[i].className = classes(y, x);
    }),
  };
}

// The places of the padding, row by row.
function around(down, across) {
  const inside = (along, at) => at >= 0 && at < along.input;
  const places = [];
  for (let y = -down.before; y < down.input + down.after; y += 1) {
    for (let x = -across.before; x < across.input + across.after; x += 1) {
      if (!inside(down, y) || !inside(across, x)) places.push([y, x]);
    }
  }
  return places;
}
