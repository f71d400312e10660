from __future__ import annotations

from tests.sandbox.conftest import lab, runtime  # noqa: F401 - fixtures of a lab of two hosts
