// Who one can act as, grouped by what they may do; whoever got an unasked message is marked.

import { h } from "/page/dom.js";

const ROLES = ["member", "lead", "admin", "guest", "unconfirmed", "outsider"];

// Gives a function that fills a <select>; `isNew` says whether somebody's direct message holds something unread.
export function people(select, isNew) {
  let drawn = "";

  return (world, user, say) => {
    const print = JSON.stringify([say("role_admin"), world.people.map((one) => [one.id, one.role])]);
    if (print !== drawn) {
      drawn = print;
      select.replaceChildren(...ROLES.map((role) => group(role, world.people.filter((one) => one.role === role), say)).filter(Boolean));
    }
    for (const one of world.people) {
      const role = say(`role_${one.role}`);
      const fresh = isNew(one);
      const words = `${fresh ? "● " : ""}${one.name}${role ? ` (${role})` : ""}${fresh ? ` · ${say("unread")}` : ""}`;
      const option = select.querySelector(`option[value="${CSS.escape(one.id)}"]`);
      if (option && option.textContent !== words) option.textContent = words;
    }
    select.value = user;
  };
}

const group = (role, those, say) => those.length && h("optgroup", { label: say(`group_${role}`) }, those.map((one) => h("option", { value: one.id })));
