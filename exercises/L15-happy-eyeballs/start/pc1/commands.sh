ip address add {{ pc1.address4 }}/{{ staff.length4 }} dev eth0
ip route add default via {{ staff.router4 }}
# It has had its address since this morning: no wait for duplicate address detection, this once.
sysctl -qw net.ipv6.conf.eth0.accept_dad=0
sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
rdisc6 -1 -q -r 30 -w 300 eth0 >/dev/null
sysctl -qw net.ipv6.conf.eth0.accept_dad=1
chmod 755 /usr/local/bin/kiosk
systemctl daemon-reload
systemctl enable --now kiosk
