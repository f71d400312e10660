sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
# The provider's line has 1,400 octets.
ip -batch - <<'END'
link set wan mtu 1400
address add {{ outside.router }}/{{ outside.length }} dev wan nodad
address add {{ outside.router4 }}/{{ outside.length4 }} dev wan
address add {{ dmz.router }}/{{ dmz.length }} dev dmz nodad
address add {{ dmz.router4 }}/{{ dmz.length4 }} dev dmz
address add {{ servers.router }}/{{ servers.length }} dev srv nodad
address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
address add {{ management.router }}/{{ management.length }} dev mgmt nodad
address add {{ management.router4 }}/{{ management.length4 }} dev mgmt
END
systemctl enable --now nftables
