"""Verify a survey: re-hash the media, check the log's chain, fold the tables anew and compare, count."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pardus.app.executor import Executor, Serial
from pardus.app.survey_folder import DATABASE, media_files, open_survey, survey_config
from pardus.app.telling import Tell, nobody
from pardus.model.errors import Finding, LogError, SurveyError
from pardus.model.ids import is_digest
from pardus.model.language import _
from pardus.store.blobs import MEDIA, file_hash
from pardus.store.check import MANY, check_file
from pardus.store.protocol import Store
from pardus.store.sqlite import SqliteStore

PER_JOB = 32


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked. files, bytes: of media re-read. elsewhere: media left in place whose files are not here now."""

    entries: int
    media: int
    files: int
    bytes: int
    elsewhere: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Say whether nothing is wrong."""
        return not any(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class _Read:
    """One file re-read: its hash, or why it could not be."""

    path: Path
    expected: str
    sha256: str = ""
    bytes: int = 0
    error: str = ""


def verify(
    folder: Path,
    *,
    executor: Executor | None = None,
    media: bool = True,
    tell: Tell = nobody,
) -> Verified:
    """Check a survey and return everything that is wrong with it.

    media: also re-read and re-hash every media file (all of it is read; on a large survey this takes long).
    Raises SurveyError if there is no survey or its database can't be opened.
    """
    survey_config(folder)
    path = folder / DATABASE
    if not path.is_file():
        raise SurveyError(
            _("There is no survey in {folder}. Make one with `pardus new`.").format(folder=folder)
        )
    try:
        entries, findings = check_file(path, lambda seen: tell(seen, None))
    except sqlite3.Error as error:
        raise SurveyError(_("{path} can't be opened: {error}.").format(path=path, error=error)) from error
    if any(finding.code == "database-damaged" for finding in findings):
        return Verified(entries, 0, 0, 0, 0, tuple(findings))
    count, elsewhere, files, size = 0, 0, 0, 0
    with open_survey(folder) as store:
        count = sum(1 for _media in store.present("media"))
        if media:
            wrong = 0
            for batch in (executor or Serial()).map(_reread, _jobs(_files(folder, store))):
                for one in batch:
                    files += 1
                    size += one.bytes
                    if one.sha256 != one.expected:
                        wrong += 1
                        findings += [_finding(folder, one)] if wrong <= MANY else []
                tell(files, count)
            gone: Counter[str] = Counter()
            for missing in _missing(folder, store):
                gone[missing.severity] += 1
                if gone[missing.severity] <= MANY:
                    findings.append(missing)
            elsewhere = gone["warning"]
    return Verified(entries, count, files, size, elsewhere, tuple(findings))


def rebuild(folder: Path) -> None:
    """Fold the tables of the present anew from the log. Raises LogError if the log itself is broken."""
    entries, findings = check_file(folder / DATABASE)
    broken = [finding for finding in findings if finding.code == "log-broken"]
    if broken:
        raise LogError(_("The log is broken ({n} entries); it can't be folded.").format(n=entries), broken)
    with open_survey(folder, write=True) as store:
        assert isinstance(store, SqliteStore)
        with store.transaction():
            store.rebuild()


def _files(folder: Path, store: Store) -> Iterator[tuple[Path, str]]:
    """Yield every media file with the hash it must have: all copied ones, then those left in place."""
    for part in sorted((folder / MEDIA).glob("[0-9a-f][0-9a-f]")):
        for path in sorted(part.iterdir()):
            if is_digest(path.name):
                yield path, path.name
    locate = media_files(folder, store)
    for media in store.media():
        path = locate(media)
        if path.name != media.sha256 and path.is_file():
            yield path, media.sha256


def _missing(folder: Path, store: Store) -> Iterator[Finding]:
    """Yield a finding for each media whose file is not where it should be."""
    locate = media_files(folder, store)
    in_place = {r["ingest"] for _key, r in store.present("ingests") if r.get("in_place")}
    ingests: dict[str, str] = {}
    for media in store.media():
        path = locate(media)
        if path.is_file():
            continue
        told = store.told("media", [media.id])[media.id]
        if told not in ingests:
            entry = store.entry(told)
            ingests[told] = "" if entry is None else str(entry.payload.get("ingest", ""))
        if ingests[told] in in_place:
            message = _("left in place, and not there now: {path}.").format(path=media.paths[0])
            remedy = _("Bring the card or disk back to where it was, then verify again.")
            yield Finding("media-elsewhere", media.id, message, remedy, "warning")
        else:
            message = _("its file is missing: {path}.").format(path=path.relative_to(folder))
            yield Finding("media-missing", media.id, message, _("Bring it back from a backup of media/."))


def _jobs(files: Iterable[tuple[Path, str]]) -> Iterator[tuple[tuple[Path, str], ...]]:
    batch: list[tuple[Path, str]] = []
    for file in files:
        batch.append(file)
        if len(batch) == PER_JOB:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)


def _reread(files: tuple[tuple[Path, str], ...]) -> list[_Read]:
    out = []
    for path, expected in files:
        try:
            out.append(_Read(path, expected, file_hash(path), path.stat().st_size))
        except OSError as error:
            out.append(_Read(path, expected, error=error.strerror or str(error)))
    return out


def _finding(folder: Path, read: _Read) -> Finding:
    where = str(read.path.relative_to(folder)) if read.path.is_relative_to(folder) else str(read.path)
    if read.error:
        message = _("it can't be read: {error}.").format(error=read.error)
    else:
        message = _("its content has changed: the hash is {found}, not {expected}.").format(
            found=read.sha256[:12], expected=read.expected[:12]
        )
    return Finding(
        "media-changed", where, message, _("Bring it back from a backup of media/ or from the card.")
    )
