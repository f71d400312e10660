ip -batch - <<'END'
address add {{ rapid.ce2_host }}/64 dev eth0 nodad
route add default via {{ rapid.ce2_router }}
END
