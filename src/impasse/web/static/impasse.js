/* Keys and focus. Everything here clicks or focuses what is already on the page, so that mouse,
   keyboard and a browser without scripts follow the same path. */
"use strict";
(() => {
  const OFF = "impasse-toetsen-uit";
  let off = false;
  try { off = localStorage.getItem(OFF) === "1"; } catch { /* storage may be closed: keys stay on */ }
  let first = ""; // the first of two keys
  const writing = (el) => el.matches("input:not([type=checkbox]):not([type=radio]), textarea, select") || el.isContentEditable;
  const find = (key) => [...document.querySelectorAll("[data-key]")].find((el) => el.dataset.key === key);
  const follow = (key) => {
    const el = find(key);
    if (!el) return false;
    if (el.matches("input")) {
      const seen = el.offsetParent ? el : document.getElementById("f-q");
      if (!seen) return false;
      seen.focus();
    } else el.click();
    return true;
  };
  const step = (by) => {
    const all = [...document.querySelectorAll("[data-item]")].filter((el) => el.getClientRects().length);
    const at = all.indexOf(document.activeElement);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
    if (next) next.focus();
    return Boolean(next);
  };
  document.addEventListener("keydown", (event) => {
    const el = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = el.closest("form") || document.querySelector("main form[data-main]");
      if (form) { event.preventDefault(); form.requestSubmit(form.querySelector("[data-send]")); }
      return;
    }
    if (event.key === "Escape") {
      const open = document.querySelector("details[open].who, details[open].act");
      if (open) { open.open = false; open.querySelector("summary").focus(); }
      else if (writing(el)) el.blur();
      first = "";
      return;
    }
    if (off || event.ctrlKey || event.metaKey || event.altKey || writing(el)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : "";
    const pair = first ? `${first} ${key}` : key;
    first = !first && key === "g" ? "g" : "";
    if (!key || first) return;
    const done = pair === "j" ? step(1) : pair === "k" ? step(-1) : follow(pair);
    if (done) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const open = document.querySelector("details[open].who");
    if (open && !open.contains(event.target)) open.open = false;
  });
  const attention = (root) => {
    const el = root.querySelector("[data-focus]");
    if (el) el.focus();
  };
  attention(document);
  document.addEventListener("htmx:afterSwap", (event) => attention(event.target));
  // A whole name chosen from the list goes to the chips at once, by the button beside it.
  document.addEventListener("input", (event) => {
    const el = event.target;
    if (!(el instanceof HTMLInputElement) || !el.dataset.add || !el.list) return;
    const whole = [...el.list.options].some((option) => option.value === el.value);
    if (whole && event.inputType !== "insertText") document.getElementById(el.dataset.add).click();
  });
  const toggle = document.getElementById("toetsen");
  if (toggle) {
    const show = () => toggle.setAttribute("aria-pressed", String(!off));
    toggle.hidden = false;
    toggle.addEventListener("click", () => {
      off = !off;
      try { localStorage.setItem(OFF, off ? "1" : "0"); } catch { /* then it lasts for this page */ }
      show();
    });
    show();
  }
})();
