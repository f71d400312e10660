systemctl restart nsd
ip -4 address flush dev eth0
