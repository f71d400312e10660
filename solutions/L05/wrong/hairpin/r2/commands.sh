systemctl restart radvd
ip -6 route add default via {{ guest.router }}
