// The playground: shows what one person sees of the workspace, and does what they do.

import { message } from "/page/blocks.js";
import { composer } from "/page/composer.js";
import { h } from "/page/dom.js";
import { mrkdwn } from "/page/mrkdwn.js";
import { showStories } from "/page/stories.js";
import { speaker } from "/page/strings.js";

const $ = (id) => document.getElementById(id);
const at = { user: "", channel: "" };
const seen = new Map();   // person and channel → the last line they have seen
const drawn = new Map();  // line → its element, so that a sorted table stays sorted
let world = null, drawnFor = "", logLength = "", isLost = false;
let say = speaker("en");

class Stopped extends Error {}

async function ask(path, body) {
  if (body) trouble("");
  const options = body ? { method: "POST", headers: { "content-type": "application/json", "x-ccost-playground": "1" }, body: JSON.stringify(body) } : {};
  const response = await fetch(path, options).catch(() => { throw new Stopped(); });
  if (!response.ok && response.status >= 500) throw new Error(String(response.status));
  return response.json();
}

async function look() {
  try {
    const query = new URLSearchParams(at);
    const next = await ask(`/play/world?${query}`);
    if (at.user && (next.user !== at.user && query.get("user") !== at.user)) return;
    world = next;
    [at.user, at.channel] = [next.user, next.channel];
    show();
    if (isLost) trouble("");
    isLost = false;
  } catch (error) {
    isLost = true;
    console.error(error);
    trouble(say(error instanceof Stopped ? "stopped" : "failed"));
  }
}

function trouble(words) {
  $("trouble").hidden = !words;
  $("trouble").textContent = words;
}

function person() {
  return world.people.find((one) => one.id === at.user);
}

function show() {
  const who = person();
  say = speaker(who.locale);
  document.documentElement.lang = who.locale;
  for (const element of document.querySelectorAll("[data-say]")) if (!element.disabled) element.textContent = say(element.dataset.say);
  $("about").textContent = say("about");
  showClock(who);
  showChannels();
  showPeople();
  showEntries(who);
  showStories(world.stories, say, tell);
  $("down").hidden = world.bot_is_up;
  $("down").textContent = world.bot_is_up ? "" : say("down");
  history.replaceState(null, "", `#${at.user}/${at.channel}`);
}

function showPeople() {
  const select = $("person");
  if (select.options.length !== world.people.length || select.dataset.say !== say("role_admin")) {
    select.dataset.say = say("role_admin");
    select.replaceChildren(...world.people.map((one) => h("option", { value: one.id })));
  }
  for (const [index, one] of world.people.entries()) {
    const role = say(`role_${one.role}`);
    const isNew = one.direct_latest > (seen.get(`${one.id} ${one.direct}`) ?? "");
    const words = `${isNew ? "● " : ""}${one.name}${role ? ` (${role})` : ""}${isNew ? ` · ${say("unread")}` : ""}`;
    if (select.options[index].textContent !== words) select.options[index].textContent = words;
  }
  select.value = at.user;
}

function showClock(who) {
  const now = new Date(world.clock);
  const as = (tz, options) => new Intl.DateTimeFormat(who.locale, { timeZone: tz, ...options }).format(now);
  $("now").textContent = `${as("UTC", { weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })} UTC`;
  $("now").title = `${who.tz}: ${as(who.tz, { weekday: "short", hour: "2-digit", minute: "2-digit" })} (${say("local")})`;
}

function showChannels() {
  if (!document.hidden) seen.set(`${at.user} ${at.channel}`, world.channels.find((one) => one.id === at.channel).latest);
  const make = (one) => {
    const isNew = one.latest > (seen.get(`${at.user} ${one.id}`) ?? "");
    const sign = one.kind === "dm" ? "@" : one.kind === "private_channel" ? "◆" : "#";
    return h("li", {}, h("button", { type: "button", "aria-current": one.id === at.channel ? "true" : undefined, class: isNew ? "unread" : undefined, "data-channel": one.id, onclick: () => go(at.user, one.id) },
      h("span", { class: "sign", "aria-hidden": "true" }, sign), one.name, one.is_ext_shared ? h("span", { class: "tag" }, "⇄") : "",
      isNew ? h("span", { class: "new" }, say("unread")) : ""));
  };
  const focused = document.activeElement?.dataset?.channel;
  $("channels").replaceChildren(...world.channels.map(make));
  if (focused) $("channels").querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
  if (drawnFor !== `${at.user} ${at.channel}`) $("channels").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  const here = world.channels.find((one) => one.id === at.channel);
  $("place").textContent = here.kind === "dm" ? here.name : `${here.kind === "private_channel" ? "◆" : "#"} ${here.name}`;
  const notes = here.kind === "dm" ? [say("dm")] : [say("members", { n: here.members })];
  if (here.kind === "private_channel") notes.push(say("private"));
  if (here.is_ext_shared) notes.push(say("shared"));
  if (here.is_archived) notes.push(say("archived"));
  if (!here.bot_is_member) notes.push(say("nobot"));
  $("place-note").textContent = notes.join(" · ");
}

function showEntries(who) {
  const list = $("entries");
  const reader = { names: world.names, channelNames: world.channel_names, locale: who.locale, tz: who.tz, now: new Date(world.clock), say };
  const place = `${at.user} ${at.channel}`;
  if (place !== drawnFor) drawn.clear();
  const wasAtEnd = place !== drawnFor || list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const nodes = world.entries.map((entry) => {
    const print = JSON.stringify(entry);
    const kept = drawn.get(entry.id);
    if (kept?.print === print) return kept.node;
    const node = line(entry, { ...reader, press: (button, block, element) => press(entry, button, block, element) });
    drawn.set(entry.id, { print, node });
    return node;
  });
  if (!nodes.length) nodes.push(h("li", { class: "empty" }, say("empty")));
  const same = nodes.length === list.children.length && nodes.every((node, index) => node === list.children[index]);
  drawnFor = place;
  if (same) return;
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  list.replaceChildren(...nodes);
  if (focused && list.contains(focused)) focused.focus();
  if (wasAtEnd) reveal();
}

// Show the end; of an answer that is taller than the window, its beginning.
function reveal() {
  const list = $("entries"), last = list.lastElementChild;
  if (last && last.offsetHeight > list.clientHeight) last.scrollIntoView({ block: "start" });
  else list.scrollTop = list.scrollHeight;
}

function line(entry, reader) {
  const time = h("time", { datetime: entry.at }, new Intl.DateTimeFormat(reader.locale, { timeZone: reader.tz, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" }).format(new Date(entry.at)));
  if (entry.kind === "banner") return h("li", { class: "banner" }, entry.text);
  if (entry.kind === "typed") return h("li", { class: "typed" }, `${say("typed")} `, h("code", {}, entry.text), time);
  const isBot = !world.people.some((one) => one.id === entry.author);
  const name = world.names[entry.author] ?? entry.author;
  return h("li", { class: entry.only_you ? "said only-you" : "said", "data-message": entry.id },
    h("span", { class: isBot ? "face bot" : `face hue${hue(entry.author)}`, "aria-hidden": "true" }, isBot ? "¢" : [...name][0]),
    h("div", { class: "body" },
      h("p", { class: "byline" }, h("b", {}, name), isBot ? h("span", { class: "tag" }, say("app")) : "", time,
        entry.edited ? h("span", { class: "edited" }, `(${say("edited")})`) : "", entry.only_you ? h("span", { class: "only" }, say("only")) : ""),
      isBot ? message(entry, reader) : h("div", { class: "prose" }, mrkdwn(entry.text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"), reader))));
}

const hue = (id) => [...id].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6;

async function press(entry, button, block, element) {
  if (button.confirm && !(await confirmed(button.confirm))) return;
  if (button.url) window.open(new URL(button.url, location.href).protocol.startsWith("http") ? button.url : "about:blank", "_blank", "noopener");
  element.disabled = true;
  element.setAttribute("aria-busy", "true");
  try {
    await ask("/play/press", { user: at.user, message: entry.id, action: button.action_id ?? "", block });
  } catch (error) {
    trouble(say(error instanceof Stopped ? "stopped" : "failed"));
  } finally {
    element.disabled = false;
    element.removeAttribute("aria-busy");
  }
  await look();
}

function confirmed(words) {
  $("ask-title").textContent = words.title.text;
  $("ask-text").replaceChildren(h("div", {}, mrkdwn(words.text.text, { names: world.names, channelNames: world.channel_names, locale: person().locale, tz: person().tz, now: new Date(world.clock) })));
  $("ask-yes").textContent = words.confirm.text;
  $("ask-no").textContent = words.deny.text;
  $("ask").showModal();
  return new Promise((resolve) => {
    const end = (answer) => () => { $("ask").close(); resolve(answer); };
    $("ask-yes").onclick = end(true);
    $("ask-no").onclick = end(false);
    $("ask").oncancel = () => resolve(false);
  });
}

function go(user, channel) {
  [at.user, at.channel] = [user, channel];
  return look();
}

async function showLog() {
  if ($("log").hidden) return;
  const { lines } = await ask("/play/log");
  const print = JSON.stringify([lines.length, lines.at(-1)]);
  if (print === logLength) return;
  logLength = print;
  $("lines").replaceChildren(...lines.toReversed().map((one) => h("li", { class: `who-${["slack", "bot", "usage"].includes(one.who) ? one.who : "other"}` },
    h("time", { datetime: one.at }, one.at.slice(5, 19).replace("T", " ")), h("b", {}, one.who), h("span", {}, one.what))));
}

async function move(button) {
  const words = button.textContent;
  const all = document.querySelectorAll("[data-by]");
  let ended = "";
  all.forEach((one) => { one.disabled = true; });
  button.textContent = say("moving");
  try {
    const { status } = await ask("/play/clock", { by: button.dataset.by });
    ended = status === "nothing_due" ? "nothing_due" : "";
  } catch {
    ended = "failed";
  } finally {
    button.textContent = words;
    all.forEach((one) => { one.disabled = false; });
    if (document.activeElement === document.body) button.focus();
  }
  await look();
  if (ended) trouble(say(ended));
}

async function tell(story) {
  const { status } = await ask("/play/story", { user: at.user, story });
  await look();
  return status;
}

// One panel at a time.
function open(name) {
  for (const one of ["stories", "log"]) {
    $(one).hidden = one !== name || !$(one).hidden;
    $(`${one}-toggle`).setAttribute("aria-expanded", String(!$(one).hidden));
  }
  showLog();
}

function theme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").setAttribute("aria-pressed", String(dark));
  localStorage.setItem("theme", dark ? "dark" : "light");
}

function start() {
  const remembered = localStorage.getItem("theme");
  theme(remembered ? remembered === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  $("theme").onclick = () => theme(document.documentElement.dataset.theme !== "dark");
  for (const one of ["stories", "log"]) $(`${one}-toggle`).onclick = () => open(one);
  $("person").onchange = (event) => go(event.target.value, at.channel.startsWith("D") ? `D${event.target.value.slice(1)}` : at.channel);
  document.querySelectorAll("[data-by]").forEach((button) => { button.onclick = () => move(button); });
  composer({ form: $("composer"), line: $("line"), offers: $("offers"), world: () => world ?? { verbs: [], people: [] }, send: async (text) => {
    try { await ask("/play/say", { ...at, text }); } catch { trouble(say("failed")); }
    await look();
    reveal();
  } });
  const [user, channel] = decodeURIComponent(location.hash.slice(1)).split("/");
  Object.assign(at, { user: user ?? "", channel: channel ?? "" });
  look().then(() => $("line").focus());
  setInterval(() => { if (!document.hidden) { look(); showLog().catch(() => {}); } }, 1000);
}

start();
