systemctl stop ryu
setsid -f ryu-manager /root/guard.py >/dev/null 2>&1 </dev/null
