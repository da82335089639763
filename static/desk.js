// Keys, ticks and countdowns of the desk. Everything here is also a link or a button on the page.
(() => {
  "use strict";
  document.documentElement.classList.add("scripted");

  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const typing = (element) => element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  // Rows: one is "at" – where the keyboard is.
  const rows = () => all("[data-row]");
  const at = () => one("[data-row].at") || one("[data-row].chosen");

  function moveTo(row) {
    if (!row) return;
    rows().forEach((each) => each.classList.toggle("at", each === row));
    one(".name", row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function move(by) {
    const list = rows();
    const here = list.indexOf(at());
    moveTo(list[here < 0 ? 0 : Math.min(Math.max(here + by, 0), list.length - 1)]);
    if (one("#case") && matchMedia("(min-width: 70rem)").matches) open(at());
  }

  let opening;
  function open(row) {
    clearTimeout(opening);
    opening = setTimeout(() => row && one(".name", row).click(), 120);
  }

  // Ticks: how many, and for how much.
  const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined, { maximumFractionDigits: 0 });
  function count() {
    const bar = one("#bulk-bar");
    if (!bar) return;
    const ticked = all("input[name=proposal]:checked", one("#bulk"));
    const letters = ticked.filter((each) => each.dataset.letter === "yes").length;
    one("[data-count]", bar).textContent = bar.dataset.words.replace("{n}", ticked.length).replace("{letters}", letters);
    const sums = {};
    for (const each of ticked) sums[each.dataset.currency] = (sums[each.dataset.currency] || 0) + Number(each.dataset.units);
    one("[data-sum]", bar).textContent = Object.entries(sums).map(([currency, sum]) => `${numbers.format(sum)} ${currency}`).join(", ");
  }

  function spelled(seconds) {
    const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
    const hours = Math.floor(seconds / 3600);
    if (!hours) return `${parts[0]}:${String(parts[1]).padStart(2, "0")}`;
    return [hours, ...parts.map((part) => String(part).padStart(2, "0"))].join(":");
  }

  // Countdown: seconds until an approved letter leaves.
  function tickClocks() {
    for (const clock of all("[data-countdown]")) {
      const left = Math.round((new Date(clock.dateTime) - Date.now()) / 1000);
      clock.textContent = left > 0 ? spelled(left) : clock.dataset.done || "now";
    }
  }
  setInterval(tickClocks, 1000);

  // The row of the opened customer is marked, also when only the panel was renewed.
  function mark() {
    const opened = one("#case")?.dataset.customer;
    for (const row of rows()) row.classList.toggle("chosen", row.dataset.row === opened);
  }

  const places = { o: "/", c: "/calls", b: "/outbox", t: "/tasks", m: "/payments", i: "/import", l: "/ladder", s: "/settings", a: "/reports/ageing", r: "/reports" };
  let going = false;

  function press(key) {
    if (going) {
      going = false;
      if (places[key]) location.assign(places[key]);
      return true;
    }
    switch (key) {
      case "j": move(1); return true;
      case "k": move(-1); return true;
      case "x": {
        const box = at() && one("input[name=proposal]", at());
        if (box) { box.checked = !box.checked; count(); }
        return true;
      }
      case "/": one("#q")?.focus(); one("#q")?.select(); return Boolean(one("#q"));
      case "?": one("#keys").showModal(); return true;
      case "g": going = true; setTimeout(() => { going = false; }, 1500); return true;
    }
    const button = all(`[data-key="${CSS.escape(key)}"]`).at(-1);
    if (button) {
      button.click();
      if (button.dataset.then) one(button.dataset.then)?.focus();
      return true;
    }
    if (key === "Enter" && at() && document.activeElement === document.body) { one(".name", at()).click(); return true; }
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "Enter") entering = Boolean(event.target.closest("[data-opens-panel]"));
    // Enter on the row that is open already means its one thing to do, where the page has named one.
    const todo = event.target.closest("[data-row].chosen .name") && one('[data-key="Enter"]');
    if (event.key === "Enter" && !todo && event.target.closest("a, button, summary")) return;
    if (press(event.key)) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-ticks-all]")) {
      for (const each of all("input[name=proposal]")) each.checked = box.checked;
    }
    if (box.matches("[data-submits]")) box.form.requestSubmit();
    count();
  });

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-closes]");
    if (closer) closer.closest(closer.dataset.closes)?.remove();
    if (event.target.closest("[data-unticks]")) {
      for (const each of all("#bulk input[type=checkbox]")) each.checked = false;
      count();
    }
    const row = event.target.closest("[data-row]");
    if (row) rows().forEach((each) => each.classList.toggle("at", each === row));
    for (const menu of all(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // Whoever works by keys is never sent back to the top of the page: into the case that Enter opened, and back to
  // the case or the row when the button that was pressed is gone.
  let entering = false;
  function keepPlace() {
    const opened = one("#case") || one("#bulk-confirm");
    const lost = document.activeElement === document.body;
    if ((entering && opened) || (lost && opened)) opened.focus({ preventScroll: true });
    else if (lost && at()) one(".name", at()).focus({ preventScroll: true });
    entering = false;
  }

  // The text of a ladder: its line numbers and its height follow what is typed.
  document.addEventListener("input", (event) => {
    const frame = event.target.closest("[data-numbered]");
    if (!frame) return;
    const lines = event.target.value.split("\n").length;
    one(".numbers", frame).textContent = Array.from({ length: lines }, (_, n) => n + 1).join("\n") + "\n";
    event.target.rows = Math.max(lines + 1, 16);
  });

  // What somebody is writing is not lost by a wrong click: the browser asks before it leaves the page.
  let unsaved = Boolean(one("[data-unsaved][data-refused]"));
  document.addEventListener("input", (event) => { if (event.target.closest("[data-unsaved]")) unsaved = true; });
  document.addEventListener("submit", (event) => {
    const writing = one("[data-unsaved]");
    if (unsaved && writing && event.target !== writing && !confirm(writing.dataset.unsaved)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.submitter?.formTarget !== "_blank") unsaved = false;
  }, true);
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  document.addEventListener("htmx:after:swap", () => { mark(); count(); tickClocks(); });
  document.addEventListener("htmx:after:settle", (event) => {
    keepPlace();
    if (event.target.id === "panel") event.target.scrollTop = 0;
  });
  document.addEventListener("DOMContentLoaded", () => { mark(); count(); tickClocks(); });
  // On a narrow screen the places scroll: the current one is in sight.
  const placesBar = one("#places");
  const current = placesBar && one("[aria-current]", placesBar);
  if (current) placesBar.scrollLeft = current.offsetLeft + current.offsetWidth / 2 - placesBar.clientWidth / 2 - placesBar.offsetLeft;
  mark(); count(); tickClocks();
})();
