// Whatever is too wide and scrolls by itself can be reached, and scrolled, with the keyboard.
document.addEventListener("DOMContentLoaded", () => {
  const check = ({ target }) => {
    if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  };
  const observer = new ResizeObserver((entries) => entries.forEach(check));
  const scrollers = "pre, .math-block, .cell_output, .output, .pst-scrollable-table-container";
  for (const scroller of document.querySelectorAll(scrollers)) observer.observe(scroller);
});
