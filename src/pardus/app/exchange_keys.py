"""Own keys: kept in a file outside every survey, encrypted by a passphrase."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pardus.exchange.keys import PrivateKeys, lock, make_keys, unlock
from pardus.model.errors import ParameterError, SurveyError
from pardus.model.ids import check_organisation
from pardus.model.language import _


def keys_folder() -> Path:
    """Return where this person's keys are kept: PARDUS_KEYS, else the system's place for settings."""
    named = os.environ.get("PARDUS_KEYS")
    if named:
        return Path(named)
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", Path.home())) / "pardus" / "keys"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "pardus" / "keys"
    return Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "pardus" / "keys"


def create_keys(organisation: str, passphrase: str, folder: Path | None = None) -> tuple[PrivateKeys, Path]:
    """Make new keys and keep them. Raises ParameterError if there are keys already: they are never overwritten."""
    path = _path(organisation, folder)
    if path.exists():
        raise ParameterError(
            _("{path} is there already. Keys are never overwritten; move the file away first.").format(
                path=path
            )
        )
    keys = make_keys(organisation)
    locked = lock(keys, passphrase)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(locked)
    return keys, path


def load_keys(organisation: str, passphrase: str) -> PrivateKeys:
    """Open the keys of an organisation. Raises SurveyError if there are none, PackageError for a wrong passphrase."""
    path = _path(organisation)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SurveyError(
            _(
                "There are no keys of {organisation} in {folder}. Make them with `pardus exchange keys`."
            ).format(organisation=organisation, folder=path.parent)
        ) from error
    return unlock(data, passphrase)


def _path(organisation: str, folder: Path | None = None) -> Path:
    return (folder or keys_folder()) / f"{check_organisation(organisation)}.keys"
