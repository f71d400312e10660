ip -batch - <<'END'
address add {{ nms.address }}/{{ management.length }} dev eth0 nodad
address add {{ nms.address4 }}/{{ management.length4 }} dev eth0
route add default via {{ management.router }}
route add default via {{ management.router4 }}
END
# Twelve months of three offices, in GB. One office has half of all IPv4; another, with little
# traffic, has the smallest share.
awk -v pace={{ secret.pace }} -v most={{ secret.worst }} -v least={{ secret.worst.is }} '
BEGIN {
  print "month;office;ipv6;ipv4"
  split("hn dn hcm", offices)
  for (i = 0; i < 12; i++) {
    year = 2025 + (i > 0); month = i ? i : 12
    six = int((66 - pace * (11 - i)) * 200 + 0.5); four = 20000 - six
    for (o = 1; o <= 3; o++) {
      if (offices[o] == most) { a = int(six * 0.6); b = int(four * 0.5) }
      else if (offices[o] == least) { a = int(six * 0.02); b = int(four * 0.2) }
      else { a = six - int(six * 0.6) - int(six * 0.02); b = four - int(four * 0.5) - int(four * 0.2) }
      printf "%d-%02d;%s;%d;%d\n", year, month, offices[o], a, b
    }
  }
}' > /root/months.csv
