ip -batch - <<'END'
address add {{ vnix-lan.ix }}/{{ vnix-lan.length }} dev vnix nodad
address add {{ vnix-lan.ix4 }}/{{ vnix-lan.length4 }} dev vnix
END
