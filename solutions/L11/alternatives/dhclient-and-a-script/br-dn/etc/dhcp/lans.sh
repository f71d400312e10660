#!/bin/sh
# dhclient runs this in place of its own script, which takes the static address from wan. The LANs
# are numbered 1 and 2 out of the /56, for as long as it was delegated; what they do not use is
# refused.
give_up() {
    [ -n "$1" ] || return
    for lan in 1 2; do
        ip -6 address del "${1%00::/56}0$lan::1/64" dev lan$lan
    done
    ip -6 route del unreachable "$1"
}

case "$reason" in
BOUND6|RENEW6|REBIND6|REBOOT6)
    [ -n "$new_ip6_prefix" ] || exit 0
    for lan in 1 2; do
        ip -6 address replace "${new_ip6_prefix%00::/56}0$lan::1/64" dev lan$lan \
            valid_lft "$new_max_life" preferred_lft "$new_preferred_life"
    done
    ip -6 route replace unreachable "$new_ip6_prefix"
    ;;
DEPREF6)
    give_up "$cur_ip6_prefix"
    ;;
EXPIRE6|RELEASE6|STOP6)
    give_up "$old_ip6_prefix"
    ;;
esac
exit 0
