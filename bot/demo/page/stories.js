// The panel of what can happen to the company, to Slack and to the bot.

import { h } from "/page/dom.js";

const $ = (id) => document.getElementById(id);
const buttons = () => [...$("plots").querySelectorAll("button")];
let drawn = "";

// `tell` lets a story happen and gives the word for how it ended.
export function showStories(names, say, tell) {
  $("stories-note").textContent = say("stories_note");
  const print = JSON.stringify([names, say("stories_note")]);
  if (print === drawn) return;
  drawn = print;
  $("plots").replaceChildren(...names.map((name) => h("li", {},
    h("button", { type: "button", "data-story": name, "aria-describedby": `why-${name}`, onclick: (event) => happen(event.currentTarget, name, say, tell) }, say(`story_${name}`)),
    h("p", { id: `why-${name}` }, say(`story_${name}_why`)))));
}

async function happen(button, name, say, tell) {
  const place = buttons().indexOf(button);
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  $("told").textContent = say("telling");
  try {
    $("told").textContent = say(`end_${await tell(name)}`, { story: say(`story_${name}`) });
  } catch {
    $("told").textContent = say("failed");
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
    if (document.activeElement === document.body) buttons()[place]?.focus();  // a disabled button loses the focus
  }
}
