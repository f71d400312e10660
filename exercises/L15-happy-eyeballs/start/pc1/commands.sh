ip address add {{ pc1.address4 }}/{{ staff.length4 }} dev eth0
ip route add default via {{ staff.router4 }}
# It has had its address since this morning: no wait for duplicate address detection, this once.
sysctl -qw net.ipv6.conf.eth0.accept_dad=0
sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
# Two routers answer, and one of them has no prefix.
tries=0
until ip -6 address show dev eth0 scope global | grep -q inet6 || [ $((tries += 1)) -gt 60 ]; do
    rdisc6 -m -q -r 1 -w 300 eth0 >/dev/null
done
sysctl -qw net.ipv6.conf.eth0.accept_dad=1
chmod 755 /usr/local/bin/kiosk
systemctl daemon-reload
systemctl enable --now kiosk
