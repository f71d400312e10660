systemctl reload nftables
ip -6 route del unreachable {{ voip.prefix }} 2> /dev/null || true
sed -i 's|^ *iifname wan ip6 saddr .* ip6 daddr {{ servers.dns }} .*|    iifname wan ip6 saddr {{ br-dn.prefix }} ip6 daddr {{ servers.dns }} udp dport 53 accept\n    iifname wan ip6 saddr {{ br-dn.prefix }} ip6 daddr {{ servers.dns }} tcp dport 53 accept|' /etc/nftables.conf
systemctl reload nftables
