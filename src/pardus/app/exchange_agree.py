"""The act `pardus exchange agree`: write the agreement of partners into a survey, or take in the one they wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pardus.app.exchange_state import AGREEMENT
from pardus.app.outputs import write_files
from pardus.app.survey_folder import survey_config
from pardus.exchange.agreement import Agreement, Partner, read_agreement, write_agreement
from pardus.exchange.keys import read_public
from pardus.exchange.manifest import TIERS
from pardus.model.errors import PackageError, ParameterError
from pardus.model.language import _


def new_agreement(
    folder: Path,
    name: str,
    purpose: str,
    until: date,
    keys: Sequence[Path],
    tier: str,
    embargo: date | None = None,
) -> Agreement:
    """Write an agreement between those whose public keys are given; rules are those of this survey.

    tier: highest that each may see of each other; edit the file for finer terms. Raises ParameterError, PackageError.
    """
    if tier not in TIERS:
        raise ParameterError(
            _("Tier {tier!r}: expected one of {tiers}.").format(tier=tier, tiers=", ".join(TIERS))
        )
    config, _warnings = survey_config(folder)
    found = [read_public(path.read_text(encoding="utf-8")) for path in keys]
    partners = tuple(
        Partner(k.organisation, config.partners.get(k.organisation, ""), k, {"*": tier}) for k in found
    )
    agreement = Agreement(
        name, purpose, until, config.species, config.zone, partners, embargo, config.life_stages,
        config.independence_minutes, config.occasion_start_hour, config.occasion_days, config.mask.habitat,
        config.mask.spacing, config.mask.buffer,
    )  # fmt: skip
    text = write_agreement(agreement)
    read_agreement(text)
    return _put(folder, text)


def take_agreement(folder: Path, file: Path) -> Agreement:
    """Take in an agreement that a partner wrote. Raises PackageError if it is wrong or does not name us."""
    return _put(folder, file.read_text(encoding="utf-8-sig"))


def _put(folder: Path, text: str) -> Agreement:
    agreement = read_agreement(text)
    config, _warnings = survey_config(folder)
    agreement.partner(config.organisation)
    different = [
        name
        for name in (
            "species",
            "zone",
            "independence_minutes",
            "occasion_start_hour",
            "occasion_days",
            "life_stages",
        )
        if getattr(config, name) != getattr(agreement, name)
    ]
    if different:
        raise PackageError(
            _(
                "survey.toml differs from the agreement in {names}; all partners must count by the same rules."
            ).format(names=", ".join(different))
        )
    write_files(folder, {AGREEMENT: text})
    return agreement
