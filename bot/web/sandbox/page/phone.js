// One phone: the chat with the bot as its owner sees it.

import { choose, element, icon, tell, zoneSelect } from "./dialogs.js";
import { message, pressable, rows } from "./message.js";
import { send } from "./server.js";

const template = document.getElementById("phone-template");
const RINGING = 1600;
const TOAST = 4000;
const TYPING = 5000; // Telegram shows "typing…" for five seconds.
const NEAR_THE_END = 140;

export class Phone {
  // `town` has: bot, places, zones, follow(phone, link), unread(phone, loud).
  constructor(town, view) {
    this.town = town;
    this.id = view.id;
    this.messages = new Map();
    this.root = template.content.firstElementChild.cloneNode(true);
    this.root.id = `phone-${view.id}`;
    this.$ = (selector) => this.root.querySelector(selector);
    this.log = this.$(".log");
    this.field = this.$("textarea");
    this.editing = null;
    this.atEnd = true;
    this.act = {
      tap: (shown, button, pressed) => this.tap(shown, button, pressed),
      edit: (shown) => this.edit(shown),
      command: (text) => this.say(text),
      link: (address) => this.town.follow(this, address),
      call: (number) => this.toast(`Calling ${number} … (the sandbox rings nobody)`),
      clock: (at) => this.clock(at, { hour: "2-digit", minute: "2-digit" }),
    };
    this.wire();
    this.update(view);
    view.messages?.forEach((shown) => this.show(shown, false));
    this.drawEmpty();
    this.toEnd();
  }

  // What the server says about the phone itself.
  update(view) {
    const moved = this.view && this.view.zone !== view.zone;
    this.view = { ...this.view, ...view };
    delete this.view.messages;
    const named = `${view.name}’s phone`;
    this.root.setAttribute("aria-label", named);
    this.$(".owner h2").textContent = named;
    this.$(".name").textContent = this.town.bot.name;
    this.log.setAttribute("aria-label", `Messages on ${named}`);
    this.field.setAttribute("aria-label", `Message from ${view.name}`);
    this.drawKeyboard(view.keyboard);
    this.drawPinned();
    this.drawFoot();
    this.drawMenus();
    if (moved) this.redraw();
    this.tick();
  }

  // A message that is new or has changed.
  show(shown, fresh = true) {
    const near = this.atEnd;
    const old = this.messages.get(shown.id);
    this.messages.set(shown.id, shown);
    if (shown.deleted) {
      this.messages.delete(shown.id);
      this.element(shown.id)?.remove();
    } else if (old && this.element(shown.id)) {
      this.replace(shown);
    } else {
      this.append(shown, fresh);
    }
    this.drawPinned();
    if (near || (shown.mine && fresh)) this.toEnd();
    else if (fresh && !old) this.$(".newer").hidden = false;
    if (fresh && !old && !shown.mine) this.arrived(shown);
  }

  append(shown, fresh) {
    this.$(".before")?.remove();
    const day = this.clock(shown.at, { weekday: "long", day: "numeric", month: "long" });
    if (day !== this.lastDay) {
      this.lastDay = day;
      this.log.append(element("p", { className: "day" }, day));
    }
    const made = message(shown, this.act);
    made.classList.toggle("fresh", fresh);
    this.log.append(made);
  }

  // An edit in place: the focus stays on the button that was pressed, or on its neighbour.
  replace(shown) {
    const old = this.element(shown.id);
    const pressed = old.contains(document.activeElement) ? document.activeElement : null;
    const place = pressed ? [...old.querySelectorAll("button")].indexOf(pressed) : -1;
    const made = message(shown, this.act);
    made.classList.add("changed");
    setTimeout(() => made.classList.remove("changed"), 900);
    old.replaceWith(made);
    if (!pressed) return;
    const buttons = [...made.querySelectorAll("button")];
    const same = buttons.find((button) => button.dataset.key && button.dataset.key === pressed.dataset.key);
    (same ?? buttons[Math.min(place, buttons.length - 1)] ?? this.field).focus({ preventScroll: true });
  }

  arrived(shown) {
    this.typing("");
    this.town.unread(this, !shown.silent);
    if (shown.silent) return;
    this.root.classList.add("ringing");
    clearTimeout(this.ringing);
    this.ringing = setTimeout(() => this.root.classList.remove("ringing"), RINGING);
  }

  // What the person does.
  async do(deed, wish) {
    try {
      await send(`api/phones/${this.id}/${deed}`, wish);
      return true;
    } catch (error) {
      this.toast(error.message);
      return false;
    }
  }

  say(text) {
    return text.trim() ? this.do("say", { text }) : Promise.resolve(false);
  }

  async submit() {
    const text = this.field.value;
    if (!text.trim()) return;
    const edited = this.editing;
    const done = edited ? await this.do("edit", { message: edited.id, text }) : await this.say(text);
    if (!done) return;
    this.field.value = "";
    this.stopEditing();
    this.grow();
  }

  edit(shown) {
    this.editing = shown;
    this.$(".editing").hidden = false;
    this.field.value = shown.text;
    this.grow();
    this.field.focus();
  }

  stopEditing() {
    this.editing = null;
    this.$(".editing").hidden = true;
  }

  async tap(shown, button, pressed) {
    if (button.url) return this.town.follow(this, button.url);
    if (button.copy_text) {
      await navigator.clipboard?.writeText(button.copy_text.text).catch(() => {});
      return this.toast(`Copied: ${button.copy_text.text}`);
    }
    pressed.classList.add("waiting");
    setTimeout(() => pressed.classList.remove("waiting"), 8000);
    return this.do("tap", { message: shown.id, button: button.callback_data });
  }

  async pressKey(button) {
    const owner = this.view.name;
    if (button.request_location) return this.sendPlace();
    if (button.request_contact) {
      const answer = await choose(`Share ${owner}’s phone number?`, "The bot will see a made-up number.", [{ label: "Share", value: "yes", main: true }]);
      return answer && this.do("attach", { what: "contact" });
    }
    return this.say(button.text ?? button);
  }

  async sendPlace() {
    const options = this.town.places.map((place) => ({ label: place, value: place }));
    const place = await choose(`Where is ${this.view.name}?`, "The phone’s clock goes along.", options);
    if (place) await this.do("attach", { what: "location", place });
  }

  // What the bot says besides messages.
  answered(text, alert) {
    this.root.querySelectorAll(".waiting").forEach((button) => button.classList.remove("waiting"));
    if (text && alert) tell(this.town.bot.name, text);
    else if (text) this.toast(text);
  }

  typing(action) {
    const sub = this.$(".sub");
    clearTimeout(this.typingOver);
    sub.textContent = action && action !== "cancel" ? "typing…" : "bot";
    sub.classList.toggle("typing", Boolean(action) && action !== "cancel");
    if (action) this.typingOver = setTimeout(() => this.typing(""), TYPING);
  }

  toast(text) {
    const toast = this.$(".toast");
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(this.toasted);
    this.toasted = setTimeout(() => { toast.hidden = true; }, TOAST);
  }

  // Drawing.
  tick() {
    const local = this.$(".local");
    local.querySelector("time").textContent = this.clock(this.town.now(), { weekday: "short", hour: "2-digit", minute: "2-digit" });
    local.querySelector("span").textContent = this.view.zone.split("/").at(-1).replaceAll("_", " ");
  }

  clock(at, parts) {
    return new Intl.DateTimeFormat("en-GB", { timeZone: this.view.zone, ...parts }).format(at);
  }

  element(id) {
    return this.log.querySelector(`[data-id="${id}"]`);
  }

  redraw() {
    this.lastDay = "";
    this.log.replaceChildren();
    [...this.messages.values()].sort((a, b) => a.id - b.id).forEach((shown) => this.append(shown, false));
    this.drawEmpty();
    this.toEnd();
  }

  drawEmpty() {
    if (this.messages.size) return;
    this.log.replaceChildren(element("div", { className: "before" },
      element("h3", {}, "What can this bot do?"),
      element("p", {}, this.view.description || "Press Start and see.")));
  }

  drawPinned() {
    const shown = this.messages.get(this.view.pinned);
    this.$(".pinned").hidden = !shown;
    if (shown) this.$(".pinned-text").textContent = shown.text || "A message without text";
  }

  drawFoot() {
    const { started, blocked } = this.view;
    this.$(".foot > .start").hidden = started || blocked;
    this.$(".is-blocked").hidden = !blocked;
    this.$(".composer").hidden = !started || blocked;
  }

  drawKeyboard(keyboard) {
    const place = this.$(".keyboard");
    place.hidden = !keyboard || this.view.blocked;
    if (!keyboard) return place.replaceChildren();
    this.field.placeholder = keyboard.input_field_placeholder || "Message";
    const drawn = rows("", keyboard.keyboard, (button) => {
      const plain = typeof button === "string" ? { text: button } : button;
      return pressable(plain, () => this.pressKey(plain));
    });
    return place.replaceChildren(...drawn.childNodes);
  }

  drawMenus() {
    const { menu, blocked, zone } = this.view;
    this.$(".commands").hidden = !menu.length;
    this.$(".commands-menu").replaceChildren(...menu.map(({ command, description }) =>
      element("button", { type: "button", onclick: () => this.say(`/${command}`) },
        element("span", {}, description, element("small", {}, `/${command}`)))));
    const zones = this.town.zones.includes(zone) ? this.town.zones : [...this.town.zones, zone].sort();
    const select = zoneSelect(zones, zone);
    select.onchange = () => this.do("zone", { zone: select.value });
    this.$(".more-menu").replaceChildren(
      entry("stop", blocked ? "Unblock the bot" : "Block the bot", () => this.do(blocked ? "unblock" : "block", {})),
      element("label", {}, "Time zone of this phone", select));
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight}px`;
  }

  toEnd() {
    this.atEnd = true;
    this.log.scrollTop = this.log.scrollHeight;
    this.$(".newer").hidden = true;
  }

  // Events of the phone's own buttons.
  wire() {
    const attach = (what) => () => this.do("attach", { what });
    this.$(".attach-menu").append(
      entry("image", "Photo", attach("photo")), entry("mic", "Voice message", attach("voice")),
      entry("smile", "Sticker", attach("sticker")), entry("place", "Place", () => this.sendPlace()),
      entry("user", "Own contact", attach("contact")));
    this.popup(this.$(".more"), this.$(".more-menu"));
    this.popup(this.$(".attach"), this.$(".attach-menu"));
    this.popup(this.$(".commands"), this.$(".commands-menu"));
    this.$(".foot > .start").onclick = () => this.say("/start");
    this.$(".is-blocked .start").onclick = () => this.do("unblock", {});
    this.$(".editing .quiet").onclick = () => { this.field.value = ""; this.stopEditing(); this.grow(); };
    this.$(".newer").onclick = () => this.toEnd();
    this.$(".pinned").onclick = () => this.element(this.view.pinned)?.scrollIntoView({ block: "center" });
    this.$(".composer").onsubmit = (event) => { event.preventDefault(); this.submit(); };
    this.field.oninput = () => this.grow();
    this.field.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    };
    this.log.onscroll = () => {
      this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_THE_END;
      if (this.atEnd) this.$(".newer").hidden = true;
    };
    // A keyboard that opens below must not hide the question it belongs to.
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(this.log);
  }

  // A button that opens a list: arrow keys walk it, Escape and a click elsewhere close it.
  popup(opener, list) {
    const toggle = (open) => {
      list.hidden = !open;
      opener.setAttribute("aria-expanded", String(open));
      if (open) list.querySelector("button")?.focus();
    };
    opener.onclick = () => toggle(list.hidden);
    list.addEventListener("click", (event) => {
      if (!event.target.closest("button")) return;
      toggle(false);
      opener.focus();
    });
    list.addEventListener("keydown", (event) => {
      const entries = [...list.querySelectorAll("button")];
      const at = entries.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") { toggle(false); opener.focus(); }
      if (step && at >= 0) { event.preventDefault(); entries.at((at + step) % entries.length).focus(); }
    });
    document.addEventListener("click", (event) => {
      if (!list.hidden && !list.contains(event.target) && !opener.contains(event.target)) toggle(false);
    });
  }
}

function entry(name, label, onclick) {
  return element("button", { type: "button", onclick }, icon(name), label);
}
