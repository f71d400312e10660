ip -6 route add {{ servers.prefix }} via {{ guest.r2 }} dev eth0 onlink
