# As an advertised route looks in the table.
ip -6 route add {{ servers.prefix }} via {{ guest.r2 }} dev eth0 proto ra expires 900
