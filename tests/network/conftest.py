"""Tests marked `isolated` run in a forked child with namespaces of its own."""

import os
import sys

import pytest

from tests.isolation import run_isolated

sys.path.append(
    os.path.dirname(__file__)
)  # for helpers, which pytest's importlib mode does not see


def pytest_configure(config):
    config.addinivalue_line("markers", "isolated: run in a child with namespaces of its own")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if pyfuncitem.get_closest_marker("isolated") is None:
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    run_isolated(lambda: pyfuncitem.obj(**arguments))
    return True
