"""The learning switch that comes with Ryu, as it is."""

from ryu.app import simple_switch_13


class Switch(simple_switch_13.SimpleSwitch13):
    """Floods every group, and forgets nobody."""
