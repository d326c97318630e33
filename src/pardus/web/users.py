"""Named users of a team room and their passwords, in a file beside the survey; passwords are kept as scrypt hashes."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pardus.model.errors import ParameterError, SurveyError
from pardus.model.ids import qualify
from pardus.model.language import _

FILE = "desk-users.json"
SHORTEST = 10
COST = {"n": 2**15, "r": 8, "p": 1}
"""32 MB and about a tenth of a second for each try."""
FREE_TRIES, LONGEST_WAIT_S = 5, 60.0


def read_users(folder: Path) -> dict[str, dict[str, Any]]:
    """Return name -> salt, hash and cost. Raises SurveyError if the file can't be read."""
    path = folder / FILE
    if not path.exists():
        return {}
    try:
        users = json.loads(path.read_text(encoding="utf-8"))["users"]
        return {str(name): dict(record) for name, record in users.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SurveyError(_("{file} can't be read: {reason}.").format(file=path, reason=error)) from error


def set_password(folder: Path, name: str, password: str) -> None:
    """Add a user, or give one a new password.

    Raises ParameterError if the name can't be the author of a decision, or the password is short.
    """
    if qualify("x", name) != f"x:{name}" or ":" in name or len(name) > 60:
        raise ParameterError(
            _("{name!r} can't be a user: expected up to 60 visible characters without ':'.").format(name=name)
        )
    if len(password) < SHORTEST:
        raise ParameterError(_("A password needs {n} characters or more.").format(n=SHORTEST))
    salt = secrets.token_bytes(16)
    record = {**COST, "salt": salt.hex(), "hash": _hash(password, salt, COST).hex()}
    _write(folder, read_users(folder) | {name: record})


def remove_user(folder: Path, name: str) -> None:
    """Take a user away; what they decided stays. Raises ParameterError if there is no such user."""
    users = read_users(folder)
    if name not in users:
        raise ParameterError(_("There is no user {name}.").format(name=name))
    del users[name]
    _write(folder, users)


@dataclass(slots=True)
class Door:
    """Checks passwords, slower and slower for a name that keeps being tried.

    clock: seconds, rising. An unknown name costs as much time as a known one.
    """

    folder: Path
    clock: Callable[[], float]
    _tries: dict[str, tuple[int, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, name: str) -> float:
        """Return for how long this name is not let in, whatever the password."""
        tries, last = self._tries.get(name, (0, 0.0))
        if tries < FREE_TRIES:
            return 0.0
        return max(0.0, last + min(2.0 ** (tries - FREE_TRIES), LONGEST_WAIT_S) - self.clock())

    def opens(self, name: str, password: str) -> bool:
        """Say whether this is the password of this user."""
        with self._lock:
            if self.wait_s(name) > 0:
                return False
            record = read_users(self.folder).get(name)
            known = record or {**COST, "salt": "00" * 16, "hash": "00" * 64}
            found = _hash(password, bytes.fromhex(known["salt"]), known)
            right = hmac.compare_digest(found, bytes.fromhex(known["hash"])) and record is not None
            if right:
                self._tries.pop(name, None)
            else:
                if len(self._tries) > 10_000:
                    self._tries.clear()
                self._tries[name] = (self._tries.get(name, (0, 0.0))[0] + 1, self.clock())
            return right


def _hash(password: str, salt: bytes, cost: dict[str, Any]) -> bytes:
    n, r, p = int(cost["n"]), int(cost["r"]), int(cost["p"])
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=64)


def _write(folder: Path, users: dict[str, dict[str, Any]]) -> None:
    path = folder / FILE
    draft = path.with_name(f".{FILE}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"users": users}, file, ensure_ascii=False, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
