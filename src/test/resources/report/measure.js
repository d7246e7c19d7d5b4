// Appended to a copy of a report: tells the page around it what a reader would see.
"use strict";
addEventListener("load", () => {
  const visible = (element) => element.getClientRects().length > 0;
  const name = (element) => element.textContent.trim().slice(0, 60);

  const outside = [];
  const overlapping = [];
  for (const svg of [...document.querySelectorAll("svg")].filter(visible)) {
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].map((text) => [name(text), text.getBoundingClientRect()]);
    texts.forEach(([text, box], index) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) {
        outside.push(text);
      }
      for (const [other, its] of texts.slice(index + 1)) {
        // Boxes are as high as a line is, of which letters fill two thirds.
        const high = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
        const wide = Math.min(box.right, its.right) - Math.max(box.left, its.left);
        if (wide > 0.5 && high > 0.25 * box.height) {
          overlapping.push(text + " | " + other);
        }
      }
    });
  }

  const color = (text) => text.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, alpha = 1] = color(getComputedStyle(at).backgroundColor);
      if (alpha > 0) {
        return [r, g, b];
      }
    }
    return [255, 255, 255];
  };
  const faint = [];
  let leastContrast = Infinity;
  for (const element of document.querySelectorAll("main *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!hasText || !visible(element) || element.localName === "title") {
      continue;
    }
    const style = getComputedStyle(element);
    const text = luminance(color(element instanceof SVGElement ? style.fill : style.color));
    const behind = luminance(background(element));
    const contrast = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
    leastContrast = Math.min(leastContrast, contrast);
    if (contrast < 4.5) {
      faint.push(name(element) + " " + contrast.toFixed(2));
    }
  }

  const table = [...document.querySelectorAll("table.data")].at(-1);
  const header = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.startsWith("p50"));
  const column = () => [...table.tBodies[0].rows].map((row) => row.cells[header].dataset.order);
  const sorted = [];
  if (header >= 0) {
    for (let i = 0; i < 2; i++) {
      table.tHead.rows[0].cells[header].querySelector("button").click();
      sorted.push(column());
    }
  }

  parent.postMessage({
    page: location.pathname.split("/").at(-1),
    width: innerWidth,
    overflow: document.documentElement.scrollWidth - innerWidth,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    rows: table.tBodies[0].rows.length,
    charts: [...document.querySelectorAll("svg")].filter(visible).length,
    outside, overlapping, faint, leastContrast, sorted,
    sortedBy: table.tHead.querySelector("[aria-sort]")?.ariaSort ?? null,
    requests: performance.getEntriesByType("resource").map((entry) => entry.name),
    title: document.title,
    foreign: document.querySelectorAll("img, iframe, object, embed, script[src], link:not([href='data:,'])").length,
    scripts: document.scripts.length,
  }, "*");
});
