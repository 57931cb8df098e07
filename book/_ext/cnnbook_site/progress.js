// Shows how many questions this reader has solved: all together, and behind each chapter's name in a list. Figures leave
// a key in the browser's storage for each question that was solved (predict.mjs); nobody else ever sees them.
(() => {
  const PREFIX = "cnnbook:solved:";
  const line = document.querySelector(".cnnbook-progress");
  if (!line) return;
  const totals = JSON.parse(line.dataset.totals);
  const none = line.textContent;
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href);

  const solvedOn = (page) => Array.from({ length: totals[page] }, (_, i) => `${PREFIX}${page}#predict-${i + 1}`)
    .filter((key) => localStorage.getItem(key)).length;

  // The page that a link leads to, as the totals name it.
  const pageOf = ({ href }) => decodeURIComponent(href.replace(/[#?].*$/, "")).replace(decodeURIComponent(root.href), "").replace(/\.html$/, "");

  const clear = () => {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
    show();
    line.tabIndex = -1;
    line.focus();
  };

  const show = () => {
    for (const mark of document.querySelectorAll(".cnnbook-solved")) mark.remove();
    const solved = Object.fromEntries(Object.keys(totals).map((page) => [page, solvedOn(page)]));
    const [done, all] = [solved, totals].map((counts) => Object.values(counts).reduce((sum, count) => sum + count, 0));
    line.textContent = done ? `You have solved ${done} of ${all} questions. ` : none;
    if (!done) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Clear";
    button.title = "Forget which questions are solved; only this browser knows";
    button.addEventListener("click", clear);
    line.append(button);
    for (const link of document.querySelectorAll("main dt a[href], article dt a[href]")) {
      const page = pageOf(link);
      if (!solved[page]) continue;
      const mark = document.createElement("span");
      mark.className = "cnnbook-solved";
      mark.textContent = `${solved[page]} of ${totals[page]} solved`;
      link.after(" ", mark);
    }
  };

  try {
    show();
  } catch {
    // Storage may be forbidden: then there is nothing to tell.
  }
})();
