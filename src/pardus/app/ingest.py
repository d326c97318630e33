"""Ingest: the field's tables, then a card or folder of media, into a survey.

First every file is read and copied, in parallel, and kept aside; then each is put to its deployment and every
deployment's files are looked at together; then those that nothing holds back are said, in batches. A stop at any
moment loses nothing and a second run goes on where the first was: what was read is not read again, and what was
said is not said twice. Originals are only read. See docs/promises.md.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import median

from pardus.app.declare import declare
from pardus.app.executor import Executor, Serial
from pardus.app.ingest_look import ignored_examples, look, place_files
from pardus.app.ingest_read import read_card
from pardus.app.ingest_report import IngestReport, counted, kept_findings
from pardus.app.ingest_run import IngestOptions, Place, Run
from pardus.app.ingest_say import Ingest, say_files, this_ingest
from pardus.app.matching import Clock, Matcher
from pardus.app.saying import Sayer
from pardus.app.survey_folder import CONFIG, open_survey, survey_config
from pardus.app.telling import Tell, nobody
from pardus.ingest.dates import CONTAINER_POLICIES
from pardus.ingest.faults import finding
from pardus.ingest.tables.moved import moved_stations
from pardus.ingest.tables.survey import FieldTables, read_tables
from pardus.ingest.tags import alike_individuals
from pardus.model.config import zone_is_known
from pardus.model.deployment import Deployment, Station
from pardus.model.errors import Finding, ParameterError, TableError, UsageError
from pardus.model.ids import qualify
from pardus.model.language import _
from pardus.model.record import from_record
from pardus.model.survey import SurveyConfig
from pardus.store.present import clocks
from pardus.store.protocol import Store
from pardus.store.staging import Staging

UTC_DEGREES = 30.0
"""East or west of this no cameras' clocks are likely to show UTC."""


def ingest(
    folder: Path,
    source: Path | None,
    options: IngestOptions | None = None,
    *,
    sayer: Sayer,
    executor: Executor | None = None,
    tell: Tell = nobody,
) -> IngestReport:
    """Read the survey's tables, then a card or folder (`source`) into the survey in `folder`.

    tell: called with (files read, files on the card). Raises DataError if a table or survey.toml is wrong (then
    nothing was written), UsageError if the card is the survey's own folder, StoppedError if the user, the card or a
    disk stopped it (then what was done is kept, and the same call goes on from there). Files that a finding holds
    back are counted, and their findings returned.
    """
    _check_words(options or IngestOptions())
    config, warnings = survey_config(folder)
    if (
        source is not None
        and source.resolve() == folder.resolve()
        and not (options or IngestOptions()).in_place
    ):
        raise UsageError(
            _("{folder} is the survey itself. Give the folder with the files of the card.").format(
                folder=source
            )
        )
    tables = read_tables(folder, config) if config.tables else None
    with open_survey(folder, write=True) as store:
        changes = {}
        if tables is not None:
            moved = _moved(store, tables, (options or IngestOptions()).accept)
            with store.transaction():
                changes = declare(store, sayer, config, tables)
            warnings = (*warnings, *tables.warnings, *moved)
        warnings = (*warnings, *_zone(config, store))
        if source is None:
            return IngestReport(tables=changes, findings=warnings)
        with Staging(folder) as staging:
            run = _run(folder, source, options or IngestOptions(), config, store, staging, sayer)
            run.executor, run.progress = executor or Serial(), tell
            try:
                read_card(run)
                place_files(run)
                held, findings = look(run)
                this = this_ingest(run)
                say_files(run, this, held)
                report = _finish(run, this, held, findings)
            except KeyboardInterrupt as error:
                raise run.stopped(_("You stopped it.")) from error
    return replace(report, tables=changes, findings=(*warnings, *report.findings))


def _check_words(options: IngestOptions) -> None:
    """Raise ParameterError for a word of the options that means nothing."""
    if options.container not in CONTAINER_POLICIES:
        raise ParameterError(
            _("--container: expected one of {names}, found {found!r}.").format(
                names=", ".join(filter(None, CONTAINER_POLICIES)), found=options.container
            )
        )
    if options.mtime_zone and not zone_is_known(options.mtime_zone):
        raise ParameterError(
            _("--mtime-zone: expected a zone such as +10:00 or Asia/Vladivostok, found {found!r}.").format(
                found=options.mtime_zone
            )
        )


def _zone(config: SurveyConfig, store: Store) -> tuple[Finding, ...]:
    """Return a finding if nobody has said what the cameras' clocks show, and the stations are not on UTC."""
    if config.camera_zone or config.zone != "UTC":
        return ()
    east = [float(record["longitude"]) for _key, record in store.present("stations")]
    middle = median(east) if east else 0.0
    if abs(middle) < UTC_DEGREES:
        return ()
    message = _(
        "No zone is declared: the cameras' clocks are read as UTC, but the stations lie at {degrees:.0f} degrees of "
        "longitude, where the sun is {hours:+.0f} hours from UTC."
    ).format(degrees=middle, hours=middle / 15)
    return (finding("zone-not-declared", CONFIG, message),)


def _moved(store: Store, tables: FieldTables, accept: frozenset[str]) -> tuple[Finding, ...]:
    """Return the stations that stand elsewhere than the survey has them. Raises TableError for one that is far."""
    before = {key: from_record(Station, record) for key, record in store.present("stations")}
    moved = [
        replace(finding, severity="warning") if finding.code in accept else finding
        for finding in moved_stations(before, tables.stations)
    ]
    if any(finding.severity == "error" for finding in moved):
        raise TableError(_("Stations stand elsewhere than before; nothing was read."), moved)
    return tuple(moved)


def _run(
    folder: Path,
    source: Path,
    options: IngestOptions,
    config: SurveyConfig,
    store: Store,
    staging: Staging,
    sayer: Sayer,
) -> Run:
    stations = {key: from_record(Station, record) for key, record in store.present("stations")}
    deployments = {key: from_record(Deployment, record) for key, record in store.present("deployments")}
    said = qualify(config.organisation, options.deployment) if options.deployment else ""
    if said and said not in deployments:
        raise ParameterError(_("There is no deployment {id} in this survey.").format(id=said))
    clock = Clock(config.camera_zone or config.zone, options.container, options.mtime_zone)
    matcher = Matcher(
        config, stations.values(), deployments.values(), clock, sayer.clock(),
        deployment=said, station=options.station, camera=options.camera,
    )  # fmt: skip
    return Run(
        folder, source, options, config, store, staging, sayer, Serial(), nobody,
        f"{'in place: ' if options.in_place else ''}{source.resolve()}", sayer.new_id(), stations, deployments, matcher,
        clocks(store.present("deployments"), store.present("corrections")),
    )  # fmt: skip


def _finish(run: Run, this: Ingest, held: frozenset[Place], findings: list[Finding]) -> IngestReport:
    """Say that the ingest is finished, with its counts; forget what was kept aside, but for what is held back."""
    left = sorted(run.tally.scan.ignored.items())
    ignored = [counted(code, n, ignored_examples(run, code, n)) for code, n in left]
    everything = (*findings, *run.tally.findings(), *_alike(run), *ignored)
    report = IngestReport(str(run.source), this.id if run.tally.added else "", run.tally, {}, everything)
    if run.tally.added:
        with run.store.transaction():
            finished = {"ingest": this.id, "counts": report.counts(), **kept_findings(everything)}
            run.sayer.say(run.store, "ingest-finished", finished)
    if held:
        for deployment, problem, _count in run.staging.places(run.card):
            if (deployment, problem) not in held:
                run.staging.forget(run.card, (deployment, problem))
        run.staging.begin(run.card, run.sayer.new_id())  # what is held back will be another ingest
    else:
        run.staging.forget(run.card)
    return report


def _alike(run: Run) -> list[Finding]:
    """Return findings for ids of individuals that look like another one's, here or in the survey before."""
    named = run.tally.individuals
    if not named:
        return []
    known = {r.get("individual", "") for _key, r in run.store.present("observations")}
    known |= {r["value"] for _key, r in run.store.present("decisions") if r["about"] == "individual"}
    return alike_individuals((named | known) - {""})
