"""How a use case tells how far it is."""

from collections.abc import Callable

Tell = Callable[[int, int | None], None]
"""Called with how many are done, of how many (None while unknown)."""


def nobody(done: int, total: int | None) -> None:
    """Told where nobody waits: nothing happens."""
