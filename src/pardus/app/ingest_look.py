"""Second step of an ingest: put each file to its deployment, then look at each deployment's files together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice

from pardus.app.ingest_report import counted
from pardus.app.ingest_run import Place, Run, batches, facts_of
from pardus.app.misnamed import misnamed
from pardus.ingest.alarms import deployment_alarms
from pardus.ingest.cards import Card, check_cards, summarise
from pardus.ingest.pairs import check_pair
from pardus.ingest.scan import sniff
from pardus.ingest.staff import check_staff
from pardus.model.deployment import Deployment
from pardus.model.errors import Finding
from pardus.model.media import DAMAGE_FAULTS, Media

SEVERAL = "several-deployments"


def place_files(run: Run) -> None:
    """State the deployment of every file that was read; undated ones follow the dated ones beside them."""
    beside: dict[str, set[str]] = defaultdict(set)
    for batch in batches(staged for staged in run.staging.files(run.card) if staged.sha256):
        matches = [(staged.path, run.matcher.match(staged.path, facts_of(staged))) for staged in batch]
        run.staging.place(run.card, [(path, match.deployment, match.problem) for path, match in matches])
        for path, match in matches:
            if match.deployment:
                beside[_folder(path)].add(match.deployment)
    for batch in batches(run.staging.files(run.card, ("", SEVERAL))):
        again = [
            (
                staged.path,
                run.matcher.match(staged.path, facts_of(staged), frozenset(beside[_folder(staged.path)])),
            )
            for staged in batch
        ]
        run.staging.place(run.card, [(path, match.deployment, match.problem) for path, match in again])


def look(run: Run) -> tuple[frozenset[Place], list[Finding]]:
    """Return the places whose files are held back, and all findings: those of severity "error" hold back.

    A deployment of which the survey has every file already is not looked at again.
    """
    held: set[Place] = set()
    findings: list[Finding] = []
    cards: list[Card] = []
    for deployment, problem, count in run.staging.places(run.card):
        if problem.startswith("ignored:"):
            continue
        if problem:
            plain = counted(problem, count, examples(run, ("", problem), count))
            named = problem in ("no-station", "no-camera")
            findings.append(_softened(run, misnamed(run, plain) if named else plain))
            if problem not in run.options.accept:
                held.add((deployment, problem))
            continue
        media, fresh = _media_of(run, deployment)
        if not fresh:
            continue
        where = run.deployments[deployment]
        found = [_softened(run, f) for f in deployment_alarms(media, where, run.stations.get(where.station))]
        findings += found
        if any(f.severity == "error" for f in found):
            held.add((deployment, ""))
        cards.append(summarise(media, where))
    earlier = _earlier(run, cards)
    by_staff = {(f.code, f.where): f for f in check_staff(cards, earlier)}
    by_card = {(f.code, f.where): f for f in check_cards(cards, earlier)}
    for one in (_softened(run, f) for f in (by_staff | by_card).values()):
        findings.append(one)
        if one.severity == "error":
            held |= {(card.id, "") for card in cards if card.id in one.where.split(", ")}
    for first, second in _facing([card.deployment for card in cards]):
        findings += check_pair(_media_of(run, first)[0], _media_of(run, second)[0], first, second)[1]
    for place in sorted(held):
        findings += _damaged(run, place)
    return frozenset(held), findings


def _damaged(run: Run, place: Place) -> list[Finding]:
    """Return what is broken among files that are held back: it need not wait for the answer that they wait for."""
    broken: dict[str, list[str]] = defaultdict(list)
    for batch in batches(run.staging.files(run.card, place)):
        for staged in batch:
            for code in run.media(staged).faults:
                if code in DAMAGE_FAULTS:
                    broken[code].append(staged.path)
    return [counted(code, len(paths), ", ".join(paths)) for code, paths in sorted(broken.items())]


def examples(run: Run, place: Place, count: int) -> str:
    """Return the first paths of a place, for a finding."""
    paths = [staged.path for staged in islice(run.staging.files(run.card, place), 3)]
    return ", ".join(paths) + (", ..." if count > len(paths) else "")


def ignored_examples(run: Run, code: str, count: int) -> str:
    """Return the first paths of files that are not taken; of a wrong extension, with the type of the content."""
    if code != "wrong-extension":
        return examples(run, ("", f"ignored:{code}"), count)
    shown = []
    for staged in islice(run.staging.files(run.card, ("", f"ignored:{code}")), 3):
        try:
            with (run.source / staged.path).open("rb") as file:
                shown.append(f"{staged.path} ({sniff(file.read(16))})")
        except OSError:
            shown.append(staged.path)
    return ", ".join(shown) + (", ..." if count > len(shown) else "")


def _media_of(run: Run, deployment: str) -> tuple[list[Media], bool]:
    """Return the media of a deployment on this card with their clock put right, and whether the survey lacks any."""
    media: list[Media] = []
    fresh = run.options.update
    for batch in batches(run.staging.files(run.card, (deployment, ""))):
        made = [run.media(staged) for staged in batch]
        fresh = fresh or len(run.store.told("media", [m.id for m in made])) < len({m.id for m in made})
        media += [run.clocks.dated(m) for m in made]
    return media, fresh


def _earlier(run: Run, cards: list[Card]) -> list[Card]:
    """Return what the survey has from the same stations, of other deployments."""
    stations, here = {card.deployment.station for card in cards}, {card.id for card in cards}
    others = (d for d in run.deployments.values() if d.station in stations and d.id not in here)
    summaries = (summarise(run.store.media(deployment=d.id), d) for d in others)
    return [card for card in summaries if card.serials or card.scenes or len(card.seconds)]


def _softened(run: Run, one: Finding) -> Finding:
    """Return a finding that holds nothing back, if its code was accepted."""
    return replace(one, severity="warning") if one.code in run.options.accept else one


def _facing(deployments: Sequence[Deployment]) -> Iterator[tuple[str, str]]:
    """Yield the ids of cameras that stood at one station at the same time."""
    for one, other in combinations(deployments, 2):
        together = (other.end is None or one.start < other.end) and (one.end is None or other.start < one.end)
        if one.station == other.station and together:
            yield one.id, other.id


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
