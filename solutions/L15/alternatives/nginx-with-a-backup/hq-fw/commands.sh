handle=$(nft -a list chain inet filter forward | sed -n 's/.*tcp flags.*# handle //p')
nft delete rule inet filter forward handle $handle
(echo '#!/usr/sbin/nft -f'; echo flush ruleset; nft list ruleset) > /tmp/new && cat /tmp/new > /etc/nftables.conf
