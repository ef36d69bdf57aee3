// The panel of what happened and of what the bot decided, the newest first.

import { h } from "/page/dom.js";

const KINDS = ["all", "slack", "bot", "decision"];
const kindOf = (line) => (KINDS.includes(line.who) ? line.who : "bot");

// Gives a function that asks for what happened and draws it if it is new; `filter` is a <select>, `list` an <ol>.
export function log({ list, filter, ask, say }) {
  let lines = [], names = null, drawn = "", offered = "";

  const offer = () => {
    const words = KINDS.map((kind) => say(`log_${kind}`));
    if (words.join() === offered) return;
    offered = words.join();
    const chosen = filter.value || "all";
    filter.replaceChildren(...KINDS.map((kind, index) => h("option", { value: kind }, words[index])));
    filter.value = chosen;
  };

  const row = (one) => h("li", { class: `who-${kindOf(one)}` },
    h("time", { datetime: one.at }, one.at.slice(5, 19).replace("T", " ")), h("b", {}, say(`log_by_${kindOf(one)}`)), h("span", {}, named(one.what, names, say)));

  const draw = () => {
    offer();
    const shown = lines.filter((one) => filter.value === "all" || kindOf(one) === filter.value);
    const print = JSON.stringify([filter.value, offered, shown.length, shown.at(-1), shown.at(0)]);
    if (print === drawn) return;
    drawn = print;
    const before = list.scrollTop ? list.scrollHeight - list.scrollTop : 0;
    list.replaceChildren(...shown.toReversed().map(row));
    if (!shown.length) list.append(h("li", { class: "empty" }, say("log_empty")));
    if (before) list.scrollTop = list.scrollHeight - before;  // who reads further down is not carried away
  };

  filter.addEventListener("change", () => { list.scrollTop = 0; draw(); });

  return async () => {
    if (!names) names = await namesOf(ask);
    ({ lines } = await ask("/play/log"));
    draw();
  };
}

async function namesOf(ask) {
  const { names, channel_names: channels } = await ask("/play/world");
  return { people: names, channels };
}

// Slack's ids as a reader knows them: people by name, channels by theirs, direct messages by their person.
function named(what, { people, channels }, say) {
  return what.replace(/\b[A-Z]0[A-Z0-9]+\b/g, (id) => {
    if (people[id]) return people[id];
    if (channels[id] && !id.startsWith("D")) return `#${channels[id]}`;
    const person = people[`U${id.slice(1)}`];
    return id.startsWith("D") && person ? say("log_dm", { name: person }) : id;
  });
}
