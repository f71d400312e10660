"""What is made of an address, and how it is written: for questions that have one right answer."""

from ipv6lab.addresses.identifiers import link_local, multicast_mac, solicited_node
from ipv6lab.addresses.text import canonical, written

__all__ = ["canonical", "link_local", "multicast_mac", "solicited_node", "written"]
