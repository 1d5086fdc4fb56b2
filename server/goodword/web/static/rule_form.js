// Hides the fields that the choices made so far have no use for; without scripts all are shown.

function fits(form, condition) {
  const [name, values] = condition.split("=");
  return values.split(" ").includes(new FormData(form).get(name));
}

function refresh(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    part.hidden = !fits(form, part.dataset.when);
  }
}

// Coupon codes, and they alone, go out by e-mail: one choice brings the other along.
function pair(form, changed) {
  const { kind, method } = form.elements;
  const coupon = changed === "kind" ? kind.value === "coupon" : method.value === "coupon";
  if (coupon) {
    kind.value = method.value = "coupon";
  } else if (changed === "kind" && method.value === "coupon") {
    method.value = "hand";
  } else if (changed === "method" && kind.value === "coupon") {
    kind.value = "fixed";
  }
}

for (const form of document.querySelectorAll("form[data-fields]")) {
  form.addEventListener("change", ({ target }) => {
    const paired = form.elements.method && ["kind", "method"].includes(target.name);
    if (paired) pair(form, target.name);
    refresh(form);
  });
  refresh(form);
}
