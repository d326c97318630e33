"""Detections that wait for a person: by camera and event, one key each; and a check by eye of the rest."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pardus.app.corrections import BASIS
from pardus.app.review import FOLDER, LOOKED
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey, survey_config
from pardus.model.decision import QUALITIES, Decision
from pardus.model.errors import ParameterError
from pardus.model.ids import derived
from pardus.model.language import _
from pardus.model.media import DAMAGE_FAULTS, Media
from pardus.model.observation import FLANK_PROPOSED, FLANKS, QUALITY, Box
from pardus.model.record import to_record
from pardus.store.protocol import Store

OTHER = "Mammalia"
"""What is said of an animal that is not of the species under study, until somebody says more."""

Row = tuple[str, dict[str, Any]]

SAID = ("flank", "quality", "other", "blank")


@dataclass(frozen=True, slots=True)
class Camera:
    """One deployment with what waits at it. waiting: animals a machine found that no person has said anything about."""

    deployment: str
    station: str
    camera: str
    waiting: int
    found: int


@dataclass(frozen=True, slots=True)
class Detection:
    """One animal that a machine found. Values are "" where nobody has said them; proposed: a machine's flank."""

    id: str
    media: str
    kind: str
    frame: int | None
    box: Box | None
    at: datetime | None
    probability: float | None
    flank: str
    proposed: str
    quality: str
    species: str
    blank: bool

    @property
    def done(self) -> bool:
        """Whether a person has said what there is to say."""
        return self.blank or bool(self.flank or self.species)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of a camera's detections: events in order of time, each a run of detections close in time."""

    events: tuple[tuple[Detection, ...], ...]
    total: int
    first: int


def cameras(folder: Path) -> list[Camera]:
    """Return the deployments at which a machine found animals, those with most waiting first."""
    with open_survey(folder) as store:
        deployments = dict(store.present("deployments"))
        said = _decided(store)
        blank = _blank(store)
        waiting: Counter[str] = Counter()
        found: Counter[str] = Counter()
        for key, record in store.related("observations", "method", "machine"):
            if record.get("type", "animal") != "animal":
                continue
            where = str(record["deployment"])
            found[where] += 1
            media = record.get("media", ())
            waiting[where] += not (key in said or any(one in blank for one in media))
    return sorted(
        (
            Camera(d, str(deployments[d]["station"]), str(deployments[d].get("camera", "")), waiting[d], n)
            for d, n in found.items()
            if d in deployments
        ),
        key=lambda c: (-c.waiting, c.station, c.camera),
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """What no camera's list shows. astray: animals found on files of no station. looked: a machine has looked."""

    astray: int
    looked: bool


def beside(folder: Path) -> Beside:
    """Return what a machine did beside the cameras' lists."""
    with open_survey(folder) as store:
        deployments = {key for key, _record in store.present("deployments")}
        tally = store.tally("observations", "method", "type", "deployment")
    found = {
        where: n
        for (method, kind, where), n in tally.items()
        if method == "machine" and kind in ("", "animal")
    }
    astray = sum(n for where, n in found.items() if where not in deployments)
    return Beside(astray, bool(found) or (folder / FOLDER / LOOKED).exists())


def detections(folder: Path, deployment: str, first: int = 0, count: int = 60) -> Shown:
    """Return some of a camera's detections, by time; whole events (of `count` or fewer), so there may be more."""
    config, _warnings = survey_config(folder)
    with open_survey(folder) as store:
        rows = [
            (key, record)
            for key, record in store.related("observations", "deployment", deployment)
            if record.get("method") == "machine" and record.get("type", "animal") == "animal"
        ]
        media = {m.id: m for m in store.media({one for _k, r in rows for one in r.get("media", ())[:1]})}
        runs = _events(rows, media, timedelta(minutes=config.independence_minutes))
        blank = _blank(store)
        page: list[tuple[Detection, ...]] = []
        seen = 0
        for run in (event[n : n + count] for event in runs for n in range(0, len(event), count)):
            if seen >= first and sum(map(len, page)) < count:
                page.append(tuple(_detection(store, key, record, media, blank) for key, record in run))
            seen += len(run)
    return Shown(tuple(page), len(rows), first)


def say(folder: Path, observations: Sequence[str], about: str, value: str, sayer: Sayer) -> str:
    """Say one thing about animals that a machine found; return the entry's id.

    about: "flank" or "quality" (the animal is then of the species under study), "other" (it is of another one) or
    "blank" (there is nothing). Raises ParameterError for anything else, or an observation that is not there.
    """
    if about not in SAID or not observations:
        raise ParameterError(
            _("{found!r}: expected one of {names}.").format(found=about, names=", ".join(SAID))
        )
    allowed = {"flank": FLANKS, "quality": QUALITIES}.get(about)
    if allowed is not None and value not in allowed:
        raise ParameterError(
            _("{found!r}: expected one of {names}.").format(found=value, names=", ".join(allowed))
        )
    config, _warnings = survey_config(folder)
    with open_survey(folder, write=True) as store:
        rows = dict(store.rows("observations", observations))
        unknown = sorted(set(observations) - set(rows))
        if unknown:
            raise ParameterError(_("There is no observation {id}.").format(id=", ".join(unknown[:5])))
        with store.transaction():
            if about == "blank":
                return _say_blank(store, rows.values(), config.organisation, sayer)
            species = OTHER if about == "other" else config.species
            said = [Decision(key, "species", species, by=sayer.actor, basis=BASIS) for key in rows]
            if about != "other":
                said += [Decision(key, about, value, by=sayer.actor, basis=BASIS) for key in rows]
            return sayer.say(store, "decisions-made", {"decisions": [to_record(d) for d in said]}).id


def unseen_sample(folder: Path, count: int, seed: int) -> list[Media]:
    """Return a random sample of media on which nobody and nothing has seen anything, for a check by eye."""
    with open_survey(folder) as store:
        seen = {
            one for (media,) in store.columns("observations", "media") for one in json.loads(media or "[]")
        }
        rest = [key for key in store.keys("media") if key not in seen]
        dice = random.Random(seed)
        chosen: list[Media] = []
        while rest and len(chosen) < count:
            drawn = [_drawn(rest, dice) for _n in range(min(count, len(rest)))]
            found = {m.id: m for m in store.media(drawn)}
            usable = [found[key] for key in drawn if not _damaged(found[key])]
            chosen += usable[: count - len(chosen)]
        return sorted(chosen, key=lambda m: (m.deployment, str(m.timestamp)))


def say_seen(folder: Path, media: str, something: bool, sayer: Sayer) -> str:
    """Say of a medium without any observation that it is empty, or that there is something; return the entry's id."""
    config, _warnings = survey_config(folder)
    with open_survey(folder, write=True) as store:
        found = dict(store.rows("media", [media]))
        if media not in found:
            raise ParameterError(_("There is no file {id}.").format(id=media))
        with store.transaction():
            record = {"deployment": found[media].get("deployment", ""), "media": [media]}
            kind = "unknown" if something else "blank"
            return _say_empty(store, [(record, kind)], config.organisation, sayer)


def _drawn(rest: list[str], dice: random.Random) -> str:
    """Take one out by chance; the order of the others is of no account."""
    place = dice.randrange(len(rest))
    rest[place], rest[-1] = rest[-1], rest[place]
    return rest.pop()


def _damaged(media: Media) -> bool:
    return bool(set(media.faults) & set(DAMAGE_FAULTS)) or not media.deployment


def _say_blank(store: Store, rows: Iterable[dict[str, Any]], organisation: str, sayer: Sayer) -> str:
    return _say_empty(store, [(row, "blank") for row in rows], organisation, sayer)


def _say_empty(
    store: Store, rows: Iterable[tuple[dict[str, Any], str]], organisation: str, sayer: Sayer
) -> str:
    made = {}
    for row, kind in rows:
        for one in row.get("media", ())[:1]:
            id_ = derived(organisation, "looked", one)
            made[id_] = {
                "id": id_, "deployment": row["deployment"], "media": [one], "type": kind,
                "classified_by": sayer.actor,
            }  # fmt: skip
    return sayer.say(store, "observations-made", {"observations": list(made.values())}).id


def _decided(store: Store) -> frozenset[str]:
    return frozenset(observation for (observation,) in store.columns("decisions", "observation"))


def _blank(store: Store) -> frozenset[str]:
    return frozenset(
        one for _key, r in store.related("observations", "type", "blank") for one in r.get("media", ())
    )


def _detection(
    store: Store, key: str, record: dict[str, Any], media: dict[str, Media], blank: frozenset[str]
) -> Detection:
    said = {"flank": "", "quality": "", "species": str(record.get("scientific_name", ""))}
    for _key, decision in store.related("decisions", "observation", key):
        if decision["about"] in said:
            kept = decision.get("outcome", "same") in ("same", "new")
            said[decision["about"]] = str(decision["value"]) if kept else ""
    first = next(iter(record.get("media", ())), "")
    medium = media.get(first)
    extra = record.get("extra", {})
    box = record.get("box")
    return Detection(
        key, first, medium.kind if medium else "image", record.get("frame"), Box(**box) if box else None,
        medium.timestamp if medium else None, record.get("probability"), said["flank"],
        str(extra.get(FLANK_PROPOSED, "")), said["quality"] or str(extra.get(QUALITY, "")), said["species"],
        first in blank,
    )  # fmt: skip


def _events(rows: Sequence[Row], media: Mapping[str, Media], gap: timedelta) -> list[list[Row]]:
    """Return rows in order of time, cut where nothing was found for longer than a gap; the undated come last."""

    def when(row: Row) -> datetime | None:
        first = media.get(next(iter(row[1].get("media", ())), ""))
        return first.timestamp if first else None

    order = sorted(
        (at, str(row[1].get("media")), row[1].get("frame") or 0, n)
        for n, row in enumerate(rows)
        if (at := when(row)) is not None
    )
    events: list[list[Row]] = []
    last: datetime | None = None
    for at, _media, _frame, n in order:
        if last is None or at - last > gap:
            events.append([])
        events[-1].append(rows[n])
        last = at
    undated = [row for row in rows if when(row) is None]
    return [*events, undated] if undated else events
