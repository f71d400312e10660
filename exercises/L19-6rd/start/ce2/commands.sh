# Another customer, whose router has done 6rd for a while.
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -batch - <<'END'
address add {{ access.ce24 }}/{{ access.length4 }} dev wan
route add default via {{ access.rd-br4 }}
tunnel add 6rd mode sit local {{ access.ce24 }} ttl 64
tunnel 6rd dev 6rd 6rd-prefix {{ rapid.prefix }} 6rd-relay_prefix {{ rapid.prefix4 }}
link set 6rd mtu 1480 up
address add {{ rapid.ce2_address }}/128 dev 6rd
route add {{ rapid.prefix }} dev 6rd
route add default via ::{{ access.rd-br4 }} dev 6rd
route add unreachable {{ rapid.ce2 }}
address add {{ rapid.ce2_router }}/64 dev lan nodad
END
