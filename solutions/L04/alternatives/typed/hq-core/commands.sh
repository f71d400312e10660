cat > /etc/radvd.conf <<'END'
interface staff
{
	AdvSendAdvert on;
	prefix {{ staff.prefix }}
	{
	};
};
END
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
echo net.ipv6.conf.all.forwarding=1 > /etc/sysctl.d/60-router.conf
systemctl start radvd
systemctl enable radvd
