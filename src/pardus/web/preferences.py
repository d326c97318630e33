"""What each person likes: the language of the pages and other keys than the usual ones; in a file beside the survey."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pardus.model.language import LANGUAGES
from pardus.web.keys import checked_keys

FILE = "desk-preferences.json"


@dataclass(frozen=True, slots=True)
class Likes:
    """language: "" = not chosen. keys: action -> KeyboardEvent.code, only those that differ from the usual ones."""

    language: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Preferences:
    """The file of one survey. One that can't be read counts as empty: nothing of worth is lost with it."""

    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, person: str) -> Likes:
        """Return what a person likes."""
        record = self._read().get(person, {})
        language = record.get("language", "")
        keys = record.get("keys", {})
        return Likes(
            language if language in LANGUAGES else "", checked_keys(keys if isinstance(keys, dict) else {})
        )

    def set(self, person: str, likes: Likes) -> None:
        """Keep what a person likes."""
        with self._lock:
            everybody = self._read() | {person: {"language": likes.language, "keys": dict(likes.keys)}}
            path = self.folder / FILE
            draft = path.with_name(f".{FILE}.part")
            draft.write_text(json.dumps(everybody, ensure_ascii=False, indent=1), encoding="utf-8")
            draft.replace(path)

    def _read(self) -> dict[str, dict[str, object]]:
        try:
            found = json.loads((self.folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {str(name): record for name, record in found.items() if isinstance(record, dict)}
