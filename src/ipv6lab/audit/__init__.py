"""Is a site really on IPv6: what an IPv6-only client finds of its names, web and mail.

`asking`, `fetching`, `criteria` and `onnode` need Python and dnspython alone: they run here, and
on a node of a lab, where they are sent as a `parcel`.
"""
