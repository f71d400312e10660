systemctl enable --now radvd
ip address add {{ app.address }}/128 dev lo
