// A message, a typed command, a banner: one line of a conversation.

import { message } from "/page/blocks.js";
import { h } from "/page/dom.js";
import { mrkdwn } from "/page/mrkdwn.js";

const hue = (id) => [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;
const typedText = (words) => words.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// `reader` knows names, language, zone, what a button does (`press`), and, where threads are, `reply`.
export function line(entry, reader) {
  const { say } = reader;
  const time = h("time", { datetime: entry.at }, new Intl.DateTimeFormat(reader.locale, { timeZone: reader.tz, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" }).format(new Date(entry.at)));
  if (entry.kind === "banner") return h("li", { class: "banner" }, entry.text);
  if (entry.kind === "typed") return h("li", { class: "typed" }, `${say("typed")} `, h("code", {}, entry.text), time);
  const isBot = !reader.isPerson(entry.author);
  const name = reader.names[entry.author] ?? entry.author;
  return h("li", { class: entry.only_you ? "said only-you" : "said", "data-message": entry.id },
    h("span", { class: isBot ? "face bot" : `face hue${hue(entry.author)}`, "aria-hidden": "true" }, isBot ? "¢" : [...name][0]),
    h("div", { class: "body" },
      h("p", { class: "byline" }, h("b", {}, name), isBot ? h("span", { class: "tag" }, say("app")) : "", time,
        entry.edited ? h("span", { class: "edited" }, `(${say("edited")})`) : "", entry.only_you ? h("span", { class: "only" }, say("only")) : ""),
      isBot ? message(entry, reader) : h("div", { class: "prose" }, mrkdwn(typedText(entry.text), reader)),
      entry.file ? file(entry.file) : "",
      reader.reply && !entry.only_you ? h("button", { type: "button", class: entry.replies ? "reply has-replies" : "reply", onclick: () => reader.reply(entry.id) }, entry.replies ? say("replies", { n: entry.replies }) : say("reply")) : ""));
}

const file = (one) => h("details", { class: "file" }, h("summary", {}, one.name), h("pre", { tabindex: "0", role: "group", "aria-label": one.name }, one.text));

// Puts lines into a list and keeps what is the same: a table stays sorted, the focus stays where it was.
export function conversation(list) {
  const drawn = new Map();
  let drawnFor = "";
  const reveal = () => {
    const last = list.lastElementChild;
    if (last && last.offsetHeight > list.clientHeight) last.scrollIntoView({ block: "start" });
    else list.scrollTop = list.scrollHeight;
  };
  const show = (place, entries, reader, empty) => {
    if (place !== drawnFor) drawn.clear();
    const wasAtEnd = place !== drawnFor || list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    const nodes = entries.map((entry) => {
      const print = JSON.stringify([entry, reader.locale]);
      const kept = drawn.get(entry.id);
      if (kept?.print === print) return kept.node;
      const node = line(entry, { ...reader, press: (button, block, element) => reader.press(entry, button, block, element) });
      drawn.set(entry.id, { print, node });
      return node;
    });
    if (!nodes.length && empty) nodes.push(h("li", { class: "empty" }, empty));
    const same = nodes.length === list.children.length && nodes.every((node, index) => node === list.children[index]);
    drawnFor = place;
    if (same) return;
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const again = focused?.dataset.action && `[data-message="${focused.closest("li").dataset.message}"] [data-action="${CSS.escape(focused.dataset.action)}"]`;
    list.replaceChildren(...nodes);
    if (focused) (list.contains(focused) ? focused : (again && list.querySelector(again)) || list).focus({ preventScroll: true });
    if (wasAtEnd) reveal();
  };
  return { show, reveal };
}
