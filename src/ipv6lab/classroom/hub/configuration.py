"""What ``jupyterhub -f`` reads: the hub of one class, on one machine.

Told by the file that ``IPV6LAB_CLASS_WANTED`` names, see `wanted`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ipv6lab.classroom import bounds, folder
from ipv6lab.classroom.hub import signing_in, spawning, texts
from ipv6lab.classroom.hub.signing_in import Lockout, PinAuthenticator, Roster
from ipv6lab.classroom.hub.spawning import SeatSpawner
from ipv6lab.classroom.hub.wanted import Wanted
from ipv6lab.classroom.installing import proxy_command

HERE = Path(__file__).parent


def configure(c: Any, wanted: Wanted) -> None:
    """Set everything up in a configuration object of traitlets."""
    place = Path(wanted.folder)
    found = folder.load(place)
    secrets = found.secrets
    roster, lockout = Roster(place), Lockout()

    hub = c.JupyterHub
    host = f"[{wanted.listen}]" if ":" in wanted.listen else wanted.listen
    hub.bind_url = f"https://{host}:{wanted.port}/"
    hub.ssl_cert, hub.ssl_key = str(secrets / "class.crt"), str(secrets / "class.key")
    hub.hub_bind_url = f"http://127.0.0.1:{wanted.inner}"
    hub.db_url = f"sqlite:///{secrets / 'hub.sqlite'}"
    hub.cookie_secret_file = str(secrets / "cookies")
    folder.secret(found, "cookies")
    hub.cookie_max_age_days = 1
    hub.cleanup_servers = False  # a hub that is started again finds them running
    hub.log_level = "WARN"
    hub.concurrent_spawn_limit = 100
    hub.active_server_limit = 0
    hub.admin_access = False
    hub.allow_named_servers = False
    hub.template_paths = [str(HERE / "templates")]
    hub.logo_file = ""
    hub.template_vars = {
        "class_title": found.title,
        "said": texts.page(found.language),
        "gate": signing_in.Gate(roster, lockout),
    }

    proxy = c.ConfigurableHTTPProxy
    proxy.api_url = f"http://127.0.0.1:{wanted.inner + 1}"
    proxy.command = proxy_command()
    proxy.pid_file = str(wanted.run_folder / "root" / "proxy.pid")
    proxy.auth_token = folder.secret(found, "proxy")
    proxy.log_level = "warn"

    PinAuthenticator.roster, PinAuthenticator.lockout = roster, lockout
    hub.authenticator_class = PinAuthenticator
    c.Authenticator.allow_all = True
    c.Authenticator.admin_users = set()

    SeatSpawner.wanted, SeatSpawner.roster, SeatSpawner.bound = (
        wanted,
        roster,
        bounds.find(wanted.group),
    )
    hub.spawner_class = SeatSpawner
    spawner = c.Spawner
    spawner.cmd = spawning.command()
    spawner.ip = "127.0.0.1"
    spawner.default_url = "/lab/tree/README.md"
    spawner.start_timeout = spawner.http_timeout = 180
    spawner.env_keep = ["PATH", "TZ", "IPV6LAB_COURSE", "IPV6LAB_IMAGE", "IPV6LAB_SCRATCH"]
    spawner.environment = {"JUPYTERHUB_ACTIVITY_INTERVAL": "300"}
    spawner.args = ["--LabApp.override_static_url=/services/static/lab/"]

    hub.services = [
        {"name": "static", "url": f"http://127.0.0.1:{wanted.inner + 2}"},
        {"name": "trainer", "api_token": folder.secret(found, "hub-api")},
        {
            "name": "idle",
            "command": [
                *(sys.executable, "-m", "jupyterhub_idle_culler"),
                f"--timeout={wanted.idle_minutes * 60}",
            ],
        },
    ]
    hub.load_roles = [
        {
            "name": "trainer",
            "scopes": ["admin:servers", "read:users", "admin:users"],
            "services": ["trainer"],
        },
        {
            "name": "idle",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["idle"],
        },
    ]
