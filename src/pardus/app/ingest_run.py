"""What the steps of one ingest share: one run over one card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pardus.app.executor import Executor
from pardus.app.ingest_report import Tally
from pardus.app.matching import Matcher
from pardus.app.saying import Sayer
from pardus.app.telling import Tell
from pardus.ingest.clock_alarms import limits, usable
from pardus.ingest.read import Facts, to_media
from pardus.model.deployment import Deployment, Station
from pardus.model.errors import StoppedError
from pardus.model.language import _
from pardus.model.media import Media
from pardus.model.record import from_record
from pardus.model.survey import SurveyConfig
from pardus.store.present import Clocks
from pardus.store.protocol import Store
from pardus.store.staging import Staged, Staging

BATCH = 200
"""Files that are kept aside, or said, in one transaction."""

Place = tuple[str, str]
"""(deployment, problem) of staged files: one of the two is ""; (problem "ignored:..." = not taken)."""


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What a person decided for one card or folder.

    in_place: leave the files where they are instead of copying them. deployment, station, camera: where the whole
    card belongs, when its folders do not say. container: what a video's creation time is ("utc", "local",
    "ignore"; "" = undecided). mtime_zone: the zone in which modification times show the camera's clock ("" = they
    are not used). author: who tagged the files (default: who ingests). accept: codes of findings that shall not
    hold files back. update: say files that the survey has already anew, where their date or place would now differ.
    """

    in_place: bool = False
    deployment: str = ""
    station: str = ""
    camera: str = ""
    container: str = ""
    mtime_zone: str = ""
    author: str = ""
    accept: frozenset[str] = frozenset()
    update: bool = False

    def said(self) -> dict[str, object]:
        """Return the options that are not the default, as they are logged."""
        chosen = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: sorted(v) if isinstance(v, frozenset) else v for name, v in chosen.items() if v}


@dataclass(slots=True)
class Run:
    """One run over one card.

    clocks: rules and corrections in force; they decide whether a file lies in its deployment, and change nothing of it.
    card: its absolute path, and whether files stay there (what was read to be left in place was not copied).
    run: an id of this run. done, total: files read, files there.
    """

    folder: Path
    source: Path
    options: IngestOptions
    config: SurveyConfig
    store: Store
    staging: Staging
    sayer: Sayer
    executor: Executor
    progress: Tell
    card: str
    run: str
    stations: Mapping[str, Station]
    deployments: Mapping[str, Deployment]
    matcher: Matcher
    clocks: Clocks
    tally: Tally = field(default_factory=Tally)
    done: int = 0
    total: int = 0

    def tell(self, files: int) -> None:
        """Report that so many more files are dealt with."""
        self.done += files
        self.progress(self.done, self.total)

    def stopped(self, why: str) -> StoppedError:
        """Return the error that says how far it came and that it can go on."""
        said = _(
            "Stopped after {done} of {total} files; nothing is lost. {why} Run the same command again to go on."
        )
        return StoppedError(said.format(done=self.done, total=self.total, why=why))

    def media(self, staged: Staged) -> Media:
        """Return the media of a staged file as it would be said."""
        facts = facts_of(staged)
        where = self.deployments.get(staged.deployment)
        dated = self.matcher.date(facts, where)
        media = to_media(facts, self.config.organisation, staged.path, staged.deployment, dated)
        outside = staged.problem == "outside-deployment" or (
            where is not None and _outside(self.clocks.dated(media), where)
        )
        if outside and "outside-deployment" in self.options.accept:
            media = replace(media, faults=(*media.faults, "wrong-clock"))
        return media


def facts_of(staged: Staged) -> Facts:
    """Return what was read of a staged file."""
    return from_record(Facts, staged.record)


def batches(files: Iterable[Staged]) -> Iterator[list[Staged]]:
    """Cut staged files into batches of BATCH."""
    batch: list[Staged] = []
    for staged in files:
        batch.append(staged)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _outside(media: Media, deployment: Deployment) -> bool:
    start, end = limits(deployment)
    at = media.timestamp
    return at is not None and usable(media) and (at < start or (end is not None and at >= end))
