"""`systemctl` and `journalctl` on a node, over Debian's own unit files, without systemd.

The node's init makes a `Manager`, which keeps the services and the journal, and a `Server`, which
the two commands (`client_files`) talk to. What an administrator types and reads is systemd's; what
lies below is the subset that Debian's service units for networking need.

**Unit files** are found as systemd finds them: /etc/systemd/system, /run/systemd/system,
/usr/local/lib/systemd/system, /lib/systemd/system; then units made from /etc/init.d scripts that
have none. Templates, drop-ins (``NAME.service.d/*.conf``), links and ``Alias=`` are followed.
Services can be run; every other kind of unit (network.target, a device, a socket) counts as there.

**Understood keys** are listed in `keys.UNDERSTOOD`. In words: the types simple, exec, forking
(PIDFile= or a guess), oneshot, notify (dbus and idle as simple); all Exec lines with the prefixes
``- @ : + !``, quoting, variables and specifiers; the service's user, groups, ambient capabilities,
directories, environment, limits, umask and niceness; KillMode and its signals; timeouts; Restart=
with its limits; path conditions and assertions; Requires, Wants, BindsTo, PartOf, Conflicts,
Before, After between services.

**Left aside** (`keys.LEFT_ASIDE`): sandboxing (Protect…, Private…, CapabilityBoundingSet=,
SystemCallFilter= …), resource control, scheduling, watchdogs, OnFailure=: a node is fenced as a
whole. A key on neither list is warned about in the journal, as systemd does.

Where this differs from systemd, on purpose:

* Timeouts are 30 s where Debian has 90 s (or none, for oneshot), unless the unit says otherwise.
* A failed job shows the daemon's own last lines at once. A ``Type=simple`` daemon that dies
  within 0.4 s of its start counts as a failed start (exit status 1).
* StartLimitBurst= holds for automatic restarts, not for starts that somebody asks for.
* A node starts what was enabled *on it*: links in ``/etc/systemd/system/*.target.wants``. The
  image carries none, so a fresh node starts nothing. Links in /etc/rc?.d do not count.
* An ``Alias=`` also holds while its unit is not enabled.
* Processes are told apart by cgroup namespaces (see `processes`), since there may be no cgroups.
* The journal is ``/var/log/journal.jsonl`` (JSON lines, twice 4 MiB at most).
"""

from __future__ import annotations

from ipv6lab.services.boot import boot_sysctl, boot_tmpfiles
from ipv6lab.services.call_socket import Server
from ipv6lab.services.client_files import client_files
from ipv6lab.services.load_error import LoadError
from ipv6lab.services.manager import Manager

__all__ = ["LoadError", "Manager", "Server", "boot_sysctl", "boot_tmpfiles", "client_files"]
