// Reads what a reader typed as the answer of a question, and finds the mistake behind it. Pure functions.

import { ORDERS } from "./questions.mjs";

const LONGEST = 80;
const DECIMAL = /^[+-]?(\d+[.,]\d*|[.,]\d+)$/;
const WORD = /(?<![\p{L}\d.])\p{L}(?:[\p{L}.]|-(?=\p{L}))*/gu;

// "It does not fit", said of nothing else: the "no" of "no, it fits" and of "not a problem: 5 fit" is about other words.
const NOT = String.raw`\b(?:\p{L}*not|never|none|no(?! (?:the|all|each|every)\b)|\p{L}+n['’]t|(?:are|ca|do|does|is|wo)nt)`;
const WORDS = String.raw`(?: (?!(?:it|they|that|this|we|problem|matter|but|and|so)\b)[\p{L}-]+){0,7}`;
const FIT = String.raw`\b(?:fits?|possible|works?|whole|integer|such)\b`;
const IMPOSSIBLE = String.raw`(?<!not |never |n['’]t )\b(?:impossible|unfit)\b`;
const ALONE = String.raw`^\W*(?:no|none|never|no padding|error|it does(?: ?not|n['’]?t))\W*$`;
const MISFIT = new RegExp(String.raw`[\s,;:.-]*(?:${NOT}${WORDS} ${FIT}|${IMPOSSIBLE}|${ALONE})[\s,;:.-]*`, "giu");
const FITS = new RegExp(FIT, "i");

// The words that name a volume's axes: depth, height and width.
const AXES = ["depth|deep|channels?|maps?|filters?|[cdk]", "height|high|rows?|h", "width|wide|columns?|w"];
const NAMES = AXES.map((words) => new RegExp(`^(?:${words})$`, "i"));
const DEPTHS = [String.raw`(\d+) ?(?:${AXES[0]})(?!\p{L})`, String.raw`(?<!\p{L})(?:${AXES[0]})[ =:]*(\d+)`].map((form) => new RegExp(form, "iu"));
const SIDES = /^\D*(\d+)(?: ?[×,;] ?| )(\d+)\D*$/;
// Behind the depth in "16, 10×18" and in "10×18, 16": what stands apart from the cross.
const APART = /(?<=^\W*\d+)(?=[\s,;(]+\d+ ?× ?\d+\W*$)|(?<=^\W*\d+ ?× ?\d+[\s,;)]+\d+)(?=\W*$)/;

// What an answer can be read as, if `answer` is what its question asks for: { readings }, each a number { value, within },
// a list of numbers { sizes, isProduct }, or "unfit"; or { problem } in words, or {} if there is none. "1,792" is one
// number with a comma for the thousands, and also one with decimals. Where an answer names its axes, 6@28x28, only they
// count, as { volume }.
export function read(text, answer) {
  if (!text.trim()) return { problem: "Type an answer first." };
  if (text.length > LONGEST) return { problem: `That is too long to be an answer: “${shortened(text.trim(), 12)}”` };
  const plain = normal(text);
  const claimed = plain.replace(MISFIT, " ");
  if (claimed !== plain) return misfit(claimed);
  const named = answer === "volume" && volume(plain);
  const readings = named ? [{ volume: named }] : amounts(plain);
  return readings.length ? { readings } : {};
}

// What stands beside "it does not fit" must not say that it does: a fraction agrees with it, a whole number does not.
function misfit(rest) {
  if (!/\d/.test(rest)) return FITS.test(rest) ? {} : { readings: ["unfit"] };
  const readings = amounts(rest).filter(({ value }) => value !== undefined && !Number.isInteger(value));
  return readings.length ? { readings } : {};
}

// Unicode's many digits, minuses, spaces and crosses as the plain ones; whole words between numbers as crosses.
function normal(text) {
  return text.replace(/[²³]/g, "^").replace(/(?<=\d)(?=[¼-¾⅐-⅞])/g, " ").normalize("NFKC").replace(/\p{Nd}/gu, digit).replace(/[‐-―−]/g, "-").replace(/[⁄∕÷]/g, "/")
    .replace(/[✕✖⨯∗*·⋅∙]/g, "×").replace(/(?<=[\d\s)])(x|by)(?=[\s(\d])/gi, "×").replace(/(?<=\d)['’_](?=\d{3})/g, "")
    .replace(/(?<=\d)\s*(px|pixels?)\b/gi, "").replace(/\b(minus|negative)\s+(?=[\d.])/gi, "-").replace(/≈/g, "=").replace(/\s+/g, " ")
    .replace(/^([ (]*[+-]) /, "$1");
}

// The readings as numbers. Of a calculation only what follows the last "=" is the answer; "K = " is only its name.
function amounts(text) {
  const result = text.replace(/(?<=\d) ?(?:k|thousand)\b/gi, "e3").replace(/(?<=\d) ?(?:M|[Mm]illion)\b/g, "e6")
    .replace(/^.*\d.*[+×/-].*=(?=.*\d)/, "").replace(/[\p{L}_×]*\s*=/gu, " ").trim();
  const bare = result.replace(/[()[\]{}]/g, " ").replace(WORD, " ").replace(/^(?:\s|[.;,:]\s)+|[\s.;,:]+$/g, "");
  return [...numbers(bare), ...formula(result), ...lists(bare)];
}

// The sizes of a volume whose axes are named, all of them or only the depth, or told apart by their signs: 16, 10×18.
function volume(text) {
  if (/[+/-]|\d\.\d/.test(text)) return null;
  const words = text.replace("@", " maps of ").replace(APART, " maps");
  const sizes = (words.match(/\d+/g) ?? []).map(Number);
  const axes = (words.match(/\p{L}+/gu) ?? []).map((word) => NAMES.findIndex((name) => name.test(word))).filter((axis) => axis >= 0);
  if (sizes.length !== 3) return null;
  if (axes.length === 3 && new Set(axes).size === 3) return sizes.map((_, axis) => sizes[axes.indexOf(axis)]);
  for (const form of axes.some((axis) => axis > 0) ? [] : DEPTHS) {
    const [, depth] = form.exec(words) ?? [];
    const sides = depth && SIDES.exec(words.replace(form, " "));
    if (sides) return [depth, sides[1], sides[2]].map(Number);
  }
  return null;
}

// Digits of one script stand in a row, from 0 on.
function digit(character) {
  const code = character.codePointAt(0);
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}

// A formula that adds or subtracts, (144 + 1)×24, or multiplies a bracket, 24(144 + 1), worked out; a product alone may
// also be a shape.
function formula(text) {
  const plain = text.replace(/(?<=\d),(?=\d{3}(?!\d))/g, "").replace(/(?<=[\d)])\(/g, "×(");
  if (!/^[\d.+\-×/() ]+$/.test(plain) || !/[\d)] ?[+-]|[\d)]×\(/.test(plain)) return [];
  const tokens = plain.match(/\d+(?:\.\d+)?|[.+\-×/()]/g);
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

// The lists of numbers that a text may mean. Only crosses multiply: 3456 and 24 side by side are no product.
function lists(text) {
  const isProduct = text.includes("×");
  const parts = isProduct ? [text.split("×")] : [/[\s,;]+/, /[,;]\s+|;/].map((between) => text.split(between).filter(Boolean));
  return parts.map((list) => list.map((part) => numbers(part.trim())[0]?.value))
    .filter((sizes) => sizes.length > 1 && !sizes.includes(undefined)).map((sizes) => ({ sizes, isProduct }));
}

// The numbers that a text may mean; `within` is what its rounding may hide.
function numbers(text) {
  const found = [];
  const add = (value, within = 0) => { if (Number.isFinite(value)) found.push({ value, within }); };
  if (/^[+-]?\d+$/.test(text)) add(Number(text));
  const [, scaled, power] = /^(.+?)e(\d\d?)$/i.exec(text) ?? [];
  if (power) for (const { value } of numbers(scaled)) add(Number(`${value}e${power}`));
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
  const { readings, problem } = read(text, kind.answer);
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
  if (reading.volume) return [reading.volume];
  if (!reading.sizes) return [reading];
  const { sizes, isProduct } = reading;
  if (answer === "size") return sizes.every((value) => value === sizes[0]) ? [{ value: sizes[0], within: 0 }] : [];
  if (answer === "count") return isProduct ? [{ value: sizes.reduce((all, value) => all * value, 1), within: 0 }] : [];
  if (answer !== "volume") return [sizes];
  // An axis of one image in front is no mistake.
  const three = sizes.length === 4 && sizes[0] === 1 ? sizes.slice(1) : sizes;
  if (three.length !== 3) return [three];
  const volume = [];
  ORDERS[axes].forEach((axis, i) => { volume[axis] = three[i]; });
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
