"""Mininet on netlink: nodes, links and switches of a lab, and what can be read from them.

::

    net.py         LabNet, the Mininet            description.py   what was built, for others
    nodes.py       hosts and switches             construction.py  what is wanted, in batches
    interfaces.py  interfaces and links           spaces.py        where nodes live
    namespace.py   be in a namespace for a while  netlink/         the kernel's routing netlink
    program.py     Mininet's programs on LabNet   classes.py       and their classes

`netlink` and `namespace` stand alone: who reads or changes a network imports no Mininet for it.
"""
