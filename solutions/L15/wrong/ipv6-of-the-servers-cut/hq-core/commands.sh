ip -6 route add unreachable {{ dmz.prefix }}
