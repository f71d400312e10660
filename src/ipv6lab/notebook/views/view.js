// A view of a lab: HTML that the kernel makes, kept up to date without disturbing the reader.
//
// What stands in the HTML:
//   data-opens="ID"       on a click or Enter, unfold the <details> of this id and go there
//   data-ask="JSON"       a click sends this to the kernel
//   data-terminal="JSON"  a click opens a terminal: {"node", "command", "failed"}
//   data-ticks="2.5"      seconds, which go on counting
// An element with data-key, or an id, is the same one in the next version.

const TICK = 100; // milliseconds

function render({ model, el }) {
  el.classList.add("ipv6lab", "live");
  el.lang = model.get("lang");
  const show = () => {
    const draft = document.createElement("template");
    draft.innerHTML = model.get("html");
    const held = el.contains(document.activeElement) ? trail(el, document.activeElement) : [];
    el.classList.add("live");
    change(el, draft.content);
    if (held.length > 0 && !el.contains(document.activeElement)) focusNear(el, held);
    el.removeAttribute("aria-busy");
    tick();
  };

  let timer = null;
  const tick = () => {
    const counted = el.querySelectorAll("[data-ticks]");
    if (counted.length === 0) {
      clearInterval(timer);
      timer = null;
      return;
    }
    const now = performance.now();
    for (const one of counted) {
      if (one.dataset.ticks !== one.begun) {
        one.begun = one.dataset.ticks;
        one.since = now - 1000 * Number(one.dataset.ticks);
      }
      const seconds = (now - one.since) / 1000;
      one.textContent = one.dataset.form.replace("{}", seconds.toFixed(1).replace(".", one.dataset.point));
    }
    timer ??= setInterval(tick, TICK);
  };

  const click = (event) => {
    const goal = event.target.closest("[data-opens],[data-ask],[data-terminal]");
    if (!goal || !el.contains(goal)) return;
    event.preventDefault();
    event.stopPropagation();
    if (goal.dataset.opens) unfold(el, goal.dataset.opens);
    if (goal.dataset.ask) {
      el.setAttribute("aria-busy", "true");
      model.send(JSON.parse(goal.dataset.ask));
    }
    if (goal.dataset.terminal) terminal(JSON.parse(goal.dataset.terminal), goal);
  };

  // In JupyterLab's command mode letters and Enter are commands; in a view they are the reader's.
  const key = (event) => {
    if (["Enter", " ", "ArrowUp", "ArrowDown"].includes(event.key)) event.stopPropagation();
  };

  // A kernel that is started anew knows nothing of this view, and nobody tells the page: it asks.
  const ask = () => {
    el.classList.remove("live");
    try {
      model.send({ alive: true });
    } catch {
      // There is nobody to ask.
    }
  };
  const alive = (told) => {
    if (told.alive) el.classList.add("live");
  };

  el.addEventListener("click", click);
  el.addEventListener("keydown", key);
  model.on("change:html", show);
  model.on("comm_live_update", ask);
  model.on("msg:custom", alive);
  show();
  model.send({ seen: true });
  return () => {
    clearInterval(timer);
    el.removeEventListener("click", click);
    el.removeEventListener("keydown", key);
    model.off("change:html", show);
    model.off("comm_live_update", ask);
    model.off("msg:custom", alive);
    model.send({ seen: false });
  };
}

// Make the children of one element those of another; what is the same stays as it is.
function change(old, wanted) {
  const known = new Map();
  for (const child of old.children) if (named(child)) known.set(named(child), child);
  let at = old.firstChild;
  for (const next of [...wanted.childNodes]) {
    const same = named(next) ? known.get(named(next)) : at;
    if (same && alike(same, next)) {
      if (same !== at) old.insertBefore(same, at);
      else at = at.nextSibling;
      adopt(same, next);
    } else {
      old.insertBefore(next, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function named(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.dataset?.key || node.id : "";
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && named(one) === named(other);
}

function adopt(old, next) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  if (old.isEqualNode(next)) return;
  for (const { name } of [...old.attributes]) {
    // What the reader unfolded stays unfolded.
    if (!next.hasAttribute(name) && name !== "open") old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (name === "open" && old.nodeName === "DETAILS") continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (!old.hasAttribute("data-ticks")) change(old, next);
}

// The names of what an element stands in, the nearest first.
function trail(el, inner) {
  const names = [];
  for (let one = inner; one && one !== el; one = one.parentElement) if (named(one)) names.push(named(one));
  return names;
}

// What had the focus is gone: give it to what stands there now, so that keys do not go astray.
function focusNear(el, names) {
  for (const name of names) {
    const one = [...el.querySelectorAll("[data-key],[id]")].find((other) => named(other) === name);
    if (!one) continue;
    const goal = one.querySelector("button") ?? one;
    if (goal === one) one.tabIndex = -1;
    goal.focus({ preventScroll: true });
    return;
  }
}

function unfold(el, id) {
  const goal = el.querySelector(`#${CSS.escape(id)}`);
  if (!goal) return;
  for (let one = goal; one && one !== el; one = one.parentElement) {
    if (one.nodeName === "DETAILS") one.open = true;
  }
  const head = goal.querySelector("summary") ?? goal;
  head.focus({ preventScroll: true });
  goal.scrollIntoView({ block: "nearest", behavior: "auto" });
}

// A terminal of the notebook server that runs a command, in a tab of JupyterLab.
async function terminal({ node, command, failed }, button) {
  button.setAttribute("aria-busy", "true");
  try {
    const app = window.jupyterapp;
    const server = app.serviceManager.serverSettings;
    const name = await free(app, node);
    const cookie = document.cookie.match(/(?:^|;\s*)_xsrf=([^;]*)/);
    const answer = await fetch(`${server.baseUrl}api/terminals`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        ...(server.token ? { Authorization: `token ${server.token}` } : {}),
        ...(cookie ? { "X-XSRFToken": decodeURIComponent(cookie[1]) } : {}),
      },
      body: JSON.stringify({ name, shell_command: command }),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    await app.commands.execute("terminal:open", { name: (await answer.json()).name });
  } catch (reason) {
    const told = document.createElement("span");
    told.className = "told failed";
    told.setAttribute("role", "alert");
    told.textContent = `${failed} (${reason.message})`;
    button.after(told);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

// A name that no open terminal has: hq_core, then hq_core_2 and so on. Jupyter's address of a
// terminal takes letters, digits and underscores alone.
async function free(app, node) {
  await app.serviceManager.terminals.refreshRunning();
  const taken = new Set([...app.serviceManager.terminals.running()].map((one) => one.name));
  for (let number = 1; ; number += 1) {
    const name = node.replace(/\W/g, "_") + (number === 1 ? "" : `_${number}`);
    if (!taken.has(name)) return name;
  }
}

export default { render };
