systemctl restart nsd
nsupdate -k /root/registry.key <<'END'
server {{ vnnic.loopback }}
zone {{ agency.parent_domain }}
update add {{ ns1.name }} 3600 AAAA {{ ns1.address }}
update add {{ ns2.name }} 3600 AAAA {{ ns2.address }}
send
zone ip6.arpa
update add {{ agency.reverse }} 3600 NS {{ ns1.name }}.
update add {{ agency.reverse }} 3600 NS {{ ns2.name }}.
send
END
