// A pass lasts until an instant; when the reader's clock has passed it, the page says stale.
(() => {
  const DRAWING = "M8 4.2V8l2.6 1.7M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8";
  const late = (instant) => Date.parse(instant) < Date.now();
  const stale = (element) => element.classList.replace("pb-pass", "pb-stale");
  const count = (row, verdict) => row.querySelector(`[data-pb-count="${verdict}"]`);
  const add = (cell, number) => {
    cell.textContent = Number(cell.textContent) + number;
    cell.classList.toggle("pb-none", cell.textContent === "0");
  };
  const look = () => {
    for (const badge of document.querySelectorAll("[data-pb-until]")) {
      if (!late(badge.dataset.pbUntil)) continue;
      badge.removeAttribute("data-pb-until");
      badge.dataset.pbVerdict = "stale";
      badge.querySelector(".pb-word").textContent = "stale";
      badge.querySelector("path").setAttribute("d", DRAWING);
      [badge, badge.closest(".pb-proof"), badge.closest(".pb-card")].forEach((e) => e && stale(e));
    }
    for (const cell of document.querySelectorAll("[data-pb-ends]")) {
      const ends = cell.dataset.pbEnds.split(" ").filter(Boolean);
      const left = ends.filter((end) => !late(end));
      if (left.length === ends.length) continue;
      cell.dataset.pbEnds = left.join(" ");
      add(cell, left.length - ends.length);
      add(count(cell.parentElement, "stale"), ends.length - left.length);
      for (const all of document.querySelectorAll("[data-pb-all]")) {
        if (all.dataset.pbAll === cell.parentElement.dataset.pbOf) all.textContent = "Some of it has run out.";
      }
    }
  };
  look();
  setInterval(look, 10000);
})();
