ip address add {{ pc2.address4 }}/{{ staff.length4 }} dev eth0
ip route add default via {{ staff.router4 }}
sysctl -q -p /etc/sysctl.d/60-privacy.conf
# What it has built so far was built without that. And it has had its addresses since last week: they
# need no duplicate address detection any more.
sysctl -qw net.ipv6.conf.eth0.accept_dad=0
sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
rdisc6 -1 -q -r 30 -w 300 eth0 >/dev/null
