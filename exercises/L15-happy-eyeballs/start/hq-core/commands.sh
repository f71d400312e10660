sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
ip address add {{ staff.router4 }}/{{ staff.length4 }} dev staff
ip address add {{ servers.router4 }}/{{ servers.length4 }} dev srv
ip address add {{ hq-fw--hq-core.hq-core4 }}/31 dev fw
ip address add {{ staff.router }}/{{ staff.length }} dev staff nodad
ip address add {{ servers.router }}/{{ servers.length }} dev srv nodad
ip address add {{ hq-fw--hq-core.hq-core }}/127 dev fw nodad
ip route add default via {{ hq-fw--hq-core.hq-fw4 }}
ip -6 route add default via {{ hq-fw--hq-core.hq-fw }}
case {{ secret.fault }} in
lost-errors)
    rule='        icmpv6 type { destination-unreachable, time-exceeded, parameter-problem } drop'
    sed -i "/policy accept/a\\$rule" /etc/nftables.conf
    ;;
esac
systemctl enable --now nftables radvd
