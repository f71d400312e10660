# The address on wan came by DHCP, and option 212 with it.
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ access.ce14 }}/{{ access.length4 }} dev wan
route add default via {{ access.rd-br4 }}
END
