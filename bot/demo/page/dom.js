// Builds elements. Data only ever becomes text or a checked attribute, so nothing that people wrote can become markup.

const SVG = "http://www.w3.org/2000/svg";

export function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

// Only web and mail addresses become links; anything else stays text.
export function link(address, ...children) {
  let parsed = null;
  try { parsed = new URL(address); } catch { /* not an address: stays text */ }
  if (!parsed || !["http:", "https:", "mailto:"].includes(parsed.protocol)) return h("span", {}, ...children);
  return h("a", { href: parsed.href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}
