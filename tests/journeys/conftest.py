"""In every journey: whatever asks for another computer is refused, and the journey fails."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

HERE = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True)
def nothing_leaves_this_computer(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop what this process, the server in it included, would send elsewhere; the browser's part is in `chromium`."""
    asked: list[Any] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in HERE:
            asked.append(address)
            raise ConnectionRefusedError(f"a journey asked for {address}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    yield
    assert asked == []
