// The desk: a plugin of JupyterLab, as its module loader wants one (see desk.py).
"use strict";
(() => {
  const NAME = "ipv6lab-desk";
  const words = /* WORDS */ {};
  const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_all, key) => String(values[key] ?? ""));
  let scope = null; // JupyterLab's shared modules

  async function shared(name) {
    const versions = Object.values(scope[name]);
    return (await versions[0].get())();
  }

  function make(kind, text, style = {}) {
    const made = document.createElement(kind);
    if (text !== undefined) made.textContent = text;
    Object.assign(made.style, style);
    return made;
  }

  function button(text, act) {
    const made = make("button", text);
    made.type = "button";
    made.className = "jp-mod-styled jp-mod-accept";
    made.addEventListener("click", act);
    return made;
  }

  // -- side by side

  const desks = new Map(); // notebook's path -> its panels

  const exerciseOf = (panel) => panel?.context?.model?.getMetadata?.("ipv6lab")?.exercise;

  function notebookOf(app) {
    const current = app.shell.currentWidget;
    if (exerciseOf(current)) return current;
    for (const widget of app.shell.widgets("main")) if (exerciseOf(widget)) return widget;
    return null;
  }

  // What a cell would show, in a panel of its own and by the notebook's own kernel.
  async function panelOf(notebook, title, code, modules) {
    const { OutputArea, OutputAreaModel } = modules.output;
    const area = new OutputArea({
      model: new OutputAreaModel({ trusted: true }),
      rendermime: notebook.content.rendermime,
    });
    const content = new modules.widgets.Panel();
    content.node.style.overflow = "auto";
    content.node.style.padding = "4px 8px";
    content.addWidget(area);
    const panel = new modules.apputils.MainAreaWidget({ content });
    panel.id = `${NAME}-${Math.random().toString(36).slice(2)}`;
    panel.title.label = title;
    panel.title.closable = true;
    panel.run = async () => {
      await notebook.sessionContext.ready;
      await OutputArea.execute(code, area, notebook.sessionContext);
    };
    return panel;
  }

  async function sideBySide(app) {
    const notebook = notebookOf(app);
    const modules = {
      output: await shared("@jupyterlab/outputarea"),
      widgets: await shared("@lumino/widgets"),
      apputils: await shared("@jupyterlab/apputils"),
    };
    if (!notebook) {
      await modules.apputils.showErrorMessage(words.side, words.no_notebook);
      return;
    }
    const exercise = exerciseOf(notebook);
    const before = desks.get(notebook.context.path);
    if (before && before.some((panel) => !panel.isDisposed)) {
      for (const panel of before) panel.dispose();
      desks.delete(notebook.context.path);
      return;
    }
    await notebook.sessionContext.ready;
    const panels = {
      task: await panelOf(notebook, `${words.task} ${exercise}`, "%task", modules),
      topology: await panelOf(notebook, `${words.topology} ${exercise}`, "%topology", modules),
      checks: await panelOf(notebook, `${words.checks} ${exercise}`, "%check", modules),
    };
    desks.set(notebook.context.path, Object.values(panels));
    const press = button(words.check, () => panels.checks.run());
    const bar = new modules.widgets.Widget({ node: make("div") });
    bar.node.append(press);
    panels.checks.content.insertWidget(0, bar);
    app.shell.add(panels.task, "main", { ref: notebook.id, mode: "split-left", activate: false });
    app.shell.add(panels.topology, "main", { ref: notebook.id, mode: "split-right", activate: false });
    app.shell.add(panels.checks, "main", { ref: panels.topology.id, mode: "split-bottom", activate: false });
    enterByClick(app, panels.topology.node, notebook);
    await panels.task.run();
    // A lab that does not run yet is started: there is nothing to stand beside otherwise.
    await quietly(notebook, `%lab start ${exercise}`);
    await panels.topology.run();
    await openTerminal(app, panels.topology.node, null, notebook);
    app.shell.activateById(notebook.id);
  }

  async function quietly(notebook, code) {
    const kernel = notebook.sessionContext.session?.kernel;
    await kernel?.requestExecute({ code, silent: false, store_history: false, stop_on_error: false }).done;
  }

  // A click on a node of the picture opens its terminal.
  function enterByClick(app, node, notebook) {
    node.addEventListener("click", (event) => {
      const goal = event.target.closest("svg [data-opens]");
      if (goal) openTerminal(app, node, goal.dataset.opens, notebook);
    }, true);
  }

  async function openTerminal(app, node, facts, notebook) {
    const found = await wait(() => {
      const place = facts ? node.querySelector(`#${CSS.escape(facts)}`) : node;
      return place?.querySelector("[data-terminal]");
    }, facts ? 10 : 100);
    if (!found) return; // a node of others
    const { node: name, command } = JSON.parse(found.dataset.terminal);
    const base = name.replace(/\W/g, "_");
    const manager = app.serviceManager.terminals;
    await manager.refreshRunning();
    if (![...manager.running()].some((one) => one.name === base)) {
      await post(app, "api/terminals", { name: base, shell_command: command });
    }
    const before = new Set(app.shell.widgets("main"));
    const opened = await app.commands.execute("terminal:open", { name: base });
    const widget = opened ?? [...app.shell.widgets("main")].find((one) => !before.has(one));
    if (widget && !before.has(widget)) {
      const beside = [...app.shell.widgets("main")].find((one) => one !== widget && one.title.label.startsWith("Terminal "));
      app.shell.add(widget, "main", beside
        ? { ref: beside.id, mode: "tab-after", activate: true }
        : { ref: notebook.id, mode: "split-bottom", activate: true });
    }
    if (widget) app.shell.activateById(widget.id);
  }

  async function wait(found, tries) {
    for (let number = 0; number < tries; number += 1) {
      const there = found();
      if (there) return there;
      await new Promise((done) => setTimeout(done, 100));
    }
    return null;
  }

  async function post(app, path, body) {
    const server = app.serviceManager.serverSettings;
    const cookie = document.cookie.match(/(?:^|;\s*)_xsrf=([^;]*)/);
    const answer = await fetch(server.baseUrl + path, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        ...(server.token ? { Authorization: `token ${server.token}` } : {}),
        ...(cookie ? { "X-XSRFToken": decodeURIComponent(cookie[1]) } : {}),
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    return answer;
  }

  // -- after a closed lid

  // JupyterLab waits longer after every attempt and gives up after seven. Who is back wants what was
  // open at once, however long that was.
  function comeBack(app) {
    for (const widget of app.shell.widgets("main")) {
      for (const line of [widget.content?.session, widget.sessionContext?.session?.kernel]) {
        if (["connecting", "disconnected"].includes(line?.connectionStatus)) {
          line.reconnect().catch((error) => console.warn(error));
        }
      }
    }
  }

  function followConnection(app) {
    window.addEventListener("online", () => comeBack(app));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") comeBack(app);
    });
  }

  // -- after a kernel's end

  const WIDGET = "application/vnd.jupyter.widget-view+json";
  const ENDED = ["restarting", "autorestarting", "terminating", "dead"];
  const watched = new WeakSet();

  // With its kernel JupyterLab forgets a view and saves nothing of it, and an output that names a
  // forgotten one is an error after the next reload. So it becomes what it is: a still picture.
  function standStill(panel) {
    for (const cell of panel.content.widgets) {
      const outputs = cell.model.outputs;
      for (let at = 0; at < (outputs?.length ?? 0); at += 1) {
        const output = outputs.get(at).toJSON();
        const { [WIDGET]: view, ...data } = output.data ?? {};
        const draft = document.createElement("template");
        draft.innerHTML = [data["text/html"] ?? ""].flat().join("");
        const still = draft.content.querySelector(".ipv6lab");
        if (!view || !still) continue;
        const shown = cell.outputArea?.widgets[at]?.node.querySelector(".ipv6lab");
        if (shown) still.innerHTML = shown.innerHTML; // the newest there was
        outputs.set(at, { ...output, data: { ...data, "text/html": draft.innerHTML } });
      }
    }
  }

  function followKernels(app) {
    const look = () => {
      for (const panel of app.shell.widgets("main")) {
        if (watched.has(panel) || !panel.sessionContext || !panel.content?.model?.cells) continue;
        watched.add(panel);
        panel.sessionContext.statusChanged.connect((_context, status) => {
          if (ENDED.includes(status)) standStill(panel);
        });
      }
    };
    app.shell.layoutModified.connect(look);
    app.shell.currentChanged.connect(look);
    look();
  }

  // -- the room

  const STYLE = { position: "fixed", zIndex: "20000", right: "1rem", bottom: "2.5rem", maxWidth: "28rem",
    padding: "1rem", borderRadius: ".4rem", boxShadow: "0 2px 12px #0006",
    background: "var(--jp-layout-color1)", color: "var(--jp-ui-font-color1)", border: "2px solid var(--jp-brand-color1)" };

  function box(role, ...parts) {
    const made = make("div", undefined, STYLE);
    made.setAttribute("role", role);
    made.lang = words.lang;
    made.dataset.room = role;
    made.append(...parts);
    return made;
  }

  async function followRoom(app, bar) {
    if (!words.room) return; // no class: nobody would answer
    const server = app.serviceManager.serverSettings;
    const seen = new Set(JSON.parse(sessionStorage.getItem("ipv6lab-notes") ?? "[]"));
    let version = -1;
    let shown = [];
    const tell = (body) => post(app, "ipv6lab/room", body).catch((error) => console.warn(error));
    const hand = button(words.hand, () => tell({ hand: hand.getAttribute("aria-pressed") !== "true" }));
    hand.dataset.room = "hand";

    function draw(room) {
      for (const one of shown) one.remove();
      shown = [];
      const show = (one) => {
        document.body.append(one);
        shown.push(one);
      };
      hand.textContent = `⚑ ${room.hand ? words.hand_up : words.hand}`;
      hand.setAttribute("aria-pressed", String(room.hand));
      hand.disabled = !room.connected;
      hand.title = room.connected ? "" : words.lost;
      if (room.guest) {
        const told = box("status", make("p", say("guest", { name: room.guest })), button(words.leave, () => tell({ leave: true })));
        show(told);
      }
      const fresh = room.notes.filter((one) => !seen.has(one.id));
      if (fresh.length) {
        const told = box("alertdialog", make("strong", words.note),
          ...fresh.map((one) => make("p", one.text, { whiteSpace: "pre-wrap", overflowWrap: "anywhere" })));
        told.append(button(words.understood, () => {
          for (const one of fresh) seen.add(one.id);
          sessionStorage.setItem("ipv6lab-notes", JSON.stringify([...seen]));
          told.remove();
        }));
        show(told);
      }
      if (room.wish) {
        const choose = make("select");
        choose.setAttribute("aria-label", words.which);
        for (const name of room.wish.terminals) choose.append(make("option", name));
        const answer = (yes) => () => tell({ join: room.wish.id, yes, terminal: choose.value });
        show(box("alertdialog", make("p", words.wish), choose, button(words.yes, answer(true)), button(words.no, answer(false))));
      }
      if (room.paused) {
        const veil = make("div", undefined, { position: "fixed", inset: "0", zIndex: "19999", display: "grid",
          placeItems: "center", background: "#000b", color: "#fff", font: "600 2rem system-ui, sans-serif", textAlign: "center" });
        veil.setAttribute("role", "alert");
        veil.dataset.room = "paused";
        veil.append(make("p", words.paused));
        show(veil);
      }
    }

    for (;;) {
      try {
        const answer = await fetch(`${server.baseUrl}ipv6lab/room?after=${version}`, { headers: server.token ? { Authorization: `token ${server.token}` } : {} });
        if (!answer.ok) throw new Error(String(answer.status));
        const room = await answer.json();
        if (version === -1) bar.append(hand);
        if (room.version !== version) draw(room);
        version = room.version;
      } catch {
        await new Promise((done) => setTimeout(done, 3000));
      }
    }
  }

  const plugin = {
    id: `${NAME}:plugin`,
    autoStart: true,
    activate: (app) => {
      app.commands.addCommand(`${NAME}:side`, {
        label: words.side,
        caption: words.side_long,
        execute: () => sideBySide(app),
      });
      // Not awaited: the page counts as restored when every plugin is active, this one too.
      app.restored.then(() => furnish(app));
    },
  };

  async function furnish(app) {
    const { Widget } = await shared("@lumino/widgets");
    const bar = new Widget({ node: make("div", undefined, { display: "flex", gap: ".4rem", alignItems: "center", paddingRight: ".5rem" }) });
    bar.id = `${NAME}-bar`;
    bar.node.lang = words.lang;
    const side = button(words.side, async () => {
      side.setAttribute("aria-busy", "true");
      try {
        await app.commands.execute(`${NAME}:side`);
      } catch (error) {
        const { showErrorMessage } = await shared("@jupyterlab/apputils");
        await showErrorMessage(words.failed, String(error?.message ?? error));
      } finally {
        side.removeAttribute("aria-busy");
      }
    });
    side.title = words.side_long;
    bar.node.append(side);
    app.shell.add(bar, "top", { rank: 800 });
    followConnection(app);
    followKernels(app);
    followRoom(app, bar.node);
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB[NAME] = {
    init: (modules) => { scope = modules; },
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
