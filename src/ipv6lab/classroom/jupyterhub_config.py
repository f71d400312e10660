"""What ``jupyterhub -f`` reads; all of it is in `ipv6lab.classroom.hub.configuration`."""

from ipv6lab.classroom.hub.configuration import configure
from ipv6lab.classroom.hub.wanted import Wanted

configure(get_config(), Wanted.of_environment())  # type: ignore[name-defined]  # noqa: F821
