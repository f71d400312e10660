sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitation_delay=0
sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0
timeout 10 sh -c 'until ip -6 address show dev eth0 scope global | grep -q inet6; do
  rdisc6 -1 -q -r 1 -w 300 eth0 >/dev/null; done'
