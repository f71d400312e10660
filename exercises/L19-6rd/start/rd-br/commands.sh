# The provider's IPv4 is old and works; towards the Internet it has IPv6 as well.
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ access.rd-br4 }}/{{ access.length4 }} dev access
address add {{ outside.router }}/{{ outside.length }} dev wan nodad
address add {{ outside.router4 }}/{{ outside.length4 }} dev wan
END
