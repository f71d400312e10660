"""Applications written for Ryu, on os-ken: its module names, its manager.

Stands alone: nodes of a lab get these files as they are, and the user's own Python runs them too.
"""
