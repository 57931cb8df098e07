// Figure: the first filters of trained networks, and what one of them makes of a photo.

import { axes, colors, correlatePhoto, taps } from "./arithmetic.mjs";
import {
  begin, button, checkbox, element, footer, inWords, isChoice, isPair, isWhole, measure, numberField, pictureSource,
  putNumber, say, select, status,
} from "./dom.mjs";
import layers from "./first-layers.mjs";
import {
  GREYS, SIGNED, connectPhoto, imageOf, isPhoto, mostly, pane, photoInPython, picture, placeFields, range, ratioOf, within,
} from "./photo.mjs";

const NAMES = ["network", "filter", "stride", "relu", "position", "photo"];
const LINKED = ["network", "filter", "stride", "relu", "position"];
const COLORS = ["red", "green", "blue"];
const NETWORKS = {
  alexnet: { name: "AlexNet", stride: 4, padding: 2 },
  vgg16: { name: "VGG-16", stride: 1, padding: 1 },
};
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];
const NO_MAP = { data: [], height: 0, width: 0 };

// ---- Arithmetic -----------------------------------------------------------------------------------------------------

// A network's filters: { side, weights: [filter][channel] flat, biases }.
const cache = {};
function filtersOf(network) {
  if (cache[network]) return cache[network];
  const { shape: [count, channels, side], numbers } = layers[network];
  const bytes = Uint8Array.from(atob(numbers), (letter) => letter.charCodeAt(0));
  const values = Float64Array.from(new Uint16Array(bytes.buffer), half);
  const area = side * side;
  const at = (k, c) => values.subarray((k * channels + c) * area, (k * channels + c + 1) * area);
  cache[network] = {
    side, biases: values.subarray(count * channels * area),
    weights: Array.from({ length: count }, (_, k) => Array.from({ length: channels }, (__, c) => at(k, c))),
  };
  return cache[network];
}

// A float16 from its bits.
function half(bits) {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  return (bits & 0x8000 ? -1 : 1) * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

// A photo as the networks were trained on: each channel less ImageNet's mean, over its standard deviation.
export const normalised = (image) => colors(image.data).map((plane, c) => plane.map((value) => (value - MEAN[c]) / STD[c]));

const settingsOf = ({ network, stride }) => ({ stride, padding: NETWORKS[network].padding });

// One filter's map of a normalised photo: { data, height, width }.
export function mapOf(planes, size, state) {
  const { side, weights, biases } = filtersOf(state.network);
  const map = correlatePhoto(planes, size, weights[state.filter], [side, side], settingsOf(state));
  const bias = biases[state.filter];
  for (let at = 0; at < map.data.length; at += 1) {
    const value = map.data[at] + bias;
    map.data[at] = state.relu && value < 0 ? 0 : value;
  }
  return map;
}

// ---- The figure -----------------------------------------------------------------------------------------------------

function check({ network, filter, stride, relu, position, photo }) {
  if (!isChoice(network, NETWORKS)) return "There are the networks AlexNet and VGG-16.";
  if (!isWhole(filter, 0, 63)) return "The filter must be a whole number from 0 to 63.";
  if (!isWhole(stride, 1, 8)) return "Stride S must be a whole number from 1 to 8.";
  if (typeof relu !== "boolean") return "“relu” must be true or false.";
  if (!isPair(position, 0, 4095)) return "There is no such output.";
  return isPhoto(photo) ? "" : "The photo is no picture.";
}

async function render({ model, el }) {
  let image = await picture(model.get("photo"));
  begin(el, "filter-browser");
  let planes = null;
  let map = NO_MAP;
  let computed = "";
  let pointed = null;

  const networks = select({
    label: "Network", value: "alexnet", options: Object.fromEntries(Object.entries(NETWORKS).map(([key, { name }]) => [key, name])),
    onChange: (network) => {
      const native = store.state.stride === NETWORKS[store.state.network].stride;
      store.change({ network, ...(native ? { stride: NETWORKS[network].stride } : {}) });
    },
  });
  const number = numberField({
    label: "Filter", minimum: 0, maximum: 63, value: model.get("filter"),
    onInput: (filter) => filter !== null && store.change({ filter }),
  });
  const stride = numberField({
    label: "Stride S", minimum: 1, maximum: 8, value: model.get("stride"),
    onInput: (value) => value !== null && store.change({ stride: value }),
  });
  const place = placeFields({
    thing: "map", size: () => [map.height, map.width], onMove: (position) => store.change({ position }),
  });
  const relu = checkbox({ label: "ReLU: cut negative answers off", checked: false, onChange: (on) => store.change({ relu: on }) });
  const strongest = button("Where it answers most", () => {
    let best = 0;
    map.data.forEach((value, at) => { if (value > map.data[best]) best = at; });
    store.change({ position: [Math.floor(best / map.width), best % map.width] });
  });

  // ---- The sheet of filters: one of them is in the tab order, the arrow keys go from filter to filter.
  const tiles = Array.from({ length: 64 }, (_, k) => element("button", {
    type: "button", role: "radio", class: "tile", onclick: () => store.change({ filter: k }),
  }, element("canvas", { "aria-hidden": "true" })));
  const columns = () => getComputedStyle(sheet).gridTemplateColumns.split(" ").length;
  const sheet = element("div", {
    class: "sheet", role: "radiogroup", "aria-label": "Filters",
    onkeydown: (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns() }[event.key];
      const to = event.key === "Home" ? 0 : event.key === "End" ? 63 : store.state.filter + step;
      if (event.ctrlKey || event.altKey || event.metaKey || !(to >= 0 && to <= 63)) return;
      event.preventDefault();
      store.change({ filter: to });
      tiles[to].focus();
    },
  }, tiles);

  const whole = element("canvas", { role: "img", class: "pixels" });
  const window_ = element("canvas", { role: "img", class: "pixels" });
  const slices = COLORS.map((name) => slice(name));
  const limits = element("p", { class: "hint" });
  const first = pane({
    title: "Photo", role: "input",
    onPoint: (at) => { pointed = at && nearest(at); explain(store.state); },
    onChoose: (at) => { if (map.height) store.change({ position: nearest(at) }); },
  });
  const second = pane({
    title: "Map", role: "output", onPoint: (at) => { pointed = at; explain(store.state); },
    onChoose: (at) => store.change({ position: at }),
  });
  const ledger = element("tbody");
  const line = status();

  const geometry = (state) => {
    const { side } = filtersOf(state.network);
    return axes([image.height, image.width], side, settingsOf(state));
  };
  // The output whose window has its middle nearest to a pixel.
  const nearest = (at) => within(geometry(store.state).map((along, i) => (
    Math.round((at[i] + along.before - (along.kernel - 1) / 2) / along.stride)
  )), [map.height, map.width]);

  function use(data) {
    image = data;
    measure(el, { ratio: ratioOf(data) });
    planes = normalised(data);
    computed = "";
    first.show(data);
    const size = `${data.height}×${data.width}×3`;
    first.say(`${size}, before it is normalised.`, `The photo: ${size}.`);
    draw(store.state);
  }

  function draw(state) {
    const { name } = NETWORKS[state.network];
    const { side, weights } = filtersOf(state.network);
    networks.set(state.network);
    number.set(state.filter);
    stride.set(state.stride);
    relu.set(state.relu);
    if (sheet.dataset.network !== state.network) {
      sheet.dataset.network = state.network;
      tiles.forEach(({ firstChild }, k) => show(firstChild, colourTile(weights[k], side)));
    }
    tiles.forEach((tile, k) => {
      const chosen = k === state.filter;
      tile.setAttribute("aria-checked", chosen);
      tile.setAttribute("aria-label", `Filter ${k}`);
      tile.tabIndex = chosen ? 0 : -1;
    });
    const filter = weights[state.filter];
    const largest = Math.max(...filter.map((plane) => largestOf(plane)));
    show(whole, colourTile(filter, side));
    whole.setAttribute("aria-label", `Filter ${state.filter} of ${name} in colour`);
    slices.forEach((one, c) => one.draw(filter[c], side, largest));
    say(limits, `Grey is 0, white ${inWords(largest)}, black ${inWords(-largest)}.`);
    const key = JSON.stringify([state.network, state.filter, state.stride, state.relu]);
    if (computed !== key) {
      computed = key;
      const [down, across] = geometry(state);
      // A place that is pointed at is one of the old map.
      if (down.size !== map.height || across.size !== map.width) pointed = null;
      map = down.size && across.size ? mapOf(planes, [image.height, image.width], state) : NO_MAP;
      if (map.height) drawMap(state);
      strongest.disabled = !map.height;
    }
    explain(state);
  }

  function drawMap(state) {
    const [low, high] = range(map.data);
    const largest = mostly(map.data, Math.max(-low, high) || 1);
    second.show(imageOf(map.data, [map.height, map.width], largest, state.relu ? GREYS : SIGNED));
    const reach = `${map.height}×${map.width}, from ${inWords(low, 2)} to ${inWords(high, 2)}`;
    const legend = state.relu
      ? `Black is 0, ${Math.round(100 * silentShare(map.data))}% of it; white from ${inWords(largest, 1)} on.`
      : `Grey is 0, full green from ${inWords(largest, 1)} on, full purple from ${inWords(-largest, 1)}.`;
    second.say(`${reach}. ${legend}`, `The map of filter ${state.filter}: ${reach}. ${legend}`);
  }

  // The window under the pointer, or at the position that was chosen.
  function explain(state) {
    const { side, weights, biases } = filtersOf(state.network);
    if (!map.height) { explainNothing(side); return; }
    const [down, across] = geometry(state);
    const [y, x] = pointed ?? placeOf(state);
    const [rows, cols] = [taps(down, y), taps(across, x)];
    const inside = (one, other) => one >= 0 && other >= 0 && one < image.height && other < image.width;
    const sums = weights[state.filter].map((plane, c) => plane.reduce((sum, weight, at) => {
      const [one, other] = [rows[Math.floor(at / side)], cols[at % side]];
      return sum + (inside(one, other) ? weight * planes[c][one * image.width + other] : 0);
    }, 0));
    const bias = biases[state.filter];
    const before = sums.reduce((sum, value) => sum + value, 0) + bias;
    const seen = new ImageData(side, side);
    for (let at = 0; at < side * side; at += 1) {
      const [one, other] = [rows[Math.floor(at / side)], cols[at % side]];
      const from = 4 * (one * image.width + other);
      for (let c = 0; c < 3; c += 1) seen.data[4 * at + c] = inside(one, other) ? image.data[from + c] : 255 * MEAN[c];
      seen.data[4 * at + 3] = 255;
    }
    show(window_, seen);
    window_.setAttribute("aria-label", "The pixels that the filter reads");
    const result = state.relu ? Math.max(before, 0) : before;
    const lines = [
      ...COLORS.map((name, c) => [name, sums[c], ""]), ["bias", bias, "bias"],
      [state.relu && before < 0 ? "output, cut off" : "output", result, "total output"],
    ];
    drawLedger(lines);
    place.set([y, x]);
    first.mark([rows[0], cols[0]], [side, side]);
    second.mark([y, x], [1, 1]);
    const { name } = NETWORKS[state.network];
    line.say(`${name}, filter ${state.filter}, ${side}×${side}×3: at row ${y}, column ${x} of its map it answers ${inWords(result, 3)}.`);
  }

  function explainNothing(side) {
    second.empty("No map.");
    first.unmark();
    show(window_, new ImageData(side, side));
    window_.setAttribute("aria-label", "The filter reads nothing");
    drawLedger([...COLORS, "bias"].map((name) => [name, null, ""]).concat([["output", null, "total output"]]));
    line.say("The photo is smaller than the filter: there is no map.");
  }

  // A name, a number or null, and a class for each line.
  function drawLedger(lines) {
    ledger.replaceChildren(...lines.map(([name, value, kind]) => {
      const cell = element("td", {});
      putNumber(cell, value === null ? "" : value.toFixed(3));
      return element("tr", { class: kind || null }, element("th", { scope: "row" }, name), cell);
    }));
  }

  const placeOf = (state) => within(state.position, [map.height, map.width]);
  const source = pictureSource(el, { onPicture: use });
  const store = connectPhoto(model, source, { names: NAMES, check, draw });
  use(image);
  const inPython = (state) => code(
    { ...state, position: placeOf(state) }, photoInPython(source.own || state.photo, [image.height, image.width]),
  );
  const foot = footer(el, store, LINKED, inPython, () => {
    source.bring(picture(store.state.photo));
    number.set(store.state.filter, true);
    stride.set(store.state.stride, true);
    place.set(store.state.position, true);
  });
  const titled = (title, ...content) => element("div", { class: "slice" }, element("p", { class: "label" }, title), content);
  el.append(
    element("div", { class: "controls" }, networks.element, number.element, stride.element, place.elements),
    element("div", { class: "options" }, relu.element),
    sheet,
    element("div", { class: "filter" },
      titled("in colour", whole), slices.map((one) => titled(one.name, one.element)), titled("it reads", window_)),
    limits,
    element("div", { class: "panes" }, first.element, second.element),
    source.element,
    element("div", { class: "workings" },
      element("table", { class: "ledger" }, element("caption", {}, "Partial sums"), ledger),
      element("div", {}, strongest, line.element)),
    foot.element,
  );
  return () => { store.close(); foot.close(); source.close(); };
}

const silentShare = (numbers) => numbers.reduce((count, value) => count + (value <= 0), 0) / numbers.length;
const largestOf = (numbers) => numbers.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

function show(canvas, image) {
  Object.assign(canvas, { width: image.width, height: image.height });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Planes of one filter as levels of red, green and blue: zero is mid-grey, `largest` full or none.
function tileOf(planes, side, largest) {
  const image = new ImageData(side, side);
  for (let at = 0; at < side * side; at += 1) {
    planes.forEach((plane, c) => { image.data[4 * at + c] = levelOf(plane[at], largest); });
    image.data[4 * at + 3] = 255;
  }
  return image;
}

const levelOf = (value, largest) => 127.5 + value / largest * 127.5;
const colourTile = (planes, side) => tileOf(planes, side, Math.max(...planes.map(largestOf)));

// One channel of a filter as a picture in levels of grey with a table of its numbers, which are seen where there is room.
function slice(name) {
  const picture = element("canvas", { class: "pixels", "aria-hidden": "true" });
  const body = element("tbody");
  const table = element("table", {}, element("caption", { class: "aside" }, `Filter, ${name}`), body);
  return {
    name, element: element("div", { class: "levels" }, picture, table),
    draw: (plane, side, largest) => {
      show(picture, tileOf([plane, plane, plane], side, largest));
      if (body.rows.length !== side) {
        body.replaceChildren(...Array.from({ length: side }, () => element("tr", {},
          Array.from({ length: side }, () => element("td", {})))));
        table.classList.toggle("unseen", side > 3);
      }
      plane.forEach((value, at) => {
        const cell = body.rows[Math.floor(at / side)].cells[at % side];
        cell.style.color = levelOf(value, largest) < 118 ? "#fff" : "#000";
        putNumber(cell, String(Number(value.toFixed(3))));
      });
    },
  };
}

// ---- The figure in PyTorch ------------------------------------------------------------------------------------------

function code({ network, filter, stride, relu, position }, photo) {
  return [
    "import torch",
    "from torch.nn import functional as F",
    "from cnnbook.pretrained import IMAGENET_MEAN, IMAGENET_STD, load_filters",
    ...photo,
    "image = ((photo / 255 - torch.tensor(IMAGENET_MEAN)) / torch.tensor(IMAGENET_STD)).permute(2, 0, 1)",
    `weight, bias = map(torch.from_numpy, load_filters("${network}", "features.0"))`,
    `maps = F.conv2d(image[None], weight, bias, stride=${stride}, padding=${NETWORKS[network].padding})${relu ? ".relu()" : ""}`,
    `print(maps[0, ${[filter, ...position].join(", ")}])`,
    "",
  ].join("\n");
}

export default { render };
