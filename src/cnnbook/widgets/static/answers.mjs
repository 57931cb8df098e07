// Reads what a reader typed as the answer of a question, and finds the mistake behind it. Pure functions.

import { ORDERS } from "./questions.mjs";

const LONGEST = 80;
const DECIMAL = /^[+-]?(\d+[.,]\d*|[.,]\d+)$/;
const UNFIT = /(n['’]?t|not?|never)\b.*\b(fits?|possible|works?|whole|such)\b|\b(impossible|unfit)\b|^\W*(no|none|never|no padding)\W*$/i;

// What an answer can be read as: { readings }, each a list of numbers, one number { value, within }, or "unfit"; or
// { problem } in words. "1,792" is one number with a comma for the thousands, and also one with decimals.
export function read(text) {
  if (!text.trim()) return { problem: "Type an answer first." };
  if (text.length > LONGEST) return { problem: `That is too long to be an answer: “${text.trim().slice(0, 12)}…”` };
  const plain = normal(text);
  if (UNFIT.test(plain)) return { readings: ["unfit"] };
  const bare = plain.replace(/[()[\]{}]/g, " ").replace(/(?<![\p{L}\d.])\p{L}[\p{L}.]*/gu, " ").trim().replace(/[.;,]+$/, "");
  const lists = splits(bare).filter((parts) => parts.length > 1).map((parts) => parts.map((part) => numbers(part)[0]?.value));
  const readings = [...numbers(bare), ...lists.filter((list) => list.every((value) => value !== undefined))];
  const shown = text.trim().length > 24 ? `${text.trim().slice(0, 24)}…` : text.trim();
  return readings.length ? { readings } : { problem: `“${shown}” cannot be read as an answer.` };
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

function splits(text) {
  if (text.includes("×")) return [text.split("×").map((part) => part.trim())];
  return [/[\s,;]+/, /[,;]\s+|;/].map((between) => text.split(between).filter(Boolean));
}

// The numbers that a text may mean; `within` is what its rounding may hide.
function numbers(text) {
  const found = [];
  const add = (value, within = 0) => { if (Number.isFinite(value)) found.push({ value, within }); };
  if (/^[+-]?\d+$/.test(text)) add(Number(text));
  if (/^[+-]?\d{1,3}(?:([ ,.])\d{3})(?:\1\d{3})*$/.test(text)) add(Number(text.replace(/[ ,.]/g, "")));
  if (DECIMAL.test(text)) add(Number(text.replace(",", ".")), 0.5 / 10 ** text.split(/[.,]/)[1].length);
  const [, sign, whole = 0, over, under] = /^([+-]?)(?:(\d+) )?(\d+) ?\/ ?(\d+)$/.exec(text) ?? [];
  if (under) add((sign === "-" ? -1 : 1) * (Number(whole) + over / under));
  return found;
}

// ---- Judging --------------------------------------------------------------------------------------------------------

// What an answer is worth: { problem }, { right: true }, or { mistakes: [names] }, empty if none is known.
export function judge(text, kind, values) {
  const { readings, problem } = read(text);
  if (problem) return { problem };
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

function expected(kind, values) {
  if (!Array.isArray(values.answer)) return `The answer is ${asked(kind, values)}.`;
  return `The answer has ${values.answer.length === 3 ? "three" : "four"} numbers: ${asked(kind, values)}.`;
}

// A reading, and what it stands for in a question of this kind: 5×5 is the size 5, and 5·5·3 is a count of 75.
function meanings(reading, answer, { axes }) {
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
