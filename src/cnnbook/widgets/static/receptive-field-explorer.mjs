// Figure: a stack of layers along one axis, and everything that one of its neurons sees.

import { axis, readers, receptiveFields, taps } from "./arithmetic.mjs";
import {
  attribute, begin, button, connect, counted, element, footer, inWords, isWhole, math, measure, numberField, putNumber,
  say, select, status,
} from "./dom.mjs";
import { stepper } from "./windows.mjs";

const NAMES = ["layers", "input_size", "layer", "neuron"];
const MOST = 6; // as a chosen layer, the last one: it stays the last when layers are added

// A layer's settings: a trait's key, its label, and its range.
const SETTINGS = [
  ["kernel_size", "Filter size F", 1, 11], ["stride", "Stride S", 1, 8],
  ["padding", "Padding P", 0, 5], ["dilation", "Dilation D", 1, 8],
];
const layer = (kernel, stride = 1, padding = 0, dilation = 1) => ({ kernel_size: kernel, stride, padding, dilation });
const PRESETS = {
  own: ["your own"],
  mixed: ["3, then 2 with stride 2, then 3", 12, [layer(3), layer(2, 2), layer(3)]],
  plain: ["four layers of 3", 16, [1, 2, 3, 4].map(() => layer(3))],
  padded: ["four layers of 3, padding 1", 12, [1, 2, 3, 4].map(() => layer(3, 1, 1))],
  strided: ["four layers of 3, stride 2", 47, [1, 2, 3, 4].map(() => layer(3, 2))],
  dilated: ["four layers of 3, dilation 1, 2, 4, 8", 40, [1, 2, 4, 8].map((dilation) => layer(3, 1, 0, dilation))],
  holes: ["three layers of 3, dilation 2", 20, [1, 2, 3].map(() => layer(3, 1, 0, 2))],
  stem: ["the start of ResNet: 7 and 3, stride 2", 32, [layer(7, 2, 3), layer(3, 2, 1)]],
};

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const settingsOf = ({ kernel_size: kernel, stride, padding, dilation }) => ({ kernel, stride, padding, dilation });

// How each layer's windows lie on the layer below it; the list ends at the first one that does not fit.
function geometry({ input_size: input, layers }) {
  const found = [];
  for (const one of layers) {
    const along = axis(found.at(-1)?.size ?? input, one.kernel_size, settingsOf(one));
    found.push(along);
    if (along.numerator < 0) break;
  }
  return found;
}

function check(state) {
  const { layers, input_size: input, layer: chosen, neuron } = state;
  if (!isWhole(input, 1, 48)) return "Input size N must be a whole number from 1 to 48.";
  if (!Array.isArray(layers) || layers.length < 1 || layers.length > MOST) return `There must be 1 to ${MOST} layers.`;
  for (const one of layers) {
    for (const [key, label, minimum, maximum] of SETTINGS) {
      if (!isWhole(one?.[key], minimum, maximum)) return `${label} must be a whole number from ${minimum} to ${maximum}.`;
    }
  }
  if (!isWhole(chosen, 0, MOST) || !isWhole(neuron, 0, 999)) return "There is no such neuron.";
  const along = geometry(state).at(-1);
  if (along.numerator >= 0) return "";
  const whole = along.input + along.before + along.after;
  return `The window of layer ${geometry(state).length} covers ${along.span}, but below it, with padding, there are only ${whole}.`;
}

// Everything that the figure shows but the chosen neuron. Rows are the layers, from the input on.
function compute(state) {
  const alongs = geometry(state);
  const fields = receptiveFields(state.layers.map(settingsOf));
  const rows = fields.map(({ size, jump, start }, i) => ({
    size, jump, start, centre: start + (size - 1) / 2,
    count: i ? alongs[i - 1].size : state.input_size,
    padding: alongs[i]?.before ?? 0,
  }));
  for (const row of rows) {
    row.low = row.centre - (row.padding + 0.5) * row.jump;
    row.high = row.centre + (row.count + row.padding - 0.5) * row.jump;
  }
  const low = Math.min(...rows.map((row) => row.low));
  const high = Math.max(...rows.map((row) => row.high));
  // The fields of the outermost neurons are in view, unless they reach far out.
  const last = rows.at(-1);
  const far = state.input_size / 2;
  return {
    rows, alongs,
    low: Math.min(low, Math.max(last.start - 0.5, low - far)),
    high: Math.max(high, Math.min(last.start + (last.count - 1) * last.jump + last.size - 0.5, high + far)),
  };
}

// What a neuron reads, for each layer from the input to its own: how many ways lead there from each place. Padding is
// read, and leads no further.
function waysDown({ alongs, rows }, top, index) {
  const found = [new Map([[index, 1]])];
  for (let l = top - 1; l >= 0; l -= 1) {
    const ways = new Map();
    for (const [at, count] of found[0]) {
      if (at < 0 || at >= rows[l + 1].count) continue;
      for (const tap of taps(alongs[l], at)) ways.set(tap, (ways.get(tap) ?? 0) + count);
    }
    found.unshift(ways);
  }
  return found;
}

// In each layer, the neurons that a pixel reaches.
function waysUp({ alongs }, pixel) {
  const found = [new Map([[pixel, 1]])];
  for (const along of alongs) {
    const ways = new Map();
    for (const [at, count] of found.at(-1)) {
      for (const [index] of readers(along, at)) ways.set(index, (ways.get(index) ?? 0) + count);
    }
    found.push(ways);
  }
  return found;
}

function render({ model, el }) {
  begin(el, "receptive-field-explorer");
  // What the reader points at now: { layer, index }, or null.
  let pointed = null;
  let found = null;
  let drawn = null;

  // ---- Controls
  const preset = select({
    label: "Stack", options: Object.fromEntries(Object.entries(PRESETS).map(([key, [text]]) => [key, text])), value: "own",
    onChange: (key) => {
      const [, input, layers] = PRESETS[key];
      if (layers) change({ layers, input_size: input, ...middle(layers, input) });
      else preset.set(presetOf(store.state));
    },
  });
  const input = numberField({ label: "Input size N", minimum: 1, maximum: 48, value: 1, onInput: () => apply(input) });
  const add = button("Add a layer", () => addLayer());
  const lines = Array.from({ length: MOST }, (_, i) => layerControls(i));
  const message = element("p", { class: "message", role: "alert" });

  function layerControls(i) {
    const fields = SETTINGS.map(([key, label, minimum, maximum]) => {
      const field = numberField({
        label, name: `Layer ${i + 1}: ${label}`, minimum, maximum, value: minimum, onInput: () => apply(field),
      });
      return [key, field];
    });
    const remove = button("×", () => removeLayer(i), { "aria-label": `Remove layer ${i + 1}`, class: "button arrow" });
    const name = element("span", { class: "name" }, `Layer ${i + 1}`);
    const line = element("div", { class: "layer", role: "group", "aria-label": `Layer ${i + 1}` },
      name, fields.map(([, field]) => field.element), remove);
    return { element: line, fields, remove };
  }

  // All fields are tried together; one that holds no number counts with its last one.
  function apply(changed) {
    const { state } = store;
    const layers = state.layers.map((one, i) => (
      Object.fromEntries(lines[i].fields.map(([key, field]) => [key, field.read() ?? one[key]]))
    ));
    const problem = store.change({ layers, input_size: input.read() ?? state.input_size });
    const known = [[input, store.state.input_size]];
    store.state.layers.forEach((one, i) => known.push(...lines[i].fields.map(([key, field]) => [field, one[key]])));
    for (const [field, value] of known) {
      if (field.read() !== null) field.complain(field === changed || field.read() !== value ? problem : "");
    }
    message.textContent = "";
  }
  function change(part) {
    const problem = store.change(part);
    message.textContent = problem;
    if (!problem) force(store.state);
  }
  function force(state) {
    input.set(state.input_size, true);
    state.layers.forEach((one, i) => lines[i].fields.forEach(([key, field]) => field.set(one[key], true)));
  }
  function addLayer() {
    change({ layers: [...store.state.layers, layer(3)] });
  }
  function removeLayer(i) {
    change({ layers: store.state.layers.filter((_, other) => other !== i) });
    lines[Math.min(i, store.state.layers.length - 1)].remove.focus();
  }

  // ---- The picture, and the chosen neuron: by pointing or, for keyboards and screen readers, by its layer and number
  const stack = element("div", { class: "stack", "aria-hidden": "true" });
  const neuronAt = (cell) => cell && { layer: Number(cell.dataset.layer), index: Number(cell.dataset.index) };
  stack.addEventListener("pointerover", ({ target }) => point(neuronAt(target.closest("i[data-index]"))));
  stack.addEventListener("pointerleave", () => point(null));
  // A finger leaves when it is lifted: what it tapped is chosen, and stays.
  stack.addEventListener("click", ({ target }) => {
    const cell = neuronAt(target.closest("i[data-index]"));
    if (cell) choose(cell.layer, cell.index);
    else release();
  });
  el.addEventListener("keydown", ({ key }) => { if (key === "Escape") release(); });
  function point(next) {
    if (same(next, pointed)) return;
    pointed = next;
    show(store.state);
  }
  function choose(layer, neuron) {
    store.change({ layer: layer === store.state.layers.length ? MOST : layer, neuron });
  }
  function release() {
    store.change(middle(store.state.layers, store.state.input_size));
  }
  let cells = [];
  let ranges = [];
  let cones = [];
  const bars = { field: bar("Its field"), neighbour: bar("Neighbour") };

  const level = select({
    label: "Layer", options: {}, value: "", onChange: (value) => choose(Number(value), store.state.neuron),
  });
  const steps = stepper({ label: "Neuron", one: "neuron", onInput: (neuron) => store.change({ neuron }) });

  const formula = element("div", { class: "formula" });
  const body = element("tbody");
  const heads = ["Layer", "Neurons", "Size", "Jump", "Middle of neuron 0", "Overlap", "Seen"];
  const table = element("table", { class: "fields" }, element("caption", {}, "Receptive fields"),
    element("thead", {}, element("tr", {}, heads.map((head) => element("th", { scope: "col" }, head)))), body);
  const line = status();

  const presetOf = ({ input_size: size, layers }) => (
    Object.keys(PRESETS).find((key) => same(PRESETS[key].slice(1), [size, layers])) ?? "own"
  );

  // ---- Drawing
  function draw(state) {
    pointed = null;
    if (found && drawn.layers === state.layers && drawn.input_size === state.input_size) { show(state); return; }
    drawn = state;
    found = compute(state);
    input.set(state.input_size);
    lines.forEach(({ element: node, fields, remove }, i) => {
      node.hidden = i >= state.layers.length;
      if (!node.hidden) for (const [key, field] of fields) field.set(state.layers[i][key]);
      remove.disabled = state.layers.length === 1;
    });
    level.control.replaceChildren(...["Input", ...state.layers.map((_, i) => String(i + 1))]
      .map((name, l) => element("option", { value: l }, name)));
    add.disabled = state.layers.length === MOST;
    preset.set(presetOf(state));
    measure(el, { layers: state.layers.length });
    build(state);
    show(state);
  }

  // The cells of all layers; the last one on top.
  function build(state) {
    const key = JSON.stringify([state.layers, state.input_size]);
    if (stack.dataset.key === key) return;
    stack.dataset.key = key;
    const { rows, low, high } = found;
    const extent = high - low;
    stack.style.setProperty("--extent", extent);
    stack.classList.toggle("dense", extent > 17);
    stack.classList.toggle("packed", extent > 36);
    cells = rows.map((row, l) => Array.from({ length: row.count + 2 * row.padding }, (_, i) => {
      const index = i - row.padding;
      const real = index >= 0 && index < row.count;
      const cell = element("i", { "data-layer": l, "data-index": real ? index : null }, real ? String(index) : "");
      place(cell, row.centre + (index - 0.5) * row.jump, row.jump);
      return cell;
    }));
    cones = rows.slice(1).map(() => cone());
    const parts = rows.map((_, l) => [
      element("div", { class: `level ${l === 0 ? "of-input" : l === rows.length - 1 ? "of-output" : "of-hidden"}` },
        element("span", { class: "name" }, l ? `Layer ${l}` : "Input", l ? element("small", {}, words(state.layers[l - 1])) : null),
        element("div", { class: "track" }, cells[l])),
      ...(l ? [element("div", { class: "level between" }, element("div", { class: "track" }, cones[l - 1].element))] : []),
    ]);
    stack.replaceChildren(...parts.reverse().flat(), bars.field.element, bars.neighbour.element);
    ranges = rows.map(() => element("td"));
    body.replaceChildren(...rows.map((row, l) => {
      const numbers = [row.count, row.size, row.jump, row.centre, Math.max(row.size - row.jump, 0)];
      return element("tr", {}, element("th", { scope: "row" }, l ? String(l) : "Input"),
        numbers.map((value) => { const cell = element("td"); putNumber(cell, String(value)); return cell; }), ranges[l]);
    }));
  }
  const at = (x) => (x - found.low) / (found.high - found.low);
  function place(node, left, width) {
    node.style.left = `${100 * at(left)}%`;
    node.style.width = `${(100 * width) / (found.high - found.low)}%`;
  }

  function show(state) {
    const chosen = chosenOf(state);
    const focus = pointed ?? chosen;
    const up = focus.layer === 0;
    const explained = up ? state.layers.length : focus.layer;
    const ways = up ? waysUp(found, focus.index) : waysDown(found, focus.layer, focus.index);
    const neighbour = neighbourOf(focus);
    cells.forEach((line, l) => {
      const most = Math.max(1, ...(ways[l]?.values() ?? []));
      line.forEach((cell, i) => {
        const index = i - found.rows[l].padding;
        const count = ways[l]?.get(index) ?? 0;
        const mine = l === focus.layer && index === focus.index;
        const beside = !up && l === focus.layer && index === neighbour;
        const real = index >= 0 && index < found.rows[l].count;
        const classes = [real ? "" : "padding", count ? "seen" : "", mine ? "chosen" : "", beside ? "beside" : ""].join(" ");
        if (cell.className !== classes) cell.className = classes;
        if (count) cell.style.setProperty("--share", (0.3 + 0.7 * (count / most)).toFixed(3));
      });
    });
    cones.forEach((one, l) => one.draw(edges(ways[l + 1], found.rows[l + 1]), edges(ways[l], found.rows[l])));
    drawBars(focus, neighbour, up);
    level.set(chosen.layer);
    const last = found.rows[chosen.layer].count - 1;
    steps.set(chosen.index, last, `${chosen.layer ? "neuron" : "pixel"} ${chosen.index} of 0 to ${last}`);
    drawTable(up ? null : ways, explained);
    formula.replaceChildren(...formulaOf(
      state.layers[explained - 1], found.rows[explained - 1], found.rows[explained], explained,
    ));
    line.say(up ? aboutPixel(focus.index, ways) : aboutNeuron(state, focus, neighbour, ways[0]));
  }

  function neighbourOf({ layer: l, index }) {
    const { count } = found.rows[l];
    if (index + 1 < count) return index + 1;
    return index > 0 ? index - 1 : null;
  }

  // Where the seen part of a layer begins and ends, in the picture's units from 0 to 1.
  function edges(ways, row) {
    if (!ways?.size) return null;
    const places = [...ways.keys()];
    const edge = (index) => at(row.centre + index * row.jump);
    return [edge(Math.min(...places) - 0.5), edge(Math.max(...places) + 0.5)];
  }

  function drawBars(focus, neighbour, up) {
    const row = found.rows[focus.layer];
    const field = (index) => [row.start + index * row.jump, row.size];
    bars.field.draw(up ? null : field(focus.index), place, found);
    bars.neighbour.draw(up || neighbour === null ? null : field(neighbour), place, found);
  }

  function drawTable(ways, top) {
    found.rows.forEach(({ count }, l) => {
      const real = [...(ways?.[l]?.keys() ?? [])].filter((index) => index >= 0 && index < count);
      say(ranges[l], !real.length ? "–" : real.length === 1 ? String(real[0]) : `${Math.min(...real)} to ${Math.max(...real)}`);
      attribute(ranges[l].parentNode, "class", l === top ? "current" : null);
    });
  }

  function aboutNeuron(state, focus, neighbour, ways) {
    const row = found.rows[focus.layer];
    const first = row.start + focus.index * row.jump;
    const pixels = [...ways.keys()].filter((at) => at >= 0 && at < state.input_size).length;
    const outside = Math.max(0, Math.min(row.size, -first)) + Math.max(0, Math.min(row.size, first + row.size - state.input_size));
    const holes = row.size - outside - pixels;
    const others = row.count > 1 ? ` (of 0 to ${row.count - 1})` : ", the only one,";
    const which = `Neuron ${focus.index}${others} in layer ${focus.layer} sees `;
    const where = row.size === 1 ? `pixel ${inWords(first)}` : `pixels ${inWords(first)} to ${inWords(first + row.size - 1)}, a field of ${row.size}`;
    const padding = outside ? `, ${outside} of them in the padding` : "";
    const holed = holes > 0 ? `; ${counted(holes, "pixel")} in between ${holes === 1 ? "is" : "are"} never read` : "";
    const beside = neighbour === null ? " It has no neighbour."
      : ` ${sharedWith(state, focus, neighbour, holes > 0 ? ways : null)}.`;
    return `${which}${where}${padding}${holed}.${beside}`;
  }

  // How much of a neuron's field its neighbour has too. Where there are holes in it, `ways` tells the pixels that are
  // read, which may be others than the neighbour's.
  function sharedWith(state, focus, neighbour, ways) {
    const row = found.rows[focus.layer];
    const shared = Math.max(row.size - row.jump, 0);
    if (!shared || !ways) return `The field of neuron ${neighbour}, beside it, shares ${shared || "none"} of them`;
    const others = waysDown(found, focus.layer, neighbour)[0];
    const both = [...others.keys()].filter((at) => ways.has(at) && at >= 0 && at < state.input_size).length;
    return `Neuron ${neighbour}, beside it, shares ${shared} of them: ${both || "none"} ${both > 1 ? "are" : "is"} read by both`;
  }

  function aboutPixel(pixel, ways) {
    const last = found.rows.at(-1).count;
    const counts = ways.slice(1).map((one, l) => `${one.size} of ${found.rows[l + 1].count}${l ? "" : " neurons"} in layer ${l + 1}`);
    return `Pixel ${pixel} is seen by ${counts.slice(0, -1).join(", ")}${counts.length > 1 ? " and " : ""}`
      + `${counts.at(-1)}.${ways.at(-1).size === 0 && last ? " The last layer never learns of it." : ""}`;
  }

  const store = connect(model, { names: NAMES, check, draw });
  const foot = footer(el, store, NAMES, code, () => { force(store.state); message.textContent = ""; });
  el.append(
    element("div", { class: "controls" }, preset.element, input.element),
    element("div", { class: "layers" }, lines.map((one) => one.element)),
    element("div", { class: "buttons" }, add, message),
    stack,
    element("div", { class: "choice" }, level.element, steps.element),
    line.element,
    element("div", { class: "numbers" }, table, formula),
    foot.element,
  );
  draw(store.state);
  return () => { store.close(); foot.close(); };
}

// ---- Parts of the drawing -------------------------------------------------------------------------------------------

// The neuron that a stack begins with, in the middle of its last layer.
const middle = (layers, input) => (
  { layer: MOST, neuron: Math.floor((geometry({ layers, input_size: input }).at(-1).size - 1) / 2) }
);

// The chosen neuron; the nearest one where there is none.
function chosenOf(state) {
  const layer = Math.min(state.layer, state.layers.length);
  const count = layer ? geometry(state)[layer - 1].size : state.input_size;
  return { layer, index: Math.min(state.neuron, count - 1) };
}

const words = ({ kernel_size: kernel, stride, padding, dilation }) => [
  `F${kernel}`, stride > 1 ? `S${stride}` : "", padding ? `P${padding}` : "", dilation > 1 ? `D${dilation}` : "",
].filter(Boolean).join(" ");

const SVG = "http://www.w3.org/2000/svg";

// Between two layers: the light that falls from the seen part of the upper one onto what it reads in the lower one.
function cone() {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [name, value] of [["viewBox", "0 0 1 1"], ["preserveAspectRatio", "none"]]) svg.setAttribute(name, value);
  svg.append(path);
  return {
    element: svg,
    draw: (upper, lower) => attribute(path, "d", upper && lower
      ? `M${upper[0]} 0L${upper[1]} 0L${lower[1]} 1L${lower[0]} 1Z` : "M0 0"),
  };
}

// A field as a bar below the input; what lies outside the input is hatched.
function bar(name) {
  const whole = element("b");
  const inside = element("u");
  const number = element("span", { class: "number-of" });
  const node = element("div", { class: `level bar ${name === "Neighbour" ? "second" : "first"}` },
    element("span", { class: "name" }, name), element("div", { class: "track" }, whole, inside, number));
  return {
    element: node,
    draw: (field, place, { rows: [{ count }], low, high }) => {
      node.classList.toggle("none", !field);
      if (!field) return;
      const [first, size] = field;
      place(whole, first - 0.5, size);
      const from = Math.max(first, 0);
      const to = Math.min(first + size, count);
      place(inside, from - 0.5, Math.max(to - from, 0));
      place(number, Math.max(first - 0.5, low), Math.min(first + size - 0.5, high) - Math.max(first - 0.5, low));
      number.textContent = size / (high - low) > 0.06 ? String(size) : "";
    },
  };
}

// The size and the jump of a layer from those of the layer below it.
function formulaOf({ kernel_size: kernel, stride, dilation }, below, own, number) {
  const dilated = dilation > 1 ? `· ${dilation}` : "";
  return [
    element("p", {}, element("span", { class: "axis" }, `size of ${number}`),
      math(String(below.size), `+ ( ${kernel} − 1 )`, dilated, `· ${below.jump} =`, [String(own.size), "window"])),
    element("p", {}, element("span", { class: "axis" }, `jump of ${number}`),
      math(String(below.jump), `· ${stride} =`, [String(own.jump), "window"])),
  ];
}

// ---- The figure in PyTorch ------------------------------------------------------------------------------------------

function code(state) {
  const { layer, index } = chosenOf(state);
  const layers = state.layers.map(({ kernel_size: kernel, stride, padding, dilation }) => (
    `    nn.Conv1d(1, 1, ${kernel}, stride=${stride}, padding=${padding}, dilation=${dilation}, bias=False),`
  ));
  const above = [
    `ways = torch.zeros(1, 1, ${state.input_size})`,
    `ways[0, 0, ${index}] = 1`,
    "for layer in net:  # the neurons that see the pixel, layer by layer",
    "    ways = layer(ways)",
    "    print(ways[0, 0].nonzero().flatten().tolist())",
  ];
  const below = [
    `pixels = torch.ones(1, 1, ${state.input_size}, requires_grad=True)`,
    `net${layer < state.layers.length ? `[:${layer}]` : ""}(pixels)[0, 0, ${index}].backward()`,
    "ways = pixels.grad",
    "print(ways[0, 0].nonzero().flatten().tolist())",
    "print(ways[0, 0].tolist())",
  ];
  return [
    "import torch",
    "from torch import nn",
    "",
    "net = nn.Sequential(",
    ...layers,
    ")",
    "for parameter in net.parameters():",
    "    nn.init.ones_(parameter)  # so that the ways to each place are counted",
    ...(layer ? below : above),
    "",
  ].join("\n");
}

export default { render };
