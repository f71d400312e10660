systemctl restart radvd dnsmasq nftables
