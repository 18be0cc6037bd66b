// One message as an element: bubble, buttons below it, and what is said about it.

import { element, icon } from "./dialogs.js";
import { words } from "./words.js";

// `act` has what words() needs, and: tap(message, button), edit(message), clock(milliseconds).
export function message(view, act) {
  const made = element("article", { className: "message" });
  made.dataset.id = view.id;
  made.classList.add(view.mine ? "mine" : "theirs");
  made.append(bubble(view, act));
  if (view.reaction) made.append(element("span", { className: "reaction" }, view.reaction, hush(" is the bot's reaction")));
  if (view.buttons.length) {
    made.classList.add("with-buttons");
    made.append(rows("buttons", view.buttons, (button) => inlineButton(view, button, act)));
  }
  return made;
}

function bubble(view, act) {
  const bare = view.media.kind === "sticker";
  const made = element("div", { className: bare ? "bubble bare" : "bubble" }, hush(view.mine ? "You:" : "The bot:"));
  if (view.answers) made.append(element("p", { className: "answers" }, view.answers));
  if (view.media.kind) made.append(...MEDIA[view.media.kind](view.media, act));
  if (view.text) made.append(words(view.text, view.entities, act));
  made.append(meta(view, act));
  return made;
}

function meta(view, act) {
  const made = element("p", { className: "meta" });
  if (view.edited) made.append(element("span", {}, "edited"));
  if (!view.mine) made.append(element("span", { className: view.silent ? "silent" : "loud" }, icon(view.silent ? "bell-off" : "bell"), view.silent ? "silent" : "with sound"));
  if (view.mine && view.text && !view.media.kind) {
    const edit = element("button", { type: "button", title: "Edit", onclick: () => act.edit(view) }, icon("pencil"));
    edit.setAttribute("aria-label", "Edit this message");
    made.append(edit);
  }
  made.append(element("time", {}, act.clock(view.at)));
  return made;
}

const MEDIA = {
  contact: (media, act) => [
    element("div", { className: "card" }, disc("user"), element("span", {}, element("b", {}, media.name), element("small", {}, media.phone))),
    element("button", { type: "button", className: "call", onclick: () => act.call(media.phone) }, icon("phone"), "Call", hush(` ${media.name}`)),
  ],
  document: (media) => [
    element("a", { className: "card", href: `api/files/${media.file}`, download: media.name },
      disc("file"), element("span", {}, element("b", {}, media.name), element("small", {}, `${size(media.size)} · download`))),
  ],
  photo: (media) => [
    element("img", { className: "photo", src: `api/files/${media.file}`, width: media.width, height: media.height, alt: "A picture" }),
  ],
  location: (media) => [
    element("div", { className: "card" }, disc("place"), element("span", {}, element("b", {}, "A place"), element("small", {}, `${media.latitude.toFixed(2)}, ${media.longitude.toFixed(2)}`))),
  ],
  sticker: (media) => [element("div", { className: "sticker" }, media.emoji, hush("(a sticker)"))],
  voice: (media) => [
    element("div", { className: "card" }, disc("mic"), element("span", {}, element("b", {}, "Voice message"), element("small", {}, `${media.seconds} seconds`))),
  ],
};

export function rows(className, buttons, make) {
  return element("div", { className }, ...buttons.map((row) => element("div", { className: "row" }, ...row.map(make))));
}

function inlineButton(view, button, act) {
  const made = pressable(button, () => act.tap(view, button, made));
  made.dataset.key = button.callback_data ?? button.url ?? button.text;
  if (button.url) made.append(icon("link"));
  return made;
}

export function pressable(button, onclick) {
  const made = element("button", { type: "button", className: "press", onclick }, button.text);
  if (button.style) made.classList.add(button.style);
  return made;
}

function disc(name) {
  return element("span", { className: "disc" }, icon(name));
}

export function hush(said) {
  return element("span", { className: "hush" }, said);
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}
