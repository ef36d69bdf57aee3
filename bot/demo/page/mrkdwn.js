// Slack's two ways to mark up text: its own mrkdwn, and the standard Markdown of a `markdown` block.

import { h, link } from "/page/dom.js";

const EMOJI = {
  warning: "⚠️", white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", rotating_light: "🚨", bulb: "💡", moneybag: "💰", money_with_wings: "💸",
  chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊", tada: "🎉", wave: "👋", lock: "🔒", bell: "🔔", no_bell: "🔕",
  hourglass_flowing_sand: "⏳", information_source: "ℹ️", arrow_up: "⬆️", arrow_down: "⬇️", large_green_circle: "🟢", large_yellow_circle: "🟡",
  red_circle: "🔴", eyes: "👀", rocket: "🚀", sparkles: "✨", calendar: "📆", clock1: "🕐", seedling: "🌱", bust_in_silhouette: "👤", robot_face: "🤖",
};

export const emoji = (name) => EMOJI[name] ?? `:${name}:`;
const plain = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

export function plainText(text, useEmoji = true) {
  return useEmoji ? text.replace(/:([a-z0-9_+-]+):/g, (_, name) => emoji(name)) : text;
}

// `world` gives names of people and channels, and the reader's locale and zone.
export function mrkdwn(text, world) {
  const parts = [];
  let quote = [];
  const flush = () => { if (quote.length) { parts.push(h("blockquote", {}, lines(quote.join("\n"), world))); quote = []; } };
  for (const [index, piece] of text.split("```").entries()) {
    if (index % 2) { flush(); parts.push(h("pre", {}, plain(piece.replace(/^\n|\n$/g, "")))); continue; }
    const open = [];
    for (const line of piece.split("\n")) {
      if (line.startsWith("&gt;")) { if (open.length) { parts.push(lines(open.join("\n"), world)); open.length = 0; } quote.push(line.slice(4).trimStart()); }
      else { flush(); open.push(line); }
    }
    flush();
    if (open.join("")) parts.push(lines(open.join("\n"), world));
  }
  return parts;
}

function lines(text, world) {
  return text.split("\n").flatMap((line, index) => (index ? [h("br"), ...inline(line, world)] : inline(line, world)));
}

const MARKS = [["*", "strong"], ["_", "em"], ["~", "s"]];

function inline(text, world) {
  const found = /`([^`]+)`|<([^>]+)>|:([a-z0-9_+-]+):/.exec(text);
  const marked = firstMarked(text);
  if (marked && (!found || marked.start < found.index)) {
    return [...inline(text.slice(0, marked.start), world), h(marked.tag, {}, inline(marked.inside, world)), ...inline(text.slice(marked.end), world)];
  }
  if (!found) return text ? [plain(text)] : [];
  const [whole, code, token, name] = found;
  const made = code !== undefined ? h("code", {}, plain(code)) : token !== undefined ? angle(token, world) : emoji(name);
  return [...inline(text.slice(0, found.index), world), made, ...inline(text.slice(found.index + whole.length), world)];
}

function firstMarked(text) {
  let best = null;
  for (const [mark, tag] of MARKS) {
    const escaped = mark === "*" ? "\\*" : mark;
    const found = new RegExp(`(^|[^\\p{L}\\p{N}${escaped}])${escaped}(?!\\s)([^${escaped}\\n]+?)(?<!\\s)${escaped}(?![\\p{L}\\p{N}])`, "u").exec(text);
    if (!found) continue;
    const start = found.index + found[1].length;
    if (!best || start < best.start) best = { start, end: found.index + found[0].length, inside: found[2], tag };
  }
  return best;
}

function angle(token, world) {
  const [target, label] = token.split(/\|(.*)/s);
  if (target.startsWith("@")) return mention(`@${plain(world.names[target.slice(1)] ?? label ?? target.slice(1))}`);
  if (target.startsWith("#")) return mention(`#${plain(world.channelNames[target.slice(1)] ?? label ?? target.slice(1))}`);
  if (target.startsWith("!date^")) return dated(target.slice(6), plain(label ?? ""), world);
  if (target.startsWith("!")) return mention(`@${plain(label ?? target.slice(1).split("^")[0])}`);
  return link(plain(target), plain(label ?? target));
}

export const mention = (name) => h("span", { class: "mention" }, name);

function dated(token, fallback, world) {
  const [seconds, format, address] = token.split("^");
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return fallback;
  const told = h("time", { datetime: at.toISOString(), title: fallback }, shownDate(at, format, world));
  return address ? link(address, told) : told;
}

export function shownDate(at, format, world) {
  const as = (options) => new Intl.DateTimeFormat(world.locale, { timeZone: world.tz, ...options }).format(at);
  const long = { year: "numeric", month: "long", day: "numeric" };
  const shapes = {
    date_num: { year: "numeric", month: "2-digit", day: "2-digit" }, date: long, date_pretty: long, date_slash: { dateStyle: "short" },
    date_short: { year: "numeric", month: "short", day: "numeric" }, date_short_pretty: { year: "numeric", month: "short", day: "numeric" },
    date_long: { weekday: "long", ...long }, date_long_pretty: { weekday: "long", ...long },
    time: { hour: "numeric", minute: "2-digit" }, time_secs: { hour: "numeric", minute: "2-digit", second: "2-digit" },
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => (shapes[name] ? as(shapes[name]) : name === "ago" ? ago(at, world) : whole));
}

function ago(at, world) {
  const minutes = Math.round((at.getTime() - world.now.getTime()) / 60000);
  const relative = new Intl.RelativeTimeFormat(world.locale, { numeric: "auto" });
  if (Math.abs(minutes) < 60) return relative.format(minutes, "minute");
  return Math.abs(minutes) < 1440 ? relative.format(Math.round(minutes / 60), "hour") : relative.format(Math.round(minutes / 1440), "day");
}

// Standard Markdown, as far as a bot's message needs it: headings, lists, code, links, bold, italics.
export function markdown(text) {
  const made = [];
  let list = null;
  for (const [index, piece] of text.split(/^```.*$/m).entries()) {
    if (index % 2) { made.push(h("pre", {}, piece.replace(/^\n|\n$/g, ""))); list = null; continue; }
    for (const line of piece.split("\n")) {
      const heading = /^(#{1,6})\s+(.*)/.exec(line);
      const item = /^\s*(?:[-*+]|(\d+)\.)\s+(.*)/.exec(line);
      if (item) {
        const tag = item[1] ? "ol" : "ul";
        if (list?.localName !== tag) { list = h(tag); made.push(list); }
        list.append(h("li", {}, spans(item[2])));
        continue;
      }
      list = null;
      if (heading) made.push(h("p", { class: "heading", role: "heading", "aria-level": Math.min(heading[1].length + 3, 6) }, spans(heading[2])));
      else if (/^>\s?/.test(line)) made.push(h("blockquote", {}, spans(line.replace(/^>\s?/, ""))));
      else if (/^(-{3,}|\*{3,})$/.test(line.trim())) made.push(h("hr"));
      else if (line.trim()) made.push(h("p", {}, spans(line)));
    }
  }
  return made;
}

function spans(text) {
  const found = /`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|\*\*(.+?)\*\*|~~(.+?)~~|(?<![\p{L}\p{N}])[*_](?!\s)(.+?)(?<!\s)[*_](?![\p{L}\p{N}])/u.exec(text);
  if (!found) return text ? [text] : [];
  const [whole, code, label, address, bold, strike, italic] = found;
  const made = code !== undefined ? h("code", {}, code) : label !== undefined ? link(address, spans(label))
    : bold !== undefined ? h("strong", {}, spans(bold)) : strike !== undefined ? h("s", {}, spans(strike)) : h("em", {}, spans(italic));
  return [...spans(text.slice(0, found.index)), made, ...spans(text.slice(found.index + whole.length))];
}
