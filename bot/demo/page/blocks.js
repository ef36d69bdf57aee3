// Draws every block that the bot may send. `world` gives names, locale, zone, sentences, and what a button does.

import { chart } from "/page/charts.js";
import { h, link } from "/page/dom.js";
import { emoji, markdown, mention, mrkdwn, plainText, shownDate } from "/page/mrkdwn.js";

const text = (object, world) => (object.type === "mrkdwn" ? mrkdwn(object.text, world) : lines(plainText(object.text, object.emoji !== false)));
const lines = (words) => words.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));

const DRAWN = {
  header: (block) => h("p", { class: "heading", role: "heading", "aria-level": 3 }, plainText(block.text.text)),
  section: (block, world, id) => h("div", { class: "section" },
    h("div", { class: "section-body" },
      block.text ? h("div", { class: "prose" }, text(block.text, world)) : "",
      block.fields ? h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "prose" }, text(field, world)))) : ""),
    block.accessory ? h("div", { class: "accessory" }, element(block.accessory, world, id)) : ""),
  context: (block, world, id) => h("div", { class: "context" }, block.elements.map((one) => (one.type === "image" ? element(one, world, id) : h("span", {}, text(one, world))))),
  divider: () => h("hr"),
  actions: (block, world, id) => h("div", { class: "actions" }, block.elements.map((one) => element(one, world, id))),
  image: (block) => picture(block),
  markdown: (block) => h("div", { class: "prose" }, markdown(block.text)),
  rich_text: (block, world) => h("div", { class: "prose" }, block.elements.map((part) => rich(part, world))),
  table: (block, world) => table(block.rows, world, block.column_settings ?? []),
  data_table: (block, world) => dataTable(block, world),
  data_visualization: (block, world) => chart(block, world),
  input: (block, world) => world.field(block),
};

export function message(entry, world) {
  if (!entry.blocks.length) return h("div", { class: "prose" }, mrkdwn(entry.text, world));
  return h("div", { class: "blocks" }, blocks(entry.blocks, world));
}

// Of a view too: there `world.field` draws what can be filled in.
export function blocks(list, world) {
  return list.map((block) => (DRAWN[block.type] ?? ((odd) => h("p", { class: "context" }, `[${odd.type}]`)))(block, world, block.block_id));
}

function element(one, world, block) {
  if (one.type === "image") return picture(one);
  const kind = one.style === "primary" ? "primary" : one.style === "danger" ? "danger" : undefined;
  return h("button", {
    type: "button", class: kind, "aria-label": one.accessibility_label, "data-action": one.action_id,
    onclick: (event) => world.press(one, block, event.currentTarget),
  }, plainText(one.text.text), one.url ? h("span", { "aria-hidden": "true" }, " ↗") : "");
}

// Nothing is fetched from elsewhere: a picture is its description.
const picture = (one) => h("span", { class: "picture", role: "img", "aria-label": one.alt_text || undefined }, "▧ ", one.alt_text);

function rich(part, world) {
  const inside = () => part.elements.map((word) => (word.type === "rich_text_section" ? rich(word, world) : richWord(word, world)));
  if (part.type === "rich_text_list") {
    return h(part.style === "ordered" ? "ol" : "ul", { class: `indent${Math.min(part.indent ?? 0, 8)}`, start: part.offset ? part.offset + 1 : undefined },
      part.elements.map((item) => h("li", {}, item.elements.map((word) => richWord(word, world)))));
  }
  if (part.type === "rich_text_preformatted") return h("pre", {}, inside());
  if (part.type === "rich_text_quote") return h("blockquote", {}, inside());
  return h("p", {}, inside());
}

function richWord(word, world) {
  const plainWord = {
    text: () => lines(word.text), link: () => link(word.url, word.text ?? word.url), user: () => mention(`@${world.names[word.user_id] ?? word.user_id}`),
    channel: () => mention(`#${world.channelNames[word.channel_id] ?? word.channel_id}`), emoji: () => emoji(word.name),
    date: () => h("time", {}, shownDate(new Date(word.timestamp * 1000), word.format, world)), broadcast: () => mention(`@${word.range}`),
    usergroup: () => mention(`@${word.usergroup_id}`), color: () => word.value,
  }[word.type];
  let made = plainWord ? plainWord() : "";
  for (const [style, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"]]) {
    if (word.style?.[style]) made = h(tag, {}, made);
  }
  return made;
}

function cell(one, world, attributes = {}) {
  const name = attributes.scope ? "th" : "td";
  if (one.type === "rich_text") return h(name, attributes, one.elements.map((part) => rich(part, world)));
  return h(name, { ...attributes, class: one.type === "raw_number" ? "number" : attributes.class }, one.text);
}

function table(rows, world, settings) {
  const align = (index) => ({ right: "number", center: "middle" })[settings[index]?.align];
  return h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": world.say("numbers") }, h("table", {},
    h("thead", {}, h("tr", {}, rows[0].map((one, index) => cell(one, world, { scope: "col", class: align(index) })))),
    h("tbody", {}, rows.slice(1).map((row) => h("tr", {}, row.map((one, index) => cell(one, world, { class: align(index) })))))));
}

const worth = (one) => (one.type === "raw_number" ? one.value : one.type === "raw_text" ? one.text : JSON.stringify(one.elements));

function dataTable(block, world) {
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? 5, rowHeader = block.row_header_column_index ?? 0;
  const isNumber = head.map((_, column) => rows.every((row) => row[column].type === "raw_number"));
  const state = { page: 0, column: -1, down: false };
  const body = h("tbody");
  const status = h("span", { "aria-live": "polite" });
  const pages = Math.ceil(rows.length / size);
  const turn = (by) => () => { state.page = Math.min(pages - 1, Math.max(0, state.page + by)); draw(); };
  const before = h("button", { type: "button", "aria-label": world.say("before"), onclick: turn(-1) }, "‹");
  const after = h("button", { type: "button", "aria-label": world.say("after"), onclick: turn(1) }, "›");
  const heads = head.map((one, column) => h("th", { scope: "col", class: isNumber[column] ? "number" : undefined },
    h("button", { type: "button", onclick: () => { state.down = state.column === column ? !state.down : isNumber[column]; state.column = column; state.page = 0; draw(); } }, one.text)));
  function draw() {
    const order = [...rows];
    if (state.column >= 0) {
      order.sort((a, b) => { const [x, y] = [worth(a[state.column]), worth(b[state.column])]; return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), world.locale, { numeric: true }); });
      if (state.down) order.reverse();
    }
    heads.forEach((one, column) => one.setAttribute("aria-sort", column !== state.column ? "none" : state.down ? "descending" : "ascending"));
    const shown = order.slice(state.page * size, state.page * size + size);
    body.replaceChildren(...shown.map((row) => h("tr", {}, row.map((one, column) => cell(one, world, column === rowHeader ? { scope: "row" } : {})))));
    status.textContent = world.say("page", { from: state.page * size + 1, to: state.page * size + shown.length, of: rows.length });
    before.disabled = state.page === 0;
    after.disabled = state.page >= pages - 1;
  }
  draw();
  return h("div", { class: "data-table" }, h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": block.caption },
    h("table", {}, h("caption", {}, block.caption), h("thead", {}, h("tr", {}, heads)), body)),
    h("div", { class: "pager" }, status, pages > 1 ? [before, after] : ""));
}
