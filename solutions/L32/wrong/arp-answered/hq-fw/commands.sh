ip -4 address flush dev dmz
ifdown --force rproxy
ifup rproxy
ifup lo:1
systemctl restart nftables
