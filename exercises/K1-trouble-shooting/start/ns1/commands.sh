sysctl -qw net.ipv6.conf.eth0.accept_ra=0
ip -batch - <<'END'
address add {{ ns1.address }}/{{ dmz.length }} dev eth0 nodad
address add {{ ns1.address4 }}/{{ dmz.length4 }} dev eth0
route add default via {{ dmz.router }}
route add default via {{ dmz.router4 }}
END
systemctl enable --now nsd
