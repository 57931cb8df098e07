// Figure: a question with a typed answer. A wrong one is met with the mistake that leads to it.

import texts from "./question-texts.mjs";
import { asked, judge } from "./answers.mjs";
import { attribute, begin, button, connect, element, grid, say, sharing, status } from "./dom.mjs";
import { ORDERS, draw as drawNumbers, fill, isPossible, valuesOf } from "./questions.mjs";

const NAMES = ["kind", "question", "axes", "again", "numbers", "answer", "solved"];

function check({ kind, question, axes, numbers, answer }) {
  if (!Object.hasOwn(texts, kind) || !Object.hasOwn(ORDERS, axes)) return "There is no such question.";
  if (typeof question !== "string" || typeof answer !== "string") return "There is no such question.";
  if (!isPossible(kind, numbers)) return "The numbers do not belong to the question.";
  try {
    if (hasAnswer(valuesOf(kind, numbers, axes))) return "";
  } catch {
    // A filter larger than its input, for example.
  }
  return "The numbers have no answer.";
}

const hasAnswer = (values) => values !== null && !(Math.abs(values.answer) > Number.MAX_SAFE_INTEGER);

let count = 0;

function render({ model, el }) {
  begin(el, "predict");
  const id = `cnnbook-predict-${(count += 1)}`;
  const [first, computed] = [JSON.stringify(model.get("numbers")), model.get("values")];
  const progress = progressOf(el.closest("figure[data-widget]"));

  const mark = element("span", { class: "solved" });
  const words = element("p", { class: "question", id: `${id}-question` });
  const planes = element("div", { class: "planes" });
  const ending = element("span", {});
  const message = element("p", { class: "message", id: `${id}-message`, role: "alert" });
  const input = element("input", {
    id, type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    "aria-describedby": `${id}-question ${id}-message`, oninput: () => complain(""),
    onkeydown: ({ key, isComposing }) => { if (key === "Enter" && !isComposing) submit(); },
  });
  // No form: JupyterLab's Enter submits none.
  const form = element("div", { class: "form" },
    element("label", { for: id }, "Your answer: ", ending),
    element("div", { class: "typed" }, input, button("Check", submit)), message);
  const reply = status();
  const solution = button("Show the solution", () => { shown = true; reveal(); (next.hidden ? input : next).focus(); });
  const next = button("Another one like this", another);

  let asking = "";
  let answered = "";
  let values = {};
  let [tries, hints, shown] = [0, 0, false];
  const kindOf = (state) => texts[state.kind];

  function complain(text) {
    say(message, text);
    attribute(input, "aria-invalid", text ? "true" : null);
  }

  function submit() {
    const { problem, right = false } = judge(input.value, kindOf(store.state), values);
    complain(problem ?? "");
    if (problem) {
      idle();
      return;
    }
    if (input.value === answered) { answered = ""; draw(store.state); } else store.change({ answer: input.value, solved: right });
  }

  function another() {
    const { kind, numbers, axes } = store.state;
    input.value = "";
    say(link.note, "");
    store.change({ numbers: drawNumbers(kind, numbers, axes), answer: "", solved: false });
    reply.say("The question has new numbers.");
    input.focus();
  }

  function draw(state) {
    const question = JSON.stringify([state.kind, state.question, state.axes, state.numbers]);
    if (question !== asking) {
      asking = question;
      ask(state);
    }
    next.hidden = !state.again;
    if (state.answer === answered) return;
    answered = state.answer;
    if (input.value !== answered) input.value = answered;
    if (answered) respond(kindOf(state));
    else idle();
  }

  function ask(state) {
    const kind = kindOf(state);
    values = JSON.stringify(state.numbers) === first ? computed : valuesOf(state.kind, state.numbers, state.axes);
    [tries, hints, shown, answered] = [0, 0, false, ""];
    put(words, fill(state.question ? [state.question] : kind.question, values));
    planes.replaceChildren(...Object.entries(kind.tables).map(([caption, [name, role]]) => {
      const table = grid({ caption, role });
      table.draw(state.numbers[name]);
      return element("div", { class: "plane" }, table.element);
    }));
    say(ending, asked(kind, values));
    complain("");
    idle();
  }

  function idle() {
    offerSolution();
    el.dataset.reply = "";
    const solved = progress.solved();
    if (!solved) reply.say("Type what you expect and press Enter.");
    else reply.say(`You have solved ${solved === asking ? "this one" : "one like this"} before.`);
    tick();
  }

  function tick() {
    const solved = progress.solved();
    say(mark, !solved ? "" : solved === asking ? "solved" : "solved one like this");
  }

  function respond(kind) {
    const { right, mistakes = [], problem } = judge(answered, kind, values);
    complain(problem ?? "");
    if (problem) return;
    el.dataset.reply = right ? "right" : "wrong";
    if (right) {
      put(reply.element, `Right. ${fill(kind.why, values)}`);
      // Who has read the solution has not solved it.
      if (!shown) progress.solve(asking);
      tick();
      solution.hidden = true;
      return;
    }
    tries += 1;
    const replies = [...new Set(mistakes.map((name) => fill(kind.mistakes[name], values)))];
    if (replies.length > 1) put(reply.element, "Not quite. More than one mistake gives this answer:", ...replies);
    else if (replies.length) put(reply.element, `Not quite. ${replies[0]}`);
    else put(reply.element, `Not quite. ${fill(kind.hints[Math.min(hints++, 1)], values)}`);
    offerSolution();
  }

  function offerSolution() {
    solution.hidden = shown || (hints < 2 && tries < 3);
  }

  function reveal() {
    const kind = kindOf(store.state);
    el.dataset.reply = "shown";
    const lines = [...kind.solution, kind.why].map((line) => fill(line, values)).filter(Boolean);
    put(reply.element, ...lines);
    solution.hidden = true;
  }

  const store = connect(model, { names: NAMES, check, draw });
  draw(store.state);
  const link = sharing(el, store, ["numbers"]);
  el.append(
    element("p", { class: "title" }, "Predict", mark), words, planes,
    element("div", { class: "room" }, form, reply.element, element("div", { class: "foot" }, solution, next, link.button, link.button && link.note)),
  );
  return () => { store.close(); link.close(); };
}

// Lines of text with code in backquotes, as what a node holds. A line does not break within "7 − 3" or before "+ 1".
function put(node, ...lines) {
  node.replaceChildren(...lines.flatMap((line, i) => [
    i ? element("br") : "",
    ...line.replace(/ ([−+]) (?=\d+(?![\d·]))/g, "\u00a0$1\u00a0").split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part)),
  ]));
}

// ---- Progress -------------------------------------------------------------------------------------------------------

// What the reader solved, in this browser only: a key for each figure, which the index counts (progress.js), and the
// question that was solved in it last.
function progressOf(figure) {
  let last = null;
  const key = figure && `cnnbook:solved:${page()}#${figure.id}`;
  const stored = (use) => {
    try {
      return figure ? use(localStorage) : null;
    } catch {
      // Storage may be forbidden or full; then the page remembers until it is left.
      return null;
    }
  };
  return {
    solved: () => last ?? stored((storage) => storage.getItem(key)),
    solve: (question) => { last = question; stored((storage) => storage.setItem(key, question)); },
  };
}

// The page's name within the book, wherever the book lies.
function page() {
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href).pathname;
  return decodeURIComponent(location.pathname.slice(root.length)).replace(/\.html$/, "");
}

export default { render };
