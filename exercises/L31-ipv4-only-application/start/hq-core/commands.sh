sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
sysctl -qw net.ipv6.conf.pilot.accept_dad=0
ip -batch - <<'E'
address add {{ staff.router }}/{{ staff.length }} dev staff nodad
address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
address add {{ servers.router }}/{{ servers.length }} dev srv nodad
address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
address add {{ pilot.router }}/{{ pilot.length }} dev pilot nodad
address add {{ dmz.router }}/{{ dmz.length }} dev dmz nodad
address add {{ dmz.router4 }}/{{ dmz.length4 }} dev dmz
address add {{ outside.router }}/{{ outside.length }} dev wan nodad
address add {{ outside.router4 }}/{{ outside.length4 }} dev wan
E
systemctl enable --now radvd
