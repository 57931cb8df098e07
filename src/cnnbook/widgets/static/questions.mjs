// The arithmetic of the questions, as cnnbook.widgets.questions has it in Python; their words come from there. Pure
// functions: valuesOf gives the values that the words name, draw gives new numbers, isPossible knows others from nonsense.

import texts from "./question-texts.mjs";
import { averagePool, axis, convolve, maxPool, receptiveFields, rotate, shape, span, total } from "./arithmetic.mjs";
import { isChoice, isPair, isPlane, isWhole } from "./dom.mjs";

export const ORDERS = { "height×width×depth": [1, 2, 0], "(C, H, W)": [0, 1, 2] };

// ---- Numbers and shapes ---------------------------------------------------------------------------------------------

// A whole number, or the text of a fraction in lowest terms.
function ratio(over, under = 1) {
  let [a, b] = [Math.abs(over), under];
  while (b) [a, b] = [b, a % b];
  return under === a ? over / a : `${over / a}/${under / a}`;
}

// An axis's size, perhaps a fraction; null where the filter is larger than the axis.
function size(input, kernel, stride = 1, padding = 0, dilation = 1) {
  const { numerator } = axis(input, kernel, { stride, padding, dilation });
  return numerator < 0 ? null : ratio(numerator + stride, stride);
}

const volume = (depth, ...sides) => (sides.every((side) => Number.isInteger(side) && side > 0) ? [depth, ...sides] : null);
const sidesOf = (input) => (Array.isArray(input) ? input : [input, input]);
const when = (condition, value) => (condition ? value : null);
const product = (numbers) => numbers.reduce((all, number) => all * number, 1);
const at = (plane, row, column) => plane[row]?.[column] ?? null;

const parameters = (channels, filters, kernel, bias) => (
  (product(sidesOf(kernel)) * channels + (bias ? 1 : 0)) * filters
);

// ---- The kinds: what each makes of its numbers ----------------------------------------------------------------------

const COMPUTE = {
  "output size": ({ input_size: N, kernel_size: F, stride: S = 1, padding: P = 0, dilation: D = 1 }) => {
    const { numerator, leftOver, fits, span: covered } = axis(N, F, { stride: S, padding: P, dilation: D });
    const right = size(N, F, S, P, D);
    if (right === null) return {};
    const floor = Math.floor(numerator / S) + 1;
    return {
      S, covered, steps: ratio(numerator, S), answer: right, also: when(!fits, "unfit"),
      whole: when(fits, right), fraction: when(!fits, right), left_over: when(!fits, leftOver),
      unread: when(leftOver > P, leftOver - P), only_padding: when(leftOver && leftOver <= P, 1),
      does_not_fit: when(fits, "unfit"), floor: when(!fits, floor), ceil: when(!fits, floor + 1),
      no_one: ratio(numerator, S), one_too_early: when(S > 1, ratio(numerator + 1, S)),
      padding_once: when(P, size(N + P, F, S, 0, D)), padding_forgotten: when(P, size(N, F, S, 0, D)),
      stride_forgotten: when(S > 1, size(N, F, 1, P, D)), dilation_forgotten: when(D > 1, size(N, F, S, P)),
      dilation_times: when(D > 1, ratio(N + 2 * P - D * F + S, S)), ...kept(N, [N], [numerator / S + 1]),
    };
  },

  "same padding": ({ kernel_size: F, dilation: D = 1 }) => {
    const covered = span(F, D);
    const right = ratio(covered - 1, 2);
    const fits = Number.isInteger(right);
    return {
      covered, twice: covered - 1, answer: right, also: when(!fits, "unfit"),
      whole: when(fits, right), fraction: when(!fits, right), does_not_fit: when(fits, "unfit"),
      floor: when(!fits, covered / 2 - 1), ceil: when(!fits, covered / 2), both_sides: covered - 1,
      half: when(fits, ratio(covered, 2)), filter_itself: when(F !== right && F !== covered - 1, F),
      grows: when(F > (covered - 1) / 2, 1), shrinks: when(F < (covered - 1) / 2, 1),
      dilation_forgotten: when(D > 1, ratio(F - 1, 2)),
    };
  },

  "output shape": ({ in_channels: C, input_size, out_channels: K, kernel_size: F, stride: S = 1, padding: P = 0 }) => {
    const sides = sidesOf(input_size);
    const make = (depth, stride = S, padding = P, more = 0) => volume(depth, ...sides.map((n) => size(n + more, F, stride, padding)));
    const [height, width] = sides.map((n) => size(n, F, S, P));
    if (!volume(K, height, width)) return {};
    return {
      S, unpadded: when(!P, 1), input: [C, ...sides], input_height: sides[0], input_width: sides[1], ...named(height, width),
      answer: [K, height, width], depth_kept: when(C !== K, make(C)), depth_multiplied: when(C > 1, make(C * K)),
      stride_forgotten: when(S > 1, make(K, 1)), padding_forgotten: when(P, make(K, S, 0)),
      padding_once: when(P, make(K, S, 0, P)), no_one: volume(K, height - 1, width - 1),
      ...kept([K, ...sides], sides, [height, width]),
      axes_swapped: when(height !== width, [K, width, height]),
    };
  },

  "pooled shape": ({ in_channels: C, input_size, kernel_size: F, stride: S = F }) => {
    const sides = sidesOf(input_size);
    const [height, width] = sides.map((n) => size(n, F, S));
    if (!volume(C, height, width)) return {};
    const divided = volume(C, ...sides.map((n) => Math.ceil(n / S)));
    return {
      S, unpadded: 1, input: [C, ...sides], input_height: sides[0], input_width: sides[1], ...named(height, width),
      answer: [C, height, width], depth_one: when(C > 1, [1, height, width]),
      depth_pooled: when(S > 1 && C % S === 0, [C / S, height, width]),
      stride_one: when(S > 1, volume(C, ...sides.map((n) => size(n, F)))),
      divided: when(divided && (divided[1] !== height || divided[2] !== width), divided),
      rounded: when(sides.some((n) => n % S), 1),
      no_one: volume(C, height - 1, width - 1), axes_swapped: when(height !== width, [C, width, height]),
    };
  },

  parameters: ({ in_channels: C, out_channels: K, kernel_size: F, bias = true }) => {
    const weights = parameters(C, K, F, false);
    return {
      ...biased(bias), weights_per_filter: parameters(C, 1, F, false), per_filter: parameters(C, 1, F, bias),
      answer: parameters(C, K, F, bias), bias_forgotten: when(bias, weights), bias_counted: when(!bias, weights + K),
      one_bias: when(bias && K > 1, weights + 1), bias_per_channel: when(bias && C > 1, weights + C * K),
      depth_forgotten: when(C > 1, parameters(1, K, F, bias)), one_filter: when(K > 1, parameters(C, 1, F, bias)),
      depth_and_bias_forgotten: when(bias && C > 1, parameters(1, K, F, false)),
      one_bare_filter: when(bias && K > 1, parameters(C, 1, F, false)),
      side_once: when(F > 1, parameters(C, K, [1, F], bias)),
    };
  },

  "multiply-adds": ({ in_channels: C, input_size: N, out_channels: K, kernel_size: F, stride: S = 1, padding: P = 0 }) => {
    const out = size(N, F, S, P);
    if (!volume(1, out)) return {};
    const count = (channels, filters, positions = out * out) => parameters(channels, filters, F, false) * positions;
    const right = count(C, K);
    const other = (stride, padding) => {
      const side = size(N, F, stride, padding);
      return volume(1, side) && count(C, K, side * side);
    };
    return {
      stride_forgotten: when(S > 1, other(1, P)), padding_forgotten: when(P, other(S, 0)),
      S, input: [C, N, N], out, products: count(C, 1, 1), numbers: out * out * K, answer: right,
      positions_forgotten: when(out > 1, count(C, K, 1)), input_positions: when(out !== N, count(C, K, N * N)),
      depth_forgotten: when(C > 1, count(1, K)), one_filter: when(K > 1, count(C, 1)), counted_twice: 2 * right,
      bias_counted: right + out * out * K, row_only: when(out > 1, count(C, K, out)),
    };
  },

  "one output": ({ input, weight: given, row, column, stride: S = 1, padding: P = 0, bias = 0, flip = false }) => {
    const [weight, turned] = flip ? [rotate(given), given] : [given, rotate(given)];
    const output = (weights = weight, stride = S, padding = P) => (
      convolve(input, weights, { stride, padding }).map((line) => line.map((sum) => sum + bias))
    );
    const [height, width] = shape(weight);
    const [top, left] = [row * S - P, column * S - P];
    const pixels = weight.map((line, m) => line.map((_, n) => at(input, top + m, left + n) ?? 0));
    const flat = weight.flat();
    return {
      height, width, top, left, as_it_is: when(!flip, 1), rotated: when(flip, 1), answer: at(output(), row, column),
      terms: pixels.flat().map((pixel, i) => `${factor(flat[i])}·${factor(pixel)}`).join(" + "),
      bias_term: when(bias, factor(bias)), flipped: when(!flip, at(output(turned), row, column)),
      not_flipped: when(flip, at(output(turned), row, column)),
      transposed: when(height === width, at(output(weight.map((_, m) => weight.map((line) => line[m]))), row, column)),
      axes_swapped: when(row !== column, at(output(), column, row)), counted_from_one: at(output(), row - 1, column - 1),
      stride_forgotten: when(S > 1, at(output(weight, 1), row, column)),
      padding_forgotten: when(P, at(output(weight, S, 0), row, column)),
      bias_forgotten: when(bias, total(pixels.map((line, m) => line.map((pixel, n) => pixel * weight[m][n])))),
      weights_forgotten: total(pixels) + bias,
    };
  },

  "pooled value": ({ input, kernel_size: F, row, column, stride: S = F, pool = "max" }) => {
    const max = pool === "max";
    const pooled = (largest = max, stride = S) => (largest ? maxPool(input, F, { stride }).output : averagePool(input, F, { stride }));
    const [top, left] = [row * S, column * S];
    const window = input.slice(top, top + F).map((line) => line.slice(left, left + F));
    const answer = at(pooled(), row, column);
    return {
      pooling: pool, S, top, left, numbers: window.flat().map((pixel) => show(pixel)).join(", "), area: F * F, total: total(window), answer,
      maximum: when(max, answer), mean: when(!max, answer), mean_taken: when(max, at(pooled(false), row, column)),
      maximum_taken: when(!max, at(pooled(true), row, column)), sum_taken: when(!max, total(window)),
      smallest_taken: when(max, Math.min(...window.flat())),
      everything: max ? Math.max(...input.flat()) : total(input) / product(shape(input)),
      axes_swapped: when(row !== column, at(pooled(), column, row)), counted_from_one: at(pooled(), row - 1, column - 1),
      stride_one: when(S > 1 && row + column, at(pooled(max, 1), row, column)),
    };
  },

  "receptive field": ({ layers }) => {
    const pairs = layers.map(([kernel, stride = 1]) => ({ kernel, stride }));
    const field = (stack) => receptiveFields(stack).at(-1).size;
    const right = field(pairs);
    const jumps = receptiveFields(pairs).map(({ jump }) => jump);
    const kernels = pairs.map(({ kernel }) => kernel);
    const unstrided = field(kernels.map((kernel) => ({ kernel })));
    const early = pairs.reduce((sum, { kernel }, i) => sum + (kernel - 1) * jumps[i + 1], 1);
    const backwards = field([...pairs].reverse());
    const near = pairs.reduce((sum, { kernel }, i) => sum + (kernel - 1) * (i ? pairs[i - 1].stride : 1), 1);
    const several = pairs.length > 1;
    return {
      stack: pairs.map(({ kernel, stride }) => `${kernel}×${kernel}${stride > 1 ? `, stride ${stride}` : ""}`).join(" → "),
      depth: pairs.length, sum: `1 + ${kernels.map((kernel, i) => `(${kernel} − 1)·${jumps[i]}`).join(" + ")}`, answer: right,
      strided: pairs.slice(0, -1).find(({ stride }) => stride > 1)?.stride ?? null, kernels_added: when(several, kernels.reduce((sum, kernel) => sum + kernel)),
      one_forgotten: right - 1, strides_forgotten: when(unstrided !== right, unstrided),
      last_stride_only: when(near !== right, near), whole_kernels: kernels.reduce((sum, kernel, i) => sum + kernel * jumps[i], 1),
      stride_too_early: when(early !== right, early), backwards: when(backwards !== right, backwards),
      kernels_multiplied: when(several, product(kernels)), last_only: when(several, kernels.at(-1)),
    };
  },

  "fully connected parameters": ({ in_channels: C, input_size: N, out_features: K, bias = true }) => {
    const count = (inputs, units, own = bias) => parameters(inputs, units, 1, own);
    const inputs = C * N * N;
    const weights = count(inputs, K, false);
    return {
      ...biased(bias), input: [C, N, N], inputs, per_unit: count(inputs, 1), answer: count(inputs, K),
      bias_forgotten: when(bias, weights), bias_counted: when(!bias, weights + K), one_bias: when(bias && K > 1, weights + 1),
      depth_forgotten: when(C > 1, count(N * N, K)), side_once: when(N > 1, count(C * N, K)),
      depth_and_bias_forgotten: when(bias && C > 1, count(N * N, K, false)),
      bare_depth_only: when(bias && N > 1, count(C, K, false)),
      depth_only: when(N > 1, count(C, K)), one_unit: when(K > 1, count(inputs, 1)),
    };
  },

  "fully connected as convolution": ({ in_channels: C, input_size: N, out_features: K }) => ({
    input: [C, N, N], inputs: C * N * N, answer: [K, C, N, N], one_by_one: when(N > 1, [K, C, 1, 1]),
    channels_swapped: when(C !== K, [C, K, N, N]), depth_last: when(C !== N, [K, N, N, C]), filters_last: [N, N, C, K],
    flattened: [K, C * N * N], depth_forgotten: [K, N, N], filters_forgotten: [C, N, N],
  }),

  "bottleneck parameters": ({ in_channels: C, mid_channels: M, kernel_size: F, bias = true }) => {
    const count = (own, ...layers) => layers.reduce((sum, layer) => sum + parameters(...layer, own), 0);
    const [squeeze, middle, expand, direct] = [[C, M, 1], [M, M, F], [M, C, 1], [C, C, F]];
    return {
      ...biased(bias), squeeze: count(bias, squeeze), middle: count(bias, middle), expand: count(bias, expand),
      direct: count(bias, direct), answer: count(bias, squeeze, middle, expand),
      bias_forgotten: when(bias, count(false, squeeze, middle, expand)),
      bias_counted: when(!bias, count(true, squeeze, middle, expand)), no_bottleneck: count(bias, direct),
      middle_only: count(bias, middle), expansion_forgotten: count(bias, squeeze, middle),
      squeeze_forgotten: count(bias, middle, expand), middle_wide: count(bias, squeeze, [C, M, F], expand),
    };
  },

  "separable parameters": ({ in_channels: C, out_channels: K, kernel_size: F, bias = true }) => {
    const count = (own) => ({ space: parameters(1, C, F, own), depth: parameters(C, K, 1, own) });
    const { space, depth } = count(bias);
    const [bare, full] = [count(false), count(true)];
    return {
      ...biased(bias), space, depth, direct: parameters(C, K, F, bias), answer: space + depth,
      bias_forgotten: when(bias, bare.space + bare.depth), bias_counted: when(!bias, full.space + full.depth),
      not_separated: parameters(C, K, F, bias), channels_mixed: when(C > 1, parameters(C, C, F, bias) + depth),
      one_pattern: when(C > 1, parameters(1, 1, F, bias) + depth), space_only: space, depth_only: depth,
      depth_first: when(C !== K, depth + parameters(1, K, F, bias)),
    };
  },
};

const named = (height, width) => ({
  height, width, tall: when(height !== width, height), wide: when(height !== width, width), square: when(height === width, height),
});
// What to say to who leaves the input's size as it is.
const kept = (value, before, after) => {
  const shrinks = after.some((size, i) => size < before[i]);
  const grows = !shrinks && after.some((size, i) => Math.floor(size) > before[i]);
  return { shrinks: when(shrinks, 1), grows: when(grows, 1), input_kept: when(shrinks || grows, value) };
};
const biased = (bias) => ({ with_bias: when(bias, 1), without_bias: when(!bias, 1) });
const factor = (number) => (number < 0 ? `(${show(number)})` : show(number));

// The numbers and what their kind makes of them, without what is null; null if there is no answer.
export function valuesOf(kind, numbers, axes) {
  const values = { ...numbers, axes, ...COMPUTE[kind](numbers) };
  if ((values.answer ?? null) === null) return null;
  if (texts[kind].answer === "volume") values.order = inOtherOrder(values.answer, axes);
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

function inOtherOrder(right, axes) {
  const other = Object.keys(ORDERS).find((name) => name !== axes);
  const result = [];
  ORDERS[other].forEach((from, i) => { result[ORDERS[axes][i]] = right[from]; });
  return String(result) === String(right) ? null : result;
}

// ---- Words ----------------------------------------------------------------------------------------------------------

const PLACE = /\{(\w+)(\|[^{}]*)?\}/g;

// A text with its values put in; a part that names an absent value is left out.
export function fill(text, values) {
  const known = (part) => [...part.matchAll(PLACE)].every(([, name]) => Object.hasOwn(values, name));
  return text.filter(known).map((part) => part.replace(PLACE, (_, name, words) => {
    if (words === undefined) return show(values[name], values.axes);
    const [one, ...more] = words.slice(1).split("|");
    return values[name] === 1 ? one : more.join("");
  })).join("");
}

function show(value, axes) {
  if (Array.isArray(value)) {
    const order = value.length === 3 ? ORDERS[axes] : null;
    const sizes = order ? order.map((i) => value[i]) : value;
    return order && axes.includes("×") ? sizes.join("×") : `(${sizes.join(", ")})`;
  }
  const text = Number.isInteger(value) ? String(value).replace(/\B(?=(\d{3})+$)/g, ",")
    : typeof value === "number" ? String(Number(value.toFixed(3))) : String(value);
  return text.replaceAll("-", "−");
}

// ---- Numbers from elsewhere -----------------------------------------------------------------------------------------

const LARGEST = 1e6;
const WIDEST = 64;
const positive = (value, most) => isWhole(value, 1, most);
const natural = (value, most) => isWhole(value, 0, most);
const isGrid = (value) => isPlane(value, WIDEST, WIDEST, LARGEST);

// What a number must be, by its name, if it is not a positive one.
const IS = {
  padding: natural, row: natural, column: natural, input: isGrid, weight: isGrid,
  bias: (value) => Number.isFinite(value) && Math.abs(value) <= LARGEST,
  pool: (value) => isChoice(value, { max: "", average: "" }),
  layers: (value) => Array.isArray(value) && value.length > 0 && value.every((layer) => (
    Array.isArray(layer) && [1, 2].includes(layer.length) && layer.every((size) => positive(size, LARGEST)))),
};

// Whether numbers are a question's, and not larger than anybody needs: a link may hold anything.
export function isPossible(kind, numbers) {
  if (numbers === null || typeof numbers !== "object") return false;
  const { needs, defaults, answer } = texts[kind];
  const most = "input" in numbers ? WIDEST : LARGEST;
  const is = (name, value) => {
    if (typeof defaults[name] === "boolean") return typeof value === "boolean";
    return (IS[name] ?? positive)(value, most) || (name === "input_size" && answer === "volume" && isPair(value, 1, most));
  };
  return needs.every((name) => Object.hasOwn(numbers, name)) && Object.entries(numbers).every(([name, value]) => (
    (needs.includes(name) || Object.hasOwn(defaults, name)) && is(name, value)));
}

// ---- New numbers ----------------------------------------------------------------------------------------------------

const CHANNELS = [2, 3, 4, 6, 8, 16, 32, 64];
const FILTERS = [4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 64, 96];
const between = (low, high) => Array.from({ length: high - low + 1 }, (_, i) => low + i);
const side = (choices) => (pick, now) => (Array.isArray(now) ? [pick(choices), pick(choices)] : pick(choices));
const plane = (choices) => (pick, now) => now.map((line) => line.map(() => pick(choices)));
const place = (pick) => pick(between(0, 3));

// By kind, what each number is drawn from: a list, or a function of pick and of the number as it is. Others stay.
const CHOICES = {
  "output size": {
    input_size: between(5, 64), kernel_size: [2, 3, 4, 5, 7, 11], stride: between(2, 5), padding: between(1, 5),
    dilation: between(2, 4),
  },
  "same padding": { kernel_size: between(3, 15), dilation: between(2, 5) },
  "output shape": {
    in_channels: CHANNELS, input_size: side(between(7, 64)), out_channels: FILTERS, kernel_size: [3, 5, 7],
    stride: [2, 3], padding: [1, 2, 3],
  },
  "pooled shape": { in_channels: CHANNELS, input_size: side(between(8, 120)), kernel_size: [2, 3], stride: [2, 3] },
  parameters: { in_channels: CHANNELS, out_channels: FILTERS, kernel_size: [2, 3, 5, 7, 11] },
  "multiply-adds": {
    in_channels: CHANNELS, input_size: between(8, 32), out_channels: FILTERS, kernel_size: [3, 5, 7],
    stride: [2, 3], padding: [1, 2, 3],
  },
  "one output": {
    input: plane(between(0, 5)), weight: plane(between(-2, 2)), row: place, column: place,
    stride: [2], padding: [1], bias: [-3, -2, -1, 1, 2, 3],
  },
  "pooled value": {
    input: (pick, now) => plane(between(now.flat().some((pixel) => pixel < 0) ? -9 : 0, 9))(pick, now),
    row: place, column: place,
  },
  "receptive field": {
    layers: (pick, now) => now.map(([, stride = 1]) => (stride > 1 ? [pick([2, 3, 5]), pick([2, 3])] : [pick([2, 3, 5, 7])])),
  },
  "fully connected parameters": {
    in_channels: [...CHANNELS, 128, 256, 512], input_size: between(2, 9), out_features: [10, 20, 50, 64, 100, 128, 1000, 4096],
  },
  "fully connected as convolution": {
    in_channels: [16, 32, 64, 128, 256, 512], input_size: between(4, 9), out_features: [10, 20, 100, 200, 1000, 4096],
  },
  "bottleneck parameters": { in_channels: [64, 128, 256, 512], mid_channels: [8, 16, 32, 48], kernel_size: [3, 5, 7] },
  "separable parameters": { in_channels: CHANNELS, out_channels: FILTERS, kernel_size: [3, 5, 7] },
};

// Other numbers for a question, such that no two of the right answer and the known mistakes look the same; for a
// place, such that all mistakes can be made that could be made before.
export function draw(kind, numbers, axes, random = Math.random) {
  const pick = (choices) => choices[Math.floor(random() * choices.length)];
  const first = valuesOf(kind, numbers, axes);
  const most = Math.max(1e6, first.answer); // not a number for a shape, which nothing exceeds
  // In row 0, column 0 nobody can miss the place; what could be mistaken has to stay so.
  const kept = "row" in numbers ? Object.keys(texts[kind].mistakes).filter((name) => Object.hasOwn(first, name)) : [];
  for (let tries = 0; tries < 5000; tries += 1) {
    const next = Object.fromEntries(Object.entries(numbers).map(([name, now]) => {
      const choices = CHOICES[kind][name];
      return [name, Array.isArray(choices) ? pick(choices) : choices?.(pick, now) ?? now];
    }));
    const values = valuesOf(kind, next, axes);
    if (values && !(values.answer > most) && areApart(kind, values) && kept.every((name) => Object.hasOwn(values, name)) && JSON.stringify(next) !== JSON.stringify(numbers)) return next;
  }
  return numbers;
}

// Two mistakes with the same reply may look the same.
function areApart(kind, values) {
  const seen = new Map([[String(values.answer), ""]]);
  return Object.entries(texts[kind].mistakes).every(([name, reply]) => {
    if (!Object.hasOwn(values, name)) return true;
    const [key, words] = [String(values[name]), String(reply)];
    const isNew = !seen.has(key) || seen.get(key) === words;
    seen.set(key, words);
    return isNew;
  });
}
