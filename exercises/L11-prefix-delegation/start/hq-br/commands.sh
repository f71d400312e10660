# Head office routes both families, advertises itself on ts, and its DHCPv6 server has no prefix
# to give.
sysctl -qw net.ipv4.ip_forward=1
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev fw
ip address add {{ offices.hq-br4 }}/{{ offices.length4 }} dev ts
ip route add {{ br-dn.prefix4 }} via {{ offices.br-dn4 }}
ip address add {{ servers.router }}/{{ servers.length }} dev fw nodad
ip address add {{ offices.hq-br }}/{{ offices.length }} dev ts nodad
sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now radvd
systemctl enable --now kea-dhcp6-server
