systemctl restart radvd
ip -6 route del {{ outside.prefix }} 2> /dev/null || true
ip -6 neigh del {{ servers.dns }} dev srv 2> /dev/null || true
printf 'port=0\ninterface=staff\ninterface=voip\ndhcp-relay={{ staff.router }},{{ dhcp.address }}\ndhcp-range={{ voip.network }}1000,{{ voip.network }}1fff,1h\n' > /etc/dnsmasq.d/relay.conf
systemctl restart dnsmasq
