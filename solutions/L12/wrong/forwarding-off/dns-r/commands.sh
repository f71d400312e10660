systemctl restart unbound
