"""What @ID@ needs, in the order in which a host comes to need it."""

from ipv6lab.expect import reach
from ipv6lab.grading import must, still


@must("M1", weight=40)
def the_pc_has_its_address(lab):
    """pc1 has its address of the plan."""
    reach.has_address_on(lab, "pc1", "staff", lab.plan.pc1.static, lab.plan.staff.prefix)


@must("M2", weight=60, needs="M1", deadline=15)
def the_pc_and_the_application_reach_each_other(lab):
    """pc1 and the application reach each other over IPv6, whoever begins."""
    reach.both_ways(lab, "pc1", "app")


@still("S1", weight=10)
def ipv4_works_as_before(lab):
    """IPv4 works as before."""
    reach.both_ways(lab, "pc1", "app", family=4)
