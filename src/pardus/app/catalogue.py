"""An existing catalogue into a survey: a passport table and folders of plates; the first animals that are known."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from PIL import Image as PillowImage

from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.ingest.tables.grid import as_text, read_grid
from pardus.ingest.tables.passports import ALWAYS
from pardus.ingest.tables.words import SEX_WORDS, STAGE_WORDS
from pardus.model.decision import Decision
from pardus.model.errors import Finding, TableError
from pardus.model.ids import derived, qualify
from pardus.model.individual import Relationship, Statement
from pardus.model.labels import REASONS, Labels, Meant, cub_of, is_group, is_nobody, parts_of
from pardus.model.language import _, ngettext
from pardus.model.lookalike import clean, skeleton
from pardus.model.media import Media
from pardus.model.observation import PLATE, SIDES, Box, Observation
from pardus.model.record import to_record
from pardus.model.survey import Survey, TableMapping
from pardus.store.blobs import INCOMING, settle
from pardus.store.protocol import Store

COLUMNS: dict[str, tuple[str, ...]] = {
    "label": ("individual", "label", "id", "animal", "особь", "номер", "кличка", "个体", "编号"),
    "name": ("name", "имя", "名字"),
    "sex": ("sex", "gender", "пол", "性别"),
    "birth_year": ("birth_year", "born", "birthyear", "год рождения", "出生年"),
    "life_stage": ("life_stage", "age", "age class", "возраст", "年龄"),
    "mother": ("mother", "мать", "母亲"),
    "alias": ("alias", "aliases", "other names", "другие имена", "别名"),
    "status": ("status", "статус", "状态"),
    "group": ("group", "группа", "群"),
    "on": ("on", "date", "дата", "日期"),
}
"""Columns of a passport table, by the headings it may have; survey.toml's [tables.catalogue] can say others."""

PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp")
FLANKS = {
    "left": ("left", "l", "лев", "левый", "левая", "л", "左"),
    "right": ("right", "r", "прав", "правый", "правая", "п", "右"),
}
BATCH = 500


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a catalogue. meant: label as written -> what it was taken for, each label once.

    individuals: ids in the catalogue. new: of them not known before. plates: by flank. known: plates there before.
    """

    individuals: tuple[str, ...]
    new: int
    meant: Mapping[str, Meant]
    plates: Mapping[str, int]
    known: int
    one_flank: int
    findings: tuple[Finding, ...]

    def unidentified(self) -> Counter[str]:
        """Return reason -> labels that name no animal."""
        return Counter(m.reason for m in self.meant.values() if m.reason)

    def as_json(self) -> dict[str, Any]:
        """Return what --json prints."""
        return {
            "individuals": len(self.individuals),
            "new": self.new,
            "plates": dict(self.plates),
            "known": self.known,
            "one_flank": self.one_flank,
            "labels": {
                label: {"individual": m.individual, "reason": m.reason, "near": list(m.near)}
                for label, m in sorted(self.meant.items())
            },
        }

    def sentences(self) -> list[str]:
        """Say it to a person; labels add up to animals and reasons."""
        plates = sum(self.plates.values())
        lines = [
            _("Catalogue: {n} animals, {new} of them new, {one} known from one flank only.").format(
                n=len(self.individuals), new=self.new, one=self.one_flank
            ),
            ngettext("{n} new plate, {known} known.", "{n} new plates, {known} known.", plates).format(
                n=plates, known=self.known
            ),
        ]
        lines += [
            ngettext("{n} label is unidentified: {why}.", "{n} labels are unidentified: {why}.", n).format(
                n=n, why=_(REASONS[reason])
            )
            for reason, n in sorted(self.unidentified().items())
        ]
        return lines


@dataclass(slots=True)
class _Catalogue:
    """What the table says: names -> individual, and the statements."""

    names: dict[str, str] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    relationships: list[Relationship] = field(default_factory=list)
    meant: dict[str, Meant] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def import_catalogue(folder: Path, table: Path, plates: Path | None, *, sayer: Sayer) -> Taken:
    """Take a passport table, and a folder of plates, into the survey in `folder`.

    Every label of the table and every name of a plate folder becomes an animal or is unidentified for a reason. The
    same catalogue again adds nothing. Plates lie in LABEL/left, LABEL/right, or left/LABEL, or have the flank in
    their name (LABEL_L.jpg); they are copied. Raises TableError if the table can't be read; nothing is then written.
    """
    with open_survey(folder, write=True) as store:
        survey = store.survey(media=False)
        read = _read(table, survey, sayer)
        labels = Labels(read.names, read.groups)
        files = list(_plates(plates, labels, read)) if plates is not None else []
        known = {i.id for i in survey.individuals}
        there = {
            canonical for table_ in ("statements", "relationships") for canonical in _there(store, table_)
        }
        statements = [s for s in map(to_record, dict.fromkeys(read.statements)) if _key(s) not in there]
        relationships = [r for r in map(to_record, dict.fromkeys(read.relationships)) if _key(r) not in there]
        media, observations, decisions, old = _records(folder, store, survey, files, sayer)
        with store.transaction():
            ingest = sayer.new_id()
            if statements or relationships or media or observations:
                sayer.say(
                    store,
                    "ingest-started",
                    {"ingest": ingest, "folder": table.name, "options": {"catalogue": True}},
                )
                for kind, name, records in (
                    ("individuals-stated", "statements", statements),
                    ("relationships-stated", "relationships", relationships),
                    ("media-added", "media", media),
                    ("observations-made", "observations", observations),
                    ("decisions-made", "decisions", decisions),
                ):
                    for at in range(0, len(records), BATCH):
                        sayer.say(store, kind, {"ingest": ingest, name: records[at : at + BATCH]})
                counts = {"boxes": len(observations), "known": old}
                sayer.say(store, "ingest-finished", {"ingest": ingest, "counts": counts, "findings": []})
    individuals = tuple(sorted(set(read.names.values())))
    flanks: dict[str, set[str]] = defaultdict(set)
    for _path, flank, who in files:
        flanks[who].add(flank)
    return Taken(
        individuals,
        len(set(individuals) - known),
        read.meant,
        Counter(flank for _path, flank, _who in files) if observations else {},
        old,
        sum(len(flanks[i] & set(SIDES)) == 1 for i in individuals),
        tuple(sorted(read.findings)),
    )


def _read(table: Path, survey: Survey, sayer: Sayer) -> _Catalogue:
    mapping = survey.config.tables.get("catalogue", TableMapping(table.name))
    grid = read_grid(table.parent, replace(mapping, file=table.name))
    faults = [f for f in grid.findings if f.severity == "error"]
    heads = {clean(h).casefold(): h for h in grid.header}
    column = {
        ours: mapping.columns.get(ours) or next((heads[n] for n in names if n in heads), "")
        for ours, names in COLUMNS.items()
    }
    if not faults and not column["label"]:
        message = _("Expected a column of the animals' labels: one of {names}.").format(
            names=", ".join(COLUMNS["label"])
        )
        faults.append(Finding("column-missing", table.name, message))
    if faults:
        raise TableError(_("{path}: the catalogue can't be read.").format(path=table), faults)
    out = _Catalogue(findings=[f for f in grid.findings if f.severity != "error"])
    _known_before(survey, out)
    organisation = survey.config.organisation
    rows = [
        (
            row.number,
            {ours: clean(as_text(row.cells.get(col))) if col else "" for ours, col in column.items()},
        )
        for row in grid.rows
    ]
    for wave in (_is_plain, lambda text: not _is_plain(text)):  # names first, then what speaks of names
        for number, cells in rows:
            if wave(cells["label"]):
                _row(number, cells, table.name, organisation, out, sayer)
    return out


def _known_before(survey: Survey, out: _Catalogue) -> None:
    """Names that the survey knows already."""
    for individual in survey.individuals:
        local = individual.id.partition(":")[2]
        out.names[local] = individual.id
        for s in individual.statements:
            if s.about in ("alias", "name"):
                out.names.setdefault(clean(s.value), individual.id)


def _is_plain(label: str) -> bool:
    return len(parts_of(label)) == 1 and not is_group(label) and not cub_of(label) and not is_nobody(label)


def _row(
    number: int, cells: Mapping[str, str], file: str, organisation: str, out: _Catalogue, sayer: Sayer
) -> None:
    label = cells["label"]
    if cells["group"]:
        out.groups.append(cells["group"])
    if is_nobody(label):
        out.meant[label or f"({file}:{number})"] = Meant(reason="blank")
        return
    meant = Labels(out.names, out.groups).read(label)
    parts = parts_of(label)
    if meant.reason in ("group", "ambiguous", "two-names"):
        out.meant[label] = meant
        _tell(out, file, number, label, meant)
        return
    who = meant.individual
    if not who:  # a name of its own: a new animal, cubs included
        if meant.reason == "typo" and _is_plain(label):
            _tell(out, file, number, label, meant)  # taken as an animal of its own, but said
        who = qualify(organisation, parts[0])
    elif meant.read_as and skeleton(label) != skeleton(who.partition(":")[2]):
        pass
    elif meant.read_as:
        _tell(out, file, number, label, meant, _("read as {who}").format(who=who))
    for part in parts:
        out.names.setdefault(part, who)
    out.meant[label] = Meant(who, read_as=meant.read_as)
    day = _day(cells["on"])

    def state(about: str, value: str) -> None:
        out.statements.append(Statement(who, about, value, day, sayer.actor, "catalogue"))

    local = who.partition(":")[2]
    for other in [*parts, *(clean(x) for x in re.split(r"[;,/]", cells["alias"]) if clean(x))]:
        if other != local:
            out.names.setdefault(other, who)
            state("alias", other)
    if cells["name"]:
        out.names.setdefault(cells["name"], who)
        state("name", cells["name"])
    if sex := _word(cells["sex"], SEX_WORDS):
        state("sex", sex)
    if stage := _word(cells["life_stage"], STAGE_WORDS):
        state("lifeStage", stage)
    if re.fullmatch(r"(19|20)\d\d", cells["birth_year"]):
        state("birthYear", cells["birth_year"])
    if cells["status"].casefold() in ("alive", "dead", "removed", "released", "collared"):
        state("status", cells["status"].casefold())
    if not cells["sex"] + cells["life_stage"] + cells["birth_year"] + cells["name"]:
        state("comment", "catalogue")
    for mother in {cells["mother"], *(cub_of(p) for p in parts)} - {""}:
        known = Labels(out.names).read(mother)
        if known.individual and known.individual != who:
            out.relationships.append(Relationship(known.individual, who, "motherOf", evidence="catalogue"))
        else:
            _tell(out, file, number, mother, known if known.reason else Meant(reason="unknown"))


def _word(text: str, words: Mapping[str, tuple[str, ...]]) -> str:
    """Return our word for what is written, "" if it is none."""
    said = text.casefold()
    return next((ours for ours, theirs in words.items() if ours and (said == ours or said in theirs)), "")


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date() if text else ALWAYS
    except ValueError:
        return ALWAYS


def _tell(out: _Catalogue, file: str, number: int, label: str, meant: Meant, said: str = "") -> None:
    where = f"{file}:{number}"
    message = _("{label!r}: {why}.").format(label=label, why=said or meant.sentence())
    remedy = "" if said else _("Write it as the passport has it, or add it as an alias there.")
    out.findings.append(Finding(f"label-{meant.reason or 'read-as'}", where, message, remedy, "warning"))


def _plates(folder: Path, labels: Labels, read: _Catalogue) -> Iterator[tuple[Path, str, str]]:
    """Yield (file, flank, individual) of every plate; what names nobody is told and counted."""
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in PICTURES):
        names = [*path.relative_to(folder).parts[:-1]]
        stem, flank = _split_flank(path.stem)
        flank = next((f for n in reversed(names) if (f := _flank(n))), flank)
        label = next((n for n in reversed(names) if not _flank(n)), stem)
        meant = labels.read(label)
        read.meant.setdefault(label, meant)
        if not meant.individual:
            where = path.relative_to(folder).as_posix()
            message = _("{label!r}: {why}.").format(label=label, why=meant.sentence())
            remedy = _("Rename the folder as the passport has it.")
            read.findings.append(Finding(f"plate-{meant.reason}", where, message, remedy, "warning"))
            continue
        yield path, flank or "unknown", meant.individual


def _flank(text: str) -> str:
    word = clean(text).casefold().rstrip(".")
    return next((flank for flank, words in FLANKS.items() if word in words), "")


def _split_flank(stem: str) -> tuple[str, str]:
    """Split LABEL_L, LABEL left, LABEL-R-2 into label and flank."""
    pieces = re.split(r"[ _-]+", stem)
    for n, piece in enumerate(pieces[1:], 1):
        if flank := _flank(piece):
            return " ".join(pieces[:n]), flank
    return stem, ""


def _records(
    folder: Path, store: Store, survey: Survey, files: Iterable[tuple[Path, str, str]], sayer: Sayer
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]], int]:
    """Copy the plates that are new; return records of media, observations and decisions, and how many were known."""
    organisation = survey.config.organisation
    media: list[dict[str, Any]] = []
    observations, decisions = [], []
    aside: list[tuple[Path, str]] = []
    known = 0
    (folder / INCOMING).mkdir(exist_ok=True)
    for path, flank, who in files:
        content = path.read_bytes()
        sha = hashlib.sha256(content).hexdigest()
        id_ = f"{organisation}:{sha[:20]}"
        of = derived(organisation, "plate", id_, who, flank)
        if of in store.told("observations", [of]):
            known += 1
            continue
        with PillowImage.open(path) as image:
            width, height = image.size
        if id_ not in store.told("media", [id_]) and all(m["id"] != id_ for m in media):
            copy = folder / INCOMING / f"plate-{sha[:20]}"
            shutil.copyfile(path, copy)
            aside.append((copy, sha))
            paths = (f"catalogue/{path.parent.name}/{path.name}",)
            media.append(
                to_record(
                    Media(id_, sha, len(content), "image", "image/jpeg", paths, width=width, height=height)
                )
            )
        at = datetime(1900, 1, 1, tzinfo=UTC)
        made = Observation(
            of, "", at, at, (id_,), scientific_name=survey.config.species, flank=flank,
            box=Box(0.0, 0.0, 1.0, 1.0), classified_by=sayer.actor, extra={PLATE: "catalogue"},
        )  # fmt: skip
        observations.append(to_record(made))
        decisions.append(to_record(Decision(of, "individual", who, "same", sayer.actor, "plate", (id_,))))
    settle(folder, aside)
    return media, observations, decisions, known


def _there(store: Store, table: str) -> Iterator[str]:
    for _id, record in store.present(table):
        yield _key(record)


def _key(record: Mapping[str, Any]) -> str:
    return repr(sorted((k, v) for k, v in record.items() if k != "by"))
