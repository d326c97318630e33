"""Exchange: what would leave, packages out and in, the difference before anything is taken, partners and their keys."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.exchange_keys import load_keys
from pardus.app.exchange_open import accept, open_package, overview
from pardus.app.exchange_pack import Packed, pack
from pardus.app.exchange_state import aside, load_agreement
from pardus.app.executor import Processes
from pardus.app.telling import Tell
from pardus.exchange.agreement import Agreement
from pardus.exchange.manifest import TIERS
from pardus.model.errors import ParameterError, PardusError, SurveyError
from pardus.model.language import N_, _
from pardus.report.sections.quality import remarks
from pardus.web.desk import Desk
from pardus.web.pages.common import Said, action, see, show
from pardus.web.pages.places import place
from pardus.web.view import page

TIER_WORDS = {
    "T0": N_("totals, for everybody"), "T1": N_("coarse cells, no animal by name"),
    "T2": N_("animals and their pictures, without place and time"), "T3": N_("everything, exact"),
}  # fmt: skip


def routes(desk: Desk) -> list[Route]:
    """Return the page, packing (with a preview first), opening and accepting."""

    def exchange(request: Request) -> Response:
        agreement, problem = _agreement(desk)
        return page(
            desk, request, "exchange.html.j2", agreement=agreement, problem=problem, found=overview(desk.folder),
            tiers=TIER_WORDS, waiting=aside(desk.folder), roots=desk.roots,
        )  # fmt: skip

    def make(said: Said) -> Response:
        preview = not said.text("for_good")
        tier = said.text("tier")
        if tier not in TIERS:
            raise ParameterError(
                _("Tier {tier!r}: expected one of {tiers}.").format(tier=tier, tiers=", ".join(TIERS))
            )
        day = said.text("not_before")
        not_before = _day(day) if day else None
        target = None if preview else place(desk, said.text("target"))
        config = desk.config()
        keys = load_keys(config.organisation, said.text("passphrase"))
        to, sayer = said.text("to").split(), desk.sayer(said.session)

        def work(tell: Tell) -> Packed:
            with Processes() as executor:
                return pack(
                    desk.folder, target, tier, to, keys=keys, sayer=sayer, not_before=not_before, preview=preview,
                    tell=tell, executor=executor,
                )  # fmt: skip

        title = _("What would leave") if preview else _("Packing")
        job = desk.jobs.start(title, said.session.person, "/exchange/packed/{job}", work)
        return see(f"/jobs/{job.id}")

    def packed(request: Request) -> Response:
        job = desk.jobs.get(request.path_params["id"])
        if job is None or not isinstance(job.result, Packed):
            raise HTTPException(404)
        result = job.result
        return page(
            desk,
            request,
            "exchange_packed.html.j2",
            here="exchange",
            packed=result,
            remarks=remarks(result.findings),
        )

    def open_(said: Said) -> Response:
        upload = said.files.get("package")
        keys = load_keys(desk.config().organisation, said.text("passphrase"))
        sayer = desk.sayer(said.session)
        with tempfile.TemporaryDirectory(prefix=".pardus-upload-", dir=desk.folder) as aside:
            if upload is not None and upload.filename:
                package = Path(aside) / "package.pardus"
                with package.open("wb") as file:
                    shutil.copyfileobj(upload.file, file)
            else:
                package = place(desk, said.text("file"))
            opened = open_package(desk.folder, package, keys=keys, sayer=sayer)
        desk.kept.get(("opened", opened.hash), lambda: opened)
        return page(
            desk, said.request, "exchange_opened.html.j2", here="exchange", opened=opened,
            sentences=opened.sentences()[:-1], remarks=remarks(opened.findings),
        )  # fmt: skip

    def take(said: Said) -> Response:
        accept(desk.folder, said.text("hash"), sayer=desk.sayer(said.session))
        return see("/exchange")

    return [
        show(desk, "/exchange", exchange),
        show(desk, "/exchange/packed/{id}", packed),
        action(desk, "/exchange/pack", make),
        action(desk, "/exchange/open", open_),
        action(desk, "/exchange/accept", take),
    ]


def _agreement(desk: Desk) -> tuple[Agreement | None, str]:
    try:
        return load_agreement(desk.folder), ""
    except SurveyError:
        return None, ""
    except PardusError as error:
        return None, str(error)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise ParameterError(_("{text!r}: expected a day as YYYY-MM-DD.").format(text=text)) from None
