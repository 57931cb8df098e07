// What figures with photos share: panes with a canvas and a marker, and colours for numbers.

import cat from "./cat.mjs";
import { connect, element, numberField, pixelsOf, say } from "./dom.mjs";

// The pixels of the reader's picture, or of the cat where there is none.
export const picture = (address) => pixelsOf(address || cat, 451);
export const isPhoto = (photo) => typeof photo === "string" && (!photo || photo.startsWith("data:image/"));

// The height of a picture in thousandths of its width.
export const ratioOf = ({ height, width }) => Math.round(1000 * height / width);

// The place in a picture, or in a map, of this size that is nearest to [row, column].
export const within = (at, size) => at.map((index, i) => Math.max(0, Math.min(index, size[i] - 1)));

// Fields for a place in what is called `thing`: `size()` is its rows and columns, none of them if it does not exist.
export function placeFields({ thing, size, onMove }) {
  const [row, column] = ["Row", "Column"].map((label) => numberField({
    label, minimum: 0, maximum: 4095, value: 0, onInput: moved,
  }));
  function moved() {
    const to = [row.read(), column.read()];
    if (to.includes(null)) return;
    const [rows, columns] = size();
    if (to[0] < rows && to[1] < columns) onMove(to);
    else if (!rows) row.complain(`There is no ${thing}.`);
    else (to[0] < rows ? column : row).complain(`The ${thing} has ${rows} rows and ${columns} columns.`);
  }
  return {
    elements: [row.element, column.element],
    set: (place, force = false) => [row, column].forEach((field, i) => field.set(place[i], force)),
  };
}

// As `connect`, for a model with a photo: another address of it is first loaded, and drawn by the `source` of pictures.
// What this browser cannot read leaves the last picture where it is.
export function connectPhoto(model, source, { names, check, draw }) {
  let known = model.get("photo");
  const store = connect(model, {
    names, check,
    draw: (state) => {
      if (state.photo === known) { draw(state); return; }
      known = state.photo;
      source.bring(picture(known));
    },
  });
  return Object.assign(store, { lacking: () => (source.own ? "Your picture is not in it." : "") });
}

// What makes `photo`, a tensor of height × width × 3 bytes, in Python: the cat, or `own`, a picture in a file.
export const photoInPython = (own, [height, width]) => (own ? [
  "import numpy as np",
  "from PIL import Image, ImageOps",
  "",
  "# Your own picture, by its file's name, in the size that is shown. A browser scales a little differently.",
  'picture = ImageOps.exif_transpose(Image.open("picture.png")).convert("RGB")',
  `photo = torch.from_numpy(np.array(picture.resize((${width}, ${height}))))`,
] : [
  "from cnnbook.images import cat",
  "",
  "photo = torch.from_numpy(cat())",
]);

// A titled canvas. `onPoint([row, column] or null)` follows the mouse, `onChoose` a click; `mark` frames the pixels from
// `top`, `left` on, which are never framed so narrowly that the frame could not be seen. `empty(why)` takes it all away.
export function pane({ title, role, onPoint, onChoose }) {
  const canvas = element("canvas", { role: "img", "aria-label": title });
  // Numbers go in, and may be asked for; nothing is drawn, which a graphics card could do.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const marker = element("div", { class: "marker", "aria-hidden": "true" });
  const note = element("p", { class: "hint" });
  const where = (event) => {
    const box = canvas.getBoundingClientRect();
    const at = (offset, length, count) => Math.min(count - 1, Math.max(0, Math.floor(offset / length * count)));
    return [at(event.clientY - box.top, box.height, canvas.height), at(event.clientX - box.left, box.width, canvas.width)];
  };
  canvas.addEventListener("pointermove", (event) => onPoint(where(event)));
  canvas.addEventListener("pointerleave", () => onPoint(null));
  canvas.addEventListener("click", (event) => onChoose(where(event)));
  return {
    element: element("div", { class: "pane" }, element("p", { class: `title of-${role}` }, title),
      element("div", { class: "picture" }, canvas, marker), note),
    say: (text, alternative) => { say(note, text); canvas.setAttribute("aria-label", alternative); },
    empty: (why) => {
      canvas.hidden = true;
      marker.hidden = true;
      say(note, why);
    },
    show: (image) => {
      canvas.hidden = false;
      if (canvas.width !== image.width || canvas.height !== image.height) {
        Object.assign(canvas, { width: image.width, height: image.height });
      }
      context.putImageData(image, 0, 0);
    },
    unmark: () => { marker.hidden = true; },
    mark: ([top, left], [height, width]) => {
      marker.hidden = false;
      marker.style.left = `${(left + width / 2) / canvas.width * 100}%`;
      marker.style.top = `${(top + height / 2) / canvas.height * 100}%`;
      marker.style.width = `max(13px, ${width / canvas.width * 100}%)`;
      marker.style.height = `max(13px, ${height / canvas.height * 100}%)`;
    },
  };
}

// 256 colours each, as little-endian RGBA, which is what a canvas stores, and the place of the number 0 among them.
const palette = (zero, color) => ({
  zero,
  colors: Uint32Array.from({ length: 256 }, (_, level) => {
    const [r, g, b] = color(level);
    return 0xff000000 + b * 0x10000 + g * 0x100 + r;
  }),
});
export const GREYS = palette(0, (level) => [level, level, level]);
// As in the book's own pictures: negative is purple, zero grey, positive green.
const STOPS = [[75, 15, 51], [163, 73, 124], [185, 185, 185], [0, 122, 89], [0, 61, 44]];
export const SIGNED = palette(127.5, (level) => {
  const place = level / 255 * (STOPS.length - 1);
  const at = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[at].map((from, i) => Math.round(from + (STOPS[at + 1][i] - from) * (place - at)));
});

// The loops below count: over a photo's numbers, `for … of` and functions called for each take several times longer.

// The smallest and the largest of many numbers.
export function range(numbers) {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at];
    if (number < low) low = number;
    if (number > high) high = number;
  }
  return [low, high];
}

// The size that one number in a hundred exceeds: a few extremes shall not pale all the others. `largest` is above 0.
export function mostly(numbers, largest) {
  const bins = new Uint32Array(256);
  for (let at = 0; at < numbers.length; at += 1) bins[Math.floor(Math.abs(numbers[at]) / largest * 255)] += 1;
  let [level, left] = [255, numbers.length / 100];
  while (level > 1 && left > bins[level]) {
    left -= bins[level];
    level -= 1;
  }
  return (level + 1) / 256 * largest;
}

// An image of numbers, in which `full` and what is above it have the last of the colours.
export function imageOf(numbers, [height, width], full, { zero, colors }) {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const scale = (255 - zero) / full;
  for (let at = 0; at < pixels.length; at += 1) {
    pixels[at] = colors[Math.max(0, Math.min(255, Math.round(zero + numbers[at] * scale)))];
  }
  return image;
}
