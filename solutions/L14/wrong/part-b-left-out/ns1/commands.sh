systemctl restart nsd
