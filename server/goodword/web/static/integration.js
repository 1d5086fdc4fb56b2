// The values of a property are offered once the property is chosen; without scripts they are typed.

for (const input of document.querySelectorAll("[data-values-of]")) {
  const property = document.getElementById(input.dataset.valuesOf);
  property?.addEventListener("change", () => {
    input.setAttribute("list", `values-${property.value}`);
    input.value = "";
  });
}

// Connect stays grey until what it needs is there.
for (const form of document.querySelectorAll("form[data-ready]")) {
  const button = form.querySelector("button.primary");
  const refresh = () => { button.disabled = !form.checkValidity(); };
  form.addEventListener("input", refresh);
  refresh();
}
