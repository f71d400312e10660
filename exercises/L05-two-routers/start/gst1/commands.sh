ip address add {{ gst1.address4 }}/{{ guest.length4 }} dev eth0
ip route add default via {{ guest.router4 }}
ip route add {{ servers.prefix4 }} via {{ guest.r24 }}
