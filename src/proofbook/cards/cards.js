// A pass that runs out is drawn as a clock; the reader's own clock makes it a pass, or stale.
(() => {
  const DRAWINGS = {
    pass: "M3 8.6l3.2 3.2L13 4.6",
    stale: "M8 4.2V8l2.6 1.7M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8",
  };
  // An instant that cannot be read has passed.
  const late = (instant) => !(Date.parse(instant) > Date.now());
  const paint = (element, verdict) => {
    element.classList.remove("pb-ends", "pb-pass", "pb-stale");
    element.classList.add(`pb-${verdict}`);
  };
  const count = (row, verdict) => row.querySelector(`[data-pb-count="${verdict}"]`);
  const add = (cell, number) => {
    cell.textContent = Number(cell.textContent) + number;
    cell.classList.toggle("pb-none", cell.textContent === "0");
  };
  const look = () => {
    for (const badge of document.querySelectorAll("[data-pb-until]")) {
      const verdict = late(badge.dataset.pbUntil) ? "stale" : "pass";
      badge.dataset.pbVerdict = verdict;
      badge.querySelector(".pb-word").textContent = verdict;
      badge.querySelector("path").setAttribute("d", DRAWINGS[verdict]);
      [badge, badge.closest(".pb-proof")].forEach((element) => element && paint(element, verdict));
    }
    for (const card of document.querySelectorAll(".pb-card.pb-ends, .pb-card.pb-pass")) {
      paint(card, card.querySelector(".pb-proof.pb-stale") ? "stale" : "pass");
    }
    for (const cell of document.querySelectorAll("[data-pb-ends]")) {
      const ends = cell.dataset.pbEnds.split(" ").filter(Boolean);
      const left = ends.filter((end) => !late(end));
      const gone = ends.length - left.length;
      paint(cell, "pass");
      cell.dataset.pbEnds = left.join(" ");
      if (gone) {
        add(cell, -gone);
        add(count(cell.parentElement, "stale"), gone);
      }
      for (const all of document.querySelectorAll("[data-pb-all]")) {
        if (gone && all.dataset.pbAll === cell.parentElement.dataset.pbOf) all.textContent = "Some of it has run out.";
      }
    }
  };
  look();
  setInterval(look, 10000);
})();
