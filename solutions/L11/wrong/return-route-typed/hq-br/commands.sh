systemctl restart kea-dhcp6-server
ip -6 route add {{ delegated.network }}/{{ delegated.length }} via {{ offices.br-dn }} dev ts
