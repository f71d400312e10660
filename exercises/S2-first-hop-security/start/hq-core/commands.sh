ip address add {{ guest.router4 }}/{{ guest.length4 }} dev guest
ip address add {{ guest.router }}/{{ guest.length }} dev guest nodad
sysctl -qp /etc/sysctl.d/60-router.conf
systemctl enable --now radvd
