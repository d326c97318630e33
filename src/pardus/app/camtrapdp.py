"""Camtrap DP packages into a survey and out of it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pardus
from pardus.app.saying import Sayer
from pardus.app.survey_folder import QUARANTINE, open_survey, survey_config
from pardus.camtrapdp.check import ACCEPTABLE
from pardus.camtrapdp.contents import Beneath, Contents
from pardus.camtrapdp.read import package_organisation, read_package
from pardus.camtrapdp.schema import LATEST
from pardus.camtrapdp.write import Written, write_package
from pardus.model.decision import Decision
from pardus.model.entry import canonical
from pardus.model.errors import Finding, LogError, UsageError
from pardus.model.language import _, ngettext
from pardus.model.media import Media
from pardus.model.observation import PLATE, Observation
from pardus.model.record import from_record, to_record
from pardus.model.spreadsheet import harmless
from pardus.model.survey import Survey
from pardus.store.protocol import Store

BATCH = 500
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every row: read = new + known + differing + quarantined, for each table.

    differing: rows with an id that the survey has already, saying something else; the survey's stand.
    entry: id of the import's first entry, by which all of it is undone ("" if nothing was new).
    """

    entry: str = ""
    read: dict[str, int] = field(default_factory=dict, hash=False)
    new: dict[str, int] = field(default_factory=dict, hash=False)
    known: dict[str, int] = field(default_factory=dict, hash=False)
    differing: dict[str, int] = field(default_factory=dict, hash=False)
    quarantined: dict[str, int] = field(default_factory=dict, hash=False)
    quarantine: str = ""
    findings: tuple[Finding, ...] = ()

    def sentences(self) -> list[str]:
        """Say it to a person, table by table, so that it adds up."""
        text = _(
            "{table}: {read} rows = {new} new + {known} known + {differing} that differ + {quarantined} set aside"
        )
        said = [
            text.format(
                table=table,
                read=count,
                new=self.new.get(table, 0),
                known=self.known.get(table, 0),
                differing=self.differing.get(table, 0),
                quarantined=self.quarantined.get(table, 0),
            )
            for table, count in self.read.items()
        ]
        if self.quarantine:
            said.append(
                _("Rows that were set aside, with the reasons: {folder}.").format(folder=self.quarantine)
            )
        if self.entry:
            said.append(_("Undo it with `pardus undo SURVEY {entry}`.").format(entry=self.entry))
        return said


def import_package(
    folder: Path,
    package: Path,
    *,
    sayer: Sayer,
    organisation: str = "",
    accept: Iterable[str] = (),
    preview: bool = False,
) -> ImportReport:
    """Read a Camtrap DP package into the survey in `folder`, all of it or nothing.

    organisation: whose ids the package has, if it does not say so itself. Rows that can't be taken are written to
    the survey's quarantine folder with their reasons. The same package again adds nothing. preview: count and
    check, and write nothing. Raises PackageError if the package is refused, UsageError if it is not known whose it
    is or a code can't be accepted.
    """
    config, _warnings = survey_config(folder)
    accept = frozenset(accept)
    if accept - ACCEPTABLE:
        raise UsageError(
            _("{codes} can't be accepted; these can: {names}.").format(
                codes=", ".join(sorted(accept - ACCEPTABLE)), names=", ".join(sorted(ACCEPTABLE))
            )
        )
    whose = organisation or package_organisation(package)
    if not whose:
        raise UsageError(
            _(
                "The package does not say whose ids it has. Name the organisation, for example --organisation inbo."
            )
        )
    contents = read_package(package, whose, config.crs, accept)
    with open_survey(folder, write=not preview) as store:
        importer = _Importer(store, sayer, package.name, preview)
        with nullcontext() if preview else store.transaction():
            report = importer.run(contents)
        missing = [s.name for s in contents.sessions if s not in config.sessions]
    findings = [*contents.findings, *report.findings]
    if missing:
        message = _("the package has sessions that survey.toml has not: {names}.").format(
            names=", ".join(missing)
        )
        findings.append(Finding("session-not-in-config", "sessions", message, severity="warning"))
    name = "" if preview else _write_quarantine(folder, importer.ingest, contents)
    findings += [f for row in contents.quarantine for f in replaced_severity(row.findings)]
    return replace(report, quarantine=name, findings=tuple(sorted(set(findings))))


def export_package(folder: Path, target: Path, *, version: str = LATEST) -> Written:
    """Write the survey in `folder` as a Camtrap DP package: a new folder, or a zip file. The survey is not changed."""
    with open_survey(folder) as store:
        survey = without_plates(store.survey())
        return write_package(
            survey, beneath(store, survey), target, program=f"pardus {pardus.__version__}", version=version
        )


def without_plates(survey: Survey) -> Survey:
    """Return a survey without the plates of a catalogue: they have no deployment and go with what is held back."""
    return replace(survey, observations=tuple(o for o in survey.observations if PLATE not in o.extra))


def exported(target: Path, written: Written) -> list[str]:
    """Say to a person what was exported."""
    text = _("Wrote {package}: {deployments} deployments, {media} media, {observations} observations.")
    counts = {table: written.rows.get(table, 0) for table in ("deployments", "media", "observations")}
    said = [text.format(package=target, **counts)]
    if written.held_back:
        said.append(
            ngettext(
                "{count} record has no time or no deployment; it is in a table of its own.",
                "{count} records have no time or no deployment; they are in tables of their own.",
                written.held_back,
            ).format(count=written.held_back)
        )
    return said


def beneath(store: Store, survey: Survey) -> Beneath:
    """Return what the log says beneath the survey that was folded from it."""
    shown = {o.id: o for o in survey.observations}
    stated, timed, held = {}, set(), {}
    for id_, record in store.present("observations"):
        folded = shown.get(id_)
        if folded is None:
            held[id_] = record
            continue
        if "start" not in record:
            timed.add(id_)
            record = {**record, "start": folded.start.isoformat(), "end": folded.end.isoformat()}
        observation = from_record(Observation, record)
        if observation != folded:
            stated[id_] = observation
    dated = {m.id: m for m in survey.media}
    media = {}
    for id_, record in store.present("media"):
        medium = from_record(Media, record)
        if medium != dated.get(id_):
            media[id_] = medium
    return Beneath(
        observations=stated,
        media=media,
        timed_by_media=frozenset(timed),
        held_back=held,
        decisions=tuple(_decisions(store)),
        fits=dict(store.present("fits")),
    )


def _decisions(store: Store) -> Iterator[Decision]:
    """Yield the decisions in log order, each with its time."""
    rows = list(store.present("decisions"))
    told = store.told("decisions", [key for key, _record in rows])
    moments: dict[str, datetime] = {}
    for key, record in rows:
        decision = from_record(Decision, record)
        if decision.at is None:
            id_ = told[key]
            if id_ not in moments:
                entry = store.entry(id_)
                if entry is None:
                    raise LogError(_("Entry {id} is not in the log.").format(id=id_))
                moments[id_] = datetime.fromisoformat(entry.at)
            decision = replace(decision, at=moments[id_])
        yield decision


def replaced_severity(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the reasons of quarantined rows as warnings: the import went on without them."""
    for finding in findings:
        yield replace(finding, severity="warning")


class _Importer:
    """Tells a log what a package says, but for what the survey has already."""

    def __init__(self, store: Store, sayer: Sayer, package: str, preview: bool) -> None:
        self.store, self.sayer, self.package, self.preview = store, sayer, package, preview
        self.ingest = sayer.new_id()
        self.entry = ""
        self.new: Counter[str] = Counter()
        self.known: Counter[str] = Counter()
        self.differing: Counter[str] = Counter()
        self.findings: list[Finding] = []

    def run(self, contents: Contents) -> ImportReport:
        """Say everything that is new, in the order in which it refers to each other."""
        c = contents
        self.keyed("stations", "stations-declared", "stations", map(to_record, c.stations))
        self.keyed("deployments", "deployments-declared", "deployments", map(to_record, c.deployments))
        self.keyed("media", "media-added", "media", map(to_record, c.media))
        observations = (_timed(to_record(o), o.id in c.timed_by_media) for o in c.observations)
        self.keyed(
            "observations", "observations-made", "observations", [*observations, *c.held_back.values()]
        )
        self.listed("decisions", "decisions-made", "decisions", map(to_record, c.decisions), self._decided(c))
        self.listed("statements", "individuals-stated", "statements", map(to_record, c.statements))
        self.listed("relationships", "relationships-stated", "relationships", map(to_record, c.relationships))
        there = Counter(
            canonical({k: v for k, v in record.items() if k != "at"})
            for _key, record in self.store.present("corrections")
        )
        for correction in c.corrections:
            record = to_record(correction)
            if not self._again("clock-corrections", canonical(record), there):
                self.say("clock-corrected", record)
        self.texts(c)
        self.finish(c)
        return ImportReport(
            entry=self.entry,
            read=c.counts,
            new=dict(self.new),
            known=dict(self.known),
            differing=dict(self.differing),
            quarantined=dict(Counter(row.table for row in c.quarantine)),
            findings=tuple(self.findings),
        )

    def say(self, kind: str, payload: Record) -> None:
        """Append an entry, after the one that begins the import."""
        if self.preview:
            return
        if not self.entry:
            started = {"ingest": self.ingest, "folder": self.package, "options": {}, "in_place": self.package}
            self.entry = self.sayer.say(self.store, "ingest-started", started).id
        self.sayer.say(self.store, kind, payload)

    def keyed(self, table: str, kind: str, name: str, records: Iterable[Record]) -> None:
        """Say rows that have an id each; one that the survey has is known or differs, and is never replaced."""
        there = dict(self.store.present(table))
        new = []
        for record in records:
            before = there.get(record["id"])
            if before is None:
                new.append(record)
                self.new[table] += 1
            elif before == record:
                self.known[table] += 1
            else:
                self.differing[table] += 1
                fields = sorted(k for k in {*before, *record} if before.get(k) != record.get(k))
                message = _("is in the survey already and differs in {fields}; the survey's stands.").format(
                    fields=", ".join(fields)
                )
                self.findings.append(
                    Finding("differs-from-survey", record["id"], message, severity="warning")
                )
        self.batched(kind, name, new)

    def listed(
        self,
        table: str,
        kind: str,
        name: str,
        records: Iterable[Record],
        there: Counter[str] | None = None,
    ) -> None:
        """Say rows that stand for themselves, but for as many of each as the survey has."""
        if there is None:
            there = Counter(canonical(record) for _key, record in self.store.present(table))
        new = [record for record in records if not self._again(table, canonical(record), there)]
        self.batched(kind, name, new)

    def _again(self, table: str, text: str, there: Counter[str]) -> bool:
        if there[text] > 0:
            there[text] -= 1
            self.known[table] += 1
            return True
        self.new[table] += 1
        return False

    def _decided(self, c: Contents) -> Counter[str]:
        """Count the decisions of the survey; without their times if those of the package have none."""
        timeless = any(decision.at is None for decision in c.decisions)
        there: Counter[str] = Counter()
        for decision in _decisions(self.store):
            there[canonical(to_record(decision))] += 1
            if timeless:
                there[canonical(to_record(replace(decision, at=None)))] += 1
        return there

    def batched(self, kind: str, name: str, records: Sequence[Record]) -> None:
        """Say records in entries of a bounded size."""
        for at in range(0, len(records), BATCH):
            self.say(kind, {"ingest": self.ingest, name: records[at : at + BATCH]})

    def texts(self, c: Contents) -> None:
        """Keep what is not known, and whole fits."""
        there = dict(self.store.present("resources"))
        for name, text in c.resources.items():
            if there.get(name, {}).get("text") != text:
                self.say("resource-kept", {"ingest": self.ingest, "name": name, "text": text})
        fits = dict(self.store.present("fits"))
        for name, fit in c.fits.items():
            if name not in fits:
                self.say("fit-made", {"ingest": self.ingest, "name": name, "fit": fit})

    def finish(self, c: Contents) -> None:
        """Say how it ended, if anything was new."""
        if self.entry:
            kinds = Counter(medium.kind for medium in c.media)
            counts = {
                "files": len(c.media),
                "images": kinds["image"],
                "videos": kinds["video"],
                "ignored": {},
                "added": self.new["media"],
                "known": self.known["media"] + self.differing["media"],
                "copies": 0,
                "held": 0,
                "damaged": 0,
                "undated": sum(medium.timestamp is None for medium in c.media),
                "observations": self.new["observations"],
                "decisions": self.new["decisions"],
                "quarantined": len(c.quarantine),
            }
            finished = {"ingest": self.ingest, "counts": counts, "findings": []}
            self.sayer.say(self.store, "ingest-finished", finished)


def _timed(record: Record, by_media: bool) -> Record:
    """Return an observation's record; without its times if those are its media's."""
    if by_media and record.get("media"):
        record = {k: v for k, v in record.items() if k not in ("start", "end")}
    return record


def _write_quarantine(folder: Path, ingest: str, contents: Contents) -> str:
    """Write the rows that were not taken, one file per table; return the folder's name, "" if there were none.

    These files are made to be opened in a spreadsheet: a text that it would run is disarmed by a quote before it.
    """
    if not contents.quarantine:
        return ""
    target = folder / QUARANTINE / ingest
    target.mkdir(parents=True)
    for table in dict.fromkeys(row.table for row in contents.quarantine):
        rows = [row for row in contents.quarantine if row.table == table]
        header = list(dict.fromkeys(name for row in rows for name in row.raw))
        with (target / f"{table}.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "reasons", *header])
            for row in rows:
                reasons = "; ".join(f"{f.code}: {f.message}" for f in row.findings)
                writer.writerow(
                    [row.number, *map(harmless, [reasons, *(row.raw.get(n, "") for n in header)])]
                )
    return target.relative_to(folder).as_posix()
