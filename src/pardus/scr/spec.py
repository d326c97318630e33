"""The description of a model: formulas, links, fixed values. Says nothing about data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.scr.detection import amplitude_name, has_z, is_hazard, letters

LINKS = {
    "D": "log",
    "lambda0": "log",
    "g0": "logit",
    "a0": "log",
    "sigma": "log",
    "z": "log",
    "pmix": "logit",
}
KNOWN_LINKS = ("log", "logit", "identity")
DISTRIBUTIONS = ("poisson", "binomial")


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A spatial capture-recapture model.

    detectfn: HN, EX, HR, HHN, HEX or HHR. formulas: parameter -> right side of a Wilkinson formula ("1").
    fixed: parameter -> value on the natural scale. links: parameter -> "log", "logit" or "identity".
    distribution: of the number of animals, "poisson" or "binomial" (fixed N).
    conditional: the likelihood given the animals detected; D is then derived (a formula for D gives relative
    density). groups: animal covariate that splits animals into known classes, each with its own D.
    hcov: animal covariate that is known for some (hybrid mixture). mixture: two unknown classes (h2).
    binomial_size: counts are binomial of this size per occasion; "usage": of the size that usage gives;
    None: counts are Poisson. at_least: 2 keeps only animals with two or more detections (SCR-K).
    """

    detectfn: str = "HHN"
    formulas: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, float] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    distribution: str = "poisson"
    conditional: bool = False
    groups: str = ""
    hcov: str = ""
    mixture: bool = False
    binomial_size: int | str | None = None
    at_least: int = 1

    @property
    def amplitude(self) -> str:
        """Name of the amplitude that is modelled: "lambda0", "g0" or "a0"."""
        return "a0" if "a0" in self.formulas or "a0" in self.fixed else amplitude_name(self.detectfn)

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters of the model in secr's order."""
        names = ["D", self.amplitude, "sigma"]
        if has_z(self.detectfn):
            names.append("z")
        if self.has_classes:
            names.append("pmix")
        return tuple(names)

    @property
    def has_classes(self) -> bool:
        """Whether animals belong to latent or partly latent classes."""
        return self.mixture or bool(self.hcov)

    def formula(self, parameter: str) -> str:
        """Return the right side of a parameter's formula."""
        return self.formulas.get(parameter, "1")

    def link(self, parameter: str) -> str:
        """Return the link of a parameter."""
        return self.links.get(parameter, LINKS[parameter])

    def described(self) -> dict[str, str]:
        """Return parameter -> formula, or "fixed: value"."""
        names = [
            p for p in self.parameters if not (p == "D" and self.conditional and "D" not in self.formulas)
        ]
        return {p: f"fixed: {self.fixed[p]:g}" if p in self.fixed else f"~{self.formula(p)}" for p in names}


def model_spec(
    model: str | Iterable[str] | Mapping[str, str] = (),
    detectfn: str | int = "HHN",
    **options: object,
) -> ModelSpec:
    """Build a checked ModelSpec.

    model: "D~session", "D~forest, sigma~sex", a list of such, or parameter -> formula.
    options: the other fields of ModelSpec. Raises ParameterError for what does not fit together.
    """
    base = ModelSpec(detectfn=letters(detectfn))
    spec = replace(base, formulas=parse_formulas(model), **options)  # type: ignore[arg-type]
    uses_h2 = any("h2" in _words(f) for f in spec.formulas.values())
    if uses_h2 and not spec.hcov and not spec.mixture:
        spec = replace(spec, mixture=True)
    _check(spec)
    return spec


def parse_formulas(model: str | Iterable[str] | Mapping[str, str]) -> dict[str, str]:
    """Return parameter -> right side. Raises ParameterError for text without a "~"."""
    if isinstance(model, Mapping):
        return {name: _right(text) for name, text in model.items()}
    parts = _split(model) if isinstance(model, str) else [p for text in model for p in _split(text)]
    out: dict[str, str] = {}
    for part in parts:
        name, tilde, right = part.partition("~")
        if not tilde or not name.strip() or "~" in right:
            raise ParameterError(
                _("Model {text!r}: expected a parameter and a formula, for example D~session.").format(
                    text=part
                )
            )
        out[name.strip()] = _right(right)
    return out


def _split(text: str) -> list[str]:
    """Split at commas that are outside brackets."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return [p for p in (*parts, current) if p.strip()]


def _right(text: str) -> str:
    return text.strip().removeprefix("~").strip() or "1"


def _words(formula: str) -> set[str]:
    return {w for w in "".join(c if c.isalnum() or c in "_." else " " for c in formula).split() if w}


def _check(spec: ModelSpec) -> None:
    known = {*spec.parameters, *(["a0"] if is_hazard(spec.detectfn) else [])}
    faults: list[str] = []
    for name in [*spec.formulas, *spec.fixed, *spec.links]:
        if name not in known:
            faults.append(
                _("Parameter {name!r} is not in this model: {detectfn} has {known}.").format(
                    name=name, detectfn=spec.detectfn, known=", ".join(sorted(known))
                )
            )
    if spec.amplitude == "a0" and "lambda0" in {*spec.formulas, *spec.fixed}:
        faults.append(_("a0 and lambda0 say the same thing in two ways; keep one of them."))
    if spec.distribution not in DISTRIBUTIONS:
        faults.append(
            _("Distribution {found!r}: expected poisson or binomial.").format(found=spec.distribution)
        )
    if spec.groups and spec.has_classes:
        faults.append(_("Groups and a mixture cannot be in one model; give the covariate as hcov alone."))
    if spec.conditional and spec.groups:
        faults.append(_("The conditional likelihood needs no groups: put the covariate into the formulas."))
    if spec.at_least not in (1, 2):
        faults.append(_("at_least: expected 1 or 2, found {found}.").format(found=spec.at_least))
    for name, link in spec.links.items():
        if link not in KNOWN_LINKS:
            faults.append(
                _("Link {link!r} of {name}: expected log, logit or identity.").format(link=link, name=name)
            )
    for name, value in spec.fixed.items():
        if not value > 0 or (name in ("g0", "pmix") and value >= 1):
            faults.append(
                _("Fixed {name} = {value}: expected a number above 0, and below 1 for g0 and pmix.").format(
                    name=name, value=value
                )
            )
    if faults:
        raise ParameterError(" ".join(faults))
