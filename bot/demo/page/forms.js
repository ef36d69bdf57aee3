// Modals: forms to fill in, and answers shown in them. Slack keeps what is filled in; the page keeps what is being typed.

import { blocks } from "/page/blocks.js";
import { h } from "/page/dom.js";

const plain = (object) => object?.text ?? "";

// `act` has press(view, button, block, element, values), submit(view, values), close(view), opener(): what was pressed last, and
// again(element): what stands in its place since it was drawn anew.
export function modals(place, act) {
  const open = new Map();  // view id → its dialog
  let opener = null;       // what had the focus before the first modal

  function show(views, reader) {
    if (views.length && !open.size) opener = act.opener();
    for (const [id, one] of open) {
      if (views.some((view) => view.id === id)) continue;
      one.dialog.close();
      one.dialog.remove();
      open.delete(id);
    }
    for (const view of views) {
      const kept = open.get(view.id);
      const print = JSON.stringify([view.hash, view.errors, reader.locale]);
      if (kept?.print === print) continue;
      draw(view, print, reader, kept);
    }
    if (!views.length && opener) {
      const back = opener.isConnected ? opener : act.again(opener);
      if (back && !back.disabled) back.focus();
      opener = null;
    }
  }

  function draw(view, print, reader, kept) {
    const dialog = kept?.dialog ?? h("dialog", { class: "modal", "data-view": view.id, "aria-labelledby": `title-${view.id}` });
    const sameForm = kept?.hash === view.hash;
    const before = sameForm ? values(dialog, view) : {};
    const form = h("form", { novalidate: true, onsubmit: (event) => { event.preventDefault(); send(dialog, view); } },
      h("h2", { id: `title-${view.id}`, tabindex: "-1" }, plain(view.title)),
      view.errors[""] ? h("p", { class: "field-error", role: "alert" }, view.errors[""]) : "",
      h("div", { class: "blocks" }, blocks(view.blocks, {
        ...reader,
        press: (button, block, element) => act.press(view, button, block, element, values(dialog, view)),
        field: (block) => field(block, view, before[block.block_id], reader),
      })),
      h("div", { class: "row" },
        h("button", { type: "button", class: "cancel", onclick: () => act.close(view) }, plain(view.close) || reader.say("close")),
        view.submit ? h("button", { type: "submit", class: "primary" }, plain(view.submit)) : ""));
    dialog.replaceChildren(form);
    open.set(view.id, { dialog, print, hash: view.hash });
    if (!kept) {
      const leave = (event) => { event.preventDefault(); act.close(view); };
      dialog.oncancel = leave;
      dialog.onkeydown = (event) => { if (event.key === "Escape") leave(event); };
      dialog.onclose = () => { if (open.has(view.id)) act.close(view); };  // a browser may close it and ask nobody
      place.append(dialog);
      dialog.showModal();
    }
    const wrong = dialog.querySelector("[aria-invalid]");
    (wrong ?? dialog.querySelector(".field input, .field select") ?? dialog.querySelector("h2")).focus();
  }

  async function send(dialog, view) {
    const button = dialog.querySelector("button.primary");
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    await act.submit(view, values(dialog, view));
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }

  return { show };
}

function values(dialog, view) {
  const found = {};
  for (const block of view.blocks.filter((one) => one.type === "input")) {
    const box = dialog.querySelector(`[data-block="${CSS.escape(block.block_id)}"]`);
    if (!box) continue;
    const ticks = [...box.querySelectorAll("input[type=checkbox]")];
    found[block.block_id] = box.querySelector("fieldset") ? ticks.filter((one) => one.checked).map((one) => one.value) : box.querySelector("input, select").value;
  }
  return found;
}

function field(block, view, typed, reader) {
  const id = `${view.id}-${block.block_id}`;
  const state = Object.values(view.state.values[block.block_id] ?? {})[0] ?? {};
  const wrong = view.errors[block.block_id];
  const about = [block.hint ? `${id}-hint` : "", wrong ? `${id}-error` : ""].join(" ").trim() || undefined;
  const more = { id, "aria-describedby": about, "aria-invalid": wrong ? "true" : undefined, "aria-required": block.optional ? undefined : "true" };
  const words = [plain(block.label), block.optional ? h("span", { class: "optional" }, ` (${reader.say("optional")})`) : ""];
  const made = FIELDS[block.element.type](block.element, { state, typed, more, reader, offers: view.offers[block.block_id] });
  const isGroup = made.tagName === "FIELDSET";
  if (isGroup) made.prepend(h("legend", {}, words));
  return h("div", { class: "field", "data-block": block.block_id }, isGroup ? "" : h("label", { for: id }, words), made,
    block.hint ? h("p", { class: "hint", id: `${id}-hint` }, plain(block.hint)) : "",
    wrong ? h("p", { class: "field-error", id: `${id}-error`, role: "alert" }, wrong) : "");
}

const FIELDS = {
  plain_text_input: (element, { state, typed, more }) => h("input", { ...more, type: "text", value: typed ?? state.value ?? "", placeholder: plain(element.placeholder), maxlength: element.max_length, autocomplete: "off" }),
  timepicker: (element, { state, typed, more }) => h("input", { ...more, type: "time", value: typed ?? state.selected_time ?? "" }),
  static_select: (element, { state, typed, more, reader }) => chooser(element.options.map((one) => [one.value, plain(one.text)]), typed ?? state.selected_option?.value, more, reader),
  conversations_select: (element, { state, typed, more, reader, offers }) => chooser((offers ?? []).map((one) => [one.id, `# ${one.name}`]), typed ?? state.selected_conversation, more, reader),
  users_select: (element, { state, typed, more, reader }) => chooser(people(reader), typed ?? state.selected_user, more, reader),
  checkboxes: (element, { state, typed, more, reader }) => ticks(element.options.map((one) => [one.value, plain(one.text)]), typed ?? (state.selected_options ?? []).map((one) => one.value), more, reader),
  multi_users_select: (element, { state, typed, more, reader }) => {
    const chosen = typed ?? state.selected_users ?? [];
    const box = ticks(people(reader), chosen, more, reader);
    const list = box.querySelector(".ticks");
    list.classList.add("many");
    const search = h("input", { type: "search", "aria-label": reader.say("find"), placeholder: reader.say("find"), oninput: () => {
      for (const one of list.children) one.hidden = !one.textContent.toLocaleLowerCase().includes(search.value.toLocaleLowerCase());
    } });
    list.before(search);
    return box;
  },
};

const people = (reader) => reader.people.map((one) => [one.id, one.name]);

function chooser(options, chosen, more, reader) {
  const empty = h("option", { value: "" }, reader.say("choose"));
  return h("select", more, empty, options.map(([value, words]) => h("option", { value, selected: value === chosen }, words)));
}

function ticks(options, chosen, { id, ...more }, _reader) {
  return h("fieldset", more, h("div", { class: "ticks" }, options.map(([value, words], index) =>
    h("label", {}, h("input", { type: "checkbox", id: index ? undefined : id, value, checked: chosen.includes(value) }), h("span", {}, words)))));
}
