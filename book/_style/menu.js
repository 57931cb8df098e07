// Escape closes the menu Run also while one of its links has the focus: Sphinx's own shortcut would keep the key from it.
document.getElementById("launch")?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.stopPropagation();
});
