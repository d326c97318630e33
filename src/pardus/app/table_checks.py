"""What is wrong with tables of detectors and captures: every bad row at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pardus.app.cells import numbers, row_name
from pardus.model.capture import Floats
from pardus.model.errors import Finding
from pardus.model.language import _
from pardus.scr.nearest import gaps


def check_detectors(traps: pd.DataFrame, file: str, metres_per_unit: float = 1.0) -> list[Finding]:
    """Find numbers that are none, duplicate and nameless detectors, coordinates that are not metres."""
    findings: list[Finding] = []
    x, y = numbers(traps, "x", file, findings), numbers(traps, "y", file, findings)
    for at in np.flatnonzero(traps.duplicated(["session", "detector"]).to_numpy()):
        findings.append(
            Finding(
                "duplicate-detector",
                row_name(file, traps, at),
                _("Detector {detector!r} appears twice in session {session!r}.").format(
                    detector=traps.detector.iloc[at], session=traps.session.iloc[at]
                ),
                _("Give each place one row; effort goes into the usage table."),
            )
        )
    for at in np.flatnonzero((traps.detector == "").to_numpy()):
        findings.append(Finding("detector-empty", row_name(file, traps, at), _("The detector has no name.")))
    if not np.isfinite(np.r_[x, y]).all():
        return findings
    for session in dict.fromkeys(traps.session):
        own = (traps.session == session).to_numpy()
        findings += _check_units(metres_per_unit * x[own], metres_per_unit * y[own], file)
    return list(dict.fromkeys(findings))


def _check_units(x: Floats, y: Floats, file: str) -> list[Finding]:
    """Find coordinates that look like degrees or kilometres rather than metres."""
    width = max(float(np.ptp(x)), float(np.ptp(y)))
    if np.abs(x).max() <= 180 and np.abs(y).max() <= 90 and width < 10 and len(x) > 1 and width > 0:
        fractional = (x != np.rint(x)).any() or (y != np.rint(y)).any()
        if fractional:
            return [
                Finding(
                    "coordinates-in-degrees",
                    file,
                    _("Coordinates from {low:.3f} to {high:.3f} look like degrees; expected metres.").format(
                        low=float(min(x.min(), y.min())), high=float(max(x.max(), y.max()))
                    ),
                    _("Project them (for example to UTM) before the fit."),
                )
            ]
    if (
        0 < width < 1_000
        and len(x) > 1
        and 0 < np.median(gaps(np.stack((x, y), axis=1))) < 10
        and np.abs(np.r_[x, y]).max() > 200
    ):
        return [
            Finding(
                "coordinates-in-km",
                file,
                _(
                    "Neighbouring detectors are {step:.2f} apart at coordinates near {size:.0f}; "
                    "this looks like kilometres, expected metres."
                ).format(step=float(np.median(gaps(np.stack((x, y), axis=1)))), size=float(np.abs(x).max())),
                _("Give --unit km, or write the coordinates in metres."),
            )
        ]
    return []


def check_captures(
    caught: pd.DataFrame, traps: pd.DataFrame, file: str, ids_by_session: bool = False
) -> list[Finding]:
    """Find unknown sessions and detectors, nameless animals, animals of two sexes or species.

    ids_by_session: an id names one animal within a session only.
    """
    findings: list[Finding] = []
    sessions = set(traps.session)
    known = set(zip(traps.session, traps.detector, strict=True))
    for at, (session, detector, animal) in enumerate(
        zip(caught.session, caught.detector, caught.individual, strict=True)
    ):
        if session not in sessions:
            findings.append(
                Finding(
                    "unknown-session",
                    row_name(file, caught, at),
                    _("There are no detectors for session {session!r}.").format(session=session),
                )
            )
        elif (session, detector) not in known:
            findings.append(
                Finding(
                    "unknown-detector",
                    row_name(file, caught, at),
                    _("Detector {detector!r} is not among the detectors of session {session!r}.").format(
                        detector=detector, session=session
                    ),
                    _("Correct the name, or add the detector with its coordinates and effort."),
                )
            )
        if animal == "":
            findings.append(
                Finding(
                    "animal-empty",
                    row_name(file, caught, at),
                    _("The individual has no name."),
                    _("Leave unidentified records out of the captures table."),
                )
            )
    for name in [c for c in caught.columns if c.lower() in ("sex", "species")]:
        filled = caught[~caught[name].isin(["", "NA"])]
        for key, values in filled.groupby(["session", "individual"] if ids_by_session else ["individual"])[
            name
        ]:
            animal = key[-1]
            if values.nunique() > 1:
                findings.append(
                    Finding(
                        "animal-of-two-sexes",
                        _("{file}, rows {rows}").format(
                            file=file, rows=", ".join(str(r) for r in caught.loc[values.index, "row"][:6])
                        ),
                        _("Animal {animal!r} is {values} in {name}.").format(
                            animal=animal, values=" / ".join(sorted(values.unique())), name=name
                        ),
                        _("Correct it, or leave it empty for unknown."),
                    )
                )
    return findings
