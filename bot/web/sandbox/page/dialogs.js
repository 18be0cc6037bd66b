// One dialog for every question the page itself asks.

const dialog = document.getElementById("dialog");
const title = document.getElementById("dialog-title");
const text = document.getElementById("dialog-text");
const body = document.getElementById("dialog-body");
const cancel = document.getElementById("dialog-cancel");

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

function ask(heading, explanation, content, cancellable = true) {
  title.textContent = heading;
  text.textContent = explanation;
  text.hidden = !explanation;
  body.replaceChildren(...content);
  cancel.hidden = !cancellable;
  dialog.returnValue = "";
  dialog.showModal();
  (body.querySelector("input, button, select") ?? dialog).focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue), { once: true });
  });
}

// The value of the chosen option, or "" when the question was closed. Options: [{label, value, detail}].
export function choose(heading, explanation, options, cancellable = true) {
  const choices = options.map(({ label, value, detail, main }) =>
    element("button", { className: main ? "choice main" : "choice", value: String(value) },
      label, detail ? element("small", {}, ` ${detail}`) : null));
  return ask(heading, explanation, choices, cancellable);
}

export function tell(heading, explanation) {
  return choose(heading, explanation, [{ label: "OK", value: "ok", main: true }], false);
}

// Name, language and time zone of a new phone; null when it was cancelled.
export async function newPhone(zones) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const name = element("input", { required: true, maxLength: 64, autocomplete: "off" });
  const language = element("select", {}, ...[["en", "English"], ["es", "Español"], ["pt", "Português"], ["de", "Deutsch"], ["fr", "Français"]]
    .map(([value, label]) => element("option", { value }, label)));
  const zone = zoneSelect(zones.includes(own) ? zones : [...zones, own].sort(), own);
  const answer = await ask("Add a phone", "Somebody else who can talk with the bot.", [
    element("label", {}, "Whose phone is it?", name),
    element("label", {}, "Language of the phone", language),
    element("label", {}, "Time zone of the phone", zone),
    element("button", { className: "choice main", value: "add" }, "Add"),
  ]);
  return answer === "add" ? { name: name.value, language: language.value, zone: zone.value } : null;
}

export function zoneSelect(zones, chosen) {
  return element("select", {}, ...zones.map((zone) =>
    element("option", { value: zone, selected: zone === chosen }, zone.replaceAll("_", " "))));
}
