"""The headline: what was found, with quantity, classes, area, period, effort and uncertainty in words."""

from __future__ import annotations

from pardus.model.language import _, again, ngettext
from pardus.report.document import Block, Card, Cards, Paragraph, Run, Section, Text
from pardus.report.numbers import day
from pardus.report.trace import Answer, quoted
from pardus.report.words import QUANTITIES, classes, sentence_blank, word
from pardus.report.writer import Writer, count, day_count, num, runs, say, share, span, text

MOST_TOLD = 3
"""Sessions that are told in sentences; more of them are in the tables only."""


def summary(w: Writer) -> Section:
    """Return the first section."""
    fit = w.content.fits[0] if w.content.fits else None
    cards = [*_joint(w), *_estimate(w), *_known(w), *_effort(w)]
    blocks: list[Block] = [Cards(tuple(cards)), *_sentences(w)]
    if fit is not None and fit.status == "doubtful":
        blocks.append(Paragraph(text(again(fit.reason)), "warn"))
    if len(w.content.sessions) > 1:
        blocks.append(
            Paragraph(
                text(
                    _(
                        "No growth in per cent is given from minimum counts: effort and cameras differ between "
                        "sessions, and so does the share of animals that is seen."
                    )
                ),
                "note",
            )
        )
    return Section("summary", _("In short"), tuple(blocks))


def _joint(w: Writer) -> list[Card]:
    """Return the joint number of the last session, the animals on both sides, and all that were seen."""
    if w.content.joint is None:
        return []
    a = w.ask(
        "SELECT session, estimate, lower, upper, area_km2 FROM joint_totals "
        "WHERE who = 'integrated' AND region = '' AND quantity = 'N' AND estimate IS NOT NULL"
    )
    cards = []
    for session, value, low, high, area in a.rows[-1:]:
        cards.append(
            Card(
                num(value, a),
                (
                    text(
                        _("animals whose centre of activity lies in the common area, all partners together")
                    ),
                    _interval(w, span(low, high, a)),
                    say(_("{area} km², {session}"), area=num(area, a, 4), session=_session(session)),
                ),
            )
        )
    if not a.rows:
        cards.append(Card(Run(_("cannot say")), (text(_("all partners together")),)))
    b = w.ask("SELECT session, animals FROM joint_seen WHERE seen = 'together'")
    for session, n in b.rows[-1:]:
        cards.append(
            Card(
                count(n, b),
                (
                    text(
                        _(
                            "different animals seen by all partners together (a minimum count, not an estimate)"
                        )
                    ),
                    text(_session(session)),
                ),
                plain=True,
            )
        )
    c = w.ask("SELECT one, other, found, estimate, lower, upper FROM joint_shared")
    for one, other, _found, value, low, high in c.rows:
        cards.append(
            Card(
                num(value, c),
                (
                    say(_("animals that the catalogues of {one} and {other} share"), one=one, other=other),
                    _interval(w, span(low, high, c)),
                ),
            )
        )
    return cards


def _estimate(w: Writer) -> list[Card]:
    fit = w.content.fits[0] if w.content.fits else None
    if fit is None:
        if w.content.joint is not None:
            return []
        return [Card(Run("–"), (text(_("No estimate has been made of this survey yet.")),), plain=True)]
    if fit.status == "cannot-say":
        return [Card(Run(_("cannot say")), (text(again(fit.reason)),))]
    a = w.ask(
        "SELECT estimate, lower, upper FROM estimates "
        "WHERE fit = 'survey' AND quantity = 'D' AND region = '' AND class = ''"
    )
    known = [row for row in a.rows if row[0] is not None]
    if len(a.rows) == 1 and known:
        value, low, high = a.one
        cards = [
            Card(
                num(value, a),
                (
                    text(_("animals per 100 km²")),
                    _interval(w, span(low, high, a, bound=value == 0)),
                    *_own(w),
                ),
            )
        ]
        b = w.ask(
            "SELECT estimate, lower, upper, area_km2 FROM estimates "
            "WHERE fit = 'survey' AND quantity = 'N' AND region = '' AND class = ''"
        )
        for value, low, high, area in b.rows[:1]:
            cards.append(
                Card(
                    num(value, b),
                    (
                        text(word(QUANTITIES, "N")),
                        _interval(w, span(low, high, b)),
                        say(_("{area} km²"), area=num(area, b, 4)),
                        *_own(w),
                    ),
                )
            )
        return cards
    if known:
        r = w.ask(
            "SELECT MIN(estimate), MAX(estimate), COUNT(estimate) FROM estimates "
            "WHERE fit = 'survey' AND quantity = 'D' AND region = '' AND class = ''"
        )
        low, high, n = r.one
        return [
            Card(
                Run(f"{num(low, r).text}–{num(high, r).text}", "", r.id),
                (
                    text(_("animals per 100 km²")),
                    say(
                        ngettext(
                            "lowest and highest of {n} session", "lowest and highest of {n} sessions", n
                        ),
                        n=count(n, r),
                    ),
                    *_own(w),
                ),
            )
        ]
    return [Card(Run(_("cannot say")), (text(again(fit.reason)),))]


def _known(w: Writer) -> list[Card]:
    a = w.ask("SELECT COUNT(*), SUM(animals) FROM known")
    sessions, animals = a.one
    if not sessions:
        return []
    if sessions == 1:
        line = text(_("animals known alive (a minimum count, not an estimate)"))
    else:
        line = say(
            _("animals known alive, summed over {n} sessions (a minimum count, not an estimate)"),
            n=count(sessions, a),
        )
    return [Card(count(animals, a), (line, *_own(w)), plain=True)]


def _effort(w: Writer) -> list[Card]:
    a = w.ask("SELECT SUM(operating_days), MAX(stations) FROM sessions")
    worked, _most = a.one
    if worked is None:
        return []
    b = stations_in_all(w)
    n = int(b.one[0] or 0)
    lines = [say(ngettext("camera-days at {n} station", "camera-days at {n} stations", n), n=count(n, b))]
    return [Card(day_count(worked, a), (*lines, *_own(w)), plain=True)]


def _own(w: Writer) -> tuple[Text, ...]:
    """Return whose number it is, where those of all partners stand beside it."""
    return (text(w.content.organisation),) if w.content.joint is not None else ()


def stations_in_all(w: Writer) -> Answer:
    """Return how many stations worked, each once; in the public edition the most of any session."""
    query = (
        "SELECT MAX(stations) FROM sessions" if w.public else "SELECT COUNT(DISTINCT station) FROM stations"
    )
    return w.ask(query)


def _sentences(w: Writer) -> list[Block]:
    """Say effort, minimum known and estimate of each session as one paragraph each, so that it can be quoted."""
    c = w.content
    out: list[Block] = _joint_sentences(w)
    for s in c.sessions if len(c.sessions) <= MOST_TOLD else ():
        where = f"session = {quoted(s.session)}"
        a = w.ask(f"SELECT stations, operating_days, nominal_days FROM sessions WHERE {where}")
        stations, worked, nominal = a.rows[0]
        said = [
            say(
                _(
                    "In the session {session} ({first} to {last}) the cameras worked for {worked} of {nominal} "
                    "camera-days; stations: {stations}."
                )
                if s.start
                else _(
                    "In the session {session} the cameras worked for {worked} camera-days; stations: {stations}."
                ),
                session=_session(s.session),
                first=day(s.start),
                last=day(s.end),
                stations=count(stations, a),
                worked=day_count(worked, a),
                nominal=day_count(nominal, a),
            )
        ]
        k = w.ask(f"SELECT animals, females, males, unknown_sex FROM known WHERE {where}")
        seen = k
        if c.rows:
            seen = w.ask(f"SELECT COUNT(DISTINCT individual) FROM events WHERE reason = 'used' AND {where}")
        for animals, females, males, unknown in k.rows[:1]:
            said.append(
                say(
                    _(
                        "Animals known alive: {animals} (females {females}, males {males}, sex unknown {unknown}); "
                        "classes counted: {classes}. This is a minimum count."
                    ),
                    animals=count(seen.rows[0][0] if c.rows else animals, seen, "strong"),
                    females=count(females, k),
                    males=count(males, k),
                    unknown=count(unknown, k),
                    classes=classes(c.config.life_stages) if c.config else _("all animals in the table"),
                )
            )
        d = w.ask(
            "SELECT estimate, lower, upper, area_km2 FROM estimates WHERE fit = 'survey' AND quantity = 'D' "
            f"AND region = '' AND class = '' AND estimate IS NOT NULL AND {where}"
        )
        for value, low, high, area in d.rows[:1]:
            said.append(
                say(
                    _(
                        "Density is estimated at {density} animals per 100 km² ({level}\u00a0% interval {interval}) "
                        "over {area} km² of possible activity centres."
                    ),
                    density=num(value, d, style="strong"),
                    level=w.level(),
                    interval=span(low, high, d, bound=value == 0),
                    area=num(area, d, 4),
                )
            )
        out.append(_together(said))
    return out


def _joint_sentences(w: Writer) -> list[Block]:
    """Say the joint number beside the sum of the countries' own, and how many animals are on both sides."""
    a = w.ask(
        "SELECT i.session, i.estimate, i.lower, i.upper, i.area_km2, s.estimate, s.estimate / i.estimate - 1 "
        "FROM joint_totals i LEFT JOIN joint_totals s ON s.session = i.session AND s.who = 'sum' "
        "AND s.convention = 'all' AND s.quantity = 'N' WHERE i.who = 'integrated' AND i.region = '' "
        "AND i.quantity = 'N' AND i.estimate IS NOT NULL"
    )
    out: list[Block] = []
    for session, value, low, high, area, summed, more in a.rows[-2:]:
        said = [
            say(
                _(
                    "All partners together, session {session}: the number of animals with their centre of activity "
                    "within {area} km² is estimated at {n} ({level}\u00a0% interval {interval})."
                ),
                session=_session(session),
                n=num(value, a, style="strong"),
                level=w.level(),
                interval=span(low, high, a),
                area=num(area, a, 4),
            )
        ]
        if summed is not None:
            said.append(
                say(
                    _(
                        "The countries' own numbers added up would say {sum}, which is {percent} of it, since they "
                        "count animals that live on both sides twice."
                    ),
                    sum=num(summed, a),
                    percent=share(1 + more, a),
                )
            )
        b = w.ask(
            f"SELECT seen, animals FROM joint_seen WHERE session = {quoted(session)} AND seen <> 'only'"
        )
        seen = dict(b.rows)
        if "together" in seen:
            said.append(
                say(
                    _(
                        "Different animals seen: {together}, of these in more than one country: {several}. This is a "
                        "minimum count."
                    ),
                    together=count(seen["together"], b, "strong"),
                    several=count(seen["several"], b),
                )
            )
        out.append(_together(said))
    return out


def _together(sentences: list[Text]) -> Paragraph:
    """Return sentences as one paragraph, with the blank that the language puts between them."""
    return Paragraph(
        runs(*(piece for n, t in enumerate(sentences) for piece in ((sentence_blank(), t) if n else (t,))))
    )


def _session(name: str) -> str:
    return name.replace("_", " ")


def _interval(w: Writer, shown: Run) -> Text:
    return say(_("{level}\u00a0% interval {interval}"), level=w.level(), interval=shown)
