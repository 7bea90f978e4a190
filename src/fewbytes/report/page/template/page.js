"use strict";
// Draws the plots from the data in the page, shows a card at the mark that is pointed at, and
// switches between light and dark. Nothing is asked of any server.
(() => {
  const specs = JSON.parse(document.getElementById("plots").textContent);
  const card = document.getElementById("card");
  const views = (window.fewbytesViews = {});
  let shownAt = 0; // how far the page was scrolled when the card was placed

  // A card is put together from what the page already shows, so no text is ever parsed as HTML.
  function fill(number) {
    const row = document.getElementById(`row-${number}`);
    if (!row) return false;
    const title = document.createElement("p");
    title.className = "card-title";
    title.append(...[...row.querySelector("th").childNodes].map((node) => node.cloneNode(true)));
    const figures = document.createElement("dl");
    for (const cell of row.querySelectorAll("td")) {
      const pair = document.createElement("div");
      const name = document.createElement("dt");
      const value = document.createElement("dd");
      name.textContent = cell.dataset.name;
      value.textContent = cell.textContent.trim();
      pair.append(name, value);
      figures.append(pair);
    }
    card.replaceChildren(title, figures);
    const exhibit = document.querySelector(`.exhibit[data-numbers~="${number}"]`);
    if (exhibit) {
      const pictures = document.createElement("div");
      pictures.className = "card-pictures";
      for (const kind of ["original", "decoded"]) {
        const images = [...exhibit.querySelectorAll(`.${kind} img`)].slice(0, 5);
        const strip = document.createElement("div");
        const name = document.createElement("span");
        name.textContent = kind;
        strip.append(name, ...images.map((image) => image.cloneNode()));
        pictures.append(strip);
      }
      card.insertBefore(pictures, figures);
    }
    return true;
  }

  function place(event) {
    const margin = 12;
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    const x = event.clientX ?? event.touches?.[0]?.clientX ?? 0;
    const y = event.clientY ?? event.touches?.[0]?.clientY ?? 0;
    const right = x + margin + card.offsetWidth < width;
    const left = right ? x + margin : Math.max(4, Math.min(x - margin - card.offsetWidth, width - card.offsetWidth - 4));
    const below = y + margin + card.offsetHeight < height;
    shownAt = window.scrollY;
    card.style.left = `${left}px`;
    card.style.top = `${below ? y + margin : Math.max(4, y - margin - card.offsetHeight)}px`;
  }

  // Of numbers that would stand on one another the later is hidden; its mark still has its card.
  function spread(name) {
    const kept = [];
    for (const text of document.querySelectorAll(`#plot-${name} .mark-text.role-mark text`)) {
      text.style.visibility = "visible";
      const box = text.getBoundingClientRect();
      const free = kept.every((other) => box.right < other.left || other.right < box.left
        || box.bottom - 3 < other.top || other.bottom - 3 < box.top);
      if (free) kept.push(box);
      else text.style.visibility = "hidden";
    }
  }

  function tooltip(handler, event, item, value) {
    const number = item?.datum?.number;
    const shown = value != null && value !== "" && number != null && fill(number);
    if (!shown && event.pointerType === "touch") return; // the finger left; its card stays
    card.hidden = !shown;
    if (shown) place(event);
  }

  const options = {
    mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, tooltip,
  };
  const drawn = Object.entries(specs).map(async ([name, spec]) => {
    const result = await window.vegaEmbed(`#plot-${name}`, spec, options);
    result.view.addEventListener("click", (event, item) => tooltip(null, event, item, item?.tooltip));
    views[name] = result.view;
    spread(name);
  });
  window.fewbytesReady = Promise.all(drawn);
  window.addEventListener("resize", () => requestAnimationFrame(() => Object.keys(views).forEach(spread)));

  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".plot svg")) card.hidden = true;
  });
  // The event of a scroll that brought the mark into view may come after the card is shown.
  document.addEventListener("scroll", () => {
    if (window.scrollY !== shownAt) card.hidden = true;
  }, { passive: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") card.hidden = true;
  });

  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : window.matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
})();
