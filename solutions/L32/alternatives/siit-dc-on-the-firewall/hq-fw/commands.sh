ip -4 address flush dev dmz
systemctl enable --now siit
systemctl restart nftables
