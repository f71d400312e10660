systemctl reload nftables
ip -6 route del unreachable {{ voip.prefix }} 2> /dev/null || true
systemctl stop nftables
nft flush ruleset
sed -e '/take away on Friday/,+1d' -e '/saddr {{ br-dn.prefix }}/d' -i /etc/nftables.conf
systemctl start nftables
