# Sourced by /lib/lsb/init-functions: an init script that somebody runs by hand
# (/etc/init.d/radvd restart) goes through systemctl, as on a machine with systemd.
# What a service's own unit starts has INVOCATION_ID and goes straight on.

if [ -d /run/systemd/system ] && [ -z "${INVOCATION_ID:-}" ] && [ -z "${SYSTEMCTL_SKIP_REDIRECT:-}" ]; then
	_prog="${0##*/}"
	case "$0" in
	/etc/init.d/* | */init.d/*)
		case "${1:-}" in
		start | stop | restart | status | try-restart | reload | force-reload)
			exec systemctl --no-pager "$1" "${_prog%.sh}.service"
			;;
		esac
		;;
	esac
fi
