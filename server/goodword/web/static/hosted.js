// What makes hosted pages quicker to use; each works without it.

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; });
  });
}
// Gone back to, it can be sent anew.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("button")) button.disabled = false;
});

// A token in the address has been read; it is not to be copied along with it.
if (/[?&]_gw=/.test(location.search)) history.replaceState(null, "", location.pathname);

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy), name = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    let copied = true;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      copied = document.execCommand("copy"); // pages without HTTPS have no clipboard object
    }
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = name; }, 2000);
  });
}

for (const button of document.querySelectorAll("[data-share]")) {
  const what = { text: button.dataset.share, url: button.dataset.url };
  button.hidden = !navigator.share;
  button.addEventListener("click", () => navigator.share(what).catch(() => {})); // closed again
}

// In a frame of the owner's page. Who may frame this one, the Content-Security-Policy says; answers
// go only where a message came from.
if (parent !== window) {
  document.documentElement.classList.add("framed");
  const { site } = document.body.dataset;
  let origin = "*"; // that the page is there, and of which campaign, is nobody's secret
  const tell = () => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    parent.postMessage({ goodword: "size", height, site }, origin);
  };
  addEventListener("message", ({ source, origin: from, data }) => {
    if (source !== parent || data?.goodword !== "hello") return;
    origin = from;
    const token = document.querySelector("input[name=gw]"), link = document.getElementById("paste");
    if (token && /^[\w-]{1,120}$/.test(data.token)) token.value = data.token;
    if (link && typeof data.link === "string") {
      link.value = data.link;
      link.form.requestSubmit();
    }
  });
  new ResizeObserver(tell).observe(document.body);
}
