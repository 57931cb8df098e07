// What figures with photos share: panes with a canvas and a marker, and colours for numbers.

import cat from "./cat.mjs";
import { connect, element, pixelsOf, say } from "./dom.mjs";

// The pixels of the reader's picture, or of the cat where there is none.
export const picture = (address) => pixelsOf(address || cat, 451);
export const isPhoto = (photo) => typeof photo === "string" && (!photo || photo.startsWith("data:image/"));

// The height of a picture in thousandths of its width.
export const ratioOf = ({ height, width }) => Math.round(1000 * height / width);

// As `connect`, for a model with a photo: another address of it is first loaded and handed to `use`, which draws.
export function connectPhoto(model, { names, check, draw, use }) {
  let known = model.get("photo");
  return connect(model, {
    names, check,
    draw: (state) => {
      if (state.photo === known) { draw(state); return; }
      known = state.photo;
      picture(known).then(use);
    },
  });
}

// A titled canvas. `onPoint([row, column] or null)` follows the mouse, `onChoose` a click; `mark` frames the pixels from
// `top`, `left` on, which are never framed so narrowly that the frame could not be seen.
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
    canvas,
    element: element("div", { class: "pane" }, element("p", { class: `title of-${role}` }, title),
      element("div", { class: "picture" }, canvas, marker), note),
    say: (text, alternative) => { say(note, text); canvas.setAttribute("aria-label", alternative); },
    show: (image) => {
      if (canvas.width !== image.width || canvas.height !== image.height) {
        Object.assign(canvas, { width: image.width, height: image.height });
      }
      context.putImageData(image, 0, 0);
    },
    mark: ([top, left], [height, width]) => {
      marker.style.left = `${(left + width / 2) / canvas.width * 100}%`;
      marker.style.top = `${(top + height / 2) / canvas.height * 100}%`;
      marker.style.width = `max(13px, ${width / canvas.width * 100}%)`;
      marker.style.height = `max(13px, ${height / canvas.height * 100}%)`;
    },
  };
}

// 256 colours each, as little-endian RGBA: what a canvas stores.
const row = (color) => Uint32Array.from({ length: 256 }, (_, level) => {
  const [r, g, b] = color(level);
  return 0xff000000 + b * 0x10000 + g * 0x100 + r;
});
export const GREYS = row((level) => [level, level, level]);
// As in the book's own pictures: negative is purple, zero grey, positive green.
const STOPS = [[75, 15, 51], [163, 73, 124], [185, 185, 185], [0, 122, 89], [0, 61, 44]];
export const SIGNED = row((level) => {
  const place = level / 255 * (STOPS.length - 1);
  const at = Math.min(Math.floor(place), STOPS.length - 2);
  return STOPS[at].map((from, i) => Math.round(from + (STOPS[at + 1][i] - from) * (place - at)));
});

// The smallest and the largest of many numbers.
export function range(numbers) {
  let [low, high] = [Infinity, -Infinity];
  for (const number of numbers) {
    if (number < low) low = number;
    if (number > high) high = number;
  }
  return [low, high];
}

// An image of numbers: `level(at)` is the place of number `at` among the 256 colours.
export function imageOf(height, width, level, colors) {
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < pixels.length; at += 1) pixels[at] = colors[Math.max(0, Math.min(255, Math.round(level(at))))];
  return image;
}
