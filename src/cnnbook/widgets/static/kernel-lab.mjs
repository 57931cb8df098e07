// Figure: a photo in levels of grey, a kernel, and the map that it makes, computed while the reader edits.

import { correlatePhoto, total } from "./arithmetic.mjs";
import {
  begin, changed, element, factor, footer, grid, inWords, isPair, isPlane, isWhole, measure, numberField, pictureSource,
  python, say, select, status,
} from "./dom.mjs";
import {
  GREYS, SIGNED, connectPhoto, imageOf, isPhoto, mostly, pane, photoInPython, picture, placeFields, range, ratioOf, within,
} from "./photo.mjs";

const NAMES = ["weight", "kernel_size", "divisor", "position", "photo"];
const LINKED = ["weight", "kernel_size", "divisor", "position"];
// Python's class has the same.
const PRESETS = {
  identity: [[[0, 0, 0], [0, 1, 0], [0, 0, 0]], 1],
  blur: [[[1, 1, 1], [1, 1, 1], [1, 1, 1]], 9],
  sharpen: [[[0, -1, 0], [-1, 5, -1], [0, -1, 0]], 1],
  "Sobel x": [[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], 1],
  "Sobel y": [[[-1, -2, -1], [0, 0, 0], [1, 2, 1]], 1],
  Laplacian: [[[0, 1, 0], [1, -4, 1], [0, 1, 0]], 1],
  emboss: [[[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], 1],
};
const OWN = "your own";

// A preset at either size: with a frame of zeros, except that a blur of 5×5 has twenty-five ones.
function preset(name, size) {
  const [weight, divisor] = PRESETS[name];
  if (size === 3) return { weight, divisor };
  return name === "blur" ? { weight: sized([[1]], 5, 1), divisor: 25 } : { weight: sized(weight, 5), divisor };
}

// A plane with its middle kept, cut or filled up to a square of `size`.
const sized = (plane, size, fill = 0) => Array.from({ length: size }, (_, y) => Array.from({ length: size }, (__, x) => {
  const shift = (plane.length - size) / 2;
  return plane[y + shift]?.[x + shift] ?? fill;
}));

function check({ weight, kernel_size: size, divisor, position, photo }) {
  if (![3, 5].includes(size) || !isPlane(weight, 5, 5, 99) || weight.length !== size || weight[0].length !== size) {
    return "The kernel must have 3×3 or 5×5 numbers from −99 to 99.";
  }
  if (!isWhole(divisor, 1, 999)) return "The divisor must be a whole number from 1 to 999.";
  if (!isPair(position, 0, 4095)) return "There is no such position.";
  return isPhoto(photo) ? "" : "The photo is no picture.";
}

async function render({ model, el }) {
  begin(el, "kernel-lab");
  const first = await picture(model.get("photo"));
  let levels;
  let size = [first.height, first.width];
  let map = { data: new Float64Array(0) };
  let pointed = null;

  const presets = select({
    label: "Preset", value: OWN, options: Object.fromEntries([...Object.keys(PRESETS), OWN].map((name) => [name, name])),
    onChange: (name) => (name === OWN ? presets.set(nameOf(store.state)) : store.change(preset(name, store.state.kernel_size))),
  });
  const sizes = select({
    label: "Kernel size", value: "3", options: { 3: "3×3", 5: "5×5" },
    onChange: (value) => {
      const name = nameOf(store.state);
      const next = Number(value);
      store.change({
        kernel_size: next,
        ...(name === OWN ? { weight: sized(store.state.weight, next) } : preset(name, next)),
      });
    },
  });
  const divisor = numberField({
    label: "Divide by", minimum: 1, maximum: 999, value: model.get("divisor"),
    onInput: (value) => value && store.change({ divisor: value }),
  });
  const place = placeFields({
    thing: "photo", size: () => size, onMove: (position) => store.change({ position }),
  });

  const kernel = grid({
    caption: "Filter", role: "filter",
    onEdit: (y, x, value) => store.change({ weight: changed(store.state.weight, y, x, value) }),
  });
  const pixels = grid({ caption: "Input", role: "input" });
  const products = grid({ caption: "Products", role: "window" });
  const output = grid({ caption: "Output", role: "output" });
  const sum = element("p", { class: "sum" });
  const panes = ["Photo", "Map"].map((title, i) => pane({
    title, role: i ? "output" : "input",
    onPoint: (at) => { pointed = at; explain(store.state); },
    onChoose: (position) => store.change({ position }),
  }));
  const [photoPane, mapPane] = panes;
  const line = status();

  const source = pictureSource(el, { onPicture: use });

  function use(data) {
    levels = greyLevels(data);
    size = [data.height, data.width];
    measure(el, { ratio: ratioOf(data) });
    photoPane.show(imageOf(levels, size, 255, GREYS));
    photoPane.say(`${size[0]}×${size[1]} pixels. Black is 0, white 255.`, "Photo");
    draw(store.state);
  }

  const nameOf = ({ weight, divisor: by, kernel_size: side }) => Object.keys(PRESETS).find((name) => (
    JSON.stringify(preset(name, side)) === JSON.stringify({ weight, divisor: by })
  )) ?? OWN;

  function draw(state) {
    presets.set(nameOf(state));
    sizes.set(String(state.kernel_size));
    divisor.set(state.divisor);
    measure(el, { kernel: state.kernel_size });
    const weights = Float64Array.from(state.weight.flat(), (weight) => weight / state.divisor);
    map = correlatePhoto([levels], size, [weights], state.kernel_size, { padding: (state.kernel_size - 1) / 2 });
    drawMap(state);
    kernel.draw(state.weight);
    explain(state);
  }

  function drawMap(state) {
    const [low, high] = range(map.data);
    const brightness = Math.abs(total(state.weight) / state.divisor - 1) < 0.5;
    const full = brightness ? 255 : mostly(map.data, Math.max(-low, high) || 1);
    mapPane.show(imageOf(map.data, size, full, brightness ? GREYS : SIGNED));
    const zero = low === 0 && high === 0;
    const [decimals, reached] = full < 10 ? [2, 2] : [0, 1];
    const legend = brightness
      ? "Black is 0 or less, white 255 or more."
      : zero ? "The map is 0 everywhere."
        : `Grey is 0; full green from ${inWords(full, decimals)}, full purple from ${inWords(-full, decimals)}.`;
    const reach = `From ${inWords(low, reached)} to ${inWords(high, reached)}.`;
    mapPane.say(`${reach} ${legend}`, `The map. ${reach}`);
  }

  // The products under the pointer, or at the position that was chosen.
  function explain(state) {
    const at = within(pointed ?? state.position, size);
    const reach = (state.kernel_size - 1) / 2;
    const seen = state.weight.map((weights, m) => weights.map((_, n) => {
      const [y, x] = [at[0] + m - reach, at[1] + n - reach];
      return y >= 0 && x >= 0 && y < size[0] && x < size[1] ? levels[y * size[1] + x] : null;
    }));
    const made = seen.map((pixelsOfRow, m) => pixelsOfRow.map((pixel, n) => (pixel ?? 0) * state.weight[m][n]));
    const whole = total(made);
    pixels.draw(seen.map((pixelsOfRow) => pixelsOfRow.map((pixel) => pixel ?? 0)), {
      mark: (m, n) => (seen[m][n] === null ? "padding" : ""),
      shade: (m, n) => seen[m][n],
    });
    products.draw(made, {
      note: (m, n) => `${seen[m][n] ?? 0}·${factor(state.weight[m][n])}`,
    });
    say(sum, state.divisor === 1 ? "The products together =" : `The products together, ${inWords(whole)}, / ${state.divisor} =`);
    output.draw([[whole / state.divisor]]);
    place.set(at);
    for (const one of panes) one.mark(at.map((index) => index - reach), [state.kernel_size, state.kernel_size]);
    const by = state.divisor === 1 ? "" : `, divided by ${state.divisor}: ${inWords(whole / state.divisor)}`;
    const weights = inWords(total(state.weight) / state.divisor);
    line.say(
      `Output row ${at[0]}, column ${at[1]}: ${made.flat().length} products add up to ${inWords(whole)}${by}. `
      + `The weights${state.divisor === 1 ? "" : `, divided by ${state.divisor},`} add up to ${weights}.`,
    );
  }

  const store = connectPhoto(model, source, { names: NAMES, check, draw });
  use(first);
  const inPython = (state) => (
    code({ ...state, position: within(state.position, size) }, photoInPython(source.own || state.photo, size))
  );
  const foot = footer(el, store, LINKED, inPython, () => {
    source.bring(picture(store.state.photo));
    divisor.set(store.state.divisor, true);
    place.set(store.state.position, true);
  });
  el.append(
    element("div", { class: "controls" }, presets.element, sizes.element, divisor.element, place.elements),
    element("div", { class: "panes" }, photoPane.element, mapPane.element),
    source.element,
    element("div", { class: "workings" },
      element("div", { class: "plane" }, pixels.element),
      element("span", { class: "sign", "aria-hidden": "true" }, "⋆"),
      element("div", { class: "plane" }, kernel.element),
      element("span", { class: "sign", "aria-hidden": "true" }, "→"),
      element("div", { class: "plane" }, products.element)),
    kernel.message,
    element("div", { class: "result" }, sum, element("div", { class: "plane" }, output.element)),
    line.element, foot.element,
  );
  return () => { store.close(); foot.close(); source.close(); };
}

// ---- Pictures -------------------------------------------------------------------------------------------------------

// Whole levels of grey, so that every product can be checked by hand. (Luminance after ITU-R BT.709, computed in whole
// numbers, as in Python: fractions would round a half up in one place and down in another.)
function greyLevels({ data, width, height }) {
  const levels = new Float64Array(width * height);
  for (let at = 0, from = 0; at < levels.length; at += 1, from += 4) {
    levels[at] = Math.floor((2125 * data[from] + 7154 * data[from + 1] + 721 * data[from + 2] + 5000) / 10000);
  }
  return levels;
}

// ---- The figure in PyTorch ------------------------------------------------------------------------------------------

function code({ weight, kernel_size: size, divisor, position }, photo) {
  return [
    "import torch",
    "from torch.nn import functional as F",
    ...photo,
    "red, green, blue = photo.int().permute(2, 0, 1)",
    "grey = (2125 * red + 7154 * green + 721 * blue + 5000) // 10000  # whole levels",
    `weight = torch.tensor(${python(weight, " ".repeat(23))})${divisor === 1 ? "" : ` / ${divisor}`}`,
    `output = F.conv2d(grey[None, None].float(), weight[None, None], padding=${(size - 1) / 2})`,
    `print(output[0, 0, ${position.join(", ")}])`,
    "",
  ].join("\n");
}

export default { render };
