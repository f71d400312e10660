"""``explain``: what an address is, whose, and how it came about."""

from __future__ import annotations

import argparse

from ipv6lab.cli.parser import Commands
from ipv6lab.cli.saying import Speech, print_json, put
from ipv6lab.words.message import _


def add(commands: Commands) -> None:
    tr = commands.speech
    explain = commands.add(
        "explain", _("what an address, prefix, node, way or term is"), explain_words, json=True
    )
    explain.epilog = tr(
        _(
            "ipv6lab explain 2001:db8::1     an address, or a prefix such as 2001:db8::/48\n"
            "ipv6lab explain pc1:eth0        the addresses of a node or interface\n"
            "ipv6lab explain pc1 2001:db8::1 the way from a node to an address\n"
            "ipv6lab explain ra staff        what routers advertise on a link\n"
            "ipv6lab explain dual stack      a term, in both languages"
        )
    )
    explain.add_argument(
        "what",
        metavar=tr(_("WHAT")),
        nargs="+",
        help=tr(_("an address, a prefix, a node, a node and an address, or a term")),
    )
    commands.add_seat(explain)


def explain_words(options: argparse.Namespace, speech: Speech) -> int:
    from ipv6lab import sandbox
    from ipv6lab.course import content, glossary, listening
    from ipv6lab.course.place import joined
    from ipv6lab.reports.explanation import ADVERTISEMENT, Explainer

    term = glossary.find(glossary.load_terms(content.find()), " ".join(options.what))
    advertised = len(options.what) == 2 and options.what[0] == ADVERTISEMENT
    if term is not None:
        lines = glossary.told(term, speech.language)
    elif options.seat is None and not advertised and not sandbox.running():
        lines = Explainer(speech).explain(options.what)
    else:
        lab, place = joined(options.seat)
        with lab:
            explainer = Explainer(speech, place.plan, lab.request("facts")["nodes"])
            if advertised:
                heard = listening.advertisements(lab, options.what[1])
                lines = explainer.advertised(heard)
            else:
                lines = explainer.explain(options.what)
    if options.json:
        print_json({"what": options.what, "lines": [line.strip() for line in lines]})
    else:
        put("\n".join(lines))
    return 0
