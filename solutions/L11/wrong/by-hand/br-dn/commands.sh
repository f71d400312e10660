sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now dnsmasq
ip -6 address add 2001:db8:{{ agency.group }}:8001::1/64 dev lan1
ip -6 address add 2001:db8:{{ agency.group }}:8002::1/64 dev lan2
ip -6 route add default via {{ offices.hq-br }} dev wan
ip -6 route add unreachable {{ delegated.network }}/{{ delegated.length }}
