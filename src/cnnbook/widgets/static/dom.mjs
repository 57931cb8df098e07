// What the interactive figures are built from: native elements, wired once, so that every figure works the same by
// mouse, keyboard and screen reader. Nothing here writes HTML from strings.

// ---- Elements -------------------------------------------------------------------------------------------------------

// element("p", { class: "reply", onclick: () => {} }, "text", otherElement): functions listen, true and false set and
// remove an attribute, children may be nested in arrays and may be null.
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

let count = 0;
const newId = (prefix) => `cnnbook-${prefix}-${(count += 1)}`;

// Makes the element that Jupyter or the page's host hands over a figure. The keys that are pressed in it are its own:
// in JupyterLab, Enter and the arrow keys would otherwise belong to the notebook.
export function begin(el, name) {
  el.classList.add("cnnbook-live", name);
  el.setAttribute("data-lm-suppress-shortcuts", "true");
}

// Sets the sizes from which the style sheet computes how large a figure's parts can be: on the page's figure, so that
// its picture keeps the same room.
export function measure(el, sizes) {
  const root = el.closest("figure[data-widget]") ?? el;
  for (const [name, value] of Object.entries(sizes)) root.style.setProperty(`--${name}`, value);
}

// A copy of a plane in which one number is another.
export const changed = (plane, row, column, value) => plane.with(row, plane[row].with(column, value));

// A node's attribute, or none: attribute(cell, "aria-current", "true").
export function attribute(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : value);
}

// Replaces a node's text only where it differs, so that a screen reader hears news alone.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const button = (label, onclick, attributes = {}) => (
  element("button", { type: "button", class: "button", onclick, ...attributes }, label)
);

export function select({ label, options, value, onChange }) {
  const id = newId("select");
  const message = element("p", { id: `${id}-message`, class: "message", role: "alert" });
  const control = element("select", { id, "aria-describedby": message.id, onchange: () => onChange(control.value) },
    Object.entries(options).map(([key, text]) => element("option", { value: key }, text)));
  control.value = value;
  const complain = (text) => {
    say(message, text);
    attribute(control, "aria-invalid", text ? "true" : null);
  };
  return {
    element: element("div", { class: "field" }, element("label", { for: id }, label), control, message),
    control, complain,
    set: (next) => { control.value = next; complain(""); },
  };
}

export function checkbox({ label, checked, onChange }) {
  const control = element("input", { type: "checkbox", onchange: () => onChange(control.checked) });
  control.checked = checked;
  return {
    element: element("label", { class: "check" }, control, element("span", {}, label)),
    control,
    set: (next) => { control.checked = next; },
  };
}

export function slider({ label, onInput }) {
  const control = element("input", { type: "range", min: 0, step: 1, oninput: () => onInput(Number(control.value)) });
  return {
    element: element("label", { class: "slider" }, element("span", {}, label), control),
    control,
    // `text` is what a screen reader says in place of the bare number.
    set: (value, maximum, text) => {
      control.max = maximum;
      control.value = value;
      attribute(control, "aria-valuetext", text);
    },
  };
}

// The line that says the figure's state in words.
export function status() {
  const node = element("p", { role: "status", class: "status" });
  return { element: node, say: (text) => say(node, text) };
}

// ---- Numbers --------------------------------------------------------------------------------------------------------

// A number as a cell shows it: at most three decimals, no −0, nothing like 1e-7.
export function format(value, decimals = 3) {
  const scale = 10 ** decimals;
  const rounded = Math.round(value * scale) / scale + 0;
  return String(rounded).includes("e") ? value.toPrecision(4) : String(rounded);
}

// A number with all its decimals, as it is edited.
const inFull = (value) => (
  value === null ? "" : String(value).includes("e") ? value.toFixed(20).replace(/\.?0+$/, "") : String(value)
);

// In a sentence or a formula a minus is a minus. (In grids style sheets draw it: what is copied stays a number.)
export const inWords = (value, decimals) => format(value, decimals).replace("-", "−");
export const factor = (value, decimals) => (value < 0 ? `(${inWords(value, decimals)})` : inWords(value, decimals));

// Reads what was typed: { value } or { problem }, which completes the sentence "<name> must be …".
function parseNumber(text, { minimum, maximum, whole = true }) {
  const typed = text.trim().replace("−", "-");
  const kind = whole ? "a whole number" : "a number";
  const range = `${kind} from ${inWords(minimum)} to ${inWords(maximum)}`;
  if (!typed) return { problem: `${range}, but it is empty` };
  // In a whole number commas set off thousands, as the figures write them, or are wrong; elsewhere a comma is a decimal point.
  const thousands = /^[+-]?\d{1,3}(,\d{3})+$/.test(typed);
  const plain = !whole ? typed.replace(",", ".") : thousands ? typed.replaceAll(",", "") : typed;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : NaN;
  const shown = typed.length > 12 ? `${typed.slice(0, 12)}…` : typed;
  if (Number.isNaN(value) || (whole && !Number.isInteger(value))) return { problem: `${range}, not “${shown}”` };
  if (value < minimum || value > maximum) return { problem: `${range}, not ${shown}` };
  return { value };
}

// A number that the reader types, or changes with the arrow keys or, unless `buttons` is false, the buttons at its side.
// `onInput()` follows each change; `read()` is the number or null; `complain(text)` shows a message until the next call.
export function numberField({
  label, name = label, minimum, maximum, value, onInput, hint = "", whole = true, buttons = true,
}) {
  const id = newId("field");
  const message = element("p", { id: `${id}-message`, class: "message", role: "alert" });
  const control = element("input", {
    id, type: "text", inputmode: "numeric", role: "spinbutton", autocomplete: "off", spellcheck: "false",
    "aria-label": name === label ? null : name, "aria-valuemin": minimum, "aria-valuemax": maximum,
    "aria-describedby": message.id,
    oninput: () => changed(),
    onkeydown: (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (step) { event.preventDefault(); nudge(step); }
    },
  });
  let last = value;
  const parse = () => parseNumber(control.value, { minimum, maximum, whole });
  function changed() {
    const { value: now, problem } = parse();
    complain(problem ? `${name} must be ${problem}.` : "");
    if (!problem) last = now;
    attribute(control, "aria-valuenow", last);
    onInput(problem ? null : now);
  }
  function nudge(step) {
    const from = parse().value ?? last;
    const next = Math.min(maximum, Math.max(minimum, from + step));
    if (String(next) === control.value) return;
    control.value = next;
    changed();
  }
  function complain(text) {
    say(message, text);
    attribute(control, "aria-invalid", text ? "true" : null);
  }
  // What the reader typed stays beside its message while the value behind it is the same, unless `force`.
  function set(next, force = false) {
    if (!force && next === last && parse().problem) return;
    last = next;
    if (parse().value !== next) control.value = next;
    attribute(control, "aria-valuenow", next);
    complain("");
  }
  // For the mouse and for thumbs; a keyboard has the arrow keys, so these stay out of its way.
  const stepper = (text, step) => buttons && element("button", {
    type: "button", tabindex: -1, "aria-hidden": "true", class: "step", onclick: () => nudge(step),
  }, text);
  control.value = value;
  attribute(control, "aria-valuenow", value);
  const box = element("div", { class: "number" }, stepper("−", -1), control, stepper("+", 1));
  return {
    element: element("div", { class: "field" }, element("label", { for: id, title: hint || null }, label), box, message),
    control, set, complain, read: () => parse().value ?? null,
  };
}

// A setting for both axes: one field, and a second one for the width while `split(true)` holds.
// `read()` is [vertical, horizontal], null where what stands there is no number.
export function pairField({ label, widthName, minimum, maximum, value, onInput }) {
  const first = numberField({ label, minimum, maximum, value: value[0], onInput });
  const second = numberField({ label: "width", name: widthName, minimum, maximum, value: value[1], onInput });
  second.element.classList.add("second");
  let apart = false;
  const split = (next) => { apart = next; second.element.hidden = !next; };
  split(value[0] !== value[1]);
  return {
    element: element("div", { class: "pair" }, first.element, second.element),
    split,
    set: ([vertical, horizontal], force = false) => {
      first.set(vertical, force);
      second.set(horizontal, force || !apart);
    },
    read: () => [first.read(), apart ? second.read() : first.read()],
    valid: () => first.read() !== null && (!apart || second.read() !== null),
    complain: (text) => first.complain(text),
    disable: (off) => { for (const { control } of [first, second]) control.disabled = off; },
  };
}

// ---- Grids ----------------------------------------------------------------------------------------------------------

// A plane of numbers as a table. Its cells are inputs with `onEdit(row, column, value)`, buttons with
// `onChoose(row, column)`, or plain. `onPoint(row, column)` follows the mouse and the focus, and gets nulls when both
// have left. One cell of a table is in the tab order; the arrow keys go from cell to cell.
// `draw(values, { mark, label, current })` shows numbers (null: an empty cell); `mark(row, column)` gives a cell's
// classes, `label(row, column)` its name, `note(row, column)` what is written small above its number, `current` is the
// chosen [row, column], and `shade(row, column)` a level of grey from 0 to 255 to lie behind it
// (null: none).
export function grid({ caption, role, onEdit, onChoose, onPoint, limits = { minimum: -99, maximum: 99, whole: false } }) {
  const body = element("tbody");
  const table = element("table", { class: `grid of-${role}` }, element("caption", {}, caption), body);
  const message = element("p", { class: "message", role: "alert" });
  const cells = [];
  let focus = [0, 0];

  const at = (node) => {
    const cell = node.closest?.("td");
    return cell && body.contains(cell) ? [cell.parentNode.rowIndex, cell.cellIndex] : null;
  };
  const point = (event) => onPoint?.(...(at(event.target) ?? [null, null]));
  const unpoint = () => {
    const kept = document.activeElement && at(document.activeElement);
    onPoint?.(...(kept ?? [null, null]));
  };
  body.addEventListener("pointerover", point);
  body.addEventListener("pointerleave", unpoint);
  body.addEventListener("focusin", (event) => { rove(at(event.target)); point(event); });
  body.addEventListener("focusout", (event) => { if (!body.contains(event.relatedTarget)) onPoint?.(null, null); });
  body.addEventListener("keydown", (event) => {
    const next = step(event, focus, [cells.length, cells[0].length]);
    if (!next || keepsCaret(event)) return;
    event.preventDefault();
    cells[next[0]][next[1]].control?.focus();
  });

  function rove(next) {
    const old = cells[focus[0]]?.[focus[1]]?.control;
    if (old) old.tabIndex = -1;
    focus = [Math.min(next[0], cells.length - 1), Math.min(next[1], (cells[0]?.length ?? 1) - 1)];
    const now = cells[focus[0]]?.[focus[1]]?.control;
    if (now) now.tabIndex = 0;
  }

  // Cells that stay are kept: making one costs far more than drawing it.
  function resize(height, width) {
    if (cells.length === height && (cells[0]?.length ?? 0) === width) return;
    const focused = at(document.activeElement ?? body);
    while (cells.length > height) { cells.pop(); body.lastChild.remove(); }
    while (cells.length < height) { cells.push([]); body.append(element("tr")); }
    cells.forEach((line, row) => {
      while (line.length > width) line.pop().cell.remove();
      while (line.length < width) line.push(newCell());
      body.rows[row].append(...line.slice(body.rows[row].cells.length).map(({ cell }) => cell));
    });
    if (!height || !width) return;
    rove(focused ?? focus);
    if (focused) cells[focus[0]][focus[1]].control?.focus();
  }

  function newCell() {
    if (onEdit) return editableCell();
    if (!onChoose) {
      const cell = element("td", { class: "box" });
      return { cell, inner: cell, number: cell, control: null, text: null };
    }
    const control = element("button", { type: "button", tabindex: -1, class: "box", onclick: () => onChoose(...at(control)) });
    return { cell: element("td", {}, control), inner: control, number: control, control, text: null };
  }

  // The number is text, and on it lies the input that edits it, visible while it has the focus: so the table can be
  // read and copied like any table. With the focus it holds all decimals, so that nobody edits a rounded number.
  function editableCell() {
    const number = element("span", { "aria-hidden": "true" });
    const control = element("input", {
      type: "text", inputmode: "text", tabindex: -1, autocomplete: "off", spellcheck: "false", maxlength: 12,
      onfocus: () => { control.value = inFull(made.value); control.select(); },
      oninput: () => edit(control, ...at(control)),
      onblur: () => finish(made),
    });
    const cell = element("td", { class: "box" }, number, control);
    const made = { cell, inner: cell, number, control, text: null, value: null };
    return made;
  }

  function edit(control, row, column) {
    const { value, problem } = parseNumber(control.value, limits);
    const name = `${caption}, row ${row}, column ${column}`;
    say(message, problem ? `${name} must be ${problem}.` : "");
    attribute(control, "aria-invalid", problem ? "true" : null);
    if (!problem) onEdit(row, column, value);
  }

  // What is no number does not stay: the cell shows the last good one again.
  function finish(cell) {
    cell.control.value = cell.text;
    attribute(cell.control, "aria-invalid", null);
    say(message, "");
  }

  function draw(values, { mark = () => "", label = null, note = null, shade = null, current = null } = {}) {
    resize(values.length, values[0]?.length ?? 0);
    let longest = 2;
    let longestNote = 0;
    values.forEach((line, row) => line.forEach((value, column) => {
      const cell = cells[row][column];
      const text = value === null ? "" : format(value);
      cell.value = value;
      longest = Math.max(longest, text.length);
      if (text !== cell.text) put(cell, text);
      const classes = `box ${mark(row, column)}`.trim();
      if (cell.inner.className !== classes) cell.inner.className = classes;
      if (note) {
        const small = note(row, column);
        longestNote = Math.max(longestNote, small?.length ?? 0);
        attribute(cell.inner, "data-note", small);
      }
      if (shade) paint(cell.inner, shade(row, column));
      const name = label?.(row, column) ?? (onEdit ? `${caption}, row ${row}, column ${column}` : null);
      if (cell.control) attribute(cell.control, "aria-label", name);
      if (onChoose) attribute(cell.control, "aria-current", current && current[0] === row && current[1] === column ? "true" : null);
    }));
    table.style.setProperty("--digits", longest);
    if (note) table.style.setProperty("--note", longestNote);
    if (current && onChoose && !body.contains(document.activeElement) && values.length) rove(current);
  }

  function put(cell, text) {
    cell.text = text;
    putNumber(cell.number, text);
    if (cell.control?.localName !== "input") return;
    if (cell.control !== document.activeElement) cell.control.value = text;
    else if (!isTyped(cell.control, text)) cell.control.value = inFull(cell.value);
  }

  // Whether what stands in a control, perhaps half typed, is the number that is shown.
  function isTyped(control, text) {
    const { value } = parseNumber(control.value, limits);
    return value !== undefined && format(value) === text;
  }

  return { element: table, message, draw };
}

// A hyphen in the text, drawn as a minus: a grid that is copied, or read by a program, holds plain numbers.
export function putNumber(node, text) {
  if (text.startsWith("-")) node.replaceChildren(element("span", { class: "minus" }, "-"), text.slice(1));
  else node.textContent = text;
}

// Black or white on grey, whichever has a contrast of 4.5 or more.
function paint(node, level) {
  const none = level === null;
  node.style.background = none ? "" : `rgb(${level} ${level} ${level})`;
  node.style.color = none ? "" : level > 118 ? "#000" : "#fff";
}

function step({ key, ctrlKey, altKey, metaKey }, [row, column], [height, width]) {
  if (ctrlKey || altKey || metaKey) return null;
  const moves = {
    ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
    Home: [row, 0], End: [row, width - 1], Enter: [row + 1, column],
  };
  const next = moves[key];
  return next && next[0] >= 0 && next[0] < height && next[1] >= 0 && next[1] < width ? next : null;
}

// In a half-typed number, left and right move the caret until it stands at the end.
function keepsCaret({ target, key }) {
  if (target.localName === "button") return key === "Enter";
  if (key === "Home" || key === "End") return target.selectionStart !== 0 || target.selectionEnd !== target.value.length;
  const whole = target.selectionStart === 0 && target.selectionEnd === target.value.length;
  if (key === "ArrowLeft") return !whole && target.selectionStart > 0;
  return key === "ArrowRight" && !whole && target.selectionEnd < target.value.length;
}

// ---- Formulas -------------------------------------------------------------------------------------------------------

const MATHML = "http://www.w3.org/1998/Math/MathML";

// MathML: math("(", fraction("N + 2P − F", "S"), ") + 1"). Strings are split into letters, numbers and signs; an
// array [text, role] is coloured as what it stands for.
export const math = (...parts) => mathml("math", { displaystyle: "true" }, parts.map(tokens));
export const fraction = (over, under) => mathml("mfrac", {}, [mathml("mrow", {}, tokens(over)), mathml("mrow", {}, tokens(under))]);

function mathml(tag, attributes, children) {
  const node = document.createElementNS(MATHML, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...[children].flat(Infinity));
  return node;
}

function tokens(part) {
  if (part instanceof Node) return [part];
  if (Array.isArray(part) && part.length === 2 && /^[a-z]+$/.test(part[1])) {
    return [mathml("mrow", { class: `of-${part[1]}` }, tokens(part[0]))];
  }
  if (Array.isArray(part)) return part.flatMap(tokens);
  return [...String(part).matchAll(/\d+(?:\.\d+)?|\p{L}|\S/gu)].map(([token]) => {
    const tag = /^\d/.test(token) ? "mn" : /^\p{L}$/u.test(token) ? "mi" : "mo";
    return mathml(tag, {}, token);
  });
}

// ---- State ----------------------------------------------------------------------------------------------------------

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// Ties a figure to its model: Python's traits in Jupyter, the host's in a page. `check(state)` says what is wrong with
// a state, or nothing; `draw(state)` shows it. `change(part)` makes a change or returns why not. A bad value never gets
// in, whether it was typed, came with a link or from Python.
export function connect(model, { names, check, draw }) {
  const read = () => Object.fromEntries(names.map((name) => [name, model.get(name)]));
  let state = read();
  let busy = false;

  function change(part) {
    const next = { ...state, ...part };
    const problem = check(next);
    if (problem) return problem;
    const changed = names.filter((name) => !same(next[name], state[name]));
    state = next;
    busy = true;
    for (const name of changed) model.set(name, next[name]);
    busy = false;
    if (changed.length) model.save_changes();
    draw(state);
    return "";
  }
  function follow() {
    const next = read();
    if (busy || same(next, state) || check(next)) return;
    state = next;
    draw(state);
  }
  for (const name of names) model.on(`change:${name}`, follow);
  return {
    change,
    get state() { return state; },
    close: () => { for (const name of names) model.off(`change:${name}`, follow); },
  };
}

export const isWhole = (value, minimum, maximum) => Number.isInteger(value) && value >= minimum && value <= maximum;
export const isPair = (value, minimum, maximum) => (
  Array.isArray(value) && value.length === 2 && value.every((number) => isWhole(number, minimum, maximum))
);
// A number of things, in words that fit it.
export const counted = (number, thing) => `${number} ${thing}${number === 1 ? "" : "s"}`;
// One of an object's own names, and nothing that only turns into one: a link may hold anything.
export const isChoice = (value, choices) => typeof value === "string" && Object.hasOwn(choices, value);
export const isPlane = (value, tallest, widest, largest = Infinity) => (
  Array.isArray(value) && value.length >= 1 && value.length <= tallest && Array.isArray(value[0])
  && value[0].length >= 1 && value[0].length <= widest
  && value.every((row) => Array.isArray(row) && row.length === value[0].length
    && row.every((number) => Number.isFinite(number) && Math.abs(number) <= largest))
);

// ---- Links and code -------------------------------------------------------------------------------------------------

// The buttons at a figure's foot. `code(state)` is the figure in PyTorch; `onReset` tidies up after "Start again".
export function footer(el, store, names, code, onReset = () => {}) {
  const { button: link, first, note, close } = sharing(el, store, names);
  return {
    element: element("div", { class: "foot" }, link,
      button("Copy as PyTorch", () => copy(code(store.state), note, "The code is on the clipboard.")),
      button("Start again", () => { store.change(first); onReset(); say(note, ""); }), note),
    close,
  };
}

// "Copy link", which a figure has in a page only, the line that says what came of it, and the figure's first state. The
// address holds what differs from that, and is read again when the page opens or the address changes.
export function sharing(el, store, names) {
  const figure = el.closest("figure[data-widget]");
  const note = element("p", { class: "reply", role: "status" });
  // What was said about a link is over once the reader goes on.
  el.addEventListener("input", () => say(note, ""));
  const first = figure ? JSON.parse(figure.dataset.state) : { ...store.state };
  if (!figure) return { button: null, first, note, close: () => {} };
  const restore = () => {
    const part = fromAddress(figure.id, names);
    if (part) say(note, readable(store, part, first));
  };
  restore();
  addEventListener("hashchange", restore);
  return {
    button: button("Copy link", () => {
      const address = new URL(location.href);
      address.hash = `${figure.id}=${encodeURIComponent(JSON.stringify(differing(store.state, first, names)))}`;
      history.replaceState(null, "", address);
      copy(address.href, note, "The link is on the clipboard and in the address bar.", store.lacking?.());
    }),
    first, note, close: () => removeEventListener("hashchange", restore),
  };
}

const differing = (state, first, names) => Object.fromEntries(
  names.filter((name) => !same(state[name], first[name])).map((name) => [name, state[name]]),
);

function readable(store, part, first) {
  const problem = part === "broken" ? "it is cut off" : store.change({ ...first, ...part });
  return problem ? `The link's settings cannot be shown: ${problem}` : "";
}

function fromAddress(id, names) {
  const hash = location.hash.slice(1);
  if (!hash.startsWith(`${id}=`)) return null;
  try {
    const given = JSON.parse(decodeURIComponent(hash.slice(id.length + 1)));
    return Object.fromEntries(names.filter((name) => Object.hasOwn(given, name)).map((name) => [name, given[name]]));
  } catch {
    return "broken";
  }
}

// Where the clipboard is closed to a page, the text is shown, selected, to be copied by hand. `more` follows either way.
async function copy(text, note, done, more = "") {
  try {
    await navigator.clipboard.writeText(text);
    say(note, `${done} ${more}`.trim());
  } catch {
    const area = element("textarea", { readonly: true, rows: 4, "aria-label": "To copy" });
    area.value = text;
    note.replaceChildren("Copy this: ", area, more);
    area.select();
  }
}

// A nested array as Python writes it, one row a line.
export function python(plane, indent = "    ") {
  const rows = plane.map((row) => `[${row.map((value) => (Number.isInteger(value) ? `${value}.` : value)).join(", ")}]`);
  return `[${rows.join(`,\n${indent}`)}]`;
}

// ---- Pictures -------------------------------------------------------------------------------------------------------

// Lets the reader bring a picture: by button, by dropping it on `target`, by pasting, or from a camera. It is scaled to
// at most `longest` pixels a side and handed over as ImageData in `onPicture`; it never leaves the page.
// A file that is no picture gives a message, and the last picture stays. `bring(loading)` is for the figure's other
// pictures; `own` tells whether the one that is shown is the reader's.
export function pictureSource(target, { longest = 451, onPicture }) {
  let asked = 0;
  let own = false;
  const message = element("p", { class: "message", role: "alert" });
  const file = element("input", { type: "file", accept: "image/*", class: "aside", tabindex: -1, "aria-hidden": "true",
    onchange: () => { if (file.files[0]) load(file.files[0]); file.value = ""; } });
  const camera = cameraButton({
    onStart: () => { asked += 1; },
    onFrame: (video) => {
      own = true;
      onPicture(scaled(video, video.videoWidth, video.videoHeight, longest));
    },
    complain: (text) => say(message, text),
  });
  const buttons = element("div", { class: "buttons" },
    button("Choose a picture", () => file.click()), file, camera.element);

  // Only the picture that was asked for last is shown, however long an earlier one takes to load.
  async function bring(loading, { readers = false, problem = "" } = {}) {
    camera.stop();
    say(message, "");
    asked += 1;
    const turn = asked;
    const picture = await loading.catch(() => null);
    if (turn !== asked) return;
    if (!picture) { say(message, problem); return; }
    own = readers;
    onPicture(picture);
  }
  function load(source) {
    const address = URL.createObjectURL(source);
    const loading = pixelsOf(address, longest).finally(() => URL.revokeObjectURL(address));
    const problem = `${source.name || "This"} is no picture that this browser can read. The last one stays.`;
    bring(loading, { readers: true, problem });
  }
  const take = (transfer, event) => {
    const found = [...(transfer?.files ?? [])][0];
    if (found) { event.preventDefault(); load(found); }
  };
  const over = (event) => { event.preventDefault(); target.classList.add("dropping"); };
  const leave = () => target.classList.remove("dropping");
  const drop = (event) => {
    event.preventDefault();
    leave();
    if (event.dataTransfer?.files.length) take(event.dataTransfer, event);
    else say(message, "Only a picture's file can be dropped here.");
  };
  // A paste goes to the figure that the reader is working in; to the one under the pointer if none has the focus.
  const paste = (event) => {
    const working = document.activeElement?.closest(".cnnbook-live");
    if (working ? working === target : target.matches(":hover")) take(event.clipboardData, event);
  };
  target.addEventListener("dragover", over);
  target.addEventListener("dragleave", leave);
  target.addEventListener("drop", drop);
  document.addEventListener("paste", paste);
  return {
    element: element("div", { class: "source" }, buttons,
      element("p", { class: "hint" }, "or drop or paste one. It stays in your browser."), message),
    bring,
    get own() { return own; },
    close: () => {
      camera.stop();
      asked += 1;
      document.removeEventListener("paste", paste);
    },
  };
}

function scaled(image, width, height, longest) {
  if (!width || !height) throw new RangeError("a picture without pixels");
  const scale = Math.min(1, longest / Math.max(width, height));
  const size = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = element("canvas", { width: size[0], height: size[1] });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  // Transparent pixels hold black as a rule: drawn on it, dark lines would be lost.
  context.fillStyle = "white";
  context.fillRect(0, 0, ...size);
  context.drawImage(image, 0, 0, ...size);
  return context.getImageData(0, 0, ...size);
}

// A button that lends the camera: `onFrame(video)` follows each frame until it is stopped.
function cameraButton({ onStart, onFrame, complain }) {
  // The request that holds: one at a time, and none once it has been stopped, even if the camera is lent afterwards.
  let request = null;
  let stream = null;
  const giveBack = (lent) => lent?.getTracks().forEach((track) => track.stop());
  function stop() {
    request = null;
    giveBack(stream);
    stream = null;
    say(toggle, "Use the camera");
  }
  async function start() {
    const mine = {};
    request = mine;
    complain("");
    onStart();
    try {
      const lent = await navigator.mediaDevices.getUserMedia({ video: { width: 640 } });
      if (request !== mine) { giveBack(lent); return; }
      stream = lent;
      say(toggle, "Stop the camera");
      lent.getVideoTracks()[0].addEventListener("ended", () => {
        if (request !== mine) return;
        stop();
        complain("The camera has stopped. Its last picture stays.");
      });
      const video = element("video", { playsinline: true, muted: true });
      video.srcObject = lent;
      await video.play();
      const frame = () => {
        if (request !== mine) return;
        if (video.videoWidth) onFrame(video);
        requestAnimationFrame(frame);
      };
      frame();
    } catch {
      if (request !== mine) return;
      stop();
      complain("The camera cannot be used: there is none, or it is not allowed.");
    }
  }
  const toggle = button("Use the camera", () => {
    if (stream) stop();
    else if (!request) start();
  });
  if (!navigator.mediaDevices?.getUserMedia) toggle.hidden = true;
  return { element: toggle, stop };
}

// The pixels of a picture that is already in the page, for example a data: URL, as ImageData.
export async function pixelsOf(address, longest = Infinity) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return scaled(image, image.naturalWidth, image.naturalHeight, longest);
}
