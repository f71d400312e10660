"""Two switches and their controller: every frame where it is wanted, and nowhere else."""

from ipv6lab.expect import switching
from ipv6lab.expect.switching import Switches
from ipv6lab.grading import must, must_not, still

DEADLINE = 60
SWITCHES = Switches(
    network="staff",
    router="hq-core",
    hosts=("staff", "staff-1", "staff-2", "staff-4"),
    vacant=("staff-3", "staff-5"),
    cables=("cable-1", "cable-2"),
    control="control",
    controller="c0",
)


@must("M1", weight=25, alone=True)
def solicitations_reach_their_group(lab):
    """Neighbour Solicitations to a group come out where somebody listens to it, and only there."""
    switching.solicitations_reach_members_alone(lab, SWITCHES)


@must("M2", weight=10, needs="M1", alone=True)
def groups_are_in_the_switch(lab):
    """Solicitations to a group that is known are switched without asking the controller."""
    switching.switched_without_asking(lab, SWITCHES, groups="M1")


@must("M3", weight=20, alone=True)
def who_moves_is_found(lab):
    """A host that is plugged in elsewhere is found there within 5 s, over both families."""
    switching.follows_who_moves(lab, SWITCHES)


@must("M4", weight=15)
def who_is_silent_is_forgotten(lab):
    """A host that has been silent for 20 s is forgotten, and looked for everywhere again."""
    switching.forgets_who_is_silent(lab, SWITCHES)


@must("M5", weight=15, alone=True)
def a_cable_may_break(lab):
    """With either of the two cables pulled out, the switches are one network within 5 s."""
    switching.a_cable_may_break(lab, SWITCHES)


@must("M6", weight=15, needs="M1", deadline=90, alone=True)
def the_controller_may_be_away(lab):
    """Without the controller, who talks goes on, and nothing is flooded that was not before."""
    switching.goes_on_without_its_controller(lab, SWITCHES)


@must_not("N1", weight=20, alone=True)
def nothing_goes_round(lab):
    """Nothing comes out twice or where it came from, and no cable carries it for ever."""
    switching.nothing_goes_round(lab, SWITCHES, passes="S2")


@must_not("N2", weight=20, alone=True)
def known_hosts_are_not_overheard(lab):
    """What hosts send that know each other, Neighbour Discovery too, comes out on no third port."""
    switching.known_hosts_are_sent_to_alone(lab, SWITCHES, passes="S1")


@must_not("N3", weight=15, alone=True)
def the_controller_is_not_asked(lab):
    """The controller is told nothing of what hosts send that know each other."""
    switching.controller_sees_no_known_pair(lab, SWITCHES, passes="S1")


@still("S1", weight=20)
def all_reach_each_other(lab):
    """pc1, pc2, printer and hq-core reach each other over IPv6, and a new host is found in 2 s."""
    switching.hosts_reach_each_other(lab, SWITCHES, "pc1", "pc2", "printer")
    switching.finds_who_is_new(lab, SWITCHES)


@still("S2", weight=20, alone=True)
def all_else_is_flooded(lab):
    """What is for everybody, or for whom nobody knows, comes out on every port."""
    switching.floods_what_is_for_everybody(lab, SWITCHES)


@still("S3", weight=10)
def ipv4_as_before(lab):
    """pc1, pc2, printer and hq-core reach each other over IPv4."""
    switching.hosts_reach_each_other(lab, SWITCHES, "pc1", "pc2", "printer", family=4)
