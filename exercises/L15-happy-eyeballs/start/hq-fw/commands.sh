sysctl -qw net.ipv4.ip_forward=1
sysctl -qw net.ipv6.conf.all.forwarding=1
# Whoever knocks twice is refused twice: no limit for the errors of this machine.
sysctl -qw net.ipv6.icmp.ratelimit=0 net.ipv4.icmp_ratelimit=0
ip address add {{ hq-fw--hq-core.hq-fw4 }}/31 dev core
ip address add {{ hq-fw--hq-core.hq-fw }}/127 dev core nodad
ip address add {{ dmz.router4 }}/{{ dmz.length4 }} dev dmz
ip address add {{ dmz.router }}/{{ dmz.length }} dev dmz nodad
ip route add {{ hq.prefix4 }} via {{ hq-fw--hq-core.hq-core4 }}
ip -6 route add {{ hq.prefix }} via {{ hq-fw--hq-core.hq-core }}
case {{ secret.fault }} in
dropped-requests)
    rule='        ip6 daddr {{ dmz.prefix }} tcp flags syn / syn,ack drop'
    sed -i "/iifname \"core\" oifname \"dmz\" tcp dport 80 accept/i\\$rule" /etc/nftables.conf
    ;;
esac
systemctl enable --now nftables
