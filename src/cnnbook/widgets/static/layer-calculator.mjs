// Figure: a stack of layers that the reader edits, and what each of them costs.

import { countLayers } from "./arithmetic.mjs";
import {
  attribute, begin, button, connect, counted as inCount, element, footer, isChoice, isWhole, numberField, select, status,
} from "./dom.mjs";

const NAMES = ["input_shape", "layers", "rounding"];
const ROUNDINGS = { strict: "error", floor: "floor (PyTorch)" };
const KINDS = { conv: "CONV", pool: "POOL", fc: "FC" };

// A kind's settings: trait, label, what it is called aloud, range.
const COUNT = ["K", "filters K", 1, 8192];
const SETTINGS = {
  conv: {
    out_channels: COUNT, kernel_size: ["F", "filter size F", 1, 512], stride: ["S", "stride S", 1, 64],
    padding: ["P", "padding P", 0, 64],
  },
  pool: {
    kernel_size: ["F", "window size F", 1, 512], stride: ["S", "stride S", 1, 64], padding: ["P", "padding P", 0, 64],
  },
  fc: { out_features: ["K", "neurons K", 1, 100000] },
};
const FIRST = {
  conv: { kind: "conv", out_channels: 16, kernel_size: 3, stride: 1, padding: 1, bias: true },
  pool: { kind: "pool", kernel_size: 2, stride: 2, padding: 0 },
  fc: { kind: "fc", out_features: 10, bias: true },
};
const MOST = 40;
const COLUMNS = ["Output", "Parameters", "Multiply-adds", "Activations", "Sees"];

const conv = (out, kernel, stride = 1, padding = 0, bias = true) => (
  { kind: "conv", out_channels: out, kernel_size: kernel, stride, padding, bias }
);
const pool = (kernel, stride, padding = 0) => ({ kind: "pool", kernel_size: kernel, stride, padding });
const fc = (units) => ({ kind: "fc", out_features: units, bias: true });
const vgg = [[64, 2], [128, 2], [256, 3], [512, 3], [512, 3]].flatMap(([width, depth]) => (
  [...Array.from({ length: depth }, () => conv(width, 3, 1, 1)), pool(2, 2)]
));
// Python's class has the same.
const NETWORKS = {
  "ten 5×5 filters (slide 39)": [[3, 32, 32], [conv(10, 5, 1, 2)], "strict"],
  "stride 3 on 7×7 (slide 33)": [[1, 7, 7], [conv(1, 3, 3)], "strict"],
  "1×1 filters (slide 45)": [[64, 56, 56], [conv(32, 1)], "strict"],
  "pooling (slide 55)": [[64, 224, 224], [pool(2, 2)], "strict"],
  "LeNet-5": [[1, 32, 32], [conv(6, 5), pool(2, 2), conv(16, 5), pool(2, 2), conv(120, 5), fc(84), fc(10)], "strict"],
  "AlexNet, in one tower": [[3, 227, 227], [
    conv(96, 11, 4), pool(3, 2), conv(256, 5, 1, 2), pool(3, 2), conv(384, 3, 1, 1), conv(384, 3, 1, 1),
    conv(256, 3, 1, 1), pool(3, 2), fc(4096), fc(4096), fc(1000),
  ], "strict"],
  "VGG-16": [[3, 224, 224], [...vgg, fc(4096), fc(4096), fc(1000)], "strict"],
  "ResNet-50’s stem": [[3, 224, 224], [conv(64, 7, 2, 3, false), pool(3, 2, 1)], "floor"],
};
const OWN = "your own";

function check({ input_shape: input, layers, rounding }) {
  if (!isChoice(rounding, ROUNDINGS)) return "There are the choices error and floor.";
  if (!Array.isArray(input) || input.length !== 3 || !input.every((size) => isWhole(size, 1, 4096))) {
    return "The input must have channels, a height and a width from 1 to 4096.";
  }
  if (!Array.isArray(layers) || layers.length > MOST) return `There can be ${MOST} layers at most.`;
  const bad = layers.findIndex((layer) => !isLayer(layer));
  return bad < 0 ? "" : `Layer ${bad + 1} has settings that are out of range.`;
}

const nameOf = ({ input_shape: input, layers, rounding }) => Object.keys(NETWORKS).find((name) => (
  JSON.stringify(NETWORKS[name]) === JSON.stringify([input, layers, rounding])
)) ?? OWN;

function isLayer(layer) {
  if (!isChoice(layer?.kind, SETTINGS)) return false;
  const { kind, bias, ...rest } = layer;
  const settings = SETTINGS[kind];
  return Object.keys(rest).every((name) => Object.hasOwn(settings, name))
    && Object.entries(settings).every(([name, [, , low, high]]) => isWhole(rest[name], low, high))
    && typeof bias === (kind === "pool" ? "undefined" : "boolean");
}

function render({ model, el }) {
  begin(el, "layer-calculator");
  const networks = select({
    label: "Network", value: OWN,
    options: Object.fromEntries([...Object.keys(NETWORKS), OWN].map((name) => [name, name])),
    onChange: (name) => {
      const found = NETWORKS[name];
      if (found) store.change({ input_shape: found[0], layers: found[1], rounding: found[2] });
      else networks.set(nameOf(store.state));
    },
  });
  const sizes = ["Input depth", "Input height", "Input width"].map((label, i) => numberField({
    label, minimum: 1, maximum: 4096, value: 1,
    onInput: (value) => value && store.change({ input_shape: store.state.input_shape.with(i, value) }),
  }));
  const rounding = select({
    label: "Where it does not fit", options: ROUNDINGS, value: "strict",
    onChange: (value) => store.change({ rounding: value }),
  });

  const body = element("tbody");
  const totals = element("tfoot");
  const table = element("table", { class: "layers" },
    element("caption", {}, "Layers"),
    element("thead", {}, element("tr", {},
      ["Layer", ...COLUMNS].map((name) => element("th", { scope: "col" }, name)), element("td", {}))),
    body, totals);
  const volumes = element("ol", { class: "volumes", tabindex: 0, "aria-label": "Volumes, drawn to scale" });
  const add = element("div", { class: "buttons" }, Object.entries(KINDS).map(([kind, name]) => (
    button(`Add ${name}`, () => setLayers([...store.state.layers, FIRST[kind]]))
  )));
  const line = status();
  let rows = [];

  const setLayers = (layers) => store.change({ layers });
  const setLayer = (i, part) => setLayers(store.state.layers.with(i, { ...store.state.layers[i], ...part }));

  function rebuild(layers) {
    if (rows.map(({ kind }) => kind).join() === layers.map(({ kind }) => kind).join()) return;
    // The focus stays on the control at the same place, if there is one.
    const focused = document.activeElement?.dataset.place;
    rows = layers.map(({ kind }, i) => layerRow(kind, i, {
      set: (part) => setLayer(i, part),
      replace: (next) => setLayers(store.state.layers.with(i, FIRST[next])),
      remove: () => setLayers(store.state.layers.toSpliced(i, 1)),
    }));
    body.replaceChildren(input.element, ...rows.map(({ element: node }) => node));
    if (focused) (body.querySelector(`[data-place="${focused}"]`) ?? body.querySelector("tr:last-child .actions > button") ?? add.firstChild).focus();
  }
  const input = inputRow();

  function draw(state) {
    const counted = countLayers(state.input_shape, state.layers, state.rounding);
    networks.set(nameOf(state));
    sizes.forEach((field, i) => field.set(state.input_shape[i]));
    rounding.set(state.rounding);
    if (!body.firstChild) body.append(input.element);
    rebuild(state.layers);
    // A button that is switched off loses the focus: the last layer's takes it.
    const full = state.layers.length >= MOST;
    if (full && add.contains(document.activeElement)) body.querySelector("tr:last-child .actions > button").focus();
    for (const node of add.children) node.disabled = full;
    input.show(state.input_shape);
    rows.forEach((row, i) => row.show(state.layers[i], counted[i]));
    const sum = summed(state.input_shape, counted);
    totals.replaceChildren(totalRow(sum));
    volumes.replaceChildren(...drawVolumes(state, counted));
    line.say(sentence(state, counted, sum));
  }

  const store = connect(model, { names: NAMES, check, draw });
  const foot = footer(el, store, NAMES, code, () => {
    sizes.forEach((field, i) => field.set(store.state.input_shape[i], true));
    rows.forEach((row, i) => row.reset(store.state.layers[i]));
  });
  el.append(
    element("div", { class: "controls" }, networks.element, sizes.map((field) => field.element), rounding.element),
    volumes, element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Layers and their costs" }, table),
    add, line.element, foot.element,
  );
  draw(store.state);
  return () => { store.close(); foot.close(); };
}

// ---- Rows -----------------------------------------------------------------------------------------------------------

const number = (value) => value.toLocaleString("en-US"); // of a BigInt, too
// A row's results, each with its column's name for where the table is too wide and the columns become lines.
const results = (values) => values.map(([value, note], i) => element("td", { "data-name": COLUMNS[i] },
  typeof value !== "string" ? element("data", { value }, number(value)) : value, note ? element("small", {}, note) : null));
const shapeText = (shape) => (shape.length === 3 ? `${shape[1]}×${shape[2]}×${shape[0]}` : String(shape[0]));
const product = (shape) => shape.reduce((all, size) => all * size, 1);

function inputRow() {
  const cells = element("tr", {});
  return {
    element: cells,
    show: (shape) => cells.replaceChildren(
      element("th", { scope: "row" }, "INPUT"),
      ...results([[shapeText(shape)], [0], [0], [product(shape)], ["1"]]), element("td", {}),
    ),
  };
}

// One layer's controls, made once, and its results, written anew at each change.
function layerRow(kind, i, { set, replace, remove }) {
  const called = `Layer ${i + 1}`;
  const kinds = element("select", { "aria-label": `${called}, kind`, "data-place": `${i}-kind`, onchange: () => replace(kinds.value) },
    Object.entries(KINDS).map(([value, text]) => element("option", { value }, text)));
  kinds.value = kind;
  const fields = Object.entries(SETTINGS[kind]).map(([name, [label, aloud, minimum, maximum]]) => {
    const field = numberField({
      label, name: `${called}, ${aloud}`, minimum, maximum, value: minimum, buttons: false,
      onInput: (value) => value !== null && set({ [name]: value }),
    });
    field.control.dataset.place = `${i}-${name}`;
    return [name, field];
  });
  const bias = element("input", { type: "checkbox", "aria-label": `${called}, bias`, "data-place": `${i}-bias`, onchange: () => set({ bias: bias.checked }) });
  const away = button("×", remove, { "aria-label": `Remove layer ${i + 1}`, class: "button small", "data-place": `${i}-away` });
  const controls = element("th", { scope: "row" }, element("div", { class: "settings" }, kinds,
    fields.map(([, field]) => field.element),
    kind === "pool" ? null : element("label", { class: "bias", title: "bias" }, bias, "b")));
  const actions = element("td", { class: "actions" }, away);
  const row = element("tr", {}, controls, actions);
  let cells = [];
  return {
    kind,
    element: row,
    show(layer, counted) {
      for (const [name, field] of fields) field.set(layer[name]);
      bias.checked = Boolean(layer.bias);
      // The controls stay where they are: what is taken out of the page loses the focus.
      for (const cell of cells) cell.remove();
      cells = resultCells(counted);
      actions.before(...cells);
      attribute(row, "class", counted ? (counted.problem ? "problem" : null) : "behind");
    },
    reset(layer) { for (const [name, field] of fields) field.set(layer[name], true); },
  };
}

function resultCells(counted) {
  if (!counted) return [element("td", { colspan: 5 }, "not reached")];
  if (counted.problem) return [element("td", { colspan: 5 }, element("strong", {}, "Doesn’t fit! "), reasonOf(counted.problem))];
  const rounded = counted.axes?.find(({ fits }) => !fits);
  return results([
    [shapeText(counted.shape), rounded ? `from ${rounded.fraction.join("/")}` : null],
    [counted.parameters], [counted.macs], [counted.numbers], [counted.field === null ? "all" : String(counted.field)],
  ]);
}

function reasonOf({ reason, axes }) {
  if (reason === "flat") return "A fully connected layer leaves no rows and columns to slide over.";
  if (reason === "padding") return `A padding of ${axes[0].before} is more than half the window of ${axes[0].span}, which PyTorch refuses.`;
  const bad = axes.find(({ numerator, size }) => numerator < 0 || size === 0);
  const { input, before, span, stride, fraction, leftOver } = bad;
  if (reason === "large") return `The window covers ${span} pixels, but the padded input has only ${input + 2 * before}.`;
  return `(${input} + 2·${before} − ${span})/${stride} + 1 = ${fraction.join("/")}: ${inCount(leftOver, "pixel")} left over.`;
}

function summed(input, counted) {
  const good = counted.filter(({ problem }) => !problem);
  const all = (name, start) => good.reduce((sum, row) => sum + row[name], start);
  return { parameters: all("parameters", 0n), macs: all("macs", 0n), numbers: all("numbers", product(input)) };
}

const bytes = (numbers) => {
  const size = numbers * 4;
  const [scale, unit] = [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"]].find(([least]) => size >= least) ?? [1e3, "kB"];
  return `${Number((size / scale).toPrecision(3))} ${unit}`;
};

const totalRow = ({ parameters, macs, numbers }) => element("tr", {},
  element("th", { scope: "row" }, "Total"),
  ...results([[""], [parameters], [macs], [numbers, bytes(numbers)], [""]]), element("td", {}));

function sentence(state, counted, { parameters, macs, numbers }) {
  const bad = counted.findIndex(({ problem }) => problem);
  if (bad >= 0) return `Layer ${bad + 1} does not fit: ${reasonOf(counted[bad].problem)}`;
  return `${inCount(state.layers.length, "layer")}: ${number(parameters)} parameters, `
    + `${number(macs)} multiply-adds and ${number(numbers)} activations (${bytes(numbers)} in float32) for one image.`;
}

// ---- Volumes --------------------------------------------------------------------------------------------------------

const SVG = "http://www.w3.org/2000/svg";
const FACE = 76; // pixels of the tallest face
const DEPTH = 44; // pixels of the deepest volume

// Faces share one scale and depths another; a depth that would not fit is cut off, and drawn open.
function drawVolumes({ input_shape: input, layers }, counted) {
  const good = counted.filter(({ problem }) => !problem);
  const shapes = [input, ...good.map(({ shape }) => shape)].map((shape) => (shape.length === 3 ? shape : [shape[0], 1, 1]));
  const names = ["INPUT", ...layers.map(({ kind }) => KINDS[kind])];
  const face = FACE / Math.max(...shapes.flatMap(([, height, width]) => [height, width]));
  const spatial = shapes.filter(([, height, width], i) => i === 0 || height * width > 1 || layers[i - 1].kind !== "fc");
  const deep = DEPTH / Math.max(...spatial.map(([depth]) => depth));
  return shapes.map((shape, i) => element("li", {}, box(shape, face, deep, i ? layers[i - 1].kind : "input"),
    element("span", { class: "kind" }, names[i]), element("span", {}, shapeText(i ? good[i - 1].shape : input))));
}

function box([channels, rows, columns], face, deep, kind) {
  const [height, width] = [Math.max(rows * face, 2), Math.max(columns * face, 2)];
  const cut = channels * deep > DEPTH * 1.3;
  const depth = Math.max(Math.min(channels * deep, DEPTH * 1.3), 1);
  const [dx, dy] = [depth * 0.8, depth * 0.6];
  const svg = document.createElementNS(SVG, "svg");
  attributes(svg, { width: width + dx + 4, height: height + dy + 4, "aria-hidden": "true", class: `box-of-${kind}` });
  const [left, top] = [2, dy + 2];
  const faces = [
    [[left, top], [left + dx, top - dy], [left + dx + width, top - dy], [left + width, top]],
    [[left + width, top], [left + width + dx, top - dy], [left + width + dx, top - dy + height], [left + width, top + height]],
    [[left, top], [left + width, top], [left + width, top + height], [left, top + height]],
  ];
  for (const [i, points] of faces.entries()) {
    const polygon = document.createElementNS(SVG, "polygon");
    attributes(polygon, { points: points.map((point) => point.map((x) => x.toFixed(1)).join()).join(" "), class: cut && i < 2 ? "cut" : "" });
    svg.append(polygon);
  }
  return svg;
}

const attributes = (node, values) => { for (const [name, value] of Object.entries(values)) node.setAttribute(name, value); };

// ---- The figure in PyTorch ------------------------------------------------------------------------------------------

function code({ input_shape: input, layers, rounding }) {
  const [channels, height, width] = input;
  // What each layer reads; nothing is known of it behind a layer that does not fit.
  const shapes = [input, ...countLayers(input, layers, rounding).map(({ shape }) => shape)];
  let flat = false;
  const lines = layers.flatMap((layer, i) => {
    const read = shapes[i];
    const relu = i < layers.length - 1 ? ["nn.ReLU(),"] : []; // or two layers would be one; scores stay as they are
    const bias = layer.bias === false ? ", bias=False" : "";
    const steps = `, stride=${layer.stride}, padding=${layer.padding}`;
    if (layer.kind === "conv") {
      const name = read ? `Conv2d(${read[0]}, ` : "LazyConv2d(";
      return [`nn.${name}${layer.out_channels}, ${layer.kernel_size}${steps}${bias}),`, ...relu];
    }
    if (layer.kind === "pool") return [`nn.MaxPool2d(${layer.kernel_size}${steps}),`];
    const first = flat ? [] : ["nn.Flatten(),"];
    flat = true;
    const name = read ? `Linear(${product(read)}, ` : "LazyLinear(";
    return [...first, `nn.${name}${layer.out_features}${bias}),`, ...relu];
  });
  return [
    "import torch",
    "from torch import nn",
    "from cnnbook.summary import summarize",
    "",
    "model = nn.Sequential(",
    ...lines.map((line) => `    ${line}`),
    ")",
    lines.some((line) => line.includes("Lazy"))
      ? `model(torch.zeros(1, ${channels}, ${height}, ${width}))  # the first run tells lazy layers their input` : null,
    rounding === "strict" ? "# PyTorch rounds a fraction down without a word; this figure stops there." : null,
    `print(summarize(model, (${channels}, ${height}, ${width})))`,
    "",
  ].filter((line) => line !== null).join("\n");
}

export default { render };
