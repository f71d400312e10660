# No controller at all: the switch itself learns whose an address is.
ovs-vsctl del-controller br0 -- set-fail-mode br0 secure
systemctl enable --now guard
