// The state of the server, from its public endpoints.

const show = (id, text, isGood) => {
  const place = document.getElementById(id);
  place.textContent = text;
  place.className = isGood ? "good" : "bad";
};

const relay = async () => {
  const word = `page-${Date.now()}`;
  const started = performance.now();
  try {
    const answer = await fetch("/watchdog", { headers: { "Health-Check": word } });
    const body = await answer.json();
    const took = Math.max(1, Math.round(performance.now() - started));
    const isGood = body.data === word;
    show("state-relay", isGood ? `answers, in ${took} ms` : `answers with HTTP status ${answer.status}`, isGood);
  } catch {
    show("state-relay", "does not answer", false);
  }
};

const product = async (token) => {
  try {
    const answer = await fetch("/health", { method: "POST", headers: { Authorization: `Bearer ${token}` } });
    const body = await answer.json();
    const isGood = body.data?.status === "ok";
    show("state-product", isGood ? "answers to the demo’s token (a stand-in)" : body.errors?.[0]?.message ?? "unknown", isGood);
  } catch {
    show("state-product", "cannot be asked: the relay does not answer", false);
  }
};

const token = document.getElementById("explorer")?.dataset.token;
await Promise.all([relay(), token && product(token)]);
