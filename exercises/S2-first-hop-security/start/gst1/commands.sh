ip address add {{ gst1.address4 }}/{{ guest.length4 }} dev eth0
systemctl enable --now dhcpcd
