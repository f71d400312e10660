# One machine for the portal, the mail server and the old reverse proxy, each with addresses of its
# own. The reverse proxy has never learnt IPv6.
ip -batch - <<'END'
address add {{ www.address }}/{{ dmz.length }} dev eth0 nodad
address add {{ www.address4 }}/{{ dmz.length4 }} dev eth0
address add {{ mx.address }}/{{ dmz.length }} dev eth0 nodad
address add {{ mx.address4 }}/{{ dmz.length4 }} dev eth0
address add {{ rproxy.address4 }}/{{ dmz.length4 }} dev eth0
route add default via {{ dmz.router }}
route add default via {{ dmz.router4 }}
END
systemctl start nginx smtp
