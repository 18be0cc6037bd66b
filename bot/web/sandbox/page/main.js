// The page: phones side by side (one at a time on a small screen), and a clock that can be moved.

import { choose, element, icon, newPhone } from "./dialogs.js";
import { Phone } from "./phone.js";
import { listen, read, send } from "./server.js";

const desk = document.getElementById("desk");
const tabs = document.getElementById("tabs");
const state = document.getElementById("state");
const small = window.matchMedia("(max-width: 760px)");
const CURRENT = "bonewatch-current-phone";

const town = {
  bot: { name: "", username: "" },
  places: [],
  zones: ["UTC"],
  phones: new Map(),
  ahead: 0, // how far the sandbox's clock is ahead of this browser's, in milliseconds
  current: 0,
  now() { return Date.now() + this.ahead; },
  unread,
  follow,
};
let drawn = false;
let early = []; // events that came before the first drawing

// Drawing everything.

async function draw() {
  drawn = false;
  const view = await read("api/state");
  Object.assign(town, { bot: view.bot, places: view.places, zones: view.zones });
  setClock(view.now);
  const drafts = new Map([...town.phones].map(([id, phone]) => [id, phone.field.value]));
  town.phones.clear();
  desk.replaceChildren();
  view.phones.forEach((phone) => addPhone(phone));
  drafts.forEach((text, id) => { if (text && town.phones.has(id)) town.phones.get(id).field.value = text; });
  document.title = `${view.bot.name} sandbox`;
  const remembered = Number(readMemory(CURRENT));
  select(town.phones.has(remembered) ? remembered : view.phones[0]?.id);
  drawn = true;
  early.splice(0).forEach(heard);
  desk.dataset.ready = "yes";
}

function addPhone(view) {
  const phone = new Phone(town, view);
  town.phones.set(view.id, phone);
  desk.append(phone.root);
  phone.toEnd();
  const tab = element("button", { type: "button", className: "tab", onclick: () => select(view.id) }, view.name);
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", phone.root.id);
  tab.dataset.phone = view.id;
  tabs.append(tab);
  return phone;
}

// What the server tells.

function heard(event) {
  if (event.type === "hello") {
    tabs.replaceChildren();
    draw().catch(() => trouble("The sandbox does not answer. Is it still running?"));
    return;
  }
  if (!drawn) {
    early.push(event);
    return;
  }
  const phone = town.phones.get(event.phone?.id ?? event.phone);
  if (event.type === "time") setClock(event.now);
  else if (event.type === "phone" && phone) phone.update(event.phone);
  else if (event.type === "phone") addPhone({ ...event.phone, messages: [] });
  else if (event.type === "message" && phone) {
    phone.show(event.message, event.new || !phone.messages.has(event.message.id));
    phone.drawKeyboard(event.keyboard);
  } else if (event.type === "answer") phone?.answered(event.text, event.alert);
  else if (event.type === "action") phone?.typing(event.action);
}

function trouble(text) {
  state.textContent = text;
  state.classList.toggle("trouble", Boolean(text));
}

// Which phone is in view, on a small screen.

function select(id) {
  if (!id) return;
  town.current = id;
  writeMemory(CURRENT, id);
  for (const [other, phone] of town.phones) {
    phone.root.classList.toggle("current", other === id);
    if (other === id) phone.toEnd();
  }
  for (const tab of tabs.children) {
    const chosen = Number(tab.dataset.phone) === id;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    if (chosen) tab.querySelector(".count")?.remove();
  }
}

tabs.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const all = [...tabs.children];
  const next = all.at((all.indexOf(document.activeElement) + step) % all.length);
  select(Number(next.dataset.phone));
  next.focus();
});

// A message came on a phone that is not in view: its tab counts it, with a bell when it rang.
function unread(phone, loud) {
  if (!small.matches || phone.id === town.current) return;
  const tab = tabs.querySelector(`[data-phone="${phone.id}"]`);
  const count = tab.querySelector(".count") ?? tab.appendChild(element("span", { className: "count" }));
  const number = Number(count.dataset.number ?? 0) + 1;
  count.dataset.number = number;
  count.replaceChildren(...[loud ? icon("bell") : null, `${number}`].filter(Boolean));
  count.setAttribute("aria-label", `${number} new${loud ? ", with sound" : ""}`);
}

// Links in messages. An invitation may be opened on any phone, as if it had been sent there.

async function follow(phone, address) {
  const link = asUrl(address);
  const query = link && link.hostname === "t.me" ? link.searchParams : null;
  if (query && link.pathname === "/share/url") return openOn(phone, query.get("url") ?? "", query.get("text"));
  if (query?.has("start") || link?.hostname === "t.me") return openOn(phone, link.href, "");
  if (link?.protocol === "tel:") return phone.act.call(link.pathname);
  if (link && /^https?:$/.test(link.protocol)) window.open(link.href, "_blank", "noopener,noreferrer");
  else phone.toast("This link leads nowhere here.");
  return null;
}

async function openOn(phone, link, said) {
  const others = [...town.phones.values()].filter((other) => other !== phone);
  const answer = await choose("Open this link on which phone?", said || link, [
    ...others.map((other) => ({ label: `${other.view.name}’s phone`, value: other.id })),
    { label: `${phone.view.name}’s phone`, value: phone.id, detail: "(this one)" },
    { label: "A new phone …", value: "new" },
  ]);
  if (!answer) return;
  const target = answer === "new" ? await askForPhone() : town.phones.get(Number(answer));
  if (!target) return;
  if (await target.do("open", { link })) select(target.id);
}

function asUrl(address) {
  try {
    return new URL(/^[a-z]+:/i.test(address) ? address : `https://${address}`);
  } catch {
    return null;
  }
}

async function askForPhone() {
  const wish = await newPhone(town.zones);
  if (!wish) return null;
  try {
    const view = await send("api/phones", wish);
    const phone = town.phones.get(view.id) ?? addPhone({ ...view, messages: [] });
    select(view.id);
    phone.root.scrollIntoView({ inline: "nearest" });
    return phone;
  } catch (error) {
    trouble(error.message);
    return null;
  }
}

document.getElementById("add-phone").onclick = askForPhone;

// The clock.

function setClock(now) {
  town.ahead = now - Date.now();
  tick();
}

function tick() {
  const now = town.now();
  const format = (parts) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...parts }).format(now);
  document.getElementById("now-day").textContent = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
  document.getElementById("now-time").textContent = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  town.phones.forEach((phone) => phone.tick());
}

async function move(wish) {
  const steps = document.querySelectorAll(".step");
  steps.forEach((step) => { step.disabled = true; });
  trouble("");
  state.textContent = "Time passes …";
  try {
    const { now, planned } = await send("api/time", wish);
    setClock(now);
    state.textContent = planned ? "" : "No check-in is planned yet.";
  } catch (error) {
    trouble(error.message);
  } finally {
    steps.forEach((step) => { step.disabled = false; });
  }
}

document.querySelectorAll(".step").forEach((step) => {
  step.onclick = async () => {
    await move(step.dataset.to ? { to: step.dataset.to } : { seconds: Number(step.dataset.seconds) });
    step.focus();
  };
});

// Which tab was open survives a reload; without storage it does not, which harms nothing.

function readMemory(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function writeMemory(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // private browsing
  }
}

setInterval(tick, 1000);
listen(heard, (now) => {
  if (now === "lost") trouble("The connection is lost; trying again …");
  else if (state.classList.contains("trouble")) trouble("");
});
