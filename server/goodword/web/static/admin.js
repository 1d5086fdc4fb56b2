// What makes the pages quicker to use; each works without it.

// Copy buttons are there only where a script can copy.
function copyButton(button) {
  const source = document.getElementById(button.dataset.copy);
  const name = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.textContent = (await copied(source)) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = name; }, 2000);
  });
}

async function copied(source) {
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    return document.execCommand("copy"); // pages without HTTPS have no clipboard object
  }
}

// A menu closes by Escape, and when the focus or a click goes elsewhere.
function menu(details) {
  const close = (event) => {
    if (!details.contains(event.target)) details.open = false;
  };
  document.addEventListener("click", close);
  document.addEventListener("focusin", close);
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    details.querySelector("summary").focus();
  });
}

// One box ticks all boxes of a name on this page, and shows whether all are ticked.
function tickAll(label) {
  const all = label.querySelector("input");
  const boxes = [...label.closest("form").querySelectorAll(`input[name=${label.dataset.all}]`)];
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  label.hidden = false;
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
  for (const box of boxes) box.addEventListener("change", show);
  show();
}

// The test run: asks every second and a half until all is green or the link has expired.
function liveTicks(panel) {
  const until = performance.now() + Number(panel.dataset.lasts); // whatever this clock says
  const ask = async () => {
    if (performance.now() > until) return;
    let done = false;
    try {
      const answer = await fetch(panel.dataset.progress, { credentials: "same-origin" });
      done = answer.ok && show(panel, await answer.json());
    } catch {
      done = false; // the server is away: ask again
    }
    if (!done) setTimeout(ask, 1500);
  };
  setTimeout(ask, 1500);
}

function show(panel, progress) {
  for (const row of panel.querySelectorAll("[data-tick]")) {
    const tick = progress[row.dataset.tick];
    row.classList.toggle("green", tick.state === "green");
    for (const part of ["text", "advice"]) {
      const place = row.querySelector(`.${part}`);
      if (place.textContent !== tick[part]) place.textContent = tick[part];
    }
  }
  const done = Object.values(progress).every((tick) => tick.state === "green");
  panel.querySelector("[data-done]").hidden = !done;
  return done;
}

// A part that shows what happens is read anew every few seconds, unless somebody is at work in it.
function live(part) {
  const ask = async () => {
    if (!document.hidden && !isBusy(part)) {
      try {
        const answer = await fetch(location.href, { credentials: "same-origin" });
        if (answer.ok && !answer.redirected) renew(part, await answer.text());
      } catch {
        // the server is away: ask again
      }
    }
    setTimeout(ask, 4000);
  };
  setTimeout(ask, 4000);
}

function isBusy(part) {
  const typed = [...part.querySelectorAll("input:not([type=hidden], [type=checkbox])")];
  return part.contains(document.activeElement) || part.querySelector("details[open], :checked")
    || typed.some((input) => input.value);
}

function renew(part, page) {
  const fresh = new DOMParser().parseFromString(page, "text/html").getElementById(part.id);
  if (!fresh || isBusy(part)) return;
  fresh.querySelectorAll("[data-copy]").forEach(copyButton);
  fresh.querySelectorAll("[data-all]").forEach(tickAll);
  if (fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
}

// What goes on by itself is looked at again, for as long as somebody looks.
function reloadSoon(panel) {
  const again = () => (document.hidden ? setTimeout(again, 1000) : location.reload());
  setTimeout(again, 1000 * Number(panel.dataset.reload));
}

document.querySelectorAll("[data-copy]").forEach(copyButton);
document.querySelectorAll("details.switch, details.menu").forEach(menu);
document.querySelectorAll("[data-all]").forEach(tickAll);
document.querySelectorAll("[data-progress]").forEach(liveTicks);
document.querySelectorAll("[data-reload]").forEach(reloadSoon);
document.querySelectorAll("[data-live]").forEach(live);
