"""The verbs of `systemctl` that read and change unit files."""

from __future__ import annotations

from ipv6lab.services import install, jobs
from ipv6lab.services.call import Call
from ipv6lab.services.unit_names import full_name


async def change(call: Call) -> int:
    work = {
        "enable": install.enable, "disable": install.disable, "mask": install.mask,
        "unmask": install.unmask,
    }  # fmt: skip
    names = [full_name(word) for word in call.options.words]
    verbs = ["disable", "enable"] if call.verb == "reenable" else [call.verb]
    try:
        for verb in verbs:
            for line in work[verb](call.manager.catalog, names):
                if not call.options.quiet:
                    call.client.complain(line)
    except install.InstallError as error:
        call.client.complain(f"Failed to {call.verb} unit: {error}")
        return 1
    except OSError as error:
        call.client.complain(f"Failed to {call.verb} unit: {error.strerror}: {error.filename}")
        return 1
    if not call.options.now:
        return 0
    if call.verb == "enable":
        call.verb = "start"
        return await jobs.start(call)
    found = [call.manager.in_memory(name) for name in names]
    services = [known for known in found if known]
    call.verb = "stop"
    return await jobs.run(call, call.manager.stop, services, 0)


async def is_enabled(call: Call) -> int:
    good = False
    for name in call.units:
        source = call.manager.catalog.load(name)
        state = install.enablement(call.manager.catalog, source)
        if state == "not-found":
            call.client.complain(
                f"Failed to get unit file state for {name}: No such file or directory"
            )
            continue
        if state in ("enabled", "disabled", "static") and source.name.full != name:
            state = "alias" if state == "enabled" else state
        good |= state in ("enabled", "static", "indirect", "alias", "generated")
        call.quiet_say(state)
    return 0 if good else 1


async def cat(call: Call) -> int:
    bad = 0
    for number, name in enumerate(call.units):
        source = call.manager.catalog.load(name)
        if source.path is None:
            call.client.complain(f"No files found for {name}.")
            bad = 1
            continue
        parts = []
        for path in [source.path, *source.drop_ins]:
            with open(path, encoding="utf-8", errors="replace") as file:
                parts.append(f"# {path}\n{file.read(64 * 1024).rstrip()}\n")
        call.client.say(("\n" if number else "") + "\n".join(parts).rstrip("\n"))
    return bad


async def daemon_reload(call: Call) -> int:
    call.manager.reload_units()
    return 0
