// Figure: what each window of a pooling layer keeps, and where its gradient goes.

import { averagePool, axes, maxPool, poolBackward, readers, shape, taps, timesRead } from "./arithmetic.mjs";
import {
  begin, changed, checkbox, connect, counted, element, factor, footer, fraction, grid, inWords, isChoice, isPair, isPlane,
  math, measure, python, select, status,
} from "./dom.mjs";
import { by, cover, inHatching, inPython, pairFields, resized, resizer, stepper, unreadOf } from "./windows.mjs";

const NAMES = ["input", "kind", "kernel_size", "stride", "ceil_mode", "backward", "grad_output", "position"];
const KINDS = { max: "max: the largest", average: "average: the mean" };
const ROUNDINGS = { floor: "floor: leave pixels unread (PyTorch)", ceil: "ceil: let windows hang over (Caffe)" };

// The controls: a name, its label, the name of its second field, and its range.
const SETTINGS = [
  ["input_size", "Input size N", "Input width", 4, 8],
  ["kernel_size", "Window size F", "Window width", 1, 8],
  ["stride", "Stride S", "Stride along the width", 1, 8],
];

// Numbers that nobody has chosen; Python's class has the second one too.
const newPixel = (y, x) => ((7 * y * y + 3 * y * x + 5 * x * x + 2 * y + x + 1) % 11) % 10;
const newGradient = (y, x) => 4 * (2 * y + x + 1);

const place = ([row, column]) => `row ${row}, column ${column}`;
const settingsOf = ({ stride, ceil_mode: ceil }) => ({ stride, rounding: ceil ? "ceil" : "floor" });
const geometry = (state) => axes(shape(state.input), state.kernel_size, settingsOf(state));
const sizeOf = (state) => geometry(state).map(({ size }) => size);

function check(state) {
  if (!isPlane(state.input, 8, 8, 99) || Math.min(...shape(state.input)) < 4) {
    return "The input must be 4×4 to 8×8 numbers from −99 to 99.";
  }
  for (const [name, label, , minimum, maximum] of SETTINGS.slice(1)) {
    if (!isPair(state[name], minimum, maximum)) return `${label} must be whole numbers from ${minimum} to ${maximum}.`;
  }
  if (!isChoice(state.kind, KINDS)) return "There is max and average pooling.";
  if (typeof state.ceil_mode !== "boolean" || typeof state.backward !== "boolean") return "A choice is neither on nor off.";
  if (!isPair(state.position, 0, 7)) return "There is no such output.";
  const large = geometry(state).find(({ numerator }) => numerator < 0);
  if (large) return `A window of ${large.kernel} does not fit into ${large.input} pixels.`;
  if (!isPlane(state.grad_output, 8, 8, 99) || String(shape(state.grad_output)) !== String(sizeOf(state))) {
    return "The gradient must be numbers from −99 to 99 in the output's shape.";
  }
  return "";
}

// Everything that the figure shows, from its state alone.
function compute(state) {
  const [down, across] = geometry(state);
  const settings = settingsOf(state);
  const max = state.kind === "max";
  const { output, winners } = maxPool(state.input, state.kernel_size, settings);
  const wins = resized([], shape(state.input), () => 0);
  if (max) for (const [row, column] of winners.flat()) wins[row][column] += 1;
  return {
    down, across, wins,
    winners: max ? winners : null,
    output: max ? output : averagePool(state.input, state.kernel_size, settings),
    gradient: poolBackward(state.kind, state.input, state.kernel_size, state.grad_output, settings),
    times: [timesRead(down), timesRead(across)],
    // The pixels of one window, as [row, column].
    cells: (row, column) => taps(down, row).flatMap((y) => taps(across, column).map((x) => [y, x]))
      .filter(([y, x]) => y < down.input && x < across.input),
    readers: (row, column) => readers(down, row).flatMap(([y]) => readers(across, column).map(([x]) => [y, x])),
  };
}

const same = ([y, x], row, column) => y === row && x === column;

function render({ model, el }) {
  begin(el, "pooling-explorer");
  // What the reader points at now: { side: "input" | "output", row, column }, or null.
  let pointed = null;
  let found = null;
  let drawn = null;

  // ---- Controls
  const pairs = pairFields(SETTINGS, apply);
  const [resizeInput, resizeGradient] = [newPixel, newGradient].map((fill) => resizer(el, fill));
  const sizes = (state) => ({ ...state, input_size: shape(state.input) });
  const kind = select({ label: "Pooling", options: KINDS, value: "max", onChange: (value) => store.change({ kind: value }) });
  const rounding = select({ label: "Where it does not fit", options: ROUNDINGS, value: "floor", onChange: () => apply("ceil_mode") });
  const backward = checkbox({
    label: "Send a gradient back", checked: false, onChange: (on) => store.change({ backward: on }),
  });

  // All controls are tried together; what cannot be waits in its control, with a message.
  function apply(name) {
    const given = pairs.read(sizes(store.state));
    const next = {
      kernel_size: given.kernel_size, stride: given.stride, ceil_mode: rounding.control.value === "ceil",
      input: resizeInput(store.state.input, given.input_size),
    };
    const fits = axes(given.input_size, given.kernel_size).every(({ numerator }) => numerator >= 0);
    if (fits) next.grad_output = resizeGradient(store.state.grad_output, sizeOf({ ...store.state, ...next }));
    const problem = store.change(next);
    pairs.complain(problem, name, sizes(store.state));
    rounding.complain((rounding.control.value === "ceil") === store.state.ceil_mode ? "" : problem);
  }

  // ---- Grids
  const point = (side) => (row, column) => {
    const next = row === null ? null : { side, row, column };
    if (JSON.stringify(next) === JSON.stringify(pointed)) return;
    pointed = next;
    show(store.state);
  };
  const edited = (name) => (row, column, value) => (
    store.change({ [name]: changed(store.state[name], row, column, value) })
  );
  const input = grid({ caption: "Input", role: "input", onEdit: edited("input"), onPoint: point("input") });
  const output = grid({
    caption: "Output", role: "output", onPoint: point("output"),
    onChoose: (row, column) => store.change({ position: [row, column] }),
  });
  const gradIn = grid({ caption: "Input gradient", role: "gradient", onPoint: point("input") });
  const gradOut = grid({
    caption: "Output gradient", role: "gradient", onEdit: edited("grad_output"), onPoint: point("output"),
  });
  const planes = [plane(input), plane(output), plane(gradIn), plane(gradOut)];
  const [inputPlane, outputPlane, gradInPlane, gradOutPlane] = planes;
  const arrow = element("span", { class: "sign forth", "aria-hidden": "true" });
  const arrowBack = element("span", { class: "sign back", "aria-hidden": "true" });

  // ---- Stepping
  const steps = stepper({ label: "Output position", one: "position", onInput: go });
  const at = (state) => [0, 1].map((i) => Math.min(state.position[i], sizeOf(state)[i] - 1));
  function go(to) {
    pointed = null;
    if (to < 0 || to >= found.down.size * found.across.size) return;
    store.change({ position: [Math.floor(to / found.across.size), to % found.across.size] });
  }

  const formula = element("div", { class: "formula" });
  const verdict = element("p", { class: "verdict" });
  const working = element("p", { class: "working" });
  const line = status();

  // ---- Drawing
  function draw(state) {
    if (found && NAMES.every((name) => name === "position" || drawn[name] === state[name])) { show(state); return; }
    drawn = state;
    found = compute(state);
    pairs.set(sizes(state));
    kind.set(state.kind);
    rounding.set(state.ceil_mode ? "ceil" : "floor");
    backward.set(state.backward);
    fit(el, state, found, pairs.apart.control.checked);
    for (const one of [inputPlane, gradInPlane]) drawFrame(one.frame, found);
    drawTiles(inputPlane.tiles, found);
    for (const one of [arrowBack, gradInPlane.element, gradOutPlane.element]) one.hidden = !state.backward;
    arrow.textContent = state.kind === "max" ? "max" : "mean";
    arrowBack.textContent = state.kind === "max" ? "to the winner" : "to all";
    formula.replaceChildren(...formulas(found));
    verdict.replaceChildren(...verdictOf(found, state));
    show(state);
  }

  // What depends on the position and on what the reader points at.
  function show(state) {
    const { down, across, wins, winners } = found;
    if (pointed && (pointed.row >= (pointed.side === "input" ? down.input : down.size)
      || pointed.column >= (pointed.side === "input" ? across.input : across.size))) pointed = null;
    const reads = pointed?.side === "input" ? found.readers(pointed.row, pointed.column) : null;
    const chosen = pointed?.side === "output" ? [pointed.row, pointed.column] : at(state);
    const window = found.cells(...chosen);
    const winner = winners?.[chosen[0]][chosen[1]];
    const won = (y, x) => reads.some(([row, column]) => same([y, x], row, column)
      && (!winners || same(winners[row][column], pointed.row, pointed.column)));

    const mark = (y, x) => [
      found.times[0][y] && found.times[1][x] ? "" : "unread",
      !reads && window.some(([row, column]) => same([y, x], row, column)) ? "read" : "",
      wins[y][x] ? "winner" : "",
      reads ? (same([y, x], pointed.row, pointed.column) ? "marked" : "") : (winner && same([y, x], ...winner) ? "taken" : ""),
    ].join(" ");
    const gets = (y, x) => (reads?.some(([row, column]) => same([y, x], row, column)) ? (won(y, x) ? "marked" : "touched") : "");
    input.draw(state.input, {
      mark, note: (y, x) => (wins[y][x] > 1 ? `${wins[y][x]}×` : null),
      label: (y, x) => `Input, ${place([y, x])}${hint(y, x)}`,
    });
    output.draw(found.output, { current: chosen, mark: gets });
    gradIn.draw(found.gradient, {
      mark: (y, x) => `${mark(y, x).replace("winner", "")} ${found.gradient[y][x] ? "some" : "none"}`,
    });
    gradOut.draw(state.grad_output, { mark: gets });

    const start = [chosen[0] * down.stride, chosen[1] * across.stride];
    for (const one of [inputPlane, gradInPlane]) cover(one.outline, !reads, start, [down.kernel, across.kernel]);
    for (const one of [outputPlane, gradOutPlane]) cover(one.outline, !reads, chosen, [1, 1]);

    const last = down.size * across.size - 1;
    const current = chosen[0] * across.size + chosen[1];
    steps.set(current, last, place(chosen));
    working.replaceChildren(...workingOf(state, window, winner, found.output[chosen[0]][chosen[1]]));
    line.say(reads ? aboutPixel(state, found, pointed, reads) : aboutOutput(state, found, chosen, window, winner));
  }
  const hint = (y, x) => {
    if (!(found.times[0][y] && found.times[1][x])) return ", never read";
    const count = found.wins[y][x];
    return count ? `, wins ${counted(count, "window")}` : "";
  };

  const store = connect(model, { names: NAMES, check, draw });
  const foot = footer(el, store, NAMES, code, () => pairs.reset(sizes(store.state)));
  el.append(
    element("div", { class: "controls" }, kind.element, pairs.elements),
    element("div", { class: "options" }, backward.element, pairs.apart.element),
    element("div", { class: "size" }, formula, rounding.element, verdict),
    element("div", { class: "maps" },
      inputPlane.element, arrow, outputPlane.element,
      gradInPlane.element, arrowBack, gradOutPlane.element),
    input.message, gradOut.message,
    steps.element,
    working, line.element, foot.element,
  );
  draw(store.state);
  return () => { store.close(); foot.close(); };
}

// ---- Parts of the drawing -------------------------------------------------------------------------------------------

// A grid with what lies around and over it: the cells beyond its edge, the windows, and the window that is read.
function plane({ element: table }) {
  const [frame, tiles, outline] = ["frame", "tiles", "reading"].map((name) => element("div", { class: name, "aria-hidden": "true" }));
  return { element: element("div", { class: "plane" }, frame, table, tiles, outline), frame, tiles, outline };
}

const covered = ({ input, size, stride, kernel }) => Math.max(input, (size - 1) * stride + kernel);

// The sizes from which the style sheet computes how large a cell can be.
function fit(el, state, { down, across }, apart) {
  const sizes = {
    height: state.ceil_mode ? covered(down) : down.input, width: state.ceil_mode ? covered(across) : across.input,
    "output-height": down.size, "output-width": across.size, backward: Number(state.backward), apart: Number(apart),
  };
  sizes.stacked = Number(sizes.width + sizes["output-width"] > 7);
  measure(el, sizes);
  el.classList.toggle("stacked", sizes.stacked === 1);
}

// What a last window covers beyond the input: cells of their own, so that the table holds the input and nothing else.
function drawFrame(frame, { down, across }) {
  const key = [down, across].flatMap((along) => [along.input, covered(along)]).join();
  if (frame.dataset.key === key) return;
  frame.dataset.key = key;
  const cells = [];
  for (let y = 0; y < covered(down); y += 1) {
    for (let x = 0; x < covered(across); x += 1) {
      if (y >= down.input || x >= across.input) {
        const cell = element("i");
        cell.style.gridArea = `${y + 1} / ${x + 1}`;
        cells.push(cell);
      }
    }
  }
  frame.replaceChildren(...cells);
}

// Windows that lie side by side, each with its outline.
function drawTiles(tiles, { down, across }) {
  const apart = [down, across].every(({ stride, kernel }) => stride >= kernel);
  const key = [down, across].flatMap(({ size, stride, kernel }) => [size, stride, kernel]).join();
  if (tiles.dataset.key === key) return;
  tiles.dataset.key = key;
  const starts = apart ? Array.from({ length: down.size * across.size }, (_, index) => (
    [Math.floor(index / across.size) * down.stride, (index % across.size) * across.stride]
  )) : [];
  tiles.replaceChildren(...starts.map((start) => {
    const tile = element("i");
    cover(tile, true, start, [down.kernel, across.kernel]);
    return tile;
  }));
}

function formulas({ down, across }) {
  const alike = ["input", "kernel", "stride"].every((key) => down[key] === across[key]);
  return alike ? [sizeFormula(down, "")] : [sizeFormula(down, "height"), sizeFormula(across, "width")];
}

// (N − F)/S + 1 with its letters, with its numbers, and what comes out.
function sizeFormula({ input, kernel, stride, fits, fraction: [over, under] }, name) {
  const result = fits ? [inWords(over / under), "output"] : fraction(String(over), String(under));
  return element("p", {}, name ? element("span", { class: "axis" }, name) : null, math(
    fraction([["N", "input"], "−", ["F", "window"]], "S"), "+ 1 =",
  ), math(
    fraction([[String(input), "input"], "−", [String(kernel), "window"]], String(stride)), "+ 1 =", result,
  ));
}

function verdictOf({ down, across, times }, state) {
  const size = by([down.size, across.size]);
  const bad = [down, across].find(({ fits }) => !fits);
  const unread = unreadOf([down, across], times);
  const left = inHatching(unread);
  if (!bad) return [`It fits. The output is ${size}${unread ? `, and ${left}` : ""}.`];
  const [over, under] = bad.fraction;
  const words = [element("strong", {}, "Doesn’t fit!"), ` ${over}/${under} is no whole number.`];
  if (!state.ceil_mode) return [...words, ` Rounded down, the output is ${size}, and ${unread ? left : "no pixel is lost"}.`];
  const over1 = [down, across].some((along) => covered(along) > along.input);
  if (over1) return [...words, ` Rounded up, the output is ${size}; the last windows hang over the edge and count what is there${unread ? `; ${left}` : ""}.`];
  return [...words, ` Rounded up, the output would be larger, but a window with no pixel in it is dropped: ${size}${unread ? `, and ${left}` : ""}.`];
}

// The window's numbers, and what it keeps of them.
function workingOf(state, window, winner, result) {
  const few = window.length <= 16;
  const values = window.map(([y, x]) => state.input[y][x]);
  const strong = element("strong", {}, inWords(result));
  if (state.kind === "max") {
    const numbers = few ? values.flatMap((value, i) => [
      i ? ", " : "", same(window[i], ...winner) ? element("b", {}, inWords(value)) : inWords(value),
    ]) : [`${values.length} numbers`];
    return [few ? "max (" : "max of ", ...numbers, few ? ") = " : " = ", strong];
  }
  const sum = values.reduce((total, value) => total + value, 0);
  const over = few && values.length > 1 ? `(${values.map((value, i) => (i ? factor(value) : inWords(value))).join(" + ")})` : inWords(sum);
  return [`${over} / ${values.length} = `, strong];
}

function aboutOutput(state, { down, across }, chosen, window, winner) {
  const start = `Output ${place(chosen)} of ${by([down.size, across.size])}: `;
  const count = counted(window.length, "number");
  const gradient = state.grad_output[chosen[0]][chosen[1]];
  if (!winner) {
    const part = `${inWords(gradient)}/${window.length}`;
    return `${start}the mean of ${count}.${state.backward
      ? ` Of its gradient, each of them gets ${window.length === 1 ? "" : `${part} = `}${inWords(gradient / window.length)}.` : ""}`;
  }
  const largest = state.input[winner[0]][winner[1]];
  const equals = window.filter(([y, x]) => state.input[y][x] === largest).length;
  const tie = equals > 1 ? ` ${equals} are equally large; the first of them wins.` : "";
  const goes = state.backward ? ` Its gradient, ${inWords(gradient)}, goes there and nowhere else.` : "";
  return `${start}the largest of ${count}, from input ${place(winner)}.${tie}${goes}`;
}

function aboutPixel(state, { winners, gradient }, pointed, reads) {
  const windows = reads.length === 1 ? "1 window reads" : `${reads.length || "No"} windows read`;
  const won = winners ? reads.filter(([row, column]) => same(winners[row][column], pointed.row, pointed.column)).length : 0;
  const wins = !winners || !reads.length ? "" : reads.length === 1
    ? `, and it ${won ? "wins" : "loses"}` : `, and it wins ${won === reads.length ? `all ${won}` : won || "none"}`;
  const sum = state.backward ? ` Its gradient is ${inWords(gradient[pointed.row][pointed.column])}.` : "";
  return `${windows} input ${place([pointed.row, pointed.column])}${wins}.${sum}`;
}

// ---- The figure in PyTorch ------------------------------------------------------------------------------------------

function code(state) {
  const name = state.kind === "max" ? "max_pool2d" : "avg_pool2d";
  const ceil = state.ceil_mode ? ", ceil_mode=True" : "";
  const lines = [
    "import torch",
    "from torch.nn import functional as F",
    "",
    `input = torch.tensor(${python(state.input, " ".repeat(22))}${state.backward ? ", requires_grad=True" : ""})`,
    `output = F.${name}(input[None], ${inPython(state.kernel_size)}, stride=${inPython(state.stride)}${ceil})`,
    "print(output[0])",
  ];
  if (state.backward) {
    lines.push(
      `grad_output = torch.tensor(${python(state.grad_output, " ".repeat(28))})`,
      "output.backward(grad_output[None])",
      "print(input.grad)",
    );
  }
  return [...lines, ""].join("\n");
}

export default { render };
