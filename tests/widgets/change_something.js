// Uses the controls one after the other until one of them has changed a trait.
() => {
  for (const control of document.querySelectorAll("select, input[type=checkbox], [role=spinbutton]")) {
    const old = JSON.stringify(traits);
    if (control.type === "checkbox") control.click();
    else if (control.localName === "select") {
      control.selectedIndex = (control.selectedIndex + 1) % control.options.length;
      control.dispatchEvent(new Event("change", { bubbles: true }));
    } else control.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true }));
    if (JSON.stringify(traits) !== old) return true;
  }
  for (const form of document.querySelectorAll(".predict .form")) {
    form.querySelector("input").value = "1";
    form.querySelector("button").click();
    return JSON.stringify(traits).includes('"answer":"1"');
  }
  return false;
}
