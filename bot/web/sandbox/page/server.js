// Talks to the sandbox's own server, and to nobody else.

export async function read(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error((await problem(response)) || "The sandbox does not answer.");
  return response.json();
}

export async function send(path, wish = {}) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(wish),
  });
  if (!response.ok) throw new Error((await problem(response)) || "That did not work.");
  return response.json();
}

async function problem(response) {
  try {
    return (await response.json()).problem;
  } catch {
    return "";
  }
}

// Every change on the server; `heard` gets each event, `state` "open" or "lost".
export function listen(heard, state) {
  const source = new EventSource("api/events");
  source.onmessage = (event) => heard(JSON.parse(event.data));
  source.onopen = () => state("open");
  source.onerror = () => state("lost");
}
