"""Tags and folder names to observations and decisions, by the mapping in survey.toml `[tags]`.

A tag that names a species or an individual is a statement by whoever tagged the file. So it becomes an Observation
that only says "an animal", and Decisions on it, which can be undone like any other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pardus.ingest.faults import finding
from pardus.ingest.layout import Place
from pardus.model import ids
from pardus.model.config import TAG_FIELDS
from pardus.model.decision import Decision
from pardus.model.errors import Finding, ParameterError
from pardus.model.language import _
from pardus.model.lookalike import clean, look_alikes, shown
from pardus.model.media import Media
from pardus.model.observation import FLANKS, LIFE_STAGES, SEXES, Observation

_ALLOWED = {"sex": SEXES, "life_stage": LIFE_STAGES, "flank": FLANKS}


@dataclass(frozen=True, slots=True)
class Labels:
    """What the tags (or folders) of one file say: meaning -> values in order, and the tags that say nothing.

    basis: "tag" or "folder".
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()
    basis: str = "tag"

    def __getitem__(self, meaning: str) -> tuple[str, ...]:
        return self.values.get(meaning, ())


@dataclass(frozen=True, slots=True)
class Labelled:
    """What was made of the labels of one file."""

    observations: tuple[Observation, ...] = ()
    decisions: tuple[Decision, ...] = ()
    findings: tuple[Finding, ...] = ()


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Raise ParameterError for a `[tags]` table with an unknown key, or a pattern that is empty or has two '*'."""
    for meaning, pattern in mapping.items():
        if meaning not in TAG_FIELDS or not pattern.strip() or pattern.count("*") > 1:
            raise ParameterError(
                _(
                    "[tags] {meaning} = {pattern!r}: expected one of {meanings}, and the tag above the value, "
                    "for example individual = 'Individual' or 'Individual|*'."
                ).format(meaning=meaning, pattern=pattern, meanings=", ".join(TAG_FIELDS))
            )


def labels_of(keywords: tuple[str, ...], mapping: Mapping[str, str]) -> Labels:
    """Return what a file's keywords say.

    mapping: field -> the tag above the value ("Species": the tag Species|Leopard says Leopard), or a pattern with
    one '*' for the value ("Species|*", "ID-*"). Compared without case; of several levels under it the last counts.
    Raises ParameterError for a bad mapping.
    """
    check_mapping(mapping)
    values: dict[str, list[str]] = {}
    unmapped = []
    for keyword in keywords:
        hits = [
            (meaning, value) for meaning, pattern in mapping.items() if (value := _match(keyword, pattern))
        ]
        for meaning, value in hits:
            values.setdefault(meaning, []).append(value)
        if not hits:
            unmapped.append(keyword)
    return Labels(
        {meaning: tuple(dict.fromkeys(found)) for meaning, found in values.items()}, tuple(unmapped)
    )


def labels_of_place(place: Place) -> Labels:
    """Return what the folders of a file say about the animal."""
    named = {"species": clean(place.species), "individual": clean(place.individual)}
    return Labels({meaning: (value,) for meaning, value in named.items() if value}, basis="folder")


def _match(keyword: str, pattern: str) -> str:
    """Return what the '*' of a pattern stands for in a keyword, or ""."""
    word = clean(keyword)
    pattern = pattern if "*" in pattern else f"{pattern.strip('|')}|*"
    before, _star, after = unicodedata.normalize("NFC", pattern).partition("*")
    fits = len(word) > len(before) + len(after)
    if not (
        fits and word.casefold().startswith(before.casefold()) and word.casefold().endswith(after.casefold())
    ):
        return ""
    middle = word[len(before) : len(word) - len(after)]
    return clean(middle.rpartition("|")[2])


def alike_individuals(individuals: Iterable[str]) -> list[Finding]:
    """Return a finding for each group of individuals whose ids look the same and are not: one cat counted twice?

    individuals: ids from tags and folders, and those that the survey has already.
    """
    message = _("These ids look the same and are not: {ids}.")
    groups = look_alikes(sorted(set(individuals)), {})
    return [
        finding("look-alike-ids", "", message.format(ids=", ".join(shown(one) for one in group)))
        for group in sorted(groups)
    ]


def observe(media: Media, labels: Labels, organisation: str, by: str, study_species: str = "") -> Labelled:
    """Return the observations of one file and the decisions that its labels are.

    One observation for each individual named, or for each species where no individual is. by: the author
    (`organisation:name`) where no `author` tag names one. study_species: to which individuals belong when several
    species are tagged. A file without a usable time gives the finding "tag-undated" and nothing else; nothing is
    lost, because the keywords stay in the media's metadata. Sex, life stage, flank, count and behaviour are taken
    only when one animal is tagged.
    """
    individuals, species = labels["individual"], labels["species"]
    if not individuals and not species:
        return Labelled()
    where = media.paths[0] if media.paths else media.id
    if media.timestamp is None:
        return Labelled(findings=(finding("tag-undated", where),))
    findings = []
    animals = _animals(individuals, species, study_species)
    if len(animals) > 1:
        findings.append(
            finding(
                "tag-several",
                where,
                _("Tagged: {tags}.").format(tags=", ".join(filter(None, (*individuals, *species)))),
            )
        )
    by = ids.qualify(organisation, labels["author"][0]) if len(labels["author"]) == 1 else by
    one = len(animals) == 1
    details = {meaning: _detail(labels, meaning, where, findings) if one else "" for meaning in _ALLOWED}
    observations, decisions = [], []
    for individual, name in animals:
        observation = Observation(
            id=ids.derived(organisation, "label", media.id, labels.basis, individual, name),
            deployment=media.deployment,
            start=media.timestamp,
            end=media.timestamp,
            media=(media.id,),
            flank=details["flank"] or "unknown",
            count=_count(labels, where, findings) if one else 1,
            sex=details["sex"],
            life_stage=details["life_stage"],
            behaviour=labels["behaviour"][0] if one and labels["behaviour"] else "",
            classified_by=by,
        )
        observations.append(observation)
        if name:
            decisions.append(
                Decision(observation.id, "species", name, by=by, basis=labels.basis, media=(media.id,))
            )
        if individual:
            identity = ids.qualify(organisation, individual)
            decisions.append(
                Decision(observation.id, "individual", identity, by=by, basis=labels.basis, media=(media.id,))
            )
    return Labelled(tuple(observations), tuple(decisions), tuple(findings))


def _animals(individuals: tuple[str, ...], species: tuple[str, ...], study: str) -> list[tuple[str, str]]:
    """Return (individual, species) of each animal: a species is the individuals' only if that is not a guess."""
    if not individuals:
        return [("", name) for name in species]
    if len(species) == 1:
        return [(individual, species[0]) for individual in individuals]
    theirs = study if study in species else ""
    others = [name for name in species if name != theirs]
    return [(individual, theirs) for individual in individuals] + [("", name) for name in others]


def _count(labels: Labels, where: str, findings: list[Finding]) -> int:
    found = labels["count"]
    if len(found) == 1 and found[0].isascii() and found[0].isdigit() and int(found[0]) > 0:
        return int(found[0])
    if found:
        message = _("count: expected one whole number above 0, found {found}.")
        findings.append(finding("tag-value", where, message.format(found=", ".join(found))))
    return 1


def _detail(labels: Labels, meaning: str, where: str, findings: list[Finding]) -> str:
    found = tuple(value.casefold() for value in labels[meaning])
    allowed = [value for value in found if value in _ALLOWED[meaning]]
    if len(found) == 1 and allowed:
        return allowed[0]
    if found:
        findings.append(
            finding(
                "tag-value",
                where,
                _("{meaning}: expected one of {allowed}, found {found}.").format(
                    meaning=meaning,
                    allowed=", ".join(filter(None, _ALLOWED[meaning])),
                    found=", ".join(found),
                ),
            )
        )
    return ""
