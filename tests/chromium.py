"""Debian's browser, for what people see."""

from __future__ import annotations

import shutil

import pytest


def program() -> str:
    """Its path. Skips the test, by name, where it is not installed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("chromium is not installed")
    return found
