"""Which addresses a PC has, what they tell about it, and which of them it shows to others."""

from ipaddress import IPv6Network

from ipv6lab.grading import (
    _,
    control,
    must,
    must_not,
    require,
    require_none,
    still,
)
from ipv6lab.probes.acts.flap import flap
from ipv6lab.probes.seen.identifiers import identifier, secret, shown_mac, stable_addresses
from ipv6lab.probes.seen.outcome import Failed

DAY = 86400  # seconds
# Seconds: a PC may wait 1 before it asks, a router 3.5 before it answers, and the check for
# duplicates takes up to 2 (RFC 4861 sections 6.3.7 and 6.2.6, RFC 4862 section 5.4).
BUILT = 10
MARGIN = 2  # seconds by which two clocks may disagree on a lifetime
# How many different octets a secret of 16 has that was made at random: nearly always 14 or more.
VARIED = 10


def prefixes(lab):
    """Both prefixes of the staff VLAN."""
    return [IPv6Network(lab.plan[name]) for name in ("staff.prefix", "staff-second.prefix")]


def stable(lab, prefix):
    """pc1's address in a prefix that is not temporary; waits for it."""
    return lab.node("pc1").wait_address(
        lambda one: one.address in prefix and not one.temporary and not one.deprecated,
        _("pc1 has no stable address in {prefix}.", prefix=prefix),
    )


def hides_the_mac(lab, address):
    """Nobody who sees this address learns from it which machine pc1 is."""
    pc1 = lab.node("pc1")
    mac = shown_mac(address, {*pc1.macs(), pc1.interface().mac})
    require(
        mac is None,
        _(
            "Everybody can read {mac}, the MAC address of pc1, in its address {address}.",
            mac=mac,
            address=address,
        ),
    )


def temporary(lab, prefix):
    """pc1's temporary address in a prefix that new connections may use; waits for it.

    Also for the stable one: while that is still being checked for duplicates, there is no choice.
    """
    stable(lab, prefix)
    return lab.node("pc1").wait_address(
        lambda one: one.address in prefix and one.temporary and not one.deprecated,
        _("pc1 has no temporary address in {prefix}.", prefix=prefix),
    )


def has_temporary(lab, prefix):
    """Whether pc1 has a temporary address in a prefix; waits for it."""
    try:
        return temporary(lab, prefix)
    except Failed:
        return None


def address_of_pc2(lab, prefix):
    """What pc2's secret gives it in a prefix, once pc2 has it."""
    expected = stable_addresses(secret(lab.node("pc2"), "eth0"), prefix)[0]
    lab.node("pc2").wait_address(lambda one: one.address == expected)
    return expected


@must("M1", weight=20, deadline=BUILT)
def no_address_shows_the_mac(lab):
    """No address of pc1 shows its MAC address, the link-local one included."""
    pc1 = lab.node("pc1")
    for prefix in prefixes(lab):
        stable(lab, prefix)
    require(pc1.link_locals("staff"), _("pc1 has no link-local address."))
    for one in pc1.addresses("eth0", 6):
        hides_the_mac(lab, one.address)


@must("M2", weight=20, deadline=20, alone=True)
def a_stable_address_stays_and_is_no_trace(lab):
    """pc1 keeps its stable addresses, and their identifiers differ between the prefixes."""
    pc1 = lab.node("pc1")
    before = {prefix: stable(lab, prefix) for prefix in prefixes(lab)}
    for prefix, address in before.items():
        others = [
            one
            for one in pc1.addresses("eth0", 6)
            if one.address in prefix and not one.temporary and one.address != address.address
        ]
        require_none(
            others,
            lambda other, prefix=prefix: _(
                "pc1 has a second address in {prefix} that is not temporary: {address}.",
                prefix=prefix,
                address=other.address,
            ),
        )
    identifiers = {identifier(one.address) for one in before.values()}
    require(
        len(identifiers) == len(before),
        _(
            "pc1 has the same interface identifier in both prefixes: whoever knows one of its "
            "addresses recognises it by the other."
        ),
    )
    require_none(
        pc1.solicit().unrenewed(),
        lambda one: _(
            "No advertisement renews {address} on pc1: it was typed, or it is a second choice "
            "after a duplicate.",
            address=one.with_prefix,
        ),
    )
    flap(pc1, "staff")
    pc1.solicit().advertisement()
    for prefix, address in before.items():
        after = stable(lab, prefix)
        require(
            after.address == address.address,
            _(
                "pc1 had {before}; after its cable was pulled out and put back, it has {after}.",
                before=address.address,
                after=after.address,
            ),
        )


@must("M3", weight=20, deadline=BUILT)
def what_goes_out_is_temporary(lab):
    """The log server sees a new connection of pc1 come from a temporary address."""
    pc1, logsrv = lab.node("pc1"), lab.node("logsrv")
    for prefix in prefixes(lab):
        temporary(lab, prefix)
    seen = pc1.connect(logsrv, lab.plan.logsrv.address).source
    require(
        any(one.address == seen and one.temporary for one in pc1.addresses("eth0", 6)),
        _("logsrv saw pc1 come from {address}, which is not temporary.", address=seen),
    )


@must("M4", weight=15, deadline=BUILT)
def the_stable_address_is_reached(lab):
    """pc1 is reached at its stable addresses, which hide its MAC address."""
    for prefix in prefixes(lab):
        address = stable(lab, prefix).address
        hides_the_mac(lab, address)
        lab.node("logsrv").connect(lab.node("pc1"), address)


@must("M5", weight=10, deadline=BUILT)
def temporary_addresses_are_short_lived(lab):
    """A temporary address is preferred for one day at most, and valid for two."""
    for prefix in prefixes(lab):
        one = temporary(lab, prefix)
        require(
            one.preferred is not None and one.preferred <= DAY + MARGIN,
            _("pc1 goes on using {address} for more than a day.", address=one.address),
        )
        require(
            one.valid is not None and one.valid <= 2 * DAY + MARGIN,
            _(
                "{address} stays valid for {hours} hours more. RFC 8981 gives a temporary address "
                "48; without a setting, Linux gives it a week, as RFC 4941 did.",
                address=one.address,
                hours=round((one.valid or 0) / 3600),
            ),
        )


@must("M6", weight=15, deadline=BUILT)
def the_secret_is_its_own(lab):
    """pc1's stable addresses come from a secret that is its own."""
    pc1, pc2 = lab.node("pc1"), lab.node("pc2")
    theirs, own = secret(pc2, "eth0"), secret(pc1, "eth0")
    found = [(prefix, stable(lab, prefix)) for prefix in prefixes(lab)]
    found += [(one.network, one) for one in pc1.addresses("eth0", 6) if one.scope == "link"]
    for prefix, one in found:
        hides_the_mac(lab, one.address)
        require(
            theirs is None or one.address not in stable_addresses(theirs, prefix),
            _(
                "{address} on pc1 comes from the secret of pc2: the two would have the same "
                "address, had pc2 not been there first.",
                address=one.address,
            ),
        )
        # Whoever keeps his secret outside the kernel need not show it.
        if one.stable_privacy and own is not None:
            require(
                len(set(own.packed)) >= VARIED,
                _(
                    "The secret of pc1 was not made at random: whoever guesses it can work out the "
                    "stable addresses of pc1."
                ),
            )
            require(
                one.address in stable_addresses(own, prefix),
                _(
                    "{address} does not come from the secret that pc1 has now: it will not come "
                    "back.",
                    address=one.address,
                ),
            )


@must_not("N1", weight=10, deadline=BUILT)
def the_stable_address_is_never_shown(lab):
    """No new connection of pc1 shows its stable address, wherever it leads."""
    pc1, pc2 = lab.node("pc1"), lab.node("pc2")
    targets = [
        (lab.node("logsrv"), lab.plan.logsrv.address),
        (lab.node("hq-core"), lab.plan.servers.router),
    ]
    for prefix in prefixes(lab):
        targets.append((pc2, address_of_pc2(lab, prefix)))
        control(
            has_temporary(lab, prefix),
            by="M3",
            message=_("pc1 has no temporary address that it could use instead."),
        )
    for target, address in targets:
        source = pc1.ping(target, address).source
        require_none(
            [one for one in pc1.addresses("eth0", 6) if one.address == source],
            lambda one, target=target: _(
                "pc1 shows its stable address {address} to {target}.",
                address=one.address,
                target=target,
            ),
            lambda one: not one.temporary,
        )


@still("S1", weight=10, deadline=BUILT)
def everything_else_works_as_before(lab):
    """IPv4 works as before, and pc2 is reached as before."""
    pc1, pc2, logsrv = (lab.node(name) for name in ("pc1", "pc2", "logsrv"))
    pc1.ping(logsrv, lab.plan.logsrv.address4)
    logsrv.ping(pc1, lab.plan.pc1.address4)
    pc2.ping(pc1, lab.plan.pc1.address4)
    for prefix in prefixes(lab):
        logsrv.ping(pc2, address_of_pc2(lab, prefix))
