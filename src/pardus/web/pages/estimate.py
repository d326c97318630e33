"""Estimate: is everything ready, run it, and read what came of it with what it hangs on."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.checklist import checklist
from pardus.app.estimate import EstimateOptions
from pardus.app.sampled_record import CAVEAT
from pardus.app.sensitivity import WAYS
from pardus.app.survey_estimate import SurveyEstimate, estimate_survey
from pardus.app.telling import Tell
from pardus.model.config import DETECTION
from pardus.model.errors import ParameterError
from pardus.model.language import N_, _
from pardus.web.desk import Desk
from pardus.web.pages.common import Said, action, see, show
from pardus.web.pages.home import state
from pardus.web.ready import soon
from pardus.web.view import page

MODELS = {
    "": N_("as survey.toml and the number of surveys suggest"),
    "D~1": N_("one density for all"),
    "D~session": N_("a density for each closed survey"),
    "sigma~sex lambda0~sex": N_("sexes move and are seen differently"),
}
STATUS_WORDS = {
    "ok": N_("These numbers may be used."),
    "doubtful": N_("These numbers can be doubted:"),
    "cannot-say": N_("No number can be given:"),
}


def routes(desk: Desk) -> list[Route]:
    """Return the page, and the work."""

    def estimate(request: Request) -> Response:
        content = soon(desk, "content")
        known = soon(desk, "records") if content else None
        return page(
            desk, request, "estimate.html.j2", checks=checklist(content, state(desk), known) if known else (),
            content=content if known else None, ways=WAYS, statuses=STATUS_WORDS, models=MODELS, detection=DETECTION,
            fit=content.fits[-1] if content and content.fits else None, waits_for="records" if content else "content",
            of=lambda e: {
                "fit": "survey", "quantity": e.quantity, "session": e.session, "region": e.region,
                "class": e.animal_class,
            },
            caveat=CAVEAT,
        )  # fmt: skip

    def begin(said: Said) -> Response:
        model, detectfn = said.text("model"), said.text("detectfn") or desk.config().detection
        if model not in MODELS or detectfn not in DETECTION:
            raise ParameterError(_("There is no such model."))
        options = EstimateOptions(model=tuple(model.split()), detectfn=detectfn)
        sayer = desk.sayer(said.session)

        def work(_tell: Tell) -> SurveyEstimate:
            return estimate_survey(desk.folder, sayer, options)

        job = desk.jobs.start(_("Estimating"), said.session.person, "/estimate", work)
        return see(f"/jobs/{job.id}")

    return [show(desk, "/estimate", estimate), action(desk, "/estimate/begin", begin)]
