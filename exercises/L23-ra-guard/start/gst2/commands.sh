ip address add {{ gst2.address4 }}/{{ guest.length4 }} dev eth0
