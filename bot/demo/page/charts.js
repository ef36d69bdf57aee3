// Draws `data_visualization`: bars, lines, areas, pies. The numbers stand beside every picture as a table.

import { h, svg } from "/page/dom.js";

const HEIGHT = 250, RIGHT = 10, TOP = 14;
const DASHES = ["", "7 4", "2 4", "10 3 2 3", "14 4", "4 2"];
let serial = 0;

export function chart(block, world) {
  const { chart: drawing, title } = block;
  const say = (value) => new Intl.NumberFormat(world.locale, { maximumFractionDigits: 2 }).format(value);
  const isPie = drawing.type === "pie";
  const wide = innerWidth < 672 ? 360 : 640;  // on a phone the letters keep their size, and some days lose their label
  const picture = isPie ? pie(drawing.segments, say) : axes(drawing, say, world.locale, wide);
  const legend = isPie ? pieLegend(drawing.segments, say) : drawing.series.length > 1 ? seriesLegend(drawing) : null;
  const id = `chart${++serial}`;
  picture.prepend(svg("title", { id: `${id}t` }, title), svg("desc", { id: `${id}d` }, described(drawing, say)));
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-labelledby", `${id}t ${id}d`);
  return h("figure", { class: `chart chart-${drawing.type}` },
    h("figcaption", {}, title),
    h("div", { class: "chart-body" }, picture, legend),
    h("details", {}, h("summary", {}, world.say("numbers")), isPie ? pieTable(drawing.segments, say, title) : axisTable(drawing, say, title)));
}

function described(drawing, say) {
  if (drawing.type === "pie") return drawing.segments.map((one) => `${one.label}: ${say(one.value)}`).join("; ");
  return drawing.series.map((one) => `${one.name}: ${inOrder(one, drawing).map((value, index) => `${drawing.axis_config.categories[index]} ${say(value)}`).join(", ")}`).join(". ");
}

const inOrder = (series, drawing) => {
  const values = new Map(series.data.map((point) => [point.label, point.value]));
  return drawing.axis_config.categories.map((category) => values.get(category) ?? 0);
};

function ticks(least, most) {
  const span = most - least || 1;
  const rough = span / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const found = [];
  for (let at = Math.floor(least / step); at <= Math.ceil(most / step); at += 1) found.push(Number((at * step).toPrecision(12)));
  return found;
}

function axes(drawing, say, locale, wide) {
  const { categories, x_label: xLabel, y_label: yLabel } = drawing.axis_config;
  const rows = drawing.series.map((one) => inOrder(one, drawing));
  const short = (value) => new Intl.NumberFormat(locale, { maximumFractionDigits: 2, notation: Math.abs(value) >= 100000 ? "compact" : "standard" }).format(value);
  const scale = ticks(Math.min(0, ...rows.flat()), Math.max(0, ...rows.flat()));
  const [low, high] = [scale[0], scale.at(-1)];
  const LEFT = Math.max(...scale.map((tick) => width(short(tick)))) + (yLabel ? 36 : 16);
  const BOTTOM = xLabel ? 44 : 28;
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low || 1));
  const band = (wide - LEFT - RIGHT) / categories.length;
  const middle = (index) => LEFT + band * (index + 0.5);
  const made = svg("svg", { viewBox: `0 0 ${wide} ${HEIGHT}`, class: "plot" });
  for (const tick of scale) {
    made.append(svg("line", { x1: LEFT, x2: wide - RIGHT, y1: y(tick), y2: y(tick), class: tick === 0 ? "base" : "grid" }),
      svg("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, short(tick)));
  }
  const longest = Math.max(...categories.map((one) => width(one)));
  const every = Math.max(1, Math.ceil((longest + 10) / band));
  categories.forEach((category, index) => {
    if (index % every === 0) made.append(svg("text", { x: middle(index), y: HEIGHT - BOTTOM + 18, "text-anchor": "middle" }, category));
  });
  if (xLabel) made.append(svg("text", { x: (LEFT + wide - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle", class: "axis" }, xLabel));
  if (yLabel) made.append(svg("text", { x: 14, y: (TOP + HEIGHT - BOTTOM) / 2, "text-anchor": "middle", class: "axis", transform: `rotate(-90 14 ${(TOP + HEIGHT - BOTTOM) / 2})` }, yLabel));
  rows.forEach((values, series) => made.append(drawing.type === "bar"
    ? bars(values, series, { rows, drawing, y, band, middle, say }) : curve(values, series, { drawing, y, low, middle, say })));
  return made;
}

const width = (text) => [...text].reduce((sum, letter) => sum + (letter.codePointAt(0) > 0x2e80 ? 12 : 6.5), 0);

function bars(values, series, { rows, drawing, y, band, middle, say }) {
  const thick = Math.min(46, (band * 0.72) / rows.length);
  return svg("g", { class: `s${series % 6}` }, values.map((value, index) => {
    const x = middle(index) - (thick * rows.length) / 2 + thick * series;
    const told = `${drawing.axis_config.categories[index]}, ${drawing.series[series].name}: ${say(value)}`;
    return svg("rect", { x: x + 1, y: Math.min(y(0), y(value)), width: Math.max(1, thick - 2), height: Math.max(value ? 1 : 0, Math.abs(y(0) - y(value))), rx: 2, class: "fill" }, svg("title", {}, told));
  }));
}

function curve(values, series, { drawing, y, low, middle, say }) {
  const points = values.map((value, index) => `${middle(index)},${y(value)}`);
  const group = svg("g", { class: `s${series % 6}` });
  if (drawing.type === "area") group.append(svg("polygon", { points: [`${middle(0)},${y(Math.max(0, low))}`, ...points, `${middle(values.length - 1)},${y(Math.max(0, low))}`].join(" "), class: "under" }));
  group.append(svg("polyline", { points: points.join(" "), class: "stroke", "stroke-dasharray": DASHES[series % 6] }));
  values.forEach((value, index) => group.append(svg("circle", { cx: middle(index), cy: y(value), r: 3.2, class: "dot" },
    svg("title", {}, `${drawing.axis_config.categories[index]}, ${drawing.series[series].name}: ${say(value)}`))));
  return group;
}

function pie(segments, say) {
  const total = segments.reduce((sum, one) => sum + one.value, 0);
  const made = svg("svg", { viewBox: "-105 -105 210 210", class: "plot round" });
  let angle = -Math.PI / 2;
  segments.forEach((segment, index) => {
    const turn = (segment.value / total) * 2 * Math.PI;
    const [from, to] = [angle, angle + turn];
    angle = to;
    const told = svg("title", {}, `${segment.label}: ${say(segment.value)}`);
    const shape = segments.length === 1 ? svg("circle", { r: 100, class: "fill" }, told)
      : svg("path", { d: `M0 0 L${100 * Math.cos(from)} ${100 * Math.sin(from)} A100 100 0 ${turn > Math.PI ? 1 : 0} 1 ${100 * Math.cos(to)} ${100 * Math.sin(to)} Z`, class: "fill" }, told);
    const half = (from + to) / 2;
    const share = Math.round((segment.value / total) * 100);
    const label = share >= 7 ? svg("text", { x: 66 * Math.cos(half), y: 66 * Math.sin(half) + 4, "text-anchor": "middle", class: "on" }, `${share}%`) : "";
    made.append(svg("g", { class: `s${index % 6}` }, shape, label));
  });
  return made;
}

function pieLegend(segments, say) {
  return h("ul", { class: "legend", "aria-hidden": "true" }, segments.map((one, index) =>
    h("li", { class: `s${index % 6}` }, h("span", { class: "swatch" }), `${one.label} `, h("b", {}, say(one.value)))));
}

function seriesLegend(drawing) {
  return h("ul", { class: "legend", "aria-hidden": "true" }, drawing.series.map((one, index) => {
    const sign = drawing.type === "bar" ? h("span", { class: "swatch" })
      : svg("svg", { viewBox: "0 0 28 8", class: "sample" }, svg("line", { x1: 1, x2: 27, y1: 4, y2: 4, class: "stroke", "stroke-dasharray": DASHES[index % 6] }));
    return h("li", { class: `s${index % 6}` }, sign, one.name);
  }));
}

function pieTable(segments, say, caption) {
  return h("table", {}, h("caption", { class: "hidden" }, caption), h("tbody", {}, segments.map((one) =>
    h("tr", {}, h("th", { scope: "row" }, one.label), h("td", { class: "number" }, say(one.value))))));
}

function axisTable(drawing, say, caption) {
  const rows = drawing.series.map((one) => inOrder(one, drawing));
  return h("div", { class: "scroll" }, h("table", {}, h("caption", { class: "hidden" }, caption),
    h("thead", {}, h("tr", {}, h("td", {}), drawing.series.map((one) => h("th", { scope: "col" }, one.name)))),
    h("tbody", {}, drawing.axis_config.categories.map((category, index) =>
      h("tr", {}, h("th", { scope: "row" }, category), rows.map((values) => h("td", { class: "number" }, say(values[index]))))))));
}
