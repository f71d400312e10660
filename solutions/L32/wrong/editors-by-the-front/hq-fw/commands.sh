ip -4 address flush dev dmz
ifdown --force rproxy
ifup rproxy
systemctl restart nftables
