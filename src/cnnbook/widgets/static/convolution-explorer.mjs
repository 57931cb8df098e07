// Figure: one channel, one filter, and every setting that decides the output.

import { axes, convolve, readers, shape, timesRead, window as windowAt } from "./arithmetic.mjs";
import {
  begin, changed, checkbox, connect, counted, element, factor, footer, fraction, grid, inWords, isChoice, isPair, isPlane,
  math, measure, python, select, status,
} from "./dom.mjs";
import { by, cover, inHatching, inPython, paddingFrame, pairFields, resizer, stepper, unreadOf } from "./windows.mjs";

const NAMES = [
  "input", "weight", "input_size", "kernel_size", "stride", "padding", "dilation", "rounding", "flip", "position",
];

// The controls: a trait, its label, the name of its second field, and its range.
const SETTINGS = [
  ["input_size", "Input size N", "Input width", 1, 16],
  ["kernel_size", "Filter size F", "Filter width", 1, 11],
  ["stride", "Stride S", "Stride along the width", 1, 8],
  ["padding", "Padding P", "Padding along the width", 0, 5],
  ["dilation", "Dilation D", "Dilation along the width", 1, 5],
];
const ROUNDINGS = {
  strict: "error: make no output",
  floor: "floor: leave pixels unread (PyTorch)",
  same: "SAME: pad unevenly (TensorFlow)",
};

// Numbers that nobody has chosen; Python's class has the same two functions.
const newPixel = (y, x) => ((7 * y * y + 3 * y * x + 5 * x * x + 2 * y + x + 1) % 11) % 4;
const newWeight = (y, x) => ((y * y + 2 * y * x + 2 * x + 1) % 3) - 1;

const geometry = (state) => axes(state.input_size, state.kernel_size, state);

function check(state) {
  for (const [name, label, , minimum, maximum] of SETTINGS) {
    if (!isPair(state[name], minimum, maximum)) return `${label} must be whole numbers from ${minimum} to ${maximum}.`;
  }
  if (!isPlane(state.input, 16, 16, 99)) return "The input must be rows of numbers from −99 to 99.";
  if (!isPlane(state.weight, 11, 11, 99)) return "The filter must be rows of numbers from −99 to 99.";
  if (String(shape(state.input)) !== String(state.input_size)) return "The input does not have the size N.";
  if (String(shape(state.weight)) !== String(state.kernel_size)) return "The filter does not have the size F.";
  if (!isChoice(state.rounding, ROUNDINGS)) return "There are the choices error, floor and SAME.";
  if (typeof state.flip !== "boolean") return "“flip” must be true or false.";
  if (!isPair(state.position, 0, 25)) return "There is no such output.";
  const large = geometry(state).find(({ numerator }) => numerator < 0);
  if (!large) return "";
  const whole = large.input + large.before + large.after;
  return `The filter would cover ${large.span} pixels, but the padded input has only ${whole}.`;
}

function render({ model, el }) {
  begin(el, "convolution-explorer");
  // What the reader points at now: { grid: "input" | "filter" | "output", row, column }, or null.
  let pointed = null;

  // ---- Controls
  const pairs = pairFields(SETTINGS, apply);
  const [resizeInput, resizeWeight] = [newPixel, newWeight].map((fill) => resizer(el, fill));
  const flip = checkbox({
    label: "True convolution: rotate the filter first", checked: false, onChange: (on) => store.change({ flip: on }),
  });
  const rounding = select({
    label: "Where it does not fit", options: ROUNDINGS, value: "floor", onChange: () => apply("rounding"),
  });

  // All controls are tried together: a filter that is too large becomes possible once the input grows. What cannot be
  // waits in its control, with a message.
  function apply(name) {
    const given = pairs.read(store.state);
    const problem = store.change({
      ...given, rounding: rounding.control.value,
      input: resizeInput(store.state.input, given.input_size),
      weight: resizeWeight(store.state.weight, given.kernel_size),
    });
    pairs.complain(problem, name, store.state);
    rounding.complain(rounding.control.value === store.state.rounding ? "" : problem);
  }

  // ---- Grids
  const point = (name) => (row, column) => {
    const next = row === null ? null : { grid: name, row, column };
    if (JSON.stringify(next) === JSON.stringify(pointed)) return;
    pointed = next;
    show(store.state);
  };
  const edited = (name) => (row, column, value) => (
    store.change({ [name]: changed(store.state[name], row, column, value) })
  );
  const input = grid({ caption: "Input", role: "input", onEdit: edited("input"), onPoint: point("input") });
  const filter = grid({ caption: "Filter", role: "filter", onEdit: edited("weight"), onPoint: point("filter") });
  const output = grid({
    caption: "Output", role: "output", onPoint: point("output"),
    onChoose: (row, column) => store.change({ position: [row, column] }),
  });
  const products = grid({ caption: "Products", role: "window" });
  const terms = element("div", { class: "sum" });
  const result = element("p", { class: "result" });
  const padding = paddingFrame();
  const reading = element("div", { class: "reading", "aria-hidden": "true" });
  const writing = element("div", { class: "reading", "aria-hidden": "true" });
  const inputPlane = element("div", { class: "plane" }, padding.element, input.element, reading);
  const nothing = element("p", { class: "nothing" }, "No output");

  // ---- Stepping
  const steps = stepper({ label: "Output position", one: "position", onInput: go });
  function go(to) {
    const [down, across] = geometry(store.state);
    pointed = null;
    if (to >= 0 && to < down.size * across.size) {
      store.change({ position: [Math.floor(to / across.size), to % across.size] });
    }
  }

  const formula = element("div", { class: "formula" });
  const verdict = element("p", { class: "verdict" });
  const line = status();

  // ---- Drawing
  function place(state) {
    const [down, across] = geometry(state);
    return [Math.min(state.position[0], down.size - 1), Math.min(state.position[1], across.size - 1)];
  }

  function draw(state) {
    pairs.set(state);
    pairs.fields.padding.disable(state.rounding === "same");
    flip.set(state.flip);
    rounding.set(state.rounding);
    const both = geometry(state);
    measure(el, sizesOf(both));
    padding.draw(both);
    formula.replaceChildren(...formulas(both));
    verdict.replaceChildren(...verdictOf(both, state));
    pointed = null;
    show(state);
  }

  // What depends on the position and on what the reader points at.
  function show(state) {
    const both = geometry(state);
    const [down, across] = both;
    const map = convolve(state.input, state.weight, state);
    const any = map.length > 0;
    const over = pointed?.grid === "output" ? [pointed.row, pointed.column] : null;
    const at = any ? over ?? place(state) : null;
    const seen = any ? windowAt(state.input, state.weight, state, ...at) : null;
    const reads = pointed?.grid === "input" && any ? readersOf(both, pointed) : null;
    const mate = pointed?.grid === "filter" && any ? mateOf(seen, pointed, state.flip) : null;

    drawInput(state, both, reads ? null : seen, mate);
    filter.draw(state.weight, {
      mark: (y, x) => (pointed?.grid === "filter" && pointed.row === y && pointed.column === x ? "marked" : ""),
    });
    output.draw(map, {
      current: at,
      mark: (y, x) => (reads?.some((one) => one.row === y && one.column === x) ? "marked" : ""),
    });
    nothing.hidden = any;
    output.element.hidden = !any;
    cover(writing, any && !reads, at ?? [0, 0], [1, 1]);
    cover(reading, any && !reads, any ? [down.before + seen.rows[0], across.before + seen.columns[0]] : [0, 0],
      [down.span, across.span]);

    const last = Math.max(down.size * across.size - 1, 0);
    const current = any ? at[0] * across.size + at[1] : 0;
    steps.set(current, last, any ? `row ${at[0]}, column ${at[1]}` : "none", !any);
    workings.classList.toggle("empty", !any);
    workings.classList.toggle("many", across.kernel > 5);
    if (!any) {
      products.draw(state.weight.map((line) => line.map(() => null)));
      terms.replaceChildren();
    } else {
      products.draw(seen.products, {
        mark: (y, x) => (seen.inside[y][x] ? "" : "padding"),
        note: (y, x) => `${inWords(seen.pixels[y][x])}·${factor(seen.weights[y][x])}`,
      });
      drawTerms(terms, seen.products);
      result.replaceChildren("= ", element("strong", {}, inWords(seen.sum)));
    }
    line.say(sentence(map, at, seen, reads));
  }

  function drawInput(state, [down, across], seen, mate) {
    const times = [timesRead(down), timesRead(across)];
    const read = new Set(seen ? seen.rows.flatMap((y) => seen.columns.map((x) => `${y},${x}`)) : []);
    const marks = (y, x) => {
      if (mate && mate[0] === y && mate[1] === x) return "read marked";
      if (read.has(`${y},${x}`)) return "read";
      return down.size && across.size && !(times[0][y] && times[1][x]) ? "unread" : "";
    };
    input.draw(state.input, {
      mark: marks,
      label: (y, x) => `Input, row ${y}, column ${x}${marks(y, x) === "unread" ? ", never read" : ""}`,
    });
    padding.mark((y, x) => marks(y, x).replace("unread", ""));
  }

  const workings = element("div", { class: "workings" }, element("div", { class: "plane" }, products.element), terms, result);
  const store = connect(model, { names: NAMES, check, draw });
  const foot = footer(el, store, NAMES, code, () => pairs.reset(store.state));
  const map = element("div", { class: "plane" }, output.element, nothing, writing);
  el.append(
    element("div", { class: "controls" }, pairs.elements),
    element("div", { class: "options" }, element("div", {}, pairs.apart.element, flip.element), rounding.element),
    element("div", { class: "size" }, formula, verdict),
    element("div", { class: "equation" },
      inputPlane,
      signed("⋆", element("div", { class: "plane" }, filter.element)),
      signed("=", map)),
    input.message, filter.message,
    steps.element,
    workings, line.element, foot.element,
  );
  draw(store.state);
  return () => { store.close(); foot.close(); };
}

// ---- Parts of the drawing -------------------------------------------------------------------------------------------

// A grid with the sign before it, which goes with it where the equation takes several lines.
const signed = (sign, plane) => (
  element("div", { class: "signed" }, element("span", { class: "sign", "aria-hidden": "true" }, sign), plane)
);

// The sizes from which the style sheet computes how large a cell can be.
function sizesOf([down, across]) {
  return {
    height: down.input + down.before + down.after, width: across.input + across.before + across.after,
    "kernel-height": down.kernel, "kernel-width": across.kernel,
    "output-height": Math.max(down.size, 1), "output-width": Math.max(across.size, 1),
    cell: across.kernel > 5 ? 175 : 290,
  };
}

function formulas([down, across]) {
  const same = ["input", "kernel", "stride", "before", "after", "dilation"].every((key) => down[key] === across[key]);
  return same ? [sizeFormula(down, "")] : [sizeFormula(down, "height"), sizeFormula(across, "width")];
}

// (N + 2P − F)/S + 1 with its letters, with its numbers, and what comes out.
function sizeFormula(along, name) {
  const { input, kernel, stride, dilation, before, after, fraction: [over, under], fits } = along;
  const uneven = before !== after;
  const dilated = dilation > 1;
  const letters = fraction(
    [["N", "input"], uneven ? "+ P + P′ −" : "+ 2 P −", dilated ? ["D", "window"] : ["F", "filter"],
      dilated ? "( F − 1 ) − 1" : ""],
    "S",
  );
  const numbers = fraction(
    [[String(input), "input"], uneven ? `+ ${before} + ${after} −` : `+ 2 · ${before} −`,
      dilated ? `${dilation} · ( ${kernel} − 1 ) − 1` : [String(kernel), "filter"]],
    String(stride),
  );
  const result = fits ? [[inWords(over / under), "output"]] : [fraction(String(over), String(under))];
  return element("p", {}, name ? element("span", { class: "axis" }, name) : null,
    math(letters, "+ 1 ="), math(numbers, "+ 1 =", ...result));
}

function verdictOf(both, state) {
  const [down, across] = both;
  const bad = both.find(({ fits }) => !fits);
  const unread = unreadOf(both, both.map(timesRead));
  const size = `the output is ${by([down.size, across.size])}${unread ? `, and ${inHatching(unread)}` : ""}.`;
  if (state.rounding === "same") {
    const sides = `${down.before} above, ${down.after} below, ${across.before} left, ${across.after} right`;
    return [`SAME chooses the padding itself: ${sides}. ${bad ? `${bad.fraction.join("/")} is rounded down: ${size}` : capital(size)}`];
  }
  if (!bad) return [`It fits. ${capital(size)}`];
  const stride = state.stride[0] === state.stride[1] ? state.stride[0] : by(state.stride);
  const [over, under] = bad.fraction;
  const lecture = ` Cannot apply ${by(state.kernel_size)} filter on ${by(state.input_size)} input with stride ${stride}: `
    + `${over}/${under} is no whole number.`;
  return [element("strong", {}, "Doesn’t fit!"), lecture, state.rounding === "strict" ? " So there is no output." : roundedDown(both, unread)];
}

const roundedDown = ([down, across], unread) => (
  ` Rounded down, the output is ${by([down.size, across.size])}, and ${unread ? inHatching(unread) : "only padding is lost"}.`
);

const capital = (text) => text[0].toUpperCase() + text.slice(1);

const readersOf = ([down, across], { row, column }) => readers(down, row).flatMap(([y, m]) => (
  readers(across, column).map(([x, n]) => ({ row: y, column: x, weight: [m, n] }))
));

// The pixel that a weight meets.
function mateOf(seen, { row, column }, flip) {
  const [m, n] = flip ? [seen.rows.length - 1 - row, seen.columns.length - 1 - column] : [row, column];
  return [seen.rows[m], seen.columns[n]];
}

// What each row of products adds, beside it: its numbers, or their sum where there are many.
function drawTerms(node, products) {
  const few = products[0].length <= 4;
  const shown = few ? products : products.map((line) => [line.reduce((total, value) => total + value, 0)]);
  node.style.setProperty("--columns", shown[0].length);
  node.replaceChildren(...shown.flatMap((line, y) => line.map((value, x) => {
    const sign = y || x ? (value < 0 ? "− " : "+ ") : value < 0 ? "−" : "";
    return element("span", {}, `${sign}${inWords(Math.abs(value))}`);
  })));
}

function sentence(map, at, seen, reads) {
  if (!at) return "There is no output.";
  if (reads) {
    const where = reads.length ? `: ${reads.slice(0, 4).map(({ row, column }) => `row ${row}, column ${column}`).join("; ")}` : "";
    const more = reads.length > 4 ? " and others" : "";
    const outputs = reads.length === 1 ? "1 output reads" : `${reads.length || "No"} outputs read`;
    return `${outputs} this pixel${where}${more}.`;
  }
  const padded = seen.inside.flat().filter((one) => !one).length;
  const zeros = padded ? `, ${padded} of them with padding` : "";
  return `Output row ${at[0]}, column ${at[1]} of ${by(shape(map))}: `
    + `${counted(seen.products.flat().length, "product")}${zeros}, sum ${inWords(seen.sum)}.`;
}

// ---- The figure in PyTorch ------------------------------------------------------------------------------------------

function code(state) {
  const both = geometry(state);
  const [down, across] = both;
  const same = state.rounding === "same";
  const settings = ["stride", same ? null : "padding", "dilation"].filter(Boolean)
    .map((name) => `${name}=${inPython(state[name])}`);
  const bad = both.find(({ fits }) => !fits);
  return [
    "import torch",
    "from torch.nn import functional as F",
    "",
    `input = torch.tensor(${python(state.input, " ".repeat(22))})`,
    `weight = torch.tensor(${python(state.weight, " ".repeat(23))})`,
    state.flip ? "weight = weight.flip(0, 1)  # a true convolution: PyTorch's conv2d does not rotate" : null,
    same ? `input = F.pad(input, (${across.before}, ${across.after}, ${down.before}, ${down.after}))  # TensorFlow's SAME` : null,
    bad ? `# The formula gives ${bad.fraction.join("/")}, no whole number: PyTorch rounds down.` : null,
    `output = F.conv2d(input[None, None], weight[None, None], ${settings.join(", ")})`,
    "print(output[0, 0])",
    "",
  ].filter((line) => line !== null).join("\n");
}

export default { render };
