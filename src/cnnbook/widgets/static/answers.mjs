// Reads what a reader typed as the answer of a question, and finds the mistake behind it. Pure functions.

import { ORDERS } from "./questions.mjs";

const LONGEST = 80;
const MAPS_FIRST = /^\W*(\d+) ?(?:@|(?:maps?|channels?) of) ?(\d+) ?× ?(\d+)\W*$/i;
const MAPS_LAST = /^\W*(\d+) ?× ?(\d+)(?:,| with| and)? (\d+) (?:maps?|channels?)\W*$/i;
const DECIMAL = /^[+-]?(\d+[.,]\d*|[.,]\d+)$/;
const UNFIT = /(n['’]?t|not?|never)\b.*\b(fits?|possible|works?|whole|integer|such)\b|\b(impossible|unfit)\b|^\W*(no|none|never|no padding)\W*$/i;

// What an answer can be read as: { readings }, each a list of numbers, one number { value, within }, or "unfit"; or
// { problem } in words, or {} if there is none. "1,792" is one number with a comma for the thousands, and also one with
// decimals; 6@28x28 and "28x28, 6 maps" name their axes, as { volume }.
export function read(text) {
  if (!text.trim()) return { problem: "Type an answer first." };
  if (text.length > LONGEST) return { problem: `That is too long to be an answer: “${shortened(text.trim(), 12)}”` };
  const plain = normal(text);
  if (UNFIT.test(plain)) return { readings: ["unfit"] };
  const [, first, ...others] = MAPS_FIRST.exec(plain) ?? [];
  if (first) return { readings: [{ volume: [first, ...others].map(Number) }] };
  const [, height, width, maps] = MAPS_LAST.exec(plain) ?? [];
  if (maps) return { readings: [{ volume: [maps, height, width].map(Number) }] };
  const bare = plain.replace(/[()[\]{}]/g, " ").replace(/(?<![\p{L}\d.])\p{L}[\p{L}.]*/gu, " ").trim().replace(/[.;,]+$/, "");
  const lists = splits(bare).filter((parts) => parts.length > 1).map((parts) => parts.map((part) => numbers(part)[0]?.value));
  const readings = [...numbers(bare), ...formula(plain), ...lists.filter((list) => list.every((value) => value !== undefined))];
  return readings.length ? { readings } : {};
}

// Unicode's many digits, minuses, spaces and crosses as the plain ones; whole words between numbers as crosses.
function normal(text) {
  return text.replace(/[²³]/g, "^").replace(/(?<=\d)(?=[¼-¾⅐-⅞])/g, " ").normalize("NFKC").replace(/\p{Nd}/gu, digit).replace(/[‐-―−]/g, "-").replace(/[⁄∕÷]/g, "/")
    .replace(/[✕✖⨯∗*·⋅∙]/g, "×").replace(/(?<=[\d\s)])(x|by)(?=[\s(\d])/gi, "×").replace(/(?<=\d)['’_](?=\d{3})/g, "")
    .replace(/(?<=\d)\s*(px|pixels?)\b/gi, "").replace(/[\p{L}_]+\s*=/gu, " ").replace(/=/g, " ").replace(/\s+/g, " ")
    .replace(/^([ (]*[+-]) /, "$1");
}

// Digits of one script stand in a row, from 0 on.
function digit(character) {
  const code = character.codePointAt(0);
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}

// A formula that adds or subtracts, (144 + 1)×24, worked out; a product alone may also be a shape.
function formula(text) {
  if (!/^[\d.+\-×/() ]+$/.test(text) || !/[\d)] ?[+-]/.test(text)) return [];
  const tokens = text.match(/\d+(?:\.\d+)?|[.+\-×/()]/g);
  let at = 0;
  const take = (...signs) => signs.includes(tokens[at]) && tokens[at++];
  const chain = (part, first, inverse, join) => () => {
    let value = part();
    for (let sign = take(first, inverse); sign; sign = take(first, inverse)) value = join(value, part(), sign === first);
    return value;
  };
  const factor = () => {
    if (take("-")) return -factor();
    if (!take("(")) return Number(tokens[at++]);
    const value = sum();
    return take(")") ? value : NaN;
  };
  const product = chain(factor, "×", "/", (a, b, isProduct) => (isProduct ? a * b : a / b));
  const sum = chain(product, "+", "-", (a, b, isSum) => (isSum ? a + b : a - b));
  const value = sum();
  return at === tokens.length && Number.isFinite(value) ? [{ value, within: 0 }] : [];
}

function splits(text) {
  if (text.includes("×")) return [text.split("×").map((part) => part.trim())];
  return [/[\s,;]+/, /[,;]\s+|;/].map((between) => text.split(between).filter(Boolean));
}

// The numbers that a text may mean; `within` is what its rounding may hide.
function numbers(text) {
  const found = [];
  const add = (value, within = 0) => { if (Number.isFinite(value)) found.push({ value, within }); };
  if (/^[+-]?\d+$/.test(text)) add(Number(text));
  if (/^[+-]?\d+(\.\d+)?e\d\d?$/i.test(text)) add(Number(text));
  const [, grouped, , decimals = ""] = /^([+-]?\d{1,3}([ ,.])\d{3}(?:\2\d{3})*)((?!\2)[,.]\d+)?$/.exec(text) ?? [];
  if (grouped) add(Number(grouped.replace(/[ ,.]/g, "") + decimals.replace(",", ".")), decimals ? 0.5 / 10 ** (decimals.length - 1) : 0);
  if (DECIMAL.test(text)) add(Number(text.replace(",", ".")), 0.5 / 10 ** text.split(/[.,]/)[1].length);
  const [, sign, whole = 0, over, under] = /^([+-]?)(?:(\d+) )?(\d+) ?\/ ?(\d+)$/.exec(text) ?? [];
  if (under) add((sign === "-" ? -1 : 1) * (Number(whole) + over / under));
  return found;
}

// ---- Judging --------------------------------------------------------------------------------------------------------

// What an answer is worth: { problem }, { right: true }, or { mistakes: [names] }, empty if none is known.
export function judge(text, kind, values) {
  const { readings, problem } = read(text);
  if (!readings) return { problem: problem ?? `“${shortened(text.trim(), 24)}” cannot be read as an answer. ${example(kind, values)}` };
  const meant = readings.flatMap((reading) => meanings(reading, kind.answer, values));
  const means = (value) => value !== undefined && meant.some((one) => same(one, value));
  if (means(values.answer) || means(values.also)) return { right: true };
  const mistakes = Object.keys(kind.mistakes).filter((name) => means(values[name]));
  if (mistakes.length || meant.some((one) => isOfKind(one, values))) return { mistakes };
  return { problem: expected(kind, values) };
}

// What the question asks for, as the end of its label.
export function asked(kind, values) {
  if (kind.answer === "volume") return values.axes;
  if (Array.isArray(values.answer)) return kind.answer;
  return kind.mistakes.does_not_fit ? "a number, or “does not fit”" : "a number";
}

const shortened = (text, length) => (text.length > length ? `${text.slice(0, length)}…` : text);

function example(kind, { answer, axes }) {
  if (!Array.isArray(answer)) return `Type something like 123${kind.mistakes.does_not_fit ? ", 7/2 or “does not fit”" : ""}.`;
  return `Type something like ${answer.length === 4 ? "(5, 7, 98, 76)" : axes.includes("×") ? "98×76×5" : "(5, 98, 76)"}.`;
}

function expected(kind, values) {
  if (!Array.isArray(values.answer)) return `The answer is ${asked(kind, values)}.`;
  return `The answer has ${values.answer.length === 3 ? "three" : "four"} numbers: ${asked(kind, values)}.`;
}

// A reading, and what it stands for in a question of this kind: 5×5 is the size 5, and 5·5·3 is a count of 75.
function meanings(reading, answer, { axes }) {
  if (reading.volume) return answer === "volume" ? [reading.volume] : [];
  if (!Array.isArray(reading)) return [reading];
  if (answer === "size") return reading.every((value) => value === reading[0]) ? [{ value: reading[0], within: 0 }] : [];
  if (answer === "count") return [{ value: reading.reduce((all, value) => all * value, 1), within: 0 }];
  if (answer !== "volume") return [reading];
  // An axis of one image in front is no mistake.
  const sizes = reading.length === 4 && reading[0] === 1 ? reading.slice(1) : reading;
  if (sizes.length !== 3) return [sizes];
  const volume = [];
  ORDERS[axes].forEach((axis, i) => { volume[axis] = sizes[i]; });
  return [volume];
}

function same(meant, value) {
  if (meant === "unfit" || value === "unfit") return meant === value;
  if (Array.isArray(meant) || Array.isArray(value)) return String(meant) === String(value);
  const [over, under = 1] = String(value).split("/").map(Number);
  const rounding = Number.isInteger(over / under) ? 0 : meant.within;
  return Math.abs(meant.value - over / under) <= rounding + 1e-9;
}

function isOfKind(meant, { answer, also, does_not_fit: unfit }) {
  if (meant === "unfit") return Boolean(also ?? unfit);
  return Array.isArray(meant) ? meant.length === answer.length : !Array.isArray(answer);
}
