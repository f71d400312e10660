"""Fixtures for the tests of the reports."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """The module beside this one that makes results and networks."""
    file = Path(__file__).with_name("samples.py")
    spec = importlib.util.spec_from_file_location("report_samples", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VIETNAMESE = {
    "passed": "đạt",
    "failed": "không đạt",
    "blocked": "bị chặn",
    "must": "bắt buộc",
    "Checks": "Các tiêu chí kiểm tra",
    "Hosts may not build addresses from {prefix}.": (
        "Máy trạm không được tự tạo địa chỉ từ {prefix}."
    ),
    "{seconds} s": "{seconds} giây",
}


@pytest.fixture
def vietnamese():  # type: ignore[no-untyped-def]
    """A translation that knows some sentences."""
    from ipv6lab.words.message import Message

    def translate(message: Message | str) -> str:
        if isinstance(message, str):
            return VIETNAMESE.get(message, message)
        return str(Message(VIETNAMESE.get(message.text, message.text), message.values))

    return translate
