// The playground: shows what one person sees of the workspace, and does what they do.

import { blocks } from "/page/blocks.js";
import { clock } from "/page/clock.js";
import { composer } from "/page/composer.js";
import { h } from "/page/dom.js";
import { modals } from "/page/forms.js";
import { conversation } from "/page/lines.js";
import { log } from "/page/log.js";
import { mrkdwn } from "/page/mrkdwn.js";
import { people } from "/page/people.js";
import { showStories } from "/page/stories.js";
import { speaker } from "/page/strings.js";

const $ = (id) => document.getElementById(id);
const HOME = "home";
const at = { user: "", channel: "", thread: "" };
const seen = new Map();   // person and channel → the last line they have seen
const talk = conversation($("entries")), aside = conversation($("thread-entries"));
let world = null, pressed = null, drawnFor = "", drawnHome = "", isLost = false;
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
    if (`${query}` !== `${new URLSearchParams(at)}`) return;  // meanwhile one has gone elsewhere
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
  time.show(world, who);
  showChannels();
  showPeople(world, at.user, say);
  showPlace(who);
  showThread(who);
  forms.show(world.modals, reader(who));
  showStories(world.stories, say, tell);
  $("down").hidden = world.bot_is_up;
  $("down").textContent = world.bot_is_up ? "" : say("down");
  history.replaceState(null, "", `#${at.user}/${at.channel}`);
  drawnFor = `${at.user} ${at.channel}`;
}

// What drawing needs to know of the reader, and what their buttons do.
function reader(who) {
  return {
    names: world.names, channelNames: world.channel_names, people: world.people, locale: who.locale, tz: who.tz, now: new Date(world.clock), say,
    isPerson: (id) => world.people.some((one) => one.id === id), press, reply,
  };
}

function showChannels() {
  const here = world.channels.find((one) => one.id === at.channel);
  if (!document.hidden && here) seen.set(`${at.user} ${at.channel}`, here.latest);
  const make = (one) => {
    const isNew = one.latest > (seen.get(`${at.user} ${one.id}`) ?? "");
    const sign = one.kind === "dm" ? "@" : one.kind === "private_channel" ? "◆" : "#";
    return h("li", {}, h("button", { type: "button", "aria-current": one.id === at.channel ? "true" : undefined, class: isNew ? "unread" : undefined, "data-channel": one.id, onclick: () => go(at.user, one.id) },
      h("span", { class: "sign", "aria-hidden": "true" }, sign), one.name, one.is_ext_shared ? h("span", { class: "tag" }, "⇄") : "",
      isNew ? h("span", { class: "new" }, say("unread")) : ""));
  };
  const items = world.channels.map(make);
  if (world.channels.some((one) => one.kind === "dm")) {
    items.push(h("li", {}, h("button", { type: "button", id: "home-tab", "data-channel": HOME, "aria-current": at.channel === HOME ? "true" : undefined, onclick: () => openHome() },
      h("span", { class: "sign", "aria-hidden": "true" }, "⌂"), say("home"))));
  }
  const focused = document.activeElement?.dataset?.channel;
  $("channels").replaceChildren(...items);
  if (focused) $("channels").querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
  if (drawnFor !== `${at.user} ${at.channel}`) $("channels").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  $("place").textContent = !here ? say("home") : here.kind === "dm" ? here.name : `${here.kind === "private_channel" ? "◆" : "#"} ${here.name}`;
  $("place-note").textContent = here ? notes(here) : say("home_note");
}

function notes(here) {
  const found = here.kind === "dm" ? [say("dm")] : [say("members", { n: here.members })];
  if (here.kind === "private_channel") found.push(say("private"));
  if (here.is_ext_shared) found.push(say("shared"));
  if (here.is_archived) found.push(say("archived"));
  if (!here.bot_is_member) found.push(say("nobot"));
  return found.join(" · ");
}

function showPlace(who) {
  const atHome = at.channel === HOME;
  $("home").hidden = !atHome;
  $("entries").hidden = $("composer").hidden = atHome;
  if (!atHome) return talk.show(`${at.user} ${at.channel}`, world.entries, reader(who), say("empty"));
  const view = world.home;
  const print = JSON.stringify([at.user, view?.hash, view?.errors, who.locale]);
  if (print === drawnHome) return null;
  drawnHome = print;
  const body = view
    ? h("div", { class: "blocks" }, view.errors[""] ? h("p", { class: "field-error", role: "alert" }, view.errors[""]) : "",
      blocks(view.blocks, { ...reader(who), press: (button, block, element) => pressView(view, button, block, element, {}) }))
    : h("p", { class: "empty" }, say("home_empty"));
  const focused = $("home").contains(document.activeElement) ? document.activeElement.dataset.action : null;
  $("home").replaceChildren(body);
  if (focused) $("home").querySelector(`[data-action="${CSS.escape(focused)}"]`)?.focus();
  return null;
}

function showThread(who) {
  $("thread").hidden = !world.thread;
  if (!world.thread) return;
  aside.show(`${at.user} ${world.thread.root.id}`, [world.thread.root, ...world.thread.entries], { ...reader(who), reply: null });
}

async function reply(id) {
  at.thread = id;
  if (!$("stories").hidden || !$("log").hidden) open("");
  await look();
  $("thread-line").focus();
}

async function openHome() {
  [at.channel, at.thread] = [HOME, ""];
  await look();
  try { await ask("/play/home", { user: at.user }); } catch { trouble(say("failed")); }
  await look();
  setTimeout(look, 400);  // the bot draws it a moment later
}

async function pressView(view, button, block, element, values) {
  if (button.confirm && !(await confirmed(button.confirm))) return;
  await busy(element, () => ask("/play/press_view", { user: at.user, view: view.id, action: button.action_id ?? "", block, values }));
}

const forms = modals($("modals"), {
  opener: () => pressed,
  again: (element) => {
    const message = element.closest("[data-message]");
    const place = message ? document.querySelector(`[data-message="${message.dataset.message}"]`) : $("home");
    return place?.querySelector(`[data-action="${CSS.escape(element.dataset.action)}"]`);
  },
  press: pressView,
  submit: async (view, values) => { await acted(() => ask("/play/submit", { user: at.user, view: view.id, values })); },
  close: (view) => acted(() => ask("/play/close", { user: at.user, view: view.id })),
});

async function press(entry, button, block, element) {
  if (button.confirm && !(await confirmed(button.confirm))) return;
  if (button.url) window.open(new URL(button.url, location.href).protocol.startsWith("http") ? button.url : "about:blank", "_blank", "noopener");
  await busy(element, () => ask("/play/press", { user: at.user, message: entry.id, action: button.action_id ?? "", block }));
}

async function busy(element, work) {
  if (!element.closest("dialog")) pressed = element;
  element.disabled = true;
  element.setAttribute("aria-busy", "true");
  await acted(work);
  element.disabled = false;
  element.removeAttribute("aria-busy");
  if (document.activeElement === document.body && element.isConnected) element.focus();
}

// Does something, then looks; and once more, since what the bot draws by itself comes a moment later.
async function acted(work) {
  try {
    await work();
  } catch (error) {
    trouble(say(error instanceof Stopped ? "stopped" : "failed"));
  }
  await look();
  setTimeout(look, 250);
}

function confirmed(words) {
  $("ask-title").textContent = words.title.text;
  $("ask-text").replaceChildren(h("div", {}, mrkdwn(words.text.text, { names: world.names, channelNames: world.channel_names, locale: person().locale, tz: person().tz, now: new Date(world.clock) })));
  $("ask-yes").textContent = words.confirm.text;
  $("ask-no").textContent = words.deny.text;
  $("ask").showModal();
  return new Promise((resolve) => {
    const end = (answer) => () => { resolve(answer); $("ask").close(); };
    $("ask-yes").onclick = end(true);
    $("ask-no").onclick = end(false);
    $("ask").onclose = () => resolve(false);
  });
}

function go(user, channel) {
  [at.user, at.channel, at.thread] = [user, channel, ""];
  return channel === HOME ? openHome() : look();
}

const showPeople = people($("person"), (one) => one.direct_latest > (seen.get(`${one.id} ${one.direct}`) ?? ""));
const time = clock({
  shown: $("now"), buttons: [...document.querySelectorAll("[data-by]")], ask, say: (...words) => say(...words),
  ended: async (word) => { await look(); if (word) trouble(say(word)); },
});
const readLog = log({ list: $("lines"), filter: $("log-filter"), ask, say: (...words) => say(...words) });
const showLog = async () => { if (!$("log").hidden) await readLog(); };

async function tell(story) {
  const { status } = await ask("/play/story", { user: at.user, story });
  await look();
  return status;
}

// One panel at a time.
function open(name) {
  if (name) at.thread = "";
  if (name) $("thread").hidden = true;
  for (const one of ["stories", "log"]) {
    $(one).hidden = one !== name || !$(one).hidden;
    $(`${one}-toggle`).setAttribute("aria-expanded", String(!$(one).hidden));
  }
  showLog().catch(() => {});
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
  $("person").onchange = (event) => go(event.target.value, at.channel === HOME ? HOME : at.channel.startsWith("D") ? `D${event.target.value.slice(1)}` : at.channel);
  $("thread-close").onclick = () => { at.thread = ""; look(); $("line").focus(); };
  $("thread-composer").onsubmit = async (event) => {
    event.preventDefault();
    const text = $("thread-line").value.trim();
    if (!text) return;
    $("thread-line").value = "";
    await acted(() => ask("/play/say", { user: at.user, channel: at.channel, thread: at.thread, text }));
    aside.reveal();
  };
  $("guide").hidden = localStorage.getItem("guided") === "yes";
  $("guide-done").onclick = () => { localStorage.setItem("guided", "yes"); $("guide").hidden = true; $("line").focus(); };
  composer({ form: $("composer"), line: $("line"), offers: $("offers"), world: () => world ?? { verbs: [], people: [] }, send: async (text) => {
    await acted(() => ask("/play/say", { user: at.user, channel: at.channel, text }));
    talk.reveal();
  } });
  const [user, channel] = decodeURIComponent(location.hash.slice(1)).split("/");
  Object.assign(at, { user: user ?? "", channel: channel ?? "" });
  (at.channel === HOME ? openHome() : look()).then(() => $("line").focus());
  setInterval(() => { if (!document.hidden) { look(); showLog().catch(() => {}); } }, 1000);
}

start();
