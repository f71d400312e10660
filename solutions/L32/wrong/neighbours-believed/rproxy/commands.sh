ifdown --force eth0
ifup eth0
systemctl enable --now nginx
