// The arithmetic of the interactive figures: pure functions on arrays, no page.
//
// Planes are nested arrays [row][column], volumes [channel][row][column], banks of filters [filter][channel][row][column].
// Sizes, strides, paddings and dilations are numbers, or pairs [vertical, horizontal]. Words and meanings are PyTorch's.
//
// rounding says what happens to a size that is a fraction: "strict" makes no output, "floor" leaves the last pixels
// unread (PyTorch's convolution), "ceil" lets a last window reach over the end (PyTorch's pooling with ceil_mode), and
// "same" ignores the padding and pads unevenly until ceil(N / S) windows fit (TensorFlow's SAME).

export const pair = (value) => (Array.isArray(value) ? value : [value, value]);

const DEFAULTS = { stride: 1, padding: 0, dilation: 1, rounding: "floor", flip: false };

// ---- One axis -------------------------------------------------------------------------------------------------------

// Pixels from a kernel's first weight to its last.
export const span = (kernel, dilation = 1) => dilation * (kernel - 1) + 1;

// How windows lie on an axis:
// { input, kernel, stride, dilation, span, before, after,   padding actually used on the two sides
//   numerator, fraction: [over, under],                      numerator / stride + 1 = the formula's size, in lowest terms
//   fits, leftOver,                                          pixels of the padded input behind the last whole window
//   size }                                                   how many windows there are; 0 if none (see `problem`)
export function axis(input, kernel, settings = {}) {
  const { stride, padding, dilation, rounding } = { ...DEFAULTS, ...settings };
  const covered = span(kernel, dilation);
  let before = padding;
  let after = padding;
  if (rounding === "same") {
    const total = Math.max((Math.ceil(input / stride) - 1) * stride + covered - input, 0);
    before = Math.floor(total / 2);
    after = total - before;
  }
  const numerator = input + before + after - covered;
  const leftOver = numerator < 0 ? 0 : numerator % stride;
  const fits = numerator >= 0 && leftOver === 0;
  let size = numerator < 0 ? 0 : Math.floor(numerator / stride) + 1;
  if (rounding === "strict" && !fits) size = 0;
  if (rounding === "ceil" && leftOver && size * stride < input + before) size += 1;
  return {
    input, kernel, stride, dilation, span: covered, before, after, numerator,
    fraction: lowest(numerator + stride, stride), fits, leftOver, size,
  };
}

// Both axes of a layer's windows on a plane: [vertical, horizontal].
export function axes(size, kernel, settings = {}) {
  const { stride, padding, dilation, rounding } = { ...DEFAULTS, ...settings };
  const [sizes, kernels, strides, paddings, dilations] = [size, kernel, stride, padding, dilation].map(pair);
  return [0, 1].map((i) => axis(sizes[i], kernels[i], {
    stride: strides[i], padding: paddings[i], dilation: dilations[i], rounding,
  }));
}

// Where window `index` reads: one position a weight; those below 0 and from `input` on are padding.
export function taps(along, index) {
  const start = index * along.stride - along.before;
  return Array.from({ length: along.kernel }, (_, k) => start + k * along.dilation);
}

// How many windows read each pixel of the axis.
export function timesRead(along) {
  const counts = new Array(along.input).fill(0);
  for (let index = 0; index < along.size; index += 1) {
    for (const at of taps(along, index)) if (at >= 0 && at < along.input) counts[at] += 1;
  }
  return counts;
}

// The windows that read pixel `at`: [index, place of the weight that meets it].
export function readers(along, at) {
  const found = [];
  for (let index = 0; index < along.size; index += 1) {
    const place = taps(along, index).indexOf(at);
    if (place >= 0) found.push([index, place]);
  }
  return found;
}

function lowest(over, under) {
  let [a, b] = [Math.abs(over), under];
  while (b) [a, b] = [b, a % b];
  return a ? [over / a, under / a] : [over, under];
}

// ---- Convolution ----------------------------------------------------------------------------------------------------

export const zeros = (height, width) => Array.from({ length: height }, () => new Array(width).fill(0));
export const shape = (plane) => [plane.length, plane[0].length];
export const rotate = (kernel) => kernel.map((row) => [...row].reverse()).reverse();

// A plane through one kernel. `flip` makes it a true convolution, which mirrors the kernel.
export function convolve(plane, kernel, settings = {}) {
  const [down, across] = axes(shape(plane), shape(kernel), settings);
  const weights = settings.flip ? rotate(kernel) : kernel;
  const columns = Array.from({ length: across.size }, (_, column) => taps(across, column));
  return Array.from({ length: across.size ? down.size : 0 }, (_, row) => {
    const rows = taps(down, row);
    return columns.map((places) => {
      let sum = 0;
      for (let m = 0; m < rows.length; m += 1) {
        const line = plane[rows[m]];
        if (line) for (let n = 0; n < places.length; n += 1) sum += (line[places[n]] ?? 0) * weights[m][n];
      }
      return sum;
    });
  });
}

// What one output is made of: { pixels, weights, products } as planes of the kernel's size, `inside` tells pixels from
// padding, rows and columns are the positions that are read, and sum is the output.
export function window(plane, kernel, settings, row, column) {
  const [down, across] = axes(shape(plane), shape(kernel), settings);
  const weights = settings.flip ? rotate(kernel) : kernel;
  const [rows, columns] = [taps(down, row), taps(across, column)];
  const inside = rows.map((y) => columns.map((x) => plane[y]?.[x] !== undefined));
  const pixels = rows.map((y) => columns.map((x) => plane[y]?.[x] ?? 0));
  const products = pixels.map((line, m) => line.map((pixel, n) => pixel * weights[m][n]));
  return { rows, columns, inside, pixels, weights, products, sum: total(products) };
}

export const total = (plane) => plane.flat().reduce((sum, value) => sum + value, 0);

// A volume through a bank of filters, as torch.nn.functional.conv2d(input, weight, bias): one plane a filter.
export function conv2d(volume, filters, biases = null, settings = {}) {
  return filters.map((filter, k) => {
    const parts = partialSums(volume, filter, settings);
    return parts[0].map((line, row) => line.map((_, column) => (
      parts.reduce((sum, part) => sum + part[row][column], 0) + (biases?.[k] ?? 0)
    )));
  });
}

// What each channel gives to one filter's map, before they are added up: one plane a channel.
const partialSums = (volume, filter, settings = {}) => (
  volume.map((plane, channel) => convolve(plane, filter[channel], settings))
);

// A 1×1 convolution of an RGBA picture's colours: 3×3 weights [out][in] and three biases. Alpha stays.
export function mixChannels(pixels, [[rr, rg, rb], [gr, gg, gb], [br, bg, bb]], [r, g, b]) {
  const result = new Uint8ClampedArray(pixels.length);
  for (let at = 0; at < pixels.length; at += 4) {
    const [red, green, blue] = [pixels[at], pixels[at + 1], pixels[at + 2]];
    result[at] = rr * red + rg * green + rb * blue + r;
    result[at + 1] = gr * red + gg * green + gb * blue + g;
    result[at + 2] = br * red + bg * green + bb * blue + b;
    result[at + 3] = pixels[at + 3];
  }
  return result;
}

// ---- Pooling --------------------------------------------------------------------------------------------------------

// Settings as for `axes`; stride is the kernel's size unless it is given. Padding never wins a maximum.
const poolAxes = (plane, kernel, settings) => axes(shape(plane), kernel, { stride: kernel, ...settings });

// The largest of each window: { output, winners }, a winner being [row, column] of the first largest pixel.
export function maxPool(plane, kernel, settings = {}) {
  const winners = eachWindow(poolAxes(plane, kernel, settings), (cells) => (
    cells.reduce((best, cell) => (best && plane[best[0]][best[1]] >= plane[cell[0]][cell[1]] ? best : cell), null)
  ));
  return { output: winners.map((line) => line.map(([row, column]) => plane[row][column])), winners };
}

// The mean of each window; padding counts as 0, as PyTorch's count_include_pad=True, but what lies behind it does not.
export function averagePool(plane, kernel, settings = {}) {
  const both = poolAxes(plane, kernel, settings);
  return eachWindow(both, (cells, area) => cells.reduce((sum, [y, x]) => sum + plane[y][x], 0) / area);
}

// Where the gradient of each output goes: a plane as large as the input.
export function poolBackward(kind, plane, kernel, gradients, settings = {}) {
  const result = zeros(...shape(plane));
  const both = poolAxes(plane, kernel, settings);
  const winners = kind === "max" ? maxPool(plane, kernel, settings).winners : null;
  eachWindow(both, (cells, area, row, column) => {
    const gradient = gradients[row][column];
    if (!winners) for (const [y, x] of cells) result[y][x] += gradient / area;
    else result[winners[row][column][0]][winners[row][column][1]] += gradient;
  });
  return result;
}

// Calls make(pixels inside, area with padding, row, column) for each window, and returns what it made as a plane.
function eachWindow([down, across], make) {
  const within = (along, index) => taps(along, index).filter((at) => at >= 0 && at < along.input);
  const padded = (along, index) => taps(along, index).filter((at) => at < along.input + along.after).length;
  return Array.from({ length: across.size ? down.size : 0 }, (_, row) => (
    Array.from({ length: across.size }, (__, column) => {
      const cells = within(down, row).flatMap((y) => within(across, column).map((x) => [y, x]));
      return make(cells, padded(down, row) * padded(across, column), row, column);
    })
  ));
}

// ---- Receptive field ------------------------------------------------------------------------------------------------

// For each layer { kernel, stride, padding, dilation } of a stack along one axis, and for the input before them all:
// { size, jump, start }: pixels of the input that a neuron sees, pixels between neighbouring neurons' fields, and the
// first pixel that neuron 0 sees (negative in the padding).
export function receptiveFields(layers) {
  const fields = [{ size: 1, jump: 1, start: 0 }];
  for (const { kernel, stride = 1, padding = 0, dilation = 1 } of layers) {
    const { size, jump, start } = fields.at(-1);
    fields.push({
      size: size + (span(kernel, dilation) - 1) * jump, jump: jump * stride, start: start - padding * jump,
    });
  }
  return fields;
}

// ---- Counting -------------------------------------------------------------------------------------------------------

// A stack of layers on an input [channels, height, width]:
// { kind: "conv", out_channels, kernel_size, stride, padding, bias }, { kind: "pool", kernel_size, stride, padding },
// { kind: "fc", out_features, bias }.
// For each layer: { shape, parameters, macs, numbers, field (pixels of a side; null: all of them), axes }. Parameters
// and multiply-adds are BigInts: a large layer has more than a number can hold to its last digit. `problem`
// instead is { reason: "fraction" | "large" | "padding" | "flat", axes } for the first layer that does not fit; the
// stack ends there. With rounding "floor" a fraction is no problem, but `axes` tells that it was rounded.
export function countLayers(input, layers, rounding) {
  const rows = [];
  let [current, flat] = [input, false];
  const passed = [];
  for (const layer of layers) {
    const row = layer.kind === "fc" ? countDense(layer, current) : countWindows(layer, current, flat, rounding);
    if (row.problem) return [...rows, row];
    if (layer.kind === "fc") flat = true;
    else passed.push({ ...layer, kernel: layer.kernel_size });
    row.field = flat ? null : receptiveFields(passed).at(-1).size;
    row.numbers = row.shape.reduce((product, size) => product * size, 1);
    rows.push(row);
    current = row.shape;
  }
  return rows;
}

function countDense({ out_features: units, bias }, current) {
  const inputs = current.reduce((product, size) => product * size, 1);
  const weights = BigInt(inputs) * BigInt(units);
  return { shape: [units], parameters: weights + BigInt(bias ? units : 0), macs: weights };
}

function countWindows(layer, current, flat, rounding) {
  if (flat) return { problem: { reason: "flat" } };
  const [channels, height, width] = current;
  const { kind, out_channels: filters, kernel_size: kernel, stride, padding, bias } = layer;
  const both = axes([height, width], kernel, { stride, padding, rounding });
  // As in PyTorch: a window shall never lie in the padding alone.
  if (kind === "pool" && 2 * padding > kernel) return { problem: { reason: "padding", axes: both } };
  if (both.some(({ numerator }) => numerator < 0)) return { problem: { reason: "large", axes: both } };
  if (both.some(({ size }) => size === 0)) return { problem: { reason: "fraction", axes: both } };
  const [rows, columns] = both.map(({ size }) => size);
  if (kind === "pool") return { shape: [channels, rows, columns], parameters: 0n, macs: 0n, axes: both };
  const weights = BigInt(kernel ** 2 * channels * filters);
  return {
    shape: [filters, rows, columns], axes: both,
    parameters: weights + BigInt(bias ? filters : 0), macs: weights * BigInt(rows * columns),
  };
}

// ---- Photos ---------------------------------------------------------------------------------------------------------

// An RGBA picture's three colours, as planes of numbers in 0..1.
export function colors(pixels) {
  return [0, 1, 2].map((channel) => {
    const plane = new Float64Array(pixels.length / 4);
    for (let at = 0; at < plane.length; at += 1) plane[at] = pixels[4 * at + channel] / 255;
    return plane;
  });
}

// Correlates flat planes of one size with a flat kernel each and adds them up, which is one filter on one photo:
// { data: Float64Array, height, width }. `planes` and `kernels` hold one entry a channel, 1 for grey and 3 for colour.
// An output's row stays in the processor's cache while six weights at a time are applied to it; that makes it fast.
export function correlatePhoto(planes, [height, width], kernels, kernelSize, settings = {}) {
  const [down, across] = axes([height, width], kernelSize, settings);
  const data = new Float64Array(down.size * across.size);
  const line = across.input + across.before + across.after;
  const sources = planes.map((plane) => padPlane(plane, down, across));
  const passes = inSixes(kernels, down, across, line);
  const add = across.stride === 1 && across.dilation === 1 ? slideSix : jumpSix;
  for (let row = 0; row < down.size; row += 1) {
    const result = data.subarray(row * across.size, (row + 1) * across.size);
    const start = row * down.stride * line;
    for (const pass of passes) add(result, sources[pass.channel], start + pass.offset, pass, across);
  }
  return { data, height: down.size, width: across.size };
}

// The weights of all channels, six of a kernel's row together, with where they read; groups of zeros are left out.
function inSixes(kernels, down, across, line) {
  const passes = [];
  kernels.forEach((kernel, channel) => {
    for (let m = 0; m < down.kernel; m += 1) {
      const weight = (n) => (n < across.kernel ? kernel[m * across.kernel + n] : 0);
      for (let n = 0; n < across.kernel; n += 6) {
        const [w0, w1, w2, w3, w4, w5] = [n, n + 1, n + 2, n + 3, n + 4, n + 5].map(weight);
        const offset = m * down.dilation * line + n * across.dilation;
        if (w0 || w1 || w2 || w3 || w4 || w5) passes.push({ channel, offset, w0, w1, w2, w3, w4, w5 });
      }
    }
  });
  return passes;
}

// At stride 1, neighbouring outputs share five of their six pixels: each is read once.
function slideSix(result, source, start, { w0, w1, w2, w3, w4, w5 }) {
  let [a, b, c, d, e] = [source[start], source[start + 1], source[start + 2], source[start + 3], source[start + 4]];
  for (let i = 0, from = start + 5; i < result.length; i += 1, from += 1) {
    const f = source[from];
    result[i] += w0 * a + w1 * b + w2 * c + w3 * d + w4 * e + w5 * f;
    a = b;
    b = c;
    c = d;
    d = e;
    e = f;
  }
}

function jumpSix(result, source, start, { w0, w1, w2, w3, w4, w5 }, { stride, dilation }) {
  for (let i = 0, from = start; i < result.length; i += 1, from += stride) {
    result[i] += w0 * source[from] + w1 * source[from + dilation] + w2 * source[from + 2 * dilation]
      + w3 * source[from + 3 * dilation] + w4 * source[from + 4 * dilation] + w5 * source[from + 5 * dilation];
  }
}

// A copy with its padding, and with a few zeros behind its end where the last six weights may look.
function padPlane(plane, down, across) {
  const line = across.input + across.before + across.after;
  const padded = new Float64Array(line * (down.input + down.before + down.after) + 5 * across.dilation);
  for (let row = 0; row < down.input; row += 1) {
    padded.set(plane.subarray(row * across.input, (row + 1) * across.input), (row + down.before) * line + across.before);
  }
  return padded;
}
