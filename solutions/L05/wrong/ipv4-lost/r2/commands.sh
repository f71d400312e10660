systemctl restart radvd
ip -4 address flush dev guest
