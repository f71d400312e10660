"""The staff LAN of the model agency's head office, with its servers behind one router."""

from mininet.topo import Topo


class Staff(Topo):
    """Two staff computers and an application server, one router between them.

    ::

        pc1 ──┐                                ┌── app
              ├── staff ── hq-core ── srv ─────┘
        pc2 ──┘
    """

    def build(self):
        self.addSwitch("staff", dpid="1")
        self.addSwitch("srv", dpid="2", network="servers")

        self.addHost("hq-core", kind="router")
        self.addLink("hq-core", "staff", intfName1="staff")
        self.addLink("hq-core", "srv", intfName1="srv")

        for name, switch in (("pc1", "staff"), ("pc2", "staff"), ("app", "srv")):
            self.addHost(name)
            self.addLink(name, switch, intfName1="eth0")


topos = {"staff": Staff}
