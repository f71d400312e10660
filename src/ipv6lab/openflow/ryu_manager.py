"""`ryu-manager APPLICATION…`: loads applications and runs them until they end or Ctrl-C."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
import threading
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from ipv6lab.openflow import alias, hubs, tracebacks

TOPOLOGY = ("--observe-links", "--install-lldp-flow", "--link-discovery", "--explicit-drop")
REFUSED = ("OFPErrorMsg(", "OFPErrorExperimenterMsg(")
CONFIGURATION = "/usr/local/etc/ryu/ryu.conf"


def main(args: Sequence[str] | None = None, prog: str | None = None, tree: str = alias.TREE) -> int:
    """Run a command line of `ryu-manager`; returns the exit status.

    `tree` holds Ryu's own files. Raises ModuleNotFoundError where os-ken is not installed.
    """
    words = list(sys.argv[1:] if args is None else args)
    os.environ.setdefault("OSKEN_HUB_TYPE", hubs.choose(words, tree))
    with warnings.catch_warnings(action="ignore"):  # eventlet's, on its own age
        hub: Any = importlib.import_module("os_ken.lib.hub")
    native = hub.HUB_TYPE == hubs.NATIVE
    if native:
        _mend_threads(hub)
    else:
        hub.patch(thread=True)
    alias.serve(tree)
    if os.curdir not in sys.path and "" not in sys.path:
        sys.path.insert(0, os.curdir)
    configuration = _options(words, prog, with_http=not native)
    _say_lines_as_ryu_does(configuration)
    if configuration.pid_file:
        with open(configuration.pid_file, "w", encoding="ascii") as file:
            file.write(str(os.getpid()))
    status = _run(hub, [*configuration.app_lists, *configuration.app], with_http=not native)
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    if native:
        os._exit(status)  # threads that wait for switches would keep it for ever
    return status


def _options(words: list[str], prog: str | None, with_http: bool) -> Any:
    """Ryu's options: those of the manager, and of each part that is wanted."""
    cfg: Any = importlib.import_module("os_ken.cfg")
    configuration = cfg.CONF
    for part in ("os_ken.log", "os_ken.base.app_manager", "os_ken.controller.controller"):
        importlib.import_module(part)
    asked = [word.partition("=")[0] for word in words]
    if "--help" in asked or "-h" in asked or any(word in asked for word in TOPOLOGY):
        importlib.import_module("os_ken.topology.switches")
    if with_http:
        importlib.import_module("ryu.app.wsgi")
    configuration.register_cli_opts(
        [
            cfg.ListOpt("app-lists", default=[], help="application module name to run"),
            cfg.MultiStrOpt(
                "app", positional=True, default=[], help="application module name to run"
            ),
            cfg.StrOpt("pid-file", default=None, help="pid file name"),
            cfg.BoolOpt("enable-debugger", default=False, help="taken, and of no effect here"),
            cfg.StrOpt(
                "user-flags", default=None, help="additional flags file for user applications"
            ),
        ]
    )
    if "--user-flags" in asked[:-1]:
        utils: Any = importlib.import_module("os_ken.utils")
        utils.import_module(words[asked.index("--user-flags") + 1])
    # IPv6 and IPv4 alike; Ryu's own default was IPv4 alone.
    everywhere = "::" if os.path.exists("/proc/net/if_inet6") else "0.0.0.0"
    configuration.set_default("ofp_listen_host", everywhere)
    if with_http:
        configuration.set_default("wsapi_host", everywhere)
    version = f"ryu-manager {alias.VERSION} (os-ken)"
    files = [CONFIGURATION] if os.path.isfile(CONFIGURATION) else []
    configuration(args=words, prog=prog or "ryu-manager", project="ryu", version=version,
                  default_config_files=files)  # fmt: skip
    return configuration


def _say_lines_as_ryu_does(configuration: Any) -> None:
    log: Any = importlib.import_module("os_ken.log")
    log.init_log()
    root = logging.getLogger()
    for handler in root.handlers:
        handler.setFormatter(tracebacks.Formatter())
    if root.level == logging.NOTSET or root.level > logging.INFO:
        root.setLevel(logging.INFO)
    # A switch that refuses a message says why: Ryu tells only who asks for every detail.
    refusals = logging.getLogger("OFPHandler")
    if not configuration.verbose:
        refusals.setLevel(logging.DEBUG)
        refusals.addFilter(_is_refusal)
    # oslo and stevedore tell of what concerns nobody here.
    for name in ("stevedore", "oslo_config"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _is_refusal(record: logging.LogRecord) -> bool:
    text = str(record.msg)
    return record.levelno > logging.DEBUG or text.startswith((*REFUSED, " `-- data: version="))


def _run(hub: Any, names: list[str], with_http: bool) -> int:
    """Load, start and wait for the applications; the exit status."""
    app_manager: Any = importlib.import_module("ryu.base.app_manager")
    app_manager.utils.import_module = _imported
    manager = app_manager.AppManager.get_instance()
    names = [alias.canonical(name) for name in names] or ["os_ken.controller.ofp_handler"]
    try:
        manager.load_apps(list(dict.fromkeys(names)))
        contexts = manager.create_contexts()
        services = manager.instantiate_apps(**contexts)
        if with_http:
            wsgi: Any = importlib.import_module("ryu.app.wsgi")
            if server := wsgi.start_service(manager):
                services.append(hub.spawn(server))
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        print(tracebacks.told(error), file=sys.stderr)
        return 1
    try:
        hub.joinall(services)
    except KeyboardInterrupt:
        logging.getLogger("ryu").debug("Ctrl-C: the applications end")
        return 0
    return 0


def _imported(name: str) -> ModuleType:
    """An application by its file or its module's name; os-ken takes a slip of syntax for a name."""
    if not os.path.isfile(name):
        if name.endswith(".py"):
            raise FileNotFoundError(f"there is no application {name} in {os.getcwd()}")
        return importlib.import_module(name)
    file = os.path.abspath(name)
    module = os.path.basename(file).removesuffix(".py")
    if os.path.dirname(file) not in sys.path:
        sys.path.append(os.path.dirname(file))  # what lies beside it is found, now and later
    spec = importlib.util.spec_from_file_location(module, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} is no Python file")
    found = importlib.util.module_from_spec(spec)
    sys.modules[module] = found
    spec.loader.exec_module(found)
    return found


def _mend_threads(hub: ModuleType) -> None:
    """Let os-ken's threads tell what an application raises, and listen to both families.

    They would end at the first exception of a handler, in silence: for them every Exception is
    what ends a thread on purpose.
    """

    class TaskExit(BaseException):
        """Ends a thread on purpose."""

    vars(hub)["TaskExit"] = TaskExit
    vars(hub)["getcurrent"] = threading.current_thread
    vars(hub)["Event"] = threading.Event  # os-ken's own waits without end, whatever it is told
