// The clock of the playground: shows the time, and lets it pass by buttons.

import { h } from "/page/dom.js";

// `shown` is an <output>; `ask` moves the clock on the server; `ended` gets the word for how it went.
export function clock({ shown, buttons, ask, say, ended }) {
  const show = (world, who) => {
    const now = new Date(world.clock);
    const as = (tz, options) => new Intl.DateTimeFormat(who.locale, { timeZone: tz, ...options }).format(now);
    const words = `${as("UTC", { weekday: "short", year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })} UTC`;
    if (shown.textContent !== words) shown.replaceChildren(h("time", { datetime: world.clock }, words));
    shown.title = `${who.tz}: ${as(who.tz, { weekday: "short", hour: "2-digit", minute: "2-digit" })} (${say("local")})`;
  };

  async function move(button) {
    const words = button.textContent;
    let end = "";
    buttons.forEach((one) => { one.disabled = true; });
    button.textContent = say("moving");
    try {
      const { status } = await ask("/play/clock", { by: button.dataset.by });
      end = status === "nothing_due" ? "nothing_due" : "";
    } catch {
      end = "failed";
    } finally {
      button.textContent = words;
      buttons.forEach((one) => { one.disabled = false; });
      if (document.activeElement === document.body) button.focus();
    }
    await ended(end);
  }

  buttons.forEach((button) => { button.onclick = () => move(button); });
  return { show };
}
