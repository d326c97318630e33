"""A moment in the log as people name it: an entry, or a time."""

from __future__ import annotations

from datetime import datetime

from pardus.model.errors import UsageError
from pardus.model.language import _


def moment(text: str) -> str | datetime | None:
    """Return a time, an entry's id or hash, or None for now. Raises UsageError for a time without an offset."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    if at.tzinfo is None:
        raise UsageError(_("{text}: give the offset too, for example {text}+10:00.").format(text=text))
    return at
