# Somebody's own router and server, plugged into the guests' network.
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ rogue.address4 }}/{{ guest.length4 }} dev eth0
ip address add 2001:db8:bad::1/64 dev eth0 nodad
systemctl enable --now radvd dnsmasq
