nft flush ruleset
systemctl disable --now nftables
