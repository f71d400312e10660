sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ hq-br--hq-fw.hq-fw4 }}/31 dev wan
ip address add {{ hq-br--hq-fw.hq-fw }}/127 dev wan nodad
ip address add {{ dmz.router4 }}/{{ dmz.length4 }} dev dmz
ip address add {{ dmz.router }}/{{ dmz.length }} dev dmz nodad
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev core
ip address add {{ servers.router }}/{{ servers.length }} dev core nodad
ip route add default via {{ hq-br--hq-fw.hq-br4 }}
ip -6 route add default via {{ hq-br--hq-fw.hq-br }}
systemctl enable --now nftables
