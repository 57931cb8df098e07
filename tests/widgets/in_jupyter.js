// Runs a figure's module as Jupyter does: one file, and a model that is not the host's.
async ([source, css, state]) => {
  const sheet = document.createElement("style");
  sheet.textContent = css;
  const el = document.createElement("div");
  document.body.replaceChildren(sheet, el);
  const listeners = {};
  globalThis.traits = state;
  globalThis.saved = 0;
  const model = {
    get: (name) => traits[name],
    set: (name, value) => { traits[name] = value; (listeners[`change:${name}`] ?? []).forEach((call) => call()); },
    save_changes: () => { globalThis.saved += 1; },
    send: () => {},
    on: (event, call) => { (listeners[event] ??= []).push(call); },
    off: (event, call) => { listeners[event] = (listeners[event] ?? []).filter((one) => one !== call); },
  };
  globalThis.fromPython = (name, value) => model.set(name, value);
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const module = await import(url);
  globalThis.leave = await module.default.render({ model, el });
  return el.querySelectorAll("button, input, select").length;
}
