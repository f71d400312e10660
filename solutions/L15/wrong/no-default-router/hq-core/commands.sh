sed -i '/AdvSendAdvert/a\    AdvDefaultLifetime 0;' /etc/radvd.conf
systemctl restart radvd
