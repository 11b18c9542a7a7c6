// What a page lacks for people who can't see it or use no pointer, in words; after WCAG 2.2.
() => {
  const lacks = [];
  const all = selector => [...document.querySelectorAll(selector)];
  const words = element => (element.getAttribute("aria-label") || element.alt
    || (element.labels && [...element.labels].map(l => l.textContent).join(" "))
    || element.textContent || "").trim();
  const need = (fine, lack) => { if (!fine) { lacks.push(lack); } };

  need(document.documentElement.lang, "no language");
  need(document.title.trim(), "no title");
  need(all("h1").length === 1, all("h1").length + " main headings");
  need(all("main").length === 1, all("main").length + " main parts");
  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    const own = +heading.tagName[1];
    need(own <= level + 1, heading.tagName + " after H" + level);
    need(words(heading), "an empty " + heading.tagName);
    level = own;
  }
  all("img").forEach(i => need(i.alt.trim(), "a picture without words"));
  all("canvas[tabindex], [role=img]").forEach(c => need(words(c), "a canvas without a name"));
  all("a[href], button, input, select, textarea")
    .forEach(e => need(words(e), "no name: " + e.outerHTML.slice(0, 80)));
  all("nav").forEach(n => need(n.getAttribute("aria-label"), "a nav without a name"));
  all("th").forEach(t => need(t.scope, "a heading cell without a scope"));
  all("a[href^='#']").forEach(a =>
    need(document.getElementById(a.getAttribute("href").slice(1)), "a link to nowhere: " + a.href));
  const ids = all("[id]").map(e => e.id);
  need(new Set(ids).size === ids.length, "an id twice");
  all("[tabindex]").forEach(e => need(e.tabIndex <= 0, "an order of its own: " + e.id));
  need(document.documentElement.scrollWidth <= document.documentElement.clientWidth,
    "wider than the window");

  // Contrast of 4.5 between text and what is behind it.
  const numbers = colour => colour.match(/[\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = numbers(colour).map(v => v / 255)
      .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      const [, , , alpha = 1] = numbers(colour);
      if (alpha > 0) { return colour; }
    }
    return "rgb(255, 255, 255)";
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || element.closest("script, style")) { continue; }
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
    const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    need(contrast >= 4.5, contrast.toFixed(1) + " contrast: " + walk.currentNode.data.trim().slice(0, 40));
  }
  return [...new Set(lacks)];
}
