// A message's text with its entities, as elements. Never as HTML: what a bot sends stays text.

import { element } from "./dialogs.js";

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote", mention: "span", email: "span",
  text_mention: "span", date_time: "span", custom_emoji: "span", hashtag: "span",
};

// `act` has: command(text), link(address), call(number).
export function words(text, entities, act) {
  const ordered = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return element("div", { className: "words" }, ...pieces(text, ordered, 0, text.length, act));
}

function pieces(text, entities, from, to, act) {
  const made = [];
  let at = from;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    if (entity.offset < at) continue;
    const end = Math.min(entity.offset + entity.length, to);
    const inner = entities.slice(index + 1).filter((other) => other.offset >= entity.offset && other.offset + other.length <= end);
    made.push(text.slice(at, entity.offset), wrapped(text, entity, pieces(text, inner, entity.offset, end, act), act));
    at = end;
  }
  made.push(text.slice(at, to));
  return made;
}

function wrapped(text, entity, children, act) {
  const own = text.slice(entity.offset, entity.offset + entity.length);
  switch (entity.type) {
    case "bot_command":
      return button("linky", children, () => act.command(own));
    case "url":
    case "text_link":
      return button("linky", children, () => act.link(entity.url ?? own));
    case "phone_number":
      return button("linky", children, () => act.call(own));
    case "spoiler": {
      const spoiler = button("spoiler", children, () => spoiler.classList.add("open"));
      return spoiler;
    }
    default:
      return element(TAGS[entity.type] ?? "span", {}, ...children);
  }
}

function button(className, children, onclick) {
  return element("button", { type: "button", className, onclick }, ...children);
}
