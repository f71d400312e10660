#!/bin/sh
# Lets dnsmasq itself say what is wrong with its configuration, and where. $1: instance, or nothing.

INSTANCE="${1:-}"
. /usr/share/dnsmasq/init-system-common
exec /usr/sbin/dnsmasq --test ${CONFIG_DIR:+-7 "$CONFIG_DIR"} ${DNSMASQ_OPTS:-}
