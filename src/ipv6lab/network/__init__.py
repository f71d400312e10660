"""Mininet on netlink: nodes, links and switches of a lab, and what can be read from them."""
