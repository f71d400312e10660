ip address add {{ c0.address }}/{{ management.length }} dev eth0 nodad
systemctl enable --now ryu
