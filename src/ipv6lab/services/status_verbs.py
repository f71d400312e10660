"""The verbs of `systemctl` that ask and change nothing."""

from __future__ import annotations

from ipv6lab.services import listing, properties
from ipv6lab.services import status as views
from ipv6lab.services.call import NO_SUCH_UNIT, NOT_RUNNING, Call


def _active(call: Call, name: str) -> str:
    if name.endswith(".target"):
        return "active"
    service = call.manager.in_memory(name)
    return service.active if service else "inactive"


async def is_active(call: Call) -> int:
    states = [_active(call, name) for name in call.units]
    for state in states:
        call.quiet_say(state)
    return 0 if {"active", "reloading"} & set(states) else NOT_RUNNING


async def is_failed(call: Call) -> int:
    states = [_active(call, name) for name in call.units]
    for state in states:
        call.quiet_say(state)
    return 0 if "failed" in states else 1


async def is_system_running(call: Call) -> int:
    degraded = any(service.active == "failed" for service in call.manager.services())
    call.quiet_say("degraded" if degraded else "running")
    return 1 if degraded else 0


async def status(call: Call) -> int:
    if not call.options.words:
        call.client.say(views.overview(call.manager))
        return 0
    code = 0
    for number, name in enumerate(call.units):
        if number:
            call.client.say("")
        view = views.of(call.manager, name, call.client.colour, call.options.lines)
        if view is None:
            call.client.complain(f"Unit {name} could not be found.")
            code = NO_SUCH_UNIT
            continue
        text, active = view
        call.client.say(text)
        if active not in ("active", "reloading"):
            code = code or NOT_RUNNING
    return code


async def show(call: Call) -> int:
    if not call.options.words:
        call.client.say("Version=252\nSystemState=running")
        return 0
    blocks = []
    for name in call.units:
        found = properties.of(call.manager, name)
        if call.options.properties:
            shown = {key: found[key] for key in call.options.properties if key in found}
        else:
            shown = {key: value for key, value in found.items() if value or call.options.all}
        if call.options.value:
            blocks.append("\n".join(shown.values()))
        else:
            blocks.append("\n".join(f"{key}={value}" for key, value in shown.items()))
    call.client.say("\n\n".join(blocks))
    return 0


async def list_units(call: Call) -> int:
    options = call.options
    text = listing.units(
        call.manager, options.words, options.states, options.all, options.legend,
        call.client.colour,
    )  # fmt: skip
    if text:
        call.client.say(text)
    return 0


async def list_unit_files(call: Call) -> int:
    options = call.options
    text = listing.unit_files(
        call.manager.catalog, options.words, options.types, options.states, options.legend
    )
    if text:
        call.client.say(text)
    return 0
