"""The rows of our own resources: what the standard's three tables have no place for."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pardus.camtrapdp.cells import render
from pardus.camtrapdp.contents import Beneath
from pardus.camtrapdp.rows import file_path
from pardus.model.errors import ParameterError
from pardus.model.ids import derived, split
from pardus.model.media import Media
from pardus.model.observation import Observation
from pardus.model.survey import Survey

Line = Sequence[str]


def held_back(media: Media) -> str:
    """Return why a medium has no place in the standard's table, "" if it has."""
    if media.timestamp is None:
        return "no-date"
    return "" if media.deployment else "no-deployment"


def only_medium(observation: Observation, exported: Mapping[str, Media]) -> str:
    """Return the id of an observation's medium if it has just one, and that is in the package; else ""."""
    if len(observation.media) != 1 or observation.media[0] not in exported:
        return ""
    same = exported[observation.media[0]].deployment == observation.deployment
    return observation.media[0] if same else ""


class Ours:
    """Makes the rows. exported: media in the standard's table. other: (table, id, field, text) without a column."""

    def __init__(
        self,
        survey: Survey,
        beneath: Beneath,
        exported: Mapping[str, Media],
        other: list[tuple[str, str, str, str]],
    ) -> None:
        self.survey, self.beneath, self.exported, self.other = survey, beneath, exported, other
        self.observations = {o.id: o for o in survey.observations}

    def tables(self) -> Iterator[tuple[str, Iterator[Line]]]:
        """Yield (resource, its rows) in the order in which they are written; "other-fields" last, when all is known."""
        yield "stations", self._stations()
        yield "deployment-details", self._details()
        yield "camera-operation", self._operation()
        yield "clock-corrections", self._corrections()
        yield "sessions", self._sessions()
        yield "individuals", self._individuals()
        yield "individual-statements", self._statements()
        yield "individual-aliases", self._aliases()
        yield "individual-relationships", self._relationships()
        yield "identifications", self._identifications()
        yield "observation-details", self._observation_details()
        yield "observation-media", self._observation_media()
        yield "media-hashes", self._media_details()
        yield "media-held-back", self._media_held_back()
        yield (
            "observations-held-back",
            ((id_, json.dumps(r, ensure_ascii=False)) for id_, r in self.beneath.held_back.items()),
        )
        yield "fits", ((name, json.dumps(fit, ensure_ascii=False)) for name, fit in self.beneath.fits.items())
        yield "estimates", self._estimates()
        yield (
            "other-fields",
            (
                (table, id_, name, json.dumps(text, ensure_ascii=False))
                for table, id_, name, text in self.other
            ),
        )

    def _stations(self) -> Iterator[Line]:
        for s in self.survey.stations:
            yield (
                s.id, s.name, render(s.x), render(s.y), self.survey.config.crs, render(s.latitude),
                render(s.longitude), s.original, s.original_crs, render(s.uncertainty_m),
            )  # fmt: skip
            for key, text in s.covariates.items():
                self.other.append(("stations", s.id, f"covariate:{key}", text))

    def _details(self) -> Iterator[Line]:
        for d in self.survey.deployments:
            precision = "running" if d.end is None else "day" if d.end_is_day else "second"
            yield (
                d.id, d.camera, d.camera_serial, "day" if d.start_is_day else "second", precision, d.clock,
                d.start.isoformat() if d.start.microsecond else "",
                d.end.isoformat() if d.end is not None and d.end.microsecond else "",
            )  # fmt: skip

    def _operation(self) -> Iterator[Line]:
        for d in self.survey.deployments:
            for p in d.problems:
                yield d.id, p.start.isoformat(), p.end.isoformat(), p.state, p.cause, p.basis

    def _corrections(self) -> Iterator[Line]:
        there = {d.id for d in self.survey.deployments}
        for c in self.survey.corrections:
            if c.deployment in there:
                walls = (c.wall_1, c.true_1, c.wall_2, c.true_2, c.from_wall, c.to_wall)
                texts = ["" if wall is None else wall.isoformat() for wall in walls]
                yield c.deployment, c.kind, render(c.offset_s), c.zone, *texts, c.reason

    def _sessions(self) -> Iterator[Line]:
        config = self.survey.config
        for s in config.sessions:
            yield (
                s.name, str(s.start), str(s.end), config.zone, str(config.occasion_start_hour),
                str(config.occasion_days), config.species,
            )  # fmt: skip

    def _individuals(self) -> Iterator[Line]:
        seen: dict[str, list[datetime]] = defaultdict(list)
        for o in self.survey.observations:
            if o.individual:
                seen[o.individual].append(o.start)
        for i in self.survey.individuals:
            said = {s.about: s for s in sorted(i.statements, key=lambda s: s.on)}
            days = sorted(seen[i.id])
            sex = said.get("sex")
            yield (
                i.id,
                said["name"].value if "name" in said else "",
                sex.value if sex else "",
                sex.basis if sex else "",
                said["birthYear"].value if "birthYear" in said else "",
                said["status"].value if "status" in said else "",
                str(days[0].date()) if days else "",
                str(days[-1].date()) if days else "",
            )

    def _statements(self) -> Iterator[Line]:
        for i in self.survey.individuals:
            for s in i.statements:
                yield s.individual, s.about, s.value, str(s.on), s.by, s.basis

    def _aliases(self) -> Iterator[Line]:
        for i in self.survey.individuals:
            for s in i.statements:
                if s.about == "alias":
                    partner, local = _partner(s.value)
                    yield i.id, partner, local, s.by, str(s.on)

    def _relationships(self) -> Iterator[Line]:
        for i in self.survey.individuals:
            for r in i.relationships:
                yield r.individual, r.related, r.kind, r.certainty, r.evidence

    def _identifications(self) -> Iterator[Line]:
        seen: Counter[tuple[str, ...]] = Counter()
        organisation = self.survey.config.organisation
        for d in self.beneath.decisions:
            observation = self.observations.get(d.observation)
            if observation is None and d.observation not in self.beneath.held_back:
                continue
            if d.about not in ("individual", "species"):
                continue  # the flank as decided stands in the details of its observation
            media = observation.media if observation else ()
            moment = "" if d.at is None else d.at.isoformat()
            content = (d.observation, d.about, d.value, d.outcome, d.by, d.basis, moment)
            seen[content] += 1
            id_ = derived(
                split(d.observation)[0] or organisation, "identification", *content, str(seen[content])
            )
            who, what = (d.value, "") if d.about == "individual" else ("", d.value)
            yield id_, d.observation, d.about, d.outcome, who, what, d.by, moment, d.basis
            if d.media != media:
                self.other.append(("identifications", id_, "media", "\n".join(d.media)))

    def _observation_details(self) -> Iterator[Line]:
        for o in self.survey.observations:
            stated = self.beneath.observations.get(o.id, o)
            timed = o.id in self.beneath.timed_by_media
            own = stated.scientific_name, stated.individual
            exact = [
                "" if timed else moment.isoformat() if moment != shown or moment.microsecond else ""
                for moment, shown in ((stated.start, o.start), (stated.end, o.end))
            ]
            line = (
                "" if o.flank == "unknown" else o.flank,
                "" if o.frame is None else str(o.frame),
                o.group,
                o.mother,
                *own,
                *exact,
                "media" if timed else "",
            )
            if any(line):
                yield o.id, *line

    def _observation_media(self) -> Iterator[Line]:
        for o in self.survey.observations:
            if o.media and not only_medium(o, self.exported):
                for n, media in enumerate(o.media, 1):
                    yield o.id, media, str(n)

    def _file(self, m: Media) -> tuple[str, ...]:
        stated = self.beneath.media.get(m.id, m)
        differs = stated.timestamp is not None and (
            stated.timestamp != m.timestamp or stated.timestamp.microsecond != 0
        )
        return (
            m.sha256,
            str(m.bytes) if m.sha256 or m.bytes else "",
            str(m.width or ""),
            str(m.height or ""),
            render(m.duration_s),
            "" if m.wall is None else m.wall.isoformat(),
            m.date_source,
            m.raw_date,
            "|".join(m.faults if stated is m else stated.faults),
            stated.timestamp.isoformat() if differs and stated.timestamp is not None else "",
        )

    def _media_details(self) -> Iterator[Line]:
        for m in self.exported.values():
            yield m.id, *self._file(m)

    def _media_held_back(self) -> Iterator[Line]:
        for m in self.survey.media:
            reason = held_back(m)
            if reason:
                stamp = "" if m.timestamp is None else m.timestamp.isoformat()
                path = file_path(m)
                yield m.id, m.deployment, reason, stamp, path, m.mime, m.kind, *self._file(m)
                for key, text in m.extra.items():
                    self.other.append(("media", m.id, f"extra:{key}", text))
                self.other_media(m, path)

    def _estimates(self) -> Iterator[Line]:
        for name, fit in self.beneath.fits.items():
            for e in fit.get("estimates", ()):
                numbers = [render(e.get(key)) for key in ("estimate", "se", "lower", "upper")]
                texts = [str(e.get(key) or "") for key in ("quantity", "session", "region", "animal_class")]
                yield name, *texts, *numbers, str(e.get("unit") or ""), str(fit.get("status") or "")

    def other_media(self, m: Media, path: str) -> None:
        """Note what of a medium has no column anywhere. path: under which it stands in a table."""
        for n, other in enumerate(m.paths):
            if n or other != path:
                self.other.append(("media", m.id, f"path:{n}", other))
        for key, text in m.metadata.items():
            self.other.append(("media", m.id, f"metadata:{key}", text))
        if "/" not in m.mime:
            self.other.append(("media", m.id, "mime", m.mime))
        if m.kind != ("image" if m.mime.startswith("image/") else "video"):
            self.other.append(("media", m.id, "kind", m.kind))


def _partner(alias: str) -> tuple[str, str]:
    try:
        return split(alias)
    except ParameterError:
        return "", alias
