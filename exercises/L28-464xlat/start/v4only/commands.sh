sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip address add {{ v4only.address4 }}/{{ outside.length4 }} dev eth0
ip route add default via {{ outside.router4 }}
rm -f /etc/nginx/sites-enabled/default
systemctl enable --now nginx
