"""The act `pardus find`: where animals are in a survey's pictures and clips, by motion or by a user's own model."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from pardus.app.executor import Executor, Serial
from pardus.app.looking import Animal, Done, Seen, Work, look
from pardus.app.review import FOLDER, LOOKED
from pardus.app.saying import Sayer, timed_by_media
from pardus.app.survey_folder import media_files, open_survey
from pardus.app.telling import Tell, nobody
from pardus.model.errors import StoppedError
from pardus.model.ids import derived
from pardus.model.language import _, ngettext
from pardus.model.media import DAMAGE_FAULTS, Media
from pardus.model.observation import FLANK_PROPOSED, QUALITY, UNCHECKED, UNDATED, Observation
from pardus.store.protocol import Store
from pardus.vision.motion import MotionFinder
from pardus.vision.onnx_model import OnnxFinder

BURST = timedelta(seconds=60)
CONTEXT = 12
"""Pictures of the same camera, nearest in time, that may help to know the background."""

SAID_EVERY = 100
"""Bursts and clips in one log entry; what is stopped loses no more than these."""


@dataclass(slots=True)
class FindReport:
    """What came of looking. Every file is counted once: looked = with_box + without_box + cannot_say.

    known: looked at before by the same finder, or with boxes already. reasons: why nothing can be said -> files.
    """

    finder: str
    looked: int = 0
    with_box: int = 0
    without_box: int = 0
    cannot_say: int = 0
    boxes: int = 0
    known: int = 0
    damaged: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """Return what --json prints."""
        names = ("finder", "looked", "with_box", "without_box", "cannot_say", "boxes", "known", "damaged")
        out: dict[str, Any] = {name: getattr(self, name) for name in names}
        return out | {"reasons": dict(self.reasons), "categories": dict(self.categories)}

    def sentences(self) -> list[str]:
        """Say it to a person; the counts add up."""
        lines = [
            _(
                "{finder}: {looked} files looked at = {boxed} with a box + {without} without + {unsaid} that it can't "
                "say anything about."
            ).format(
                finder=self.finder,
                looked=self.looked,
                boxed=self.with_box,
                without=self.without_box,
                unsaid=self.cannot_say,
            ),
            _("{boxes} boxes; files known before: {known}, damaged: {damaged}.").format(
                boxes=self.boxes, known=self.known, damaged=self.damaged
            ),
        ]
        lines += [
            ngettext("{n} file: {why}", "{n} files: {why}", n).format(n=n, why=why)
            for why, n in self.reasons.most_common()
        ]
        if self.without_box or self.cannot_say:
            lines.append(_("No file was called empty: that is for a person to say."))
        return lines


def find(
    folder: Path,
    *,
    sayer: Sayer,
    model: Path | None = None,
    again: bool = False,
    executor: Executor | None = None,
    tell: Tell = nobody,
) -> FindReport:
    """Look at every file that has no box yet and was not looked at; say the boxes as machine observations.

    model: a user's ONNX finder with its sidecar; without it, motion. again: look at everything once more. Boxes found
    by motion are unchecked: a person must say the species. Raises DataError for a model that can't be used,
    StoppedError on Ctrl-C: what was said stays, the next run goes on.
    """
    name = MotionFinder().name if model is None else OnnxFinder(model).name
    report = FindReport(name)
    notes = folder / FOLDER / LOOKED
    with open_survey(folder, write=True) as store:
        known = set() if again else _looked(notes, name)
        work = list(_work(folder, store, model, known, report))
        total = sum(len(w.pictures) for w in work)
        tell(0, total)
        said = _Saying(store, sayer, name, notes, report)
        try:
            for done in (executor or Serial()).map(look, work):
                said.take(done)
                tell(report.looked, total)
        except KeyboardInterrupt as stop:
            said.flush()
            raise StoppedError(
                _("Stopped after {done} of {total} files. Run the same command to go on.").format(
                    done=report.looked, total=total
                )
            ) from stop
        finally:
            said.finish()
    return report


class _Saying:
    """Puts what was seen into the log, in batches; each batch is a transaction."""

    def __init__(self, store: Store, sayer: Sayer, finder: str, notes: Path, report: FindReport) -> None:
        self.store, self.sayer, self.finder, self.notes, self.report = store, sayer, finder, notes, report
        self.ingest = ""
        self.organisation = store.survey(media=False).config.organisation
        self._waiting: list[Done] = []

    def take(self, done: Done) -> None:
        self._waiting.append(done)
        if len(self._waiting) >= SAID_EVERY:
            self.flush()

    def flush(self) -> None:
        """Say what waits, then note which files were looked at: a stop between the two only repeats some looking."""
        seen = [s for done in self._waiting for s in done.seen]
        self._waiting = []
        if not seen:
            return
        media = {m.id: m for m in self.store.media([s.media for s in seen])}
        made = [
            (s, a, self._observation(media[s.media], a, n)) for s in seen for n, a in enumerate(s.animals)
        ]
        there = self.store.told("observations", [o.id for _s, _a, o in made])
        records = [timed_by_media(o) for _s, _a, o in made if o.id not in there]
        if records:
            with self.store.transaction():
                if not self.ingest:
                    self.ingest = self.sayer.new_id()
                    start = {"ingest": self.ingest, "folder": self.finder, "options": {"finder": self.finder}}
                    self.sayer.say(self.store, "ingest-started", start)
                self.sayer.say(
                    self.store, "observations-made", {"ingest": self.ingest, "observations": records}
                )
        self.notes.parent.mkdir(exist_ok=True)
        with self.notes.open("a", encoding="utf-8") as file:
            # what nothing could be said about is looked at again: it may have company by then
            file.writelines(f"{self.finder}\t{s.media}\n" for s in seen if s.animals or not s.reason)
        for s in seen:
            self._count(s)

    def finish(self) -> None:
        """Say the last batch and close the ingest."""
        self.flush()
        if self.ingest:
            counts = {"boxes": self.report.boxes, "known": self.report.known}
            with self.store.transaction():
                done = {"ingest": self.ingest, "counts": counts, "findings": []}
                self.sayer.say(self.store, "ingest-finished", done)

    def _count(self, s: Seen) -> None:
        r = self.report
        r.looked += 1
        r.with_box += bool(s.animals)
        r.cannot_say += not s.animals and bool(s.reason)
        r.without_box += not s.animals and not s.reason
        r.boxes += len(s.animals)
        r.categories.update(a.category for a in s.animals)
        if s.reason and not s.animals:
            r.reasons[s.reason] += 1

    def _observation(self, media: Media, a: Animal, number: int) -> Observation:
        at = media.timestamp or UNDATED
        by = f"{self.organisation}:{self.finder}"
        values = (f"{v:.5f}" for v in (a.box.x, a.box.y, a.box.width, a.box.height))
        extra = {
            QUALITY: a.quality,
            FLANK_PROPOSED: a.flank,
            UNCHECKED: "" if a.confidence is not None else "motion",
        }
        return Observation(
            id=derived(
                self.organisation, "box", media.id, by, a.category, str(a.frame), str(number), *values
            ),
            deployment=media.deployment,
            start=at,
            end=at,
            media=(media.id,),
            type=a.category,
            box=a.box,
            frame=a.frame,
            method="machine",
            classified_by=by,
            probability=a.confidence,
            extra={k: v for k, v in extra.items() if v},
        )


def _looked(notes: Path, finder: str) -> set[str]:
    if not notes.exists():
        return set()
    lines = (line.rstrip("\n").split("\t") for line in notes.read_text(encoding="utf-8").splitlines())
    return {media for name, media in lines if name == finder}


def _work(
    folder: Path, store: Store, model: Path | None, known: set[str], report: FindReport
) -> Iterator[Work]:
    """Yield bursts and clips, camera by camera, with other pictures of the camera where a burst is short."""
    locate = media_files(folder, store)
    boxed = {
        m for _key, o in store.present("observations") if o.get("box") is not None for m in o.get("media", ())
    }
    of_camera: dict[str, list[Media]] = defaultdict(list)
    for medium in store.media():
        if any(fault in DAMAGE_FAULTS for fault in medium.faults):
            report.damaged += 1
        else:
            of_camera[medium.deployment].append(medium)
    for _camera, media in sorted(of_camera.items()):
        stills = sorted((m for m in media if m.kind == "image"), key=_when)
        for own in _bursts(stills):
            new = [m for m in own if m.id not in known and m.id not in boxed]
            report.known += len(own) - len(new)
            if new:
                near = _near(stills, own) if model is None else ()
                yield Work(model, tuple((m.id, locate(m)) for m in new), tuple(locate(m) for m in chain(
                    (m for m in own if m not in new), near)))  # fmt: skip
        for clip in sorted((m for m in media if m.kind == "video"), key=_when):
            if clip.id in known or clip.id in boxed:
                report.known += 1
            else:
                yield Work(model, ((clip.id, locate(clip)),), clip=True)


def _when(medium: Media) -> tuple[datetime, str]:
    return medium.timestamp or UNDATED, medium.paths[0]


def _bursts(stills: Sequence[Media]) -> Iterator[list[Media]]:
    run: list[Media] = []
    for medium in stills:
        if run and (medium.timestamp is None or _when(medium)[0] - _when(run[-1])[0] > BURST):
            yield run
            run = []
        run.append(medium)
    if run:
        yield run


def _near(stills: Sequence[Media], own: Sequence[Media]) -> list[Media]:
    """Pictures of the same camera nearest in time, those of the burst left out."""
    inside = {m.id for m in own}
    at = _when(own[0])[0]
    others = [
        m for m in stills if m.id not in inside and (m.width, m.height) == (own[0].width, own[0].height)
    ]
    return sorted(others, key=lambda m: (abs((_when(m)[0] - at).total_seconds()), m.id))[:CONTEXT]
