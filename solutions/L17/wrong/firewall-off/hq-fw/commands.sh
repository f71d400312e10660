systemctl stop nftables
nft flush ruleset
