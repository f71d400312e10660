"""Arithmetic with addresses, as the RFCs define it, for course content and for probes.

What the standard library's `ipaddress` does is not done again here. Imports nothing of the engine.

===============  ==================================================================================
`text`           canonical text, and which texts stand for a prefix (RFC 5952, RFC 4291)
`identifiers`    interface identifiers and the groups made from them (RFC 4291, 2464, 7217, 3306)
`embedding`      IPv4 in IPv6: RFC 6052, 6rd, 6to4, MAP, and one prefix for another: NPTv6
`selection`      which source, and in which order destinations (RFC 6724)
`options`        octets of options: PREF64, IPv6-only preferred, DUID-EN
===============  ==================================================================================
"""
