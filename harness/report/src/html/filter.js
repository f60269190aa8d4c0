"use strict";
(() => {
  const find = document.getElementById("find");
  const box = document.getElementById("q");
  const shown = document.getElementById("shown");
  const rows = Array.from(document.querySelectorAll("#list > tr"));
  const texts = rows.map((row) => (row.textContent + " " + row.className).toLowerCase());
  find.hidden = false;
  const apply = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row, at) => { row.hidden = !words.every((word) => texts[at].includes(word)); });
    const visible = rows.filter((row) => row.offsetParent !== null).length;
    shown.textContent = visible === rows.length ? "" : visible + " of " + rows.length + " shown";
  };
  const keep = () => {
    const state = new URLSearchParams();
    if (box.value) state.set("q", box.value);
    for (const one of document.querySelectorAll(".filters input:checked")) {
      if (!one.id.endsWith("-any")) state.set(one.name, one.id);
    }
    history.replaceState(null, "", "#" + state.toString());
    apply();
  };
  if (location.hash.includes("=")) {
    const state = new URLSearchParams(location.hash.slice(1));
    box.value = state.get("q") || "";
    for (const id of state.values()) {
      const one = document.getElementById(id);
      if (one && one.type === "radio") one.checked = true;
    }
  }
  document.querySelector(".filters").addEventListener("input", keep);
  apply();
})();
