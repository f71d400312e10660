"""Two parts: sites as an IPv6-only citizen meets them, and tenders whose clauses can be tested.

Part A is M1, M2 and both must nots, part B the rest. What is wrong with each site was written down
by hand by who made it; no audit is made here. It travels with the solutions.
"""

from ipv6lab.expect import audits, measuring
from ipv6lab.grading import _, must, must_not

SITES = ("an-phu", "binh-an", "cam-hoa", "dong-son", "giang-tien")
DRAWN = "hai-thanh"
GOOD = "an-phu"
LURED = {"dong-son": "web-aaaa", "cam-hoa": "web-reach"}  # addresses that nobody reaches
SERVICES = {"web": "web", "mail": "mx", "dns": "ns"}
CLASSES = ("host", "switch", "router", "firewall", "cpe")
OFFERS = ("a", "b", "c")
OBSOLETE = ("2460", "3315", "3484")  # RFCs that the offers still name


def drawn(lab):
    """The faults of the sixth site."""
    return {str(lab.plan[f"secret.{part}.is"]) for part in ("names", "web", "mail")}


@must("M1", weight=30)
def each_site_is_judged_right(lab):
    """Of each site, what is wrong with it is found."""
    for site in SITES:
        audits.faults_are(lab, site, audits.truth(lab)["sites"][site])
    audits.faults_are(lab, DRAWN, drawn(lab))


@must("M2", weight=20)
def logo_and_criteria_are_told_apart(lab):
    """Who would get the logo, and who meets internet.nl's criteria, is told apart."""
    known = (*SITES, DRAWN)
    audits.choices_are(lab, "logo", set(known) - {"dong-son"}, among=known)
    audits.choices_are(lab, "internet-nl", {GOOD}, among=known)


@must("M3", weight=15)
def offers_are_judged_right(lab):
    """The three offers are judged as a careful buyer would."""
    found = audits.truth(lab)
    for offer in OFFERS:
        audits.choices_are(lab, f"offer-{offer}", set(found["offers"][offer]), among=found["flaws"])
    audits.choices_are(lab, "accept", set(found["accept"]), among=OFFERS)
    for old in OBSOLETE:
        audits.rfc_is(lab, f"instead-{old}", {int(found["instead"][old])})


@must("M4", weight=20)
def each_clause_can_be_tested(lab):
    """Each mandatory clause has an RFC, a test, and a prover other than who sells."""
    for name in CLASSES:
        right = audits.truth(lab)["clauses"][name]
        audits.clause_is(lab, f"clause-{name}", rfcs=set(right["rfcs"]), tests=set(right["tests"]))


@must("M5", weight=10)
def hired_services_have_clauses(lab):
    """Hired services have clauses as well, with the criteria by which they are tested."""
    found = audits.truth(lab)["services"]
    audits.choices_are(lab, "services", set(found["needed"]), among=found["lines"])
    for service, begins in SERVICES.items():
        audits.criterion_is(lab, f"service-{service}", set(found["criteria"][begins]))


@must("M6", weight=5)
def skill_can_be_tested(lab):
    """The clause about the supplier's people says something that can be tested."""
    right = audits.truth(lab)["skill"]
    measuring.choice_is(lab, "skill", right, among=("a", "b", "c", "d"))


@must_not("N1", weight=10)
def the_good_site_is_not_accused(lab):
    """The good site is not accused of anything."""
    audits.nothing_is_said_of(lab, GOOD, by="M1")


@must_not("N2", weight=10)
def addresses_that_nobody_reaches_do_not_count(lab):
    """No address that nobody can reach is counted for IPv6."""
    for site, criterion in LURED.items():
        audits.is_said_of(
            lab,
            site,
            criterion,
            by="M1",
            why=_("An address of {site} that nobody can reach has been counted.", site=site),
        )
