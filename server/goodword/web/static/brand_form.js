// The preview follows what is typed; without this its buttons do.
for (const form of document.querySelectorAll("form[data-preview]")) {
  let timer = 0, shown = form.querySelector("[formtarget]");
  form.addEventListener("click", ({ target }) => {
    if (target.matches("[formtarget]")) shown = target;
  });
  form.addEventListener("input", ({ target }) => {
    clearTimeout(timer);
    if (target.name.includes("_")) {
      const page = target.name.split("_")[0];
      shown = form.querySelector(`[formtarget][value=${page}]`) || shown;
    }
    timer = setTimeout(() => form.requestSubmit(shown), 400);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}
