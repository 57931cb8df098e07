// Figure: several channels, several filters with their biases, and what each channel adds to one output.

import { axes, conv2d, readers, shape, total, window as windowAt } from "./arithmetic.mjs";
import {
  begin, connect, counted, element, factor, footer, fraction, grid, inWords, isPair, isPlane, isWhole, math, measure,
  numberField, putNumber, python, status,
} from "./dom.mjs";
import { arrange, by, cover, inPython, paddingFrame, pairFields, resizer, stepper } from "./windows.mjs";

const NAMES = ["input", "weight", "bias", "stride", "padding", "position"];

// Controls for both axes: a name, its label, the name of its second field, and its range.
const PAIRS = [
  ["input_size", "Input size N", "Input width", 1, 8],
  ["kernel_size", "Filter size F", "Filter width", 1, 5],
  ["stride", "Stride S", "Stride along the width", 1, 4],
  ["padding", "Padding P", "Padding along the width", 0, 3],
];
const MOST = 4;

// Numbers that nobody has chosen; Python's class has the same three functions.
const newPixel = (c, y, x) => ((7 * y * y + 3 * y * x + 5 * x * x + 2 * y + x + 3 * c + 1) % 11) % 3;
const newWeight = (k, c, y, x) => ((y * y + 2 * y * x + 2 * x + k + 2 * c + k * c + 1) % 3) - 1;
const newBias = (k) => 1 - (k % 2);

const list = (length, make) => Array.from({ length }, (_, index) => make(index));
const sizesOf = ({ input, weight, stride, padding }) => ({
  input_size: shape(input[0]), kernel_size: shape(weight[0][0]), stride, padding,
});
const geometry = (state) => axes(shape(state.input[0]), shape(state.weight[0][0]), state);

function check(state) {
  const { input, weight, bias } = state;
  const planes = (value, count, side) => Array.isArray(value) && isWhole(value.length, 1, count)
    && value.every((plane) => isPlane(plane, side, side, 99) && by(shape(plane)) === by(shape(value[0])));
  if (!planes(input, MOST, 8)) return "The input must be channels of one size, with numbers from −99 to 99.";
  if (!Array.isArray(weight) || !isWhole(weight.length, 1, MOST) || !weight.every((one) => planes(one, MOST, 5))
    || !weight.every((one) => by(shape(one[0])) === by(shape(weight[0][0])))) {
    return "The filters must have one size, with numbers from −99 to 99.";
  }
  if (weight.some((one) => one.length !== input.length)) return "Each filter must be as deep as the input.";
  if (!isPlane([bias], 1, MOST, 99) || bias.length !== weight.length) return "There must be one bias for each filter.";
  if (!isPair(state.stride, 1, 4)) return "Stride S must be whole numbers from 1 to 4.";
  if (!isPair(state.padding, 0, 3)) return "Padding P must be whole numbers from 0 to 3.";
  if (!Array.isArray(state.position) || state.position.length !== 3 || !state.position.every((n) => isWhole(n, 0, 99))) {
    return "There is no such output.";
  }
  const large = geometry(state).find(({ numerator }) => numerator < 0);
  if (!large) return "";
  const whole = large.input + large.before + large.after;
  return `The filters would cover ${large.span} pixels, but the padded input has only ${whole}.`;
}

function render({ model, el }) {
  begin(el, "volume-explorer");
  // What the reader points at now: { grid: "input" | "filter" | "output", index, row, column }, or null. `index` is a
  // channel or a map; a filter's slice has [filter, channel].
  let pointed = null;

  // ---- Controls
  const pairs = pairFields(PAIRS, apply);
  const count = (name, label) => numberField({
    label, minimum: 1, maximum: MOST, value: model.get(name === "depth" ? "input" : "weight").length,
    onInput: () => apply(name),
  });
  const depth = count("depth", "Input depth D");
  const filters = count("filters", "Filters K");
  const [resizeInput, resizeWeight, resizeBias] = [newPixel, newWeight, newBias].map((fill) => resizer(el, fill));

  // All controls are tried together; what cannot be waits in its control, with a message.
  function apply(name) {
    const { input, weight, bias } = store.state;
    const given = pairs.read(sizesOf(store.state));
    const [channels, number] = [depth.read() ?? input.length, filters.read() ?? weight.length];
    const problem = store.change({
      input: resizeInput(input, [channels, ...given.input_size]),
      weight: resizeWeight(weight, [number, channels, ...given.kernel_size]),
      bias: resizeBias(bias, [number]),
      stride: given.stride, padding: given.padding,
    });
    pairs.complain(problem, name, sizesOf(store.state));
  }

  // ---- Volumes: columns of planes
  const point = (name, index) => (row, column) => {
    const next = row === null ? null : { grid: name, index, row, column };
    if (JSON.stringify(next) === JSON.stringify(pointed)) return;
    pointed = next;
    show(store.state);
  };
  const put = (name, path) => (row, column, value) => {
    const copy = structuredClone(store.state[name]);
    path.reduce((part, at) => part[at], copy)[row][column] = value;
    store.change({ [name]: copy });
  };
  const volumes = element("div", { class: "volumes" });
  const parts = element("div", { class: "parts" });
  const ledger = element("tbody");
  const messages = element("div", {});
  const outputs = element("div", { class: "slot maps" });
  let [inputs, slices, biases, maps, products, headers] = [[], [], [], [], [], []];

  // Planes that stay are kept: making one costs far more than drawing it.
  function build(state) {
    const [channels, number] = [state.input.length, state.weight.length];
    if (inputs.length === channels && maps.length === number) return;
    const grown = (kept, length, make) => list(length, (at) => kept[at] ?? make(at));
    inputs = grown(inputs, channels, (c) => plane({
      caption: `Input, channel ${c}`, role: "input", onEdit: put("input", [c]), onPoint: point("input", c),
    }, `channel ${c}`, true));
    slices = list(number, (k) => grown(slices[k] ?? [], channels, (c) => plane({
      caption: `Filter ${k}, channel ${c}`, role: "filter", onEdit: put("weight", [k, c]), onPoint: point("filter", [k, c]),
    })));
    biases = grown(biases, number, (k) => plane({
      caption: `Bias ${k}`, role: "filter",
      onEdit: (row, column, value) => store.change({ bias: store.state.bias.map((old, i) => (i === k ? value : old)) }),
    }, "bias"));
    maps = grown(maps, number, (k) => plane({
      caption: `Output, map ${k}`, role: "output", onPoint: point("output", k),
      onChoose: (row, column) => store.change({ position: [k, row, column] }),
    }, `map ${k}`, true));
    products = grown(products, channels, (c) => plane({ caption: `Products, channel ${c}`, role: "window" }, `channel ${c}`));
    headers = grown(headers, number, (k) => header(`Filter ${k}`, "filter"));
    // A row for each channel, one for the biases; the maps stand beside them all.
    const at = (row, column, { slot }) => { slot.style.gridArea = `${row} / ${column}`; return slot; };
    arrange(volumes, [
      inputHeader, headers, outputHeader,
      inputs.map((one, c) => [at(c + 2, 1, one), slices.map((own, k) => at(c + 2, k + 2, own[c]))]),
      biases.map((one, k) => at(channels + 2, k + 2, one)),
      outputs,
    ]);
    arrange(outputs, maps.map(({ slot }) => slot));
    arrange(parts, products.map(({ slot }) => slot));
    arrange(messages, [inputs, slices, biases].flat(2).map(({ table }) => table.message));
  }
  const header = (text, role) => element("p", { class: `header of-${role}` }, text);
  const [inputHeader, outputHeader] = [header("Input", "input"), header("Output", "output")];

  // ---- Stepping
  const steps = stepper({ label: "Output position", one: "position", onInput: go });
  function go(to) {
    const [down, across] = geometry(store.state);
    const area = down.size * across.size;
    pointed = null;
    if (to >= 0 && to < area * store.state.weight.length) {
      store.change({ position: [Math.floor(to / area), Math.floor((to % area) / across.size), to % across.size] });
    }
  }

  const formula = element("div", { class: "formula" });
  const verdict = element("p", { class: "verdict" });
  const line = status();

  // ---- Drawing
  function draw(state) {
    pairs.set(sizesOf(state));
    depth.set(state.input.length);
    filters.set(state.weight.length);
    const both = geometry(state);
    build(state);
    measure(el, lengths(both, state));
    formula.replaceChildren(...formulas(both, state));
    verdict.replaceChildren(...verdictOf(both, state));
    for (const one of inputs) one.padding.draw(both);
    pointed = null;
    show(state);
  }

  // What depends on the position and on what the reader points at.
  function show(state) {
    const both = geometry(state);
    const [down, across] = both;
    const volume = conv2d(state.input, state.weight, state.bias, state);
    const over = pointed?.grid === "output" ? [pointed.index, pointed.row, pointed.column] : null;
    const [k, row, column] = over ?? [
      Math.min(state.position[0], volume.length - 1), Math.min(state.position[1], down.size - 1),
      Math.min(state.position[2], across.size - 1),
    ];
    const seen = state.input.map((one, c) => windowAt(one, state.weight[k][c], state, row, column));
    const reads = pointed?.grid === "input"
      ? readers(down, pointed.row).flatMap(([y]) => readers(across, pointed.column).map(([x]) => [y, x])) : null;
    const mate = pointed?.grid === "filter" && pointed.index[0] === k ? pointed : null;
    const [rows, columns] = [new Set(seen[0].rows), new Set(seen[0].columns)];

    inputs.forEach((one, c) => {
      const marks = (y, x) => {
        if (reads) return "";
        const met = mate?.index[1] === c && seen[c].rows[mate.row] === y && seen[c].columns[mate.column] === x;
        return rows.has(y) && columns.has(x) ? `read${met ? " marked" : ""}` : "";
      };
      one.table.draw(state.input[c], { mark: marks });
      one.padding.mark(marks);
      one.cover(!reads, [down.before + seen[c].rows[0], across.before + seen[c].columns[0]], [down.span, across.span]);
    });
    slices.forEach((column_, filter) => column_.forEach((one, c) => {
      one.table.draw(state.weight[filter][c], {
        mark: (y, x) => (mate && filter === k && mate.index[1] === c && mate.row === y && mate.column === x ? "marked" : ""),
      });
      one.element.classList.toggle("active", filter === k && !reads);
    }));
    biases.forEach((one, filter) => {
      one.table.draw([[state.bias[filter]]]);
      one.element.classList.toggle("active", filter === k && !reads);
    });
    maps.forEach((one, filter) => {
      one.table.draw(volume[filter], {
        current: filter === k ? [row, column] : null,
        label: (y, x) => `Map ${filter}, row ${y}, column ${x}: ${inWords(volume[filter][y][x])}`,
        mark: (y, x) => (reads?.some(([a, b]) => a === y && b === x) ? "marked" : ""),
      });
      one.cover(filter === k && !reads, [row, column], [1, 1]);
    });
    products.forEach((one, c) => one.table.draw(seen[c].products, {
      mark: (y, x) => (seen[c].inside[y][x] ? "" : "padding"),
      note: (y, x) => `${inWords(seen[c].pixels[y][x])}·${factor(seen[c].weights[y][x])}`,
    }));
    parts.classList.toggle("many", across.kernel > 3);
    drawLedger(ledger, seen.map(({ sum }) => sum), state.bias[k], k);

    const area = down.size * across.size;
    const current = (k * down.size + row) * across.size + column;
    const last = area * volume.length - 1;
    steps.set(current, last, `map ${k}, row ${row}, column ${column}`);
    line.say(sentence(state, volume, [k, row, column], seen, reads));
  }

  const store = connect(model, { names: NAMES, check, draw });
  const foot = footer(el, store, NAMES, code, () => {
    pairs.reset(sizesOf(store.state));
    depth.set(store.state.input.length, true);
    filters.set(store.state.weight.length, true);
  });
  const { fields } = pairs;
  el.append(
    element("div", { class: "controls" }, fields.input_size.element, depth.element, filters.element,
      fields.kernel_size.element, fields.stride.element, fields.padding.element),
    element("div", { class: "options" }, pairs.apart.element),
    element("div", { class: "size" }, formula, verdict),
    volumes, messages,
    steps.element,
    element("div", { class: "workings" }, parts,
      element("table", { class: "ledger" }, element("caption", { class: "aside" }, "Partial sums"), ledger)),
    line.element, foot.element,
  );
  draw(store.state);
  return () => { store.close(); foot.close(); };
}

// ---- Parts of the drawing -------------------------------------------------------------------------------------------

// A table with room for padding around it and for an outline that moves; in its slot a label stands above it.
function plane(settings, label = null, moving = false) {
  const table = grid(settings);
  const padding = paddingFrame();
  const outline = moving ? element("div", { class: "reading", "aria-hidden": "true" }) : null;
  const node = element("div", { class: "plane" }, padding.element, table.element, outline);
  return {
    table, padding,
    element: node,
    slot: element("div", { class: "slot" }, label && element("p", { class: "label" }, label), node),
    cover: (...place) => cover(outline, ...place),
  };
}

// The sizes from which the style sheet computes how large a cell can be.
function lengths([down, across], state) {
  return {
    channels: state.input.length, filters: state.weight.length,
    height: down.input + down.before + down.after, width: across.input + across.before + across.after,
    "kernel-height": down.kernel, "kernel-width": across.kernel, "output-height": down.size, "output-width": across.size,
  };
}

// The addition as on paper: a line for each channel, their sum, the bias, and the output.
function drawLedger(body, sums, bias, filter) {
  const sum = sums.reduce((one, other) => one + other, 0);
  const lines = [
    ...sums.map((value, c) => [`channel ${c}`, value, ""]),
    ["sum", sum, "total"], [`bias ${filter}`, bias, "bias"], ["output", sum + bias, "total output"],
  ];
  body.replaceChildren(...lines.map(([name, value, kind]) => {
    const cell = element("td", {});
    putNumber(cell, String(Number(value.toFixed(3))));
    return element("tr", { class: kind || null }, element("th", { scope: "row" }, name), cell);
  }));
}

function formulas([down, across], state) {
  const same = ["input", "kernel", "stride", "before"].every((key) => down[key] === across[key]);
  const sizes = same ? [sizeFormula(down, "size")] : [sizeFormula(down, "height"), sizeFormula(across, "width")];
  const [depth, filters] = [state.input.length, state.weight.length];
  const weights = down.kernel * across.kernel * depth * filters;
  return [...sizes, element("p", {}, element("span", { class: "axis" }, "learned"), math(
    "(", [`${down.kernel} · ${across.kernel}`, "filter"], "·", [String(depth), "input"], ") ·", [String(filters), "output"],
    "+", [String(filters), "output"], "=", String(weights + filters),
  ))];
}

function sizeFormula({ input, kernel, before, stride, fraction: [over, under], fits }, name) {
  return element("p", {}, element("span", { class: "axis" }, name), math(
    fraction([["N", "input"], "−", ["F", "filter"], "+ 2 P"], "S"), "+ 1 =",
  ), math(
    fraction([[String(input), "input"], "−", [String(kernel), "filter"], `+ 2 · ${before}`], String(stride)), "+ 1 =",
    fits ? [inWords(over / under), "output"] : fraction(String(over), String(under)),
  ));
}

function verdictOf([down, across], state) {
  const [depth, filters] = [state.input.length, state.weight.length];
  const from = by([...shape(state.input[0]), depth]);
  const to = by([down.size, across.size, filters]);
  const each = `each filter is ${by([down.kernel, across.kernel, depth])}`;
  const text = ` The input is ${from}, ${each}, and the output is ${to}.`;
  const bad = [down, across].find(({ fits }) => !fits);
  return bad ? [element("strong", {}, "Doesn’t fit!"), ` ${bad.fraction.join("/")} is rounded down, as PyTorch does.${text}`] : [text];
}

function sentence(state, volume, [k, row, column], seen, reads) {
  if (reads) {
    const places = counted(reads.length, "position");
    const outputs = reads.length * volume.length;
    return outputs
      ? `This pixel is read at ${places}, by ${volume.length === 1 ? "1 filter" : `each of ${volume.length} filters`}: ${outputs} outputs.`
      : "No output reads this pixel.";
  }
  const sums = seen.map(({ sum }, c) => (c ? `${sum < 0 ? "−" : "+"} ${inWords(Math.abs(sum))}` : inWords(sum))).join(" ");
  const bias = state.bias[k];
  const number = seen.length * total(seen[0].weights.map((line) => line.map(() => 1)));
  return `Map ${k}, row ${row}, column ${column}: ${counted(number, "product")}; ${sums}, and the bias `
    + `${bias < 0 ? "−" : "+"} ${inWords(Math.abs(bias))}, make ${inWords(volume[k][row][column])}.`;
}

// ---- The figure in PyTorch ------------------------------------------------------------------------------------------

function code(state) {
  const nested = (value, indent) => (Array.isArray(value[0][0])
    ? `[${value.map((part) => nested(part, `${indent} `)).join(`,\n${indent}`)}]` : python(value, indent));
  return [
    "import torch",
    "from torch.nn import functional as F",
    "",
    `input = torch.tensor(${nested(state.input, " ".repeat(22))})`,
    `weight = torch.tensor(${nested(state.weight, " ".repeat(23))})`,
    `bias = torch.tensor(${python([state.bias]).slice(1, -1)})`,
    `output = F.conv2d(input[None], weight, bias, stride=${inPython(state.stride)}, padding=${inPython(state.padding)})`,
    "print(output[0])",
    "",
  ].join("\n");
}

export default { render };
