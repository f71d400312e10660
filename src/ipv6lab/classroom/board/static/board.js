// The board. What it shows of trainees is set as text, never as markup.
"use strict";
(() => {
  const words = JSON.parse(document.getElementById("words").textContent);
  const lang = document.documentElement.lang;
  const SIGNS = { passed: "✔", failed: "✘", blocked: "⊘", not_judged: "?" };
  const LATE = 15 * 60; // seconds without a step forward after which a seat is marked
  const at = (id) => document.getElementById(id);
  const say = (name, values = {}) =>
    words[name].replace(/\{(\w+)\}/g, (_all, key) => String(values[key] ?? ""));

  // The token comes after the #, which no server sees, and stays in this tab.
  const given = location.hash.match(/^#token=(.+)$/);
  if (given) {
    sessionStorage.setItem("token", decodeURIComponent(given[1]));
    history.replaceState(null, "", location.pathname + location.search);
  }
  const token = sessionStorage.getItem("token");
  let room = null;
  let names = localStorage.getItem("names") === "yes"; // hidden unless somebody says so
  let sorted = false;
  let opened = null; // the seat whose dialog is open
  let terminal = null;

  function make(kind, text, ...classes) {
    const made = document.createElement(kind);
    if (text !== undefined && text !== null) made.textContent = text;
    made.classList.add(...classes.filter(Boolean));
    return made;
  }

  function button(text, act) {
    const made = make("button", text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  async function ask(path, body) {
    const answer = await fetch(path, {
      method: body ? "POST" : "GET",
      headers: {
        Authorization: `Bearer ${token}`,
        "Accept-Language": lang,
        ...(body ? { "Content-Type": "application/json" } : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
      cache: "no-store",
      credentials: "omit",
    });
    if (answer.status === 401) throw new Error("401");
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.said ?? told.error?.text ?? String(answer.status));
    return told;
  }

  function alarm(text) {
    at("alarm").hidden = !text;
    at("alarm").textContent = text ?? "";
  }

  function since(seconds) {
    if (!seconds) return "";
    const minutes = Math.floor((room.now - seconds) / 60);
    return minutes < 1 ? words.now : say("minutes", { count: minutes });
  }

  const called = (seat) =>
    names ? `${seat.seat} ${seat.name}` : String(seat.seat);
  const open = (seat) => (seat.disputes ?? []).filter((one) => !one.answered);
  const failing = (seat) =>
    Object.entries(seat.checks ?? {}).filter(([, one]) => one === "failed").map(([id]) => id);

  function draw() {
    if (!room) return;
    document.querySelector("main").hidden = false;
    document.title = `${words.title} · ${room.title}`;
    at("title").textContent = room.title;
    const there = room.seats.filter((one) => one.online).length;
    at("told").textContent = `${say("people", { count: room.seats.length })}, ${there} ${words.online}` +
      (room.paused ? ` · ${words.paused}` : "");
    document.body.classList.toggle("paused", room.paused);
    at("pause").textContent = room.paused ? words.resume : words.pause;
    at("pause").setAttribute("aria-pressed", String(room.paused));
    at("names").textContent = names ? words.hide_names : words.show_names;
    at("code").textContent = room.code;
    const hands = room.seats.filter((one) => one.hand).sort((a, b) => a.hand - b.hand);
    at("hands").replaceChildren(
      ...(hands.length
        ? hands.map((one) => make("li", `⚑ ${called(one)} · ${since(one.hand)}`))
        : [make("p", words.nobody, "muted")]),
    );
    drawHolds();
    drawSeats();
  }

  function drawHolds() {
    const counts = new Map();
    for (const seat of room.seats) {
      for (const id of failing(seat)) {
        const key = `${seat.exercise} ${id}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3);
    at("holds").replaceChildren(
      ...(most.length
        ? most.map(([key, count]) => {
            const [exercise, id] = key.split(" ");
            const title = room.course[exercise]?.checks[id] ?? "";
            return make("li", `${SIGNS.failed} ${exercise} ${id} × ${count}: ${title}`);
          })
        : [make("p", words.nothing_holds, "muted")]),
    );
  }

  function shownExercises() {
    const used = new Set();
    for (const seat of room.seats) {
      if (seat.exercise) used.add(seat.exercise);
      for (const id of Object.keys(seat.scores ?? {})) used.add(id);
    }
    return Object.keys(room.course).filter((id) => used.has(id));
  }

  function order(seats) {
    if (!sorted) return seats;
    const key = (one) => [one.hand || open(one).length ? 0 : 1, one.exercise ? 0 : 1, one.forward ?? 0];
    return [...seats].sort((a, b) => {
      const [x, y] = [key(a), key(b)];
      return x[0] - y[0] || x[1] - y[1] || x[2] - y[2] || a.seat - b.seat;
    });
  }

  function drawSeats() {
    const table = at("seats");
    const focused = document.activeElement?.dataset?.seat;
    const exercises = shownExercises();
    const head = make("tr");
    for (const name of ["seat", "works_on", "fails", "since"]) head.append(make("th", words[name]));
    for (const id of exercises) {
      const cell = make("th", id, "cell");
      cell.title = room.course[id].title;
      head.append(cell);
    }
    const body = make("tbody");
    for (const seat of order(room.seats)) {
      const row = make("tr", null, seat.online ? "" : "away", seat.hand ? "hand" : "");
      row.tabIndex = 0;
      row.dataset.seat = seat.seat;
      row.setAttribute("aria-label", say("open_seat", { seat: seat.seat }));
      const signs = `${open(seat).length ? "⚖ " : ""}${seat.hand ? "⚑ " : ""}${seat.online ? "●" : "○"} `;
      const first = make("th", signs + called(seat));
      first.scope = "row";
      first.title = (seat.online ? words.online : words.offline) + (open(seat).length ? ` · ${words.disputed}` : "");
      row.append(first, make("td", seat.exercise ?? "–"));
      const bad = failing(seat);
      row.append(make("td", bad.length ? `${SIGNS.failed} ${bad.join(" ")}` : "", "wide", "failed"));
      const late = seat.exercise && seat.forward && room.now - seat.forward > LATE;
      row.append(make("td", seat.forward ? (late ? "! " : "") + since(seat.forward) : "", late ? "late" : ""));
      for (const id of exercises) {
        const points = seat.scores?.[id];
        const seen = (seat.seen ?? []).includes(id) ? "◎" : "";
        const solved = points === 100;
        const text = points === undefined ? seen || (seat.exercise === id ? "…" : "") : solved ? `${SIGNS.passed}${seen}` : `${points}${seen}`;
        const cell = make("td", text, "cell", solved ? "passed" : "");
        if (points !== undefined) cell.title = say("points", { points });
        row.append(cell);
      }
      row.addEventListener("click", () => openSeat(seat.seat));
      row.addEventListener("keydown", (event) => {
        if (event.key === "Enter") openSeat(seat.seat);
        const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
        if (next) {
          event.preventDefault();
          next.focus();
        }
      });
      body.append(row);
    }
    const top = make("thead");
    top.append(head);
    table.replaceChildren(top, body);
    if (focused) body.querySelector(`[data-seat="${Number(focused)}"]`)?.focus();
  }

  // Dialogs

  function dialog(title, ...parts) {
    const box = at("dialog");
    const heading = make("h2", title, "big");
    heading.id = "dialog-title";
    const close = button(words.close, () => box.close());
    const row = make("div", null, "row");
    row.append(close);
    box.replaceChildren(heading, ...parts, row);
    if (!box.open) box.showModal();
    return box;
  }
  at("dialog").addEventListener("close", () => {
    leaveTerminal(true);
    opened = null;
  });

  function openSeat(number) {
    opened = number;
    const seat = room.seats.find((one) => one.seat === number);
    const told = make("p", "", "muted");
    told.setAttribute("role", "status");
    const shown = make("div");
    const screen = make("div");
    screen.id = "screen";
    const facts = make("p", [
      names ? seat.name : null, names ? seat.group : null,
      seat.online ? `● ${words.online}` : `○ ${words.offline}`, seat.laptop ? words.laptop : null,
    ].filter(Boolean).join(" · "));
    const checks = make("ul");
    for (const [id, verdict] of Object.entries(seat.checks ?? {})) {
      const title = room.course[seat.exercise]?.checks[id] ?? "";
      const hints = seat.hints?.[id] ? ` · ${words.hints_read}: ${seat.hints[id]}` : "";
      checks.append(make("li", `${SIGNS[verdict] ?? "?"} ${words[verdict] ?? ""} ${id} ${title}${hints}`, verdict));
    }
    for (const one of seat.disputes ?? []) {
      const state = one.answered ? words.answered : words.disputed;
      checks.append(make("li", `⚖ ${state} ${one.exercise} ${one.check}: ${one.why}`));
    }
    const act = (what, more = {}) => async () => {
      told.textContent = what === "join" ? words.asking : "…";
      try {
        const answer = await ask("/api/do", { what, seat: number, ...more });
        told.textContent = words.done;
        if (what === "look") showLook(shown, answer);
        if (what === "join") joinTerminal(number, screen, answer);
      } catch (error) {
        told.textContent = `${SIGNS.failed} ${error.message}`;
      }
    };
    const sure = (text, what, more = {}) => button(text, () => {
      const row = make("div", null, "row");
      row.append(make("span", `${text}: ${words.sure}`), button(words.yes, () => {
        row.remove();
        act(what, more)();
      }), button(words.no, () => row.remove()));
      told.before(row);
      row.querySelector("button").focus();
    });
    const actions = make("div", null, "row");
    actions.append(button(words.look, act("look")), button(words.join, act("join")));
    if (seat.hand) actions.append(button(words.hand_down, act("hand")));
    const rescue = make("div", null, "row");
    if (seat.exercise) rescue.append(sure(words.reset, "reset"));
    for (const name of seat.marks ?? []) rescue.append(sure(say("back", { name }), "back", { name }));
    const choose = make("select");
    choose.setAttribute("aria-label", words.works_on);
    for (const id of Object.keys(room.course)) {
      const option = make("option", `${id} ${room.course[id].title}`);
      option.value = id;
      option.selected = id === seat.exercise;
      choose.append(option);
    }
    const chosen = (text, what) => button(text, () => {
      const row = make("div", null, "row");
      row.append(make("span", `${choose.value}: ${words.sure}`), button(words.yes, () => {
        row.remove();
        act(what, { exercise: choose.value })();
      }), button(words.no, () => row.remove()));
      told.before(row);
      row.querySelector("button").focus();
    });
    rescue.append(choose, chosen(words.start, "start"), chosen(words.catch_up, "catch-up"));
    dialog(
      `${words.seat} ${called(seat)}${seat.exercise ? ` · ${seat.exercise} ${room.course[seat.exercise].title}` : ""}`,
      facts, checks, actions, rescue, noteForm([number]), told, shown, screen,
    );
  }

  function showLook(place, answer) {
    if (!answer.exercise) {
      place.replaceChildren(make("p", words.no_lab));
      return;
    }
    const typed = (answer.commands ?? []).map((one) =>
      `${one.node}$ ${one.command}${one.status ? `   [${one.status}]` : ""}`).join("\n");
    const held = Object.entries(answer.nodes ?? {}).map(([node, ports]) =>
      `${node}\n` + Object.entries(ports).map(([port, one]) =>
        `  ${port}  ${(one.addresses ?? []).join("  ")}`).join("\n")).join("\n");
    place.replaceChildren(
      make("h3", words.commands), make("pre", typed), make("h3", words.addresses), make("pre", held),
    );
  }

  function noteForm(seats) {
    const form = make("form");
    const text = make("textarea");
    text.maxLength = 500;
    text.setAttribute("aria-label", words.note);
    const send = make("button", `${words.note}: ${words.send}`);
    const told = make("span", "", "muted");
    const row = make("div", null, "row");
    row.append(send, told);
    form.append(text, row);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        await ask("/api/do", { what: "note", text: text.value, seats });
        text.value = "";
        told.textContent = words.sent;
      } catch (error) {
        told.textContent = `${SIGNS.failed} ${error.message}`;
      }
    });
    return form;
  }

  function openOpened() {
    const now = room.open.exercises;
    const all = make("input");
    all.type = "checkbox";
    all.checked = !now;
    const boxes = Object.keys(room.course).map((id) => {
      const box = make("input");
      box.type = "checkbox";
      box.value = id;
      box.checked = !now || now.includes(id);
      return box;
    });
    const labelled = (box, text) => {
      const made = make("label");
      made.append(box, make("span", text));
      return made;
    };
    const free = (name) => {
      const box = make("input");
      box.type = "checkbox";
      box.checked = room.open[name] !== false;
      return box;
    };
    const hints = free("hints");
    const solutions = free("solutions");
    const list = make("div", null, "row");
    list.append(...boxes.map((box) => labelled(box, `${box.value} ${room.course[box.value].title}`)));
    const set = () => boxes.forEach((box) => { box.disabled = all.checked; });
    all.addEventListener("change", set);
    set();
    const row = make("div", null, "row");
    row.append(labelled(hints, words.hints), labelled(solutions, words.solutions));
    const told = make("span", "", "muted");
    const done = make("div", null, "row");
    done.append(button(words.apply, async () => {
      try {
        await ask("/api/do", {
          what: "open",
          exercises: all.checked ? null : boxes.filter((box) => box.checked).map((box) => box.value),
          hints: hints.checked,
          solutions: solutions.checked,
        });
        told.textContent = words.done;
      } catch (error) {
        told.textContent = `${SIGNS.failed} ${error.message}`;
      }
    }), told);
    dialog(words.opened, labelled(all, words.all_exercises), list, row, done);
  }

  // A trainee's terminal, which she has opened to the trainer

  function joinTerminal(number, place, answer) {
    leaveTerminal(false);
    const shown = new window.Terminal({ rows: answer.size?.[0] ?? 24, cols: answer.size?.[1] ?? 80, allowProposedApi: false });
    const socket = new WebSocket(`wss://${location.host}/api/terminal`);
    terminal = { number, shown, socket };
    const leave = button(words.leave, () => leaveTerminal(true));
    place.replaceChildren(leave);
    const box = make("div");
    place.append(box);
    shown.open(box);
    shown.write(answer.screen ?? "");
    socket.addEventListener("open", () => socket.send(JSON.stringify({ token })));
    socket.addEventListener("message", (event) => {
      const told = JSON.parse(event.data);
      if (told.seat !== number) return;
      if (told.text) shown.write(told.text);
      if (told.ended) leaveTerminal(false);
    });
    shown.onData((text) => socket.send(JSON.stringify({ seat: number, text })));
    shown.focus();
  }

  function leaveTerminal(tell) {
    if (!terminal) return;
    const { number, shown, socket } = terminal;
    terminal = null;
    socket.close();
    shown.dispose();
    at("screen")?.replaceChildren(make("p", words.left, "muted"));
    if (tell) ask("/api/do", { what: "leave", seat: number }).catch(() => {});
  }

  // The room

  at("names").addEventListener("click", () => {
    names = !names;
    localStorage.setItem("names", names ? "yes" : "no");
    draw();
  });
  at("sort").addEventListener("click", () => {
    sorted = !sorted;
    at("sort").setAttribute("aria-pressed", String(sorted));
    draw();
  });
  at("pause").addEventListener("click", () => ask("/api/do", { what: "pause", on: !room.paused }).catch((e) => alarm(e.message)));
  at("open").addEventListener("click", () => room && openOpened());
  at("note").addEventListener("click", () => dialog(words.note_all, noteForm(null)));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || at("dialog").open) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.nodeName)) return;
    if (event.key === "n") at("names").click();
    if (event.key === "p") at("pause").click();
    if (event.key === "ArrowDown" && !event.target.dataset?.seat) document.querySelector("tr[data-seat]")?.focus();
  });

  async function follow() {
    if (!token) {
      alarm(words.enter);
      return;
    }
    for (;;) {
      try {
        const told = await ask(`/api/room?lang=${lang}&after=${room ? room.version : -1}`);
        alarm(null);
        room = told;
        draw();
        // Forty seats that report at once are one drawing.
        await new Promise((done) => setTimeout(done, 300));
      } catch (error) {
        if (error.message === "401") {
          alarm(words.expired);
          return;
        }
        alarm(words.lost);
        await new Promise((done) => setTimeout(done, 2000));
      }
    }
  }
  draw();
  follow();
})();
