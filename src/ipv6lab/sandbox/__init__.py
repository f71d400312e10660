"""The place in which one seat's network lives: start it, join it, talk to it, end it.

===================  ============================================================
`start`              a lab that a keeper process holds; `Lab.control("keep", info=...)` makes it
                     outlive its starter
`join`               the lab that runs on a seat
`running`            what runs on which seat
`stop`               end the lab of a seat
`throwaway`          a sandbox that dies with the calling process
`choose`             the kernel on which an exercise is to run, and why that one
`memory_for`         how much of it a lab kernel gets for a number of nodes
===================  ============================================================
"""

from ipv6lab.sandbox.choice import AUTO, HOST, KERNELS, LAB, Choice, choose
from ipv6lab.sandbox.client import Channel, Defect, Lab
from ipv6lab.sandbox.launch import memory_for
from ipv6lab.sandbox.seats import join, running, start, stop, throwaway

__all__ = [
    "AUTO",
    "HOST",
    "KERNELS",
    "LAB",
    "Channel",
    "Choice",
    "Defect",
    "Lab",
    "choose",
    "join",
    "memory_for",
    "running",
    "start",
    "stop",
    "throwaway",
]
