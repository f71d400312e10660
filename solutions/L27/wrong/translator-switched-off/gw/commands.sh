systemctl restart radvd dnsmasq
systemctl disable --now nat64
