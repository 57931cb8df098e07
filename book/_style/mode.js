// Runs before the first paint, so that a dark page never flashes white.
(() => {
  // Storage may be forbidden. What the page would keep is then forgotten with it, and everything works until then.
  try {
    localStorage.getItem("mode");
  } catch {
    const kept = new Map();
    Object.defineProperty(globalThis, "localStorage", {
      value: {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => kept.set(key, String(value)),
        removeItem: (key) => kept.delete(key),
      },
    });
  }
  const root = document.documentElement;
  const mode = localStorage.getItem("mode");
  root.dataset.mode = mode || "auto";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = mode === "light" || mode === "dark" ? mode : dark ? "dark" : "light";
  root.dataset.script = "";
})();
