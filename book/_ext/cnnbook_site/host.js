// Mounts the interactive figures of a built page: the few lines that stand in for Jupyter's widget manager.
//
// A figure's module lies beside this file as a classic script that hands over its source, because a page that is opened
// from disk may load those but no ES modules. A module is loaded when its figure comes near the screen.
(() => {
  // Stands for the modules' content, so that a browser does not mix old and new ones.
  const version = "VERSION";
  const folder = new URL("widgets/", document.currentScript.src);
  const sources = new Map();
  const scripts = new Map();
  const addresses = new Map();

  globalThis.cnnbook = { define: (name, source) => sources.set(name, source) };

  const once = (map, name, make) => {
    if (!map.has(name)) map.set(name, make());
    return map.get(name);
  };

  const load = (name) => once(scripts, name, () => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(`${name}.js?${version}`, folder);
    script.onload = () => resolve(sources.get(name));
    script.onerror = () => reject(new Error(`${script.src} could not be loaded`));
    document.head.append(script);
  }));

  // The address of a module whose imports point at the addresses of the modules that it imports.
  const address = (name) => once(addresses, name, async () => {
    const source = await load(name);
    const imported = new Set(Array.from(source.matchAll(/from "\.\/([\w-]+)\.mjs"/g), (match) => match[1]));
    const found = new Map(await Promise.all(Array.from(imported, async (other) => [other, await address(other)])));
    const whole = source.replace(/from "\.\/([\w-]+)\.mjs"/g, (_, other) => `from "${found.get(other)}"`);
    return URL.createObjectURL(new Blob([whole], { type: "text/javascript" }));
  });

  // What anywidget's modules expect of a model, without a kernel behind it.
  class Model {
    #state;
    #listeners = new Map();

    constructor(state) {
      this.#state = state;
    }

    get(name) {
      return this.#state[name];
    }

    set(name, value) {
      if (Object.is(this.#state[name], value)) return;
      this.#state[name] = value;
      for (const event of [`change:${name}`, "change"]) {
        for (const listener of [...(this.#listeners.get(event) ?? [])]) listener();
      }
    }

    on(event, listener) {
      once(this.#listeners, event, () => new Set()).add(listener);
    }

    off(event, listener) {
      if (listener) this.#listeners.get(event)?.delete(listener);
      else this.#listeners.delete(event);
    }

    save_changes() {}

    send() {}
  }

  const mount = async (figure) => {
    const el = document.createElement("div");
    try {
      const module = await import(await address(figure.dataset.widget));
      // Built beside the page, and put into it in one piece: nothing is seen half done.
      el.className = "cnnbook-live";
      figure.append(el);
      await module.default.render({ model: new Model(JSON.parse(figure.dataset.state)), el });
      figure.dataset.mounted = "";
    } catch (error) {
      el.remove();
      console.error(`The figure ${figure.id} cannot run here:`, error);
    }
  };

  const start = () => {
    const counts = {};
    const near = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        mount(target);
      }
    }, { rootMargin: "100% 0%" });
    for (const figure of document.querySelectorAll("figure[data-widget]")) {
      const name = figure.dataset.widget;
      counts[name] = (counts[name] ?? 0) + 1;
      figure.id ||= `${name}-${counts[name]}`;
      near.observe(figure);
    }
    // An address with a figure's state, #convolution-explorer-1={…}, leads to that figure.
    const reveal = () => {
      const target = document.getElementById(location.hash.slice(1).split("=", 1)[0]);
      if (target?.matches("figure[data-widget]")) target.scrollIntoView();
    };
    if (location.hash.includes("=")) reveal();
    addEventListener("hashchange", reveal);
    // A link that sets a figure sets it again after the reader has changed it, though the address stays.
    document.addEventListener("click", ({ target }) => {
      const link = target.closest("a.sets-figure");
      if (link?.href === location.href) dispatchEvent(new HashChangeEvent("hashchange"));
    });
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
