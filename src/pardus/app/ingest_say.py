"""Third step of an ingest: say what nothing holds back, in batches, each with what its labels state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from pardus.app.ingest_run import Place, Run, batches, facts_of
from pardus.app.saying import timed_by_media
from pardus.ingest.names import shown
from pardus.ingest.tags import Labels, labels_of, labels_of_place, observe
from pardus.model.errors import StoppedError
from pardus.model.ids import qualify
from pardus.model.media import Media
from pardus.model.observation import UNDATED
from pardus.model.record import to_record
from pardus.store.staging import Staged


@dataclass(slots=True)
class Ingest:
    """The ingest that a run is part of. id: the same before and after a stop. begun: said in the log already."""

    id: str
    begun: bool
    authors: str
    entries: dict[str, tuple[str, str]] = field(default_factory=dict)


def this_ingest(run: Run) -> Ingest:
    """Return the ingest of this card: the one that was begun and not finished, or a new one."""
    id_ = run.staging.ingest_of(run.card)
    stages = {r["stage"] for _key, r in run.store.present("ingests") if r["ingest"] == id_}
    if not id_ or "finished" in stages:
        id_, stages = run.sayer.new_id(), set()
        run.staging.begin(run.card, id_)
    author = run.options.author
    return Ingest(
        id_, "started" in stages, qualify(run.config.organisation, author) if author else run.sayer.actor
    )


def say_files(run: Run, ingest: Ingest, held: frozenset[Place]) -> None:
    """Say every file of the card that is not held back and not known, and count the others."""
    for deployment, problem, count in run.staging.places(run.card):
        if problem.startswith("ignored:"):
            continue
        if (deployment, problem) in held:
            run.tally.held += count
            continue
        for batch in batches(run.staging.files(run.card, (deployment, problem))):
            try:
                with run.store.transaction():
                    _say_batch(run, ingest, batch, held)
            except StoppedError as error:
                raise run.stopped(error.summary) from error


def _say_batch(run: Run, ingest: Ingest, batch: list[Staged], held: frozenset[Place]) -> None:
    made = [(staged, run.media(staged)) for staged in batch]
    known = {media.id: media for media in run.store.media([media.id for _staged, media in made])}
    told = run.store.told("media", known)
    new: list[tuple[Staged, Media]] = []
    for staged, media in made:
        copies = [c for c in run.staging.copies(run.card, staged.sha256) if c[1:] not in held]
        if copies[0][0] != staged.path:
            run.tally.copies += 1
            if copies[0][1] != staged.deployment:
                run.tally.note("same-content", staged.path)
        elif media.id in known and not (run.options.update and _differs(media, known[media.id])):
            _count_known(run, ingest, known[media.id], told[media.id])
        else:
            media = replace(media, paths=tuple(path for path, _deployment, _problem in copies))
            new.append((staged, media))
            run.tally.take(media)
            mtime = facts_of(staged).dates.mtime if "no-date" in media.faults else None
            if mtime is not None:
                run.tally.undated_at(mtime)
    if new:
        _begin(run, ingest)
        records = [to_record(media) for _staged, media in new]
        run.sayer.say(run.store, "media-added", {"ingest": ingest.id, "media": records})
        _say_moved(run, ingest, [(m, known[m.id]) for _staged, m in new if m.id in known])
        _say_labels(run, ingest, new)


def _say_moved(run: Run, ingest: Ingest, again: list[tuple[Media, Media]]) -> None:
    """Say anew what was seen on files that now belong to another deployment. again: file as it is, as it was."""
    moved = {now.id: now.deployment for now, before in again if now.deployment != before.deployment}
    observations = [
        {**record, "deployment": moved[record["media"][0]]}
        for old in sorted({b.deployment for now, b in again if now.id in moved})
        for _key, record in run.store.related("observations", "deployment", old)
        if record.get("media") and record["media"][0] in moved
    ]
    if observations:
        run.sayer.say(run.store, "observations-made", {"ingest": ingest.id, "observations": observations})


def _differs(media: Media, before: Media) -> bool:
    """Say whether a known file would now be dated or placed otherwise.

    Compared by the camera's own time: clock corrections move the instants of what the survey has.
    """

    def said(one: Media) -> tuple[object, ...]:
        return one.deployment, one.wall, one.date_source, one.raw_date, "wrong-clock" in one.faults

    return said(media) != said(before)


def _count_known(run: Run, ingest: Ingest, media: Media, entry_id: str) -> None:
    if entry_id not in ingest.entries:
        entry = run.store.entry(entry_id)
        ingest.entries[entry_id] = (
            (entry.at[:10], str(entry.payload.get("ingest", ""))) if entry else ("", "")
        )
    day, by = ingest.entries[entry_id]
    if by == ingest.id:
        run.tally.take(media)  # said by this very ingest, before it was stopped
    else:
        run.tally.known += 1
        run.tally.already[(day, media.deployment)] += 1


def _say_labels(run: Run, ingest: Ingest, new: list[tuple[Staged, Media]]) -> None:
    """Say what tags and folders state about the animals, as observations and decisions by their author."""
    observations: list[dict[str, Any]] = []
    decisions: list[dict[str, Any]] = []
    for staged, media in new:
        for labels in _labels(run, staged):
            dated = media if media.timestamp else replace(media, timestamp=UNDATED)
            made = observe(dated, labels, run.config.organisation, ingest.authors, run.config.species)
            for doubt in made.findings:
                run.tally.note(doubt.code, doubt.where)
            observations += [timed_by_media(observation) for observation in made.observations]
            decisions += [to_record(decision) for decision in made.decisions]
    there = run.store.told("observations", [o["id"] for o in observations])
    observations = [o for o in observations if o["id"] not in there]
    decisions = [d for d in decisions if d["observation"] not in there]
    if observations:
        run.sayer.say(run.store, "observations-made", {"ingest": ingest.id, "observations": observations})
    if decisions:
        run.sayer.say(run.store, "decisions-made", {"ingest": ingest.id, "decisions": decisions})
    run.tally.observations += len(observations)
    run.tally.decisions += len(decisions)
    run.tally.individuals |= {d["value"] for d in decisions if d["about"] == "individual"}


def _labels(run: Run, staged: Staged) -> tuple[Labels, Labels]:
    tags = labels_of(facts_of(staged).keywords, run.config.tags)
    if run.config.tags:
        for tag in tags.unmapped:
            run.tally.note("tag-unmapped", f"{staged.path}: {tag}")
    return tags, labels_of_place(run.matcher.place(staged.path))


def _begin(run: Run, ingest: Ingest) -> None:
    """Say that this ingest began, and what it ignored, unless that was said before a stop."""
    if ingest.begun:
        return
    ingest.begun = True
    started = {"ingest": ingest.id, "folder": shown(run.source.resolve().name), "options": run.options.said()}
    if run.options.in_place:
        started["in_place"] = str(run.source.resolve())
    run.sayer.say(run.store, "ingest-started", started)
    for batch in batches(staged for staged in run.staging.files(run.card) if not staged.sha256):
        files = [{"path": staged.path, "reason": staged.record["reason"]} for staged in batch]
        run.sayer.say(run.store, "media-ignored", {"ingest": ingest.id, "files": files})
