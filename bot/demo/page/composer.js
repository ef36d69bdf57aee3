// The message box: completes commands and names with arrow keys and Tab, and remembers what was typed.

import { h } from "/page/dom.js";

export function composer({ form, line, offers, world, send }) {
  let shown = [], active = -1;
  const past = [];
  let back = 0;

  function candidates() {
    const typed = line.value;
    if (typed.startsWith("/")) {
      const found = world().verbs.map((verb) => `/ccost ${verb}`).filter((one) => one.startsWith(typed) && one !== typed);
      if ("/invite @ccost".startsWith(typed) && typed !== "/invite @ccost") found.push("/invite @ccost");
      if (found.length || "/ccost".startsWith(typed)) return found;
    }
    const place = /(^|\s)#(\S*)$/.exec(typed);
    if (place) {
      return world().channels.filter((one) => one.kind !== "dm" && one.name.includes(place[2])).map((one) => `${typed.slice(0, typed.length - place[2].length - 1)}#${one.name} `);
    }
    const name = /(^|\s)@(\S*)$/.exec(typed);
    if (!name) return [];
    const wanted = name[2].toLocaleLowerCase();
    return world().people.filter((one) => `${one.name} ${one.handle}`.toLocaleLowerCase().includes(wanted)).slice(0, 7)
      .map((one) => `${typed.slice(0, typed.length - name[2].length - 1)}@${one.name} `);
  }

  function offer() {
    shown = line.value ? candidates() : [];
    active = -1;
    draw();
  }

  function draw() {
    offers.hidden = !shown.length;
    line.setAttribute("aria-expanded", String(shown.length > 0));
    offers.replaceChildren(...shown.map((one, index) => h("li", {
      id: `offer${index}`, role: "option", "aria-selected": String(index === active),
      onmousedown: (event) => { event.preventDefault(); take(index); },
    }, one)));
    if (active >= 0) { line.setAttribute("aria-activedescendant", `offer${active}`); offers.children[active].scrollIntoView({ block: "nearest" }); }
    else line.removeAttribute("aria-activedescendant");
  }

  function take(index) {
    line.value = shown[index];
    line.focus();
    shown = [];
    active = -1;
    draw();
  }

  line.addEventListener("input", offer);
  line.addEventListener("blur", () => { shown = []; draw(); });
  line.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) {
      active = active < 0 ? (step > 0 ? 0 : shown.length - 1) : (active + step + shown.length) % shown.length;
      draw();
      event.preventDefault();
    } else if (step && past.length) {
      back = Math.min(past.length, Math.max(0, back - step));
      line.value = back ? past.at(-back) : "";
      event.preventDefault();
    } else if (event.key === "Tab" && shown.length && !event.shiftKey) {
      take(Math.max(active, 0));
      event.preventDefault();
    } else if (event.key === "Enter" && active >= 0) {
      take(active);
      event.preventDefault();
    } else if (event.key === "Escape" && shown.length) {
      shown = [];
      draw();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = line.value.trim();
    if (!words) return;
    past.push(words);
    back = 0;
    line.value = "";
    offer();
    send(words);
  });
}
