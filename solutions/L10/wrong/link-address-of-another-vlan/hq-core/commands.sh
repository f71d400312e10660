ip address add {{ management.router }}/{{ management.length }} dev staff nodad
systemctl enable --now dnsmasq
