// Figure: a 1×1 convolution of a photo's three colours, before and after, and one pixel of it in numbers.

import { mixChannels } from "./arithmetic.mjs";
import {
  begin, changed, checkbox, element, factor, footer, format, grid, inWords, isPair, isPlane, measure, pictureSource,
  putNumber, python, select, status,
} from "./dom.mjs";
import { connectPhoto, isPhoto, pane, photoInPython, picture, placeFields, ratioOf, within } from "./photo.mjs";

const NAMES = ["weight", "bias", "shuffle", "position", "photo"];
const LINKED = ["weight", "bias", "shuffle", "position"];
const COLORS = ["red", "green", "blue"];
const GREY = [0.2125, 0.7154, 0.0721];
// Python's class has the same.
const PRESETS = {
  identity: [[[1, 0, 0], [0, 1, 0], [0, 0, 1]], 0],
  greyscale: [[GREY, GREY, GREY], 0],
  sepia: [[[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]], 0],
  swap: [[[0, 0, 1], [0, 1, 0], [1, 0, 0]], 0],
  "one channel": [[[1, 0, 0], [0, 0, 0], [0, 0, 0]], 0],
  negative: [[[-1, 0, 0], [0, -1, 0], [0, 0, -1]], 255],
};
const OWN = "your own";
const preset = (name) => ({ weight: PRESETS[name][0], bias: COLORS.map(() => [PRESETS[name][1]]) });
const nameOf = ({ weight, bias }) => Object.keys(PRESETS).find((name) => (
  JSON.stringify(preset(name)) === JSON.stringify({ weight, bias })
)) ?? OWN;

function check({ weight, bias, shuffle, position, photo }) {
  if (!isPlane(weight, 3, 3, 9) || weight.length !== 3 || weight[0].length !== 3) return "The filters must be 3×3 numbers from −9 to 9.";
  if (!isPlane(bias, 3, 1, 255) || bias.length !== 3) return "There must be three biases from −255 to 255.";
  if (typeof shuffle !== "boolean") return "“shuffle” must be true or false.";
  if (!isPair(position, 0, 4095)) return "There is no such pixel.";
  return isPhoto(photo) ? "" : "The photo is no picture.";
}

async function render({ model, el }) {
  let original = await picture(model.get("photo"));
  begin(el, "channel-mixer");
  let before = original;
  let pointed = null;
  // Whether the picture that is shown before is shuffled; null where it is a new one.
  let drawn = null;

  const presets = select({
    label: "Preset", value: OWN, options: Object.fromEntries([...Object.keys(PRESETS), OWN].map((name) => [name, name])),
    onChange: (name) => (name === OWN ? presets.set(nameOf(store.state)) : store.change(preset(name))),
  });
  const place = placeFields({
    thing: "photo", size: () => [original.height, original.width], onMove: (position) => store.change({ position }),
  });
  const shuffle = checkbox({ label: "Shuffle the pixels first", checked: false, onChange: (on) => store.change({ shuffle: on }) });

  const point = (at) => { pointed = at; explain(store.state); };
  const choose = (at) => store.change({ position: at });
  const first = pane({ title: "Before", role: "input", onPoint: point, onChoose: choose });
  const second = pane({ title: "After", role: "output", onPoint: point, onChoose: choose });

  const edited = (name) => (y, x, value) => store.change({ [name]: changed(store.state[name], y, x, value) });
  const weights = grid({
    caption: "Filter", role: "filter", onEdit: edited("weight"), limits: { minimum: -9, maximum: 9, whole: false },
  });
  const biases = grid({
    caption: "Bias", role: "filter", onEdit: edited("bias"), limits: { minimum: -255, maximum: 255, whole: false },
  });
  const input = grid({ caption: "Input", role: "input" });
  const output = grid({ caption: "Output", role: "output" });
  const [from, to] = [element("div", { class: "swatch" }), element("div", { class: "swatch" })];
  const sums = element("div", { class: "sums" });
  const line = status();

  function use(data) {
    original = data;
    measure(el, { ratio: ratioOf(data) });
    drawn = null;
    draw(store.state);
  }

  function draw(state) {
    presets.set(nameOf(state));
    shuffle.set(state.shuffle);
    if (drawn !== state.shuffle) {
      drawn = state.shuffle;
      before = state.shuffle ? shuffled(original) : original;
      first.show(before);
    }
    const { width, height } = before;
    second.show(new ImageData(mixChannels(before.data, state.weight, state.bias.flat()), width, height));
    const size = `${height}×${width} pixels, 3 channels`;
    first.say(`${size}.`, `The photo before: ${size}.`);
    second.say(`${size}: 9 weights and 3 biases made it.`, `The photo after: ${nameOf(state)}, ${size}.`);
    weights.draw(state.weight, { label: (y, x) => `Filter of ${COLORS[y]}, weight of ${COLORS[x]}` });
    biases.draw(state.bias, { label: (y) => `Bias of ${COLORS[y]}` });
    explain(state);
  }

  // The pixel under the pointer, or the one that was chosen: a matrix times a column.
  function explain(state) {
    const { width, height, data } = before;
    const at = within(pointed ?? state.position, [height, width]);
    const start = 4 * (at[0] * width + at[1]);
    const pixel = COLORS.map((_, i) => data[start + i]);
    const products = state.weight.map((line_) => line_.map((weight, i) => weight * pixel[i]));
    const result = products.map((line_, i) => line_[0] + line_[1] + line_[2] + state.bias[i][0]);
    input.draw(pixel.map((level) => [level]));
    output.draw(result.map((level) => [level]));
    const shown = result.map((level) => Math.round(Math.min(255, Math.max(0, level))));
    from.style.background = `rgb(${pixel})`;
    to.style.background = `rgb(${shown})`;
    sums.replaceChildren(...state.weight.map((line_, i) => {
      // Four decimals, as the presets' weights have.
      const terms = line_.map((weight, c) => `${factor(weight, 4)} · ${pixel[c]}`).join(" + ");
      const bias = state.bias[i][0];
      const added = bias ? ` ${bias < 0 ? "−" : "+"} ${inWords(Math.abs(bias))}` : "";
      const number = element("strong", {});
      putNumber(number, format(result[i]));
      const equals = line_.every((weight) => isShort(weight, 4)) && isShort(bias, 3) && isShort(result[i], 3) ? "=" : "≈";
      const cut = result[i] < -0.5 || result[i] >= 255.5 ? `, shown as ${shown[i]}` : "";
      return element("p", {}, element("span", { class: `dot ${COLORS[i]}`, "aria-hidden": "true" }),
        element("span", { class: "name" }, COLORS[i]), `${terms}${added} ${equals} `, number, cut);
    }));
    place.set(at);
    for (const one of [first, second]) one.mark(at, [1, 1]);
    const colors = (levels) => levels.map((level) => inWords(level)).join(", ");
    line.say(`Pixel in row ${at[0]}, column ${at[1]}: ${colors(pixel)} becomes ${colors(result)}.`
      + `${state.shuffle ? " Its old neighbours are elsewhere; it makes no difference." : " No other pixel was read."}`);
  }

  const source = pictureSource(el, { onPicture: use });
  const store = connectPhoto(model, source, { names: NAMES, check, draw });
  use(original);
  // Python has the photo in order: there, the pixel that is explained lies where it was before it was shuffled.
  const placeOf = ({ position, shuffle: on }) => {
    const { height, width } = original;
    const [row, column] = within(position, [height, width]);
    if (!on) return [row, column];
    const old = shuffledPlaces(original)[row * width + column];
    return [Math.floor(old / width), old % width];
  };
  const inPython = (state) => code(
    { ...state, position: placeOf(state) }, photoInPython(source.own || state.photo, [original.height, original.width]),
  );
  const foot = footer(el, store, LINKED, inPython, () => {
    source.bring(picture(store.state.photo));
    place.set(store.state.position, true);
  });
  const sign = (text) => element("span", { class: "sign", "aria-hidden": "true" }, text);
  const plane = (table, ...more) => element("div", { class: "plane" }, table.element, more);
  const names = element("div", { class: "names", "aria-hidden": "true" }, COLORS.map((name) => (
    element("span", {}, element("i", { class: `dot ${name}` }), name))));
  el.append(
    element("div", { class: "controls" }, presets.element, place.elements, shuffle.element),
    element("div", { class: "panes" }, first.element, second.element),
    source.element,
    element("div", { class: "equation" }, names, plane(weights), sign("·"), plane(input, from), sign("+"), plane(biases),
      sign("="), plane(output, to)),
    weights.message, biases.message, sums, line.element, foot.element,
  );
  return () => { store.close(); foot.close(); source.close(); };
}

// Whether a number is shown whole with so many decimals, but for what a computer's sums lose.
const isShort = (number, decimals) => Math.abs(number - Number(format(number, decimals))) < 1e-9;

// For each place in a picture the one that its pixel comes from, in disorder, and always in the same.
function shuffledPlaces({ width, height }) {
  const places = new Uint32Array(width * height);
  for (let at = 0; at < places.length; at += 1) places[at] = at;
  let random = 1;
  for (let last = places.length - 1; last > 0; last -= 1) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const other = Math.floor(random / 2 ** 32 * (last + 1));
    [places[last], places[other]] = [places[other], places[last]];
  }
  return places;
}

function shuffled({ data, width, height }) {
  const result = new ImageData(width, height);
  const [old, moved] = [new Uint32Array(data.buffer), new Uint32Array(result.data.buffer)];
  shuffledPlaces({ width, height }).forEach((from, to) => { moved[to] = old[from]; });
  return result;
}

// ---- The figure in PyTorch ------------------------------------------------------------------------------------------

function code({ weight, bias, shuffle, position }, photo) {
  return [
    "import torch",
    "from torch.nn import functional as F",
    ...photo,
    "image = photo.permute(2, 0, 1).float()",
    `weight = torch.tensor(${python(weight, " ".repeat(23))})`,
    `bias = torch.tensor(${python([bias.flat()]).slice(1, -1)})`,
    "output = F.conv2d(image[None], weight[:, :, None, None], bias)",
    `print(output[0, :, ${position.join(", ")}])${shuffle ? "  # where this pixel was before it was shuffled" : ""}`,
    "",
  ].join("\n");
}

export default { render };
