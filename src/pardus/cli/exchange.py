"""`pardus exchange`: keys, the agreement, packages out and in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pardus.cli.common import By, Json, Lang, Output, Preview, Quiet, SurveyFolder
from pardus.model.errors import UsageError
from pardus.model.language import _, ngettext

if TYPE_CHECKING:
    from pardus.app.saying import Sayer
    from pardus.exchange.keys import PrivateKeys

app = typer.Typer(no_args_is_help=True, help="Signed packages between partners, offline.")

_PASSPHRASE = "PARDUS_PASSPHRASE"

NewPackage = Annotated[
    Path, typer.Argument(metavar="PACKAGE", help="File to write and give to the partner, as winter.pardus.")
]
TheirPackage = Annotated[Path, typer.Argument(metavar="PACKAGE", help="The partner's file.")]
Opened = Annotated[
    str, typer.Argument(metavar="HASH", help="Hash of a package that was opened, or its beginning.")
]
Sent = Annotated[list[str], typer.Option("--hash", help="Hash of a package that was sent, or its beginning.")]


@app.command()
def keys(
    organisation: Annotated[str, typer.Argument(help="Id of your organisation, as in survey.toml.")],
    new: Annotated[
        bool, typer.Option("--new", help="Make new keys; without it, show those that are there.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the public line, to give away, into this file.")
    ] = None,
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Make or show your keys. They lie outside every survey, encrypted by your passphrase (PARDUS_PASSPHRASE or asked).

    Read the fingerprint out loud to the partner: it proves that the public line was not changed on its way.
    """
    from pardus.app.exchange_keys import create_keys, load_keys
    from pardus.exchange.keys import public_text

    output = Output(quiet=quiet, json=json)
    if new:
        found, path = create_keys(organisation, _passphrase(confirm=True))
        output.say(
            _("Your keys are in {path}. Keep a copy and the passphrase: nobody can restore them.").format(
                path=path
            )
        )
    else:
        found = load_keys(organisation, _passphrase())
    line = public_text(found.public())
    if out is not None:
        out.write_text(line + "\n", encoding="utf-8")
    facts = {"public": line, "fingerprint": found.public().fingerprint}
    output.result(facts, f"{line}\n{found.public().fingerprint}")


@app.command()
def agree(
    survey: SurveyFolder,
    file: Annotated[
        Path | None, typer.Option(help="Take in this agreement.toml that a partner wrote.")
    ] = None,
    keys: Annotated[
        list[Path] | None, typer.Option(help="File with the public line of a partner; one each.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the agreement.")] = "",
    purpose: Annotated[str, typer.Option(help="What packages may be used for.")] = "",
    until: Annotated[str, typer.Option(help="Last day, YYYY-MM-DD.")] = "",
    embargo: Annotated[str, typer.Option(help="Day before which packages can't be opened, YYYY-MM-DD.")] = "",
    tier: Annotated[
        str, typer.Option(help="Highest tier each may see of the others: T0, T1, T2 or T3.")
    ] = "T2",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write the agreement between partners into the survey (--keys, --name, --purpose, --until), or take one in."""
    from pardus.app.exchange_agree import new_agreement, take_agreement

    output = Output(quiet=quiet, json=json)
    if file is not None:
        made = take_agreement(survey, file)
    elif keys and name and purpose and until:
        made = new_agreement(
            survey, name, purpose, _day(until), keys, tier, _day(embargo) if embargo else None
        )
    else:
        raise UsageError(_("Give --file, or --keys (one for each partner), --name, --purpose and --until."))
    partners = [{"id": p.id, "fingerprint": p.keys.fingerprint, "sees": dict(p.sees)} for p in made.partners]
    lines = [f"{p['id']}  {p['fingerprint']}  {p['sees']}" for p in partners]
    lines.append(_("Compare each fingerprint with the partner in person."))
    output.result({"agreement": made.hash, "partners": partners}, "\n".join(lines))


@app.command()
def pack(
    survey: SurveyFolder,
    package: NewPackage,
    to: Annotated[list[str], typer.Option(help="Partner who shall read it; one each.")],
    tier: Annotated[
        str, typer.Option(help="T0 totals, T1 coarse cells, T2 animals without places, T3 exact.")
    ] = "T2",
    not_before: Annotated[str, typer.Option(help="Embargo: day before which it can't be opened.")] = "",
    preview: Preview = False,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Make a package for partners. --preview says exactly what would leave, and writes nothing."""
    from pardus.app.exchange_pack import pack as act
    from pardus.app.executor import Processes

    output = Output(quiet=quiet, json=json)
    private, sayer = _who(survey, by)
    embargo = datetime.combine(_day(not_before), datetime.min.time(), UTC) if not_before else None
    with Processes() as executor, output.progress(_("Packing")) as tell:
        done = act(
            survey,
            package,
            tier,
            to,
            keys=private,
            sayer=sayer,
            not_before=embargo,
            preview=preview,
            tell=tell,
            executor=executor,
        )
    output.findings(done.findings)
    output.result(
        {
            "package": str(done.path or ""), "hash": done.hash, "tier": tier, "to": list(done.manifest.recipients),
            "leaves": done.contents, "stays": done.left_out, "files": [f.path for f in done.manifest.files],
        },
        "\n".join(done.sentences()),
    )  # fmt: skip


@app.command()
def pictures(
    survey: SurveyFolder,
    accept: Annotated[
        bool, typer.Option("--accept", help="I have looked at all that were cut out; they may leave.")
    ] = False,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Cut the flanks of named animals out of their pictures, to be looked at before partners see them.

    The outlines are a machine's: look at the sheets in silhouettes/proposed and delete what shows the place. --accept
    takes the rest. Cut-outs of your own (PNG, transparent around the animal, named like the record) may lie there too.
    """
    from pardus.app.executor import Processes
    from pardus.app.flank_pictures import accept_pictures, propose_pictures

    output = Output(quiet=quiet, json=json)
    if accept:
        n = accept_pictures(survey, sayer=_sayer(survey, by))
        output.result(
            {"accepted": n}, ngettext("{n} picture may leave.", "{n} pictures may leave.", n).format(n=n)
        )
        return
    with Processes() as executor, output.progress(_("Cutting out")) as tell:
        done = propose_pictures(survey, executor=executor, tell=tell)
    output.findings(done.findings)
    facts = {"proposed": done.proposed, "known": done.known, "left_out": dict(done.left_out),
             "sheets": [str(p) for p in done.sheets]}  # fmt: skip
    output.result(facts, "\n".join(done.sentences()))


@app.command("open")
def open_(
    survey: SurveyFolder,
    package: TheirPackage,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Verify a partner's package, show what it would change, and keep it aside. Nothing of the survey changes."""
    from pardus.app.exchange_open import open_package

    output = Output(quiet=quiet, json=json)
    private, sayer = _who(survey, by)
    done = open_package(survey, package, keys=private, sayer=sayer)
    output.findings(done.findings)
    output.result(
        {"hash": done.hash, "origin": done.manifest.origin, "tier": done.manifest.tier,
         "changes": {t: list(c) for t, c in done.difference.counts.items()}, "tables": done.tables,
         "withdraws": list(done.withdraws), "again": done.difference.again},
        "\n".join(done.sentences()),
    )  # fmt: skip


@app.command()
def accept(
    survey: SurveyFolder,
    package: Opened,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Take in a package that was opened. `pardus undo` takes the acceptance back."""
    from pardus.app.exchange_open import accept as act

    output = Output(quiet=quiet, json=json)
    record, stale = act(survey, package, sayer=_sayer(survey, by))
    said = [
        _("Taken: {tier} from {origin}, number {n}.").format(
            tier=record.tier, origin=record.origin, n=record.sequence
        )
    ]
    facts = {"hash": record.hash, "stale_estimates": {k: list(v) for k, v in stale.items()}}
    output.result(facts, "\n".join([*said, *_stale(stale)]))


@app.command()
def withdraw(
    survey: SurveyFolder,
    package: NewPackage,
    hashes: Sent,
    reason: Annotated[str, typer.Option(help="Why, in words for the partner.")],
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Take packages back that were sent. The partner's pardus hides them and marks estimates; it can't be enforced."""
    from pardus.app.exchange_pack import withdraw as act

    output = Output(quiet=quiet, json=json)
    private, sayer = _who(survey, by)
    done = act(survey, package, hashes, reason, keys=private, sayer=sayer)
    output.result({"package": str(package), "hash": done.hash}, "\n".join(done.sentences()))


@app.command("list")
def list_(survey: SurveyFolder, lang: Lang = "en", quiet: Quiet = False, json: Json = False) -> None:
    """List packages sent and taken, what was withdrawn, and estimates that are stale because of it."""
    from pardus.app.exchange_open import overview

    output = Output(quiet=quiet, json=json)
    found = overview(survey)
    output.result(found, "\n".join(_overview(found)))


def _overview(found: dict[str, Any]) -> list[str]:
    lines = []
    for p in found["packages"]:
        way = f"→ {', '.join(p['to'])}" if p["direction"] == "sent" else f"← {p['origin']}"
        state = _("withdrawn") if p["withdrawn"] else ""
        lines.append(
            f"{p['created'][:10]}  {p['tier']}  {p['sequence']:>3}  {p['hash'][:16]}  {way}  {state}".rstrip()
        )
    return [*lines, *_stale(found["stale_estimates"])] or [_("No package was sent or taken.")]


def _stale(names: Iterable[str]) -> list[str]:
    return [_("Estimate {name!r} is stale: it used what was withdrawn.").format(name=name) for name in names]


def _sayer(survey: Path, by: str) -> Sayer:
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import actor, survey_config

    config, _warnings = survey_config(survey)
    return Sayer(actor(config.organisation, by))


def _who(survey: Path, by: str) -> tuple[PrivateKeys, Sayer]:
    from pardus.app.exchange_keys import load_keys
    from pardus.app.survey_folder import survey_config

    config, _warnings = survey_config(survey)
    return load_keys(config.organisation, _passphrase()), _sayer(survey, by)


def _passphrase(*, confirm: bool = False) -> str:
    said = os.environ.get(_PASSPHRASE)
    if said is not None:
        return said
    return str(typer.prompt(_("Passphrase"), hide_input=True, confirmation_prompt=confirm))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(_("{text!r}: expected a day as YYYY-MM-DD.").format(text=text)) from error
