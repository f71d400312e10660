systemctl restart nsd
ip -6 route add {{ hq.prefix }} via {{ dmz.router }}
