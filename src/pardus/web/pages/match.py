"""Match review: two animals side by side, one key to say whether they are one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pardus.app.ground import Ground, ground
from pardus.app.key_pairs import key_pairs
from pardus.app.pair import Between, pair
from pardus.app.review import Picture, Progress, Question
from pardus.model.answer import ANSWERS
from pardus.model.clock import parse_zone
from pardus.model.errors import ParameterError
from pardus.model.language import N_, _, ngettext
from pardus.model.survey import SurveyConfig
from pardus.report.numbers import number, plain, whole
from pardus.web.desk import Desk
from pardus.web.drawing import station_map
from pardus.web.pages.common import Said, action, show
from pardus.web.pages.waiting import wait
from pardus.web.ready import review, soon
from pardus.web.view import called, fragment, page, short

SIDES = {
    "left": N_("left flank"), "right": N_("right flank"), "both": N_("both flanks"), "front": N_("from the front"),
    "rear": N_("from behind"), "unknown": N_("flank not said"),
}  # fmt: skip
QUALITIES = {"good": N_("good"), "fair": N_("fair"), "poor": N_("poor")}
ANSWER_WORDS = {
    "same": N_("same animal"), "different": N_("different animals"), "cannot-tell": N_("cannot tell"),
    "bad-crop": N_("bad crop"), "two-animals": N_("two animals"),
}  # fmt: skip
LARGE = 1280


def routes(desk: Desk) -> list[Route]:
    """Return the page, and what its script asks for."""

    def match(request: Request) -> Response:
        if soon(desk, "review") is None:
            return wait(desk, request, "review", "match", _("Match review"))
        first = _next(desk, desk.sayer(request.state.session).actor)
        state = review(desk).progress()
        return page(
            desk, request, "match.html.j2", first=first, progress=state, counts=_counts(state), words=_words(),
            answers=ANSWERS,
        )  # fmt: skip

    def following(said: Said) -> Response:
        return JSONResponse({"question": _next(desk, desk.sayer(said.session).actor)})

    def answer(said: Said) -> Response:
        by = desk.sayer(said.session).actor
        shown = said.fields.get("shown", [])
        if not isinstance(shown, list) or not all(isinstance(one, str) for one in shown):
            raise ParameterError(_("shown: expected a list of texts."))
        of_b = said.fields.get("of_b") is True
        done = review(desk).answer(said.text("question"), said.text("said"), by, shown[:200], of_b=of_b)
        made = next((name for name in done.changed.values() if name), "") if done.merged else ""
        return JSONResponse(
            {
                "entry": done.entry, "merged": done.merged, "split": done.split, "changed": len(done.changed),
                "name": _who(desk.config(), called(desk), made) if made else "",
                "passport": f"/individual/{quote(made, safe='')}" if made else "",
            }
        )  # fmt: skip

    def take_back(said: Said) -> Response:
        by = desk.sayer(said.session).actor
        held = said.fields.get("held", [])
        done = review(desk).undo(by, said.text("entry"))
        for question in held if isinstance(held, list) else []:
            review(desk).give_back(str(question), by)
        words = "" if done is None else _(ANSWER_WORDS[done.answer.said])
        return JSONResponse({"said": words, "question": _next(desk, by)})

    def skip(said: Said) -> Response:
        review(desk).skip(said.text("question"), desk.sayer(said.session).actor)
        return JSONResponse({})

    def lines(request: Request) -> Response:
        a, b = request.query_params.get("a", ""), request.query_params.get("b", "")
        found = desk.kept.get(("lines", a, b), lambda: key_pairs(desk.folder, a, b))
        return JSONResponse({"pairs": found})

    def progress(_request: Request) -> Response:
        return JSONResponse({"counts": _counts(review(desk).progress())})

    return [
        show(desk, "/match", match),
        show(desk, "/match/lines", lines),
        show(desk, "/match/progress", progress),
        action(desk, "/match/next", following),
        action(desk, "/match/answer", answer),
        action(desk, "/match/undo", take_back),
        action(desk, "/match/skip", skip),
    ]


def _counts(now: Progress) -> list[str]:
    """Say how far the review is."""
    return [
        ngettext("{n} pair open", "{n} pairs open", now.open).format(n=whole(now.open)),
        ngettext("{n} answer", "{n} answers", now.answers).format(n=whole(now.answers)),
        ngettext("{n} individual", "{n} individuals", now.individuals).format(n=whole(now.individuals)),
    ]


def _who(config: SurveyConfig, names: Mapping[str, str], individual: str) -> str:
    return plain(names.get(individual) or short(individual, config.organisation))


def _next(desk: Desk, by: str) -> dict[str, Any] | None:
    question = review(desk).next_question(by)
    return None if question is None else question_json(desk, question)


@dataclass(frozen=True, slots=True)
class Plate:
    """A picture as the page shows it. caption: station and moment. year: it is listed under."""

    id: str
    source: str
    small: str
    whole: str
    clip: str
    look: str
    caption: str
    side: str
    year: int


def question_json(desk: Desk, question: Question) -> dict[str, Any]:
    """Return a question as the page's script takes it."""
    found = pair(review(desk), question)
    config = desk.config()
    land: Ground = desk.kept.get(("ground", config.name), lambda: ground(desk.folder))
    drawn = station_map(
        land, width=300, height=190, labels=False,
        paths=(("candidate", found.stations_b), ("query", found.stations_a)),
    )  # fmt: skip
    names = called(desk)
    a = _plates(question.of_a, question.a, config.zone)
    b = _plates(question.of_b, question.b, config.zone)
    return {
        "id": question.id,
        "a": _side(a, question.a, _who(config, names, question.individual_a)),
        "b": _side(b, question.b, _who(config, names, question.individual_b)),
        "panel": fragment(
            "match_panel.html.j2",
            pair=found,
            between=_between(found.between),
            probability=question.probability,
            map=drawn,
            zone=config.zone,
            answer_words=ANSWER_WORDS,
            organisation=config.organisation,
        ),
    }


def _side(plates: list[Plate], first: Picture, individual: str) -> dict[str, Any]:
    at = next(n for n, plate in enumerate(plates) if plate.id == first.id)
    return {
        "name": individual,
        "first": at,
        "plates": [
            {
                "id": p.id, "source": p.source, "small": p.small, "whole": p.whole, "clip": p.clip, "look": p.look,
                "caption": p.caption, "side": p.side, "year": p.year,
            }
            for p in plates
        ],
    }  # fmt: skip


def _plates(pictures: tuple[Picture, ...], first: Picture, zone: str) -> list[Plate]:
    """Return the pictures of one animal: those of the asked flank first, then by year, newest first."""
    tz = parse_zone(zone)
    ordered = sorted(pictures, key=lambda p: (p.side != first.side, p.side, -p.at.timestamp(), p.id))
    made = []
    for p in ordered:
        at = p.at.astimezone(tz)
        words = [p.station.partition(":")[2], at.isoformat(" ", "minutes"), _(SIDES.get(p.side, p.side))]
        words += [_(QUALITIES[p.quality])] if p.quality in QUALITIES else []
        made.append(
            Plate(
                p.id,
                picture_address(p, LARGE),
                picture_address(p, 160),
                f"/picture/{quote(p.media, safe='')}?w={LARGE}" + _frame(p),
                f"/clip/{quote(p.media, safe='')}?marks={p.frame}" if p.frame is not None else "",
                f"/look/{quote(p.media, safe='')}" + ("" if p.frame is None else f"?f={p.frame}"),
                " · ".join(words),
                _(SIDES.get(p.side, p.side)),
                at.year,
            )
        )
    return made


def picture_address(p: Picture, width: int) -> str:
    """Return the address of the animal in a picture, cut to its box."""
    box = "" if p.box is None else f"&box={p.box.x:.5f},{p.box.y:.5f},{p.box.width:.5f},{p.box.height:.5f}"
    return f"/picture/{quote(p.media, safe='')}?w={width}{box}{_frame(p)}"


def _frame(p: Picture) -> str:
    return "" if p.frame is None else f"&f={p.frame}"


def _between(between: Between) -> list[str]:
    """Say distance, time and speed between the nearest visits of the two."""
    days = between.apart.total_seconds() / 86_400
    if days >= 2:
        time = ngettext("{n} day apart", "{n} days apart", round(days)).format(n=round(days))
    else:
        hours = between.apart.total_seconds() / 3600
        time = _("{n} h apart").format(n=number(hours, 2))
    said = [_("{n} km").format(n=number(between.km, 2) if between.km else "0"), time]
    if between.km_h is not None and between.km_h >= 0.1:
        said.append(_("at least {n} km/h").format(n=number(between.km_h, 2)))
    if between.too_fast:
        said.append(_("faster than a cat walks"))
    return said


def _words() -> dict[str, str]:
    """Return the words that the page's script says."""
    return {
        "saved": _("Saved"),
        "saving": _("Saving …"),
        "lost": _("Not saved: the server does not answer. Press the key again."),
        "refused": _("Not saved:"),
        "undone": _("Taken back:"),
        "nothing": _("There is nothing to take back."),
        "merged": _("Joined into one animal"),
        "split": _("Taken apart again"),
        "empty": _("No question waits for you. Thank you."),
        "loading": _("Loading …"),
        "nolines": _("No marks that agree were found."),
        "query": _("Query"),
        "candidate": _("Candidate"),
        "crop": _("Only the animal"),
        "whole": _("Whole picture"),
    }
