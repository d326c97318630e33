"""The agreement between partners, as a readable file: who they are, who may see what, for what purpose, until when."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from pardus.exchange.keys import PublicKeys, read_public
from pardus.exchange.manifest import TIERS
from pardus.model.clock import parse_zone
from pardus.model.errors import Finding, PackageError, ParameterError
from pardus.model.ids import check_organisation
from pardus.model.language import _

NONE = ""


@dataclass(frozen=True, slots=True)
class Partner:
    """One party. keys: its public keys. sees: origin ("*" = any other) -> highest tier it may see of that origin."""

    id: str
    name: str
    keys: PublicKeys
    sees: Mapping[str, str] = field(default_factory=dict, hash=False)
    country: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What partners agreed on.

    purpose: what packages may be used for. until: last day of the agreement. embargo: day before which packages may
    not be opened, or None. species, life_stages, independence_minutes, zone, occasion_start_hour, occasion_days: the
    rules that all count by. mask: name of the mask's polygon file, which every partner has; mask_spacing and
    mask_buffer: metres. cell_degrees: side of the fixed grid's cells at tier T1.
    """

    name: str
    purpose: str
    until: date
    species: str
    zone: str
    partners: tuple[Partner, ...]
    embargo: date | None = None
    life_stages: tuple[str, ...] = ("adult", "subadult", "")
    independence_minutes: int = 30
    occasion_start_hour: int = 12
    occasion_days: int = 1
    mask: str = ""
    mask_spacing: float = 1000.0
    mask_buffer: float = 15_000.0
    cell_degrees: float = 0.2

    @property
    def hash(self) -> str:
        """SHA-256 over the content: comments, blanks and line ends don't matter."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, default=_plain)
        return hashlib.sha256(text.encode()).hexdigest()

    def partner(self, id_: str) -> Partner:
        """Return one party. Raises PackageError if it is none."""
        for partner in self.partners:
            if partner.id == id_:
                return partner
        raise PackageError(
            _("{id} is no partner of the agreement {name!r}; its partners are {known}.").format(
                id=id_, name=self.name, known=", ".join(p.id for p in self.partners)
            )
        )

    def tier(self, origin: str, receiver: str) -> str:
        """Return the highest tier that a receiver may see of an origin, "" for nothing at all."""
        sees = self.partner(receiver).sees
        return sees.get(origin, sees.get("*", NONE))


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


_TOP = ("name", "purpose", "until", "embargo", "species", "zone", "life_stages", "independence_minutes",
        "occasion_start_hour", "occasion_days", "mask", "mask_spacing", "mask_buffer", "cell_degrees",
        "partner")  # fmt: skip
_PARTNER = ("id", "name", "keys", "fingerprint", "sees", "country")
_KINDS: dict[str, tuple[type, ...]] = {
    "name": (str,), "purpose": (str,), "until": (date,), "embargo": (date,), "species": (str,), "zone": (str,),
    "life_stages": (list,), "independence_minutes": (int,), "occasion_start_hour": (int,), "occasion_days": (int,),
    "mask": (str,), "mask_spacing": (int, float), "mask_buffer": (int, float), "cell_degrees": (int, float),
    "partner": (list,),
}  # fmt: skip


def read_agreement(text: str, source: str = "agreement.toml") -> Agreement:
    """Read an agreement. Raises PackageError with every fault at once."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PackageError(
            _("{file} is not TOML: {reason}.").format(file=source, reason=error),
            [Finding("agreement-syntax", source, _("Text stands in quotes, dates do not."))],
        ) from error
    found: list[Finding] = []

    def fault(code: str, where: str, message: str, remedy: str = "") -> None:
        found.append(Finding(code, f"{source}, {where}", message, remedy))

    for key in sorted(set(raw) - set(_TOP)):
        fault("unknown-key", key, _("Expected one of {names}.").format(names=", ".join(_TOP)))
    for key in ("name", "purpose", "until", "species", "zone", "partner"):
        if key not in raw:
            fault("missing-key", key, _("It must be there."))
    for key, kinds in _KINDS.items():
        if key in raw and (not isinstance(raw[key], kinds) or isinstance(raw[key], bool)):
            fault("wrong-type", key, _("Expected {kind}.").format(kind=kinds[0].__name__))
    if isinstance(raw.get("zone"), str):
        try:
            parse_zone(raw["zone"])
        except (ParameterError, ValueError, KeyError) as error:
            fault("unknown-zone", "zone", str(error))
    if isinstance(raw.get("cell_degrees"), int | float) and raw["cell_degrees"] < 0.1:
        fault("cell-too-small", "cell_degrees", _("A cell of tier T1 is 0.1 degrees wide or more."))
    partners = [
        partner
        for n, entry in enumerate(raw.get("partner", []) if isinstance(raw.get("partner"), list) else [], 1)
        for partner in [_partner(entry, f"partner {n}", fault)]
        if partner is not None
    ]
    ids = [p.id for p in partners]
    for id_ in sorted({i for i in ids if ids.count(i) > 1}):
        fault("partner-twice", id_, _("The same partner twice."))
    for p in partners:
        for origin in sorted(set(p.sees) - set(ids) - {"*"}):
            fault("unknown-partner", f"{p.id}, sees", _("There is no partner {id}.").format(id=origin))
    if not found and len(partners) < 2:
        fault("too-few-partners", "partner", _("An agreement has two partners or more."))
    if found:
        raise PackageError(_("The agreement can't be used."), found)
    fields = {k: v for k, v in raw.items() if k != "partner"}
    for key in ("mask_spacing", "mask_buffer", "cell_degrees"):
        if key in fields:
            fields[key] = float(fields[key])
    if "life_stages" in fields:
        fields["life_stages"] = tuple(str(s) for s in fields["life_stages"])
    return Agreement(**fields, partners=tuple(partners))


def _partner(entry: Any, where: str, fault: Any) -> Partner | None:
    if not isinstance(entry, dict):
        fault("wrong-type", where, _("Expected a section [[partner]]."))
        return None
    bad = False
    for key in sorted(set(entry) - set(_PARTNER)):
        fault(
            "unknown-key", f"{where}, {key}", _("Expected one of {names}.").format(names=", ".join(_PARTNER))
        )
        bad = True
    for key in ("id", "keys", "fingerprint"):
        if not isinstance(entry.get(key), str):
            fault("missing-key", f"{where}, {key}", _("It must be there, in quotes."))
            bad = True
    sees = entry.get("sees", {})
    if not isinstance(sees, dict) or any(t not in TIERS for t in sees.values()):
        fault(
            "unknown-tier",
            f"{where}, sees",
            _("Expected origin = one of {tiers}.").format(tiers=", ".join(TIERS)),
        )
        bad = True
    if bad:
        return None
    try:
        check_organisation(entry["id"])
        keys = read_public(entry["keys"])
    except (ParameterError, PackageError) as error:
        fault("bad-keys", where, str(error))
        return None
    if keys.organisation != entry["id"]:
        fault("keys-of-another", where, _("These are the keys of {who}.").format(who=keys.organisation))
        return None
    if "".join(entry["fingerprint"].split()).lower() != keys.fingerprint.replace(" ", ""):
        fault(
            "fingerprint-differs",
            where,
            _("The keys have the fingerprint {found}.").format(found=keys.fingerprint),
            _("Compare it with the partner in person; one of the two was changed."),
        )
        return None
    return Partner(entry["id"], str(entry.get("name", "")), keys, dict(sees), str(entry.get("country", "")))


def write_agreement(agreement: Agreement) -> str:
    """Return the agreement as a TOML file with comments; `read_agreement` reads it back to the same."""
    q = _quoted
    a = agreement
    lines = [
        "# "
        + _(
            "An agreement between partners. Every partner keeps the same file; packages name it by its content."
        ),
        f"name = {q(a.name)}",
        f"purpose = {q(a.purpose)}",
        "# " + _("Last day on which packages may be made or opened."),
        f"until = {a.until.isoformat()}",
        *(
            ["# " + _("No package may be opened before this day."), f"embargo = {a.embargo.isoformat()}"]
            if a.embargo
            else []
        ),
        "",
        "# " + _("Rules that all partners count by."),
        f"species = {q(a.species)}",
        f"zone = {q(a.zone)}",
        f"life_stages = [{', '.join(q(s) for s in a.life_stages)}]",
        f"independence_minutes = {a.independence_minutes}",
        f"occasion_start_hour = {a.occasion_start_hour}",
        f"occasion_days = {a.occasion_days}",
        "# " + _("The mask of the joint estimate: its polygon file, cell width and buffer in metres."),
        f"mask = {q(a.mask)}",
        f"mask_spacing = {a.mask_spacing:g}",
        f"mask_buffer = {a.mask_buffer:g}",
        "# "
        + _("Width in degrees of the cells in which T1 tells places. Never change it: two grids tell more."),
        f"cell_degrees = {a.cell_degrees:g}",
        "",
        "# "
        + _(
            "What each may see of the others: T0 totals, T1 coarse cells, T2 animals without places, T3 exact."
        ),
    ]
    for p in a.partners:
        sees = ", ".join(f"{q(k)} = {q(v)}" for k, v in p.sees.items())
        signing = f"pardus-keys-1 {p.keys.organisation} {p.keys.signing.hex()} {p.keys.receiving}"
        lines += [
            "",
            "[[partner]]",
            f"id = {q(p.id)}",
            f"name = {q(p.name)}",
            f"country = {q(p.country)}",
            f"keys = {q(signing)}",
            f"fingerprint = {q(p.keys.fingerprint)}",
            f"sees = {{ {sees} }}" if sees else "sees = {}",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
