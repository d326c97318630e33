"""The flank rule: animals known from one side only must not be counted twice.

Left and right are different patterns, so a left-only and a right-only animal may be the same cat. Animals known
from both sides plus those known from one chosen side are all different.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pardus.model.errors import Finding, ParameterError
from pardus.model.language import _, ngettext
from pardus.model.observation import SIDES
from pardus.model.survey import FLANK_RULES, Survey


@dataclass(frozen=True, slots=True)
class FlankRule:
    """What a rule does to a catalogue.

    asked: as in survey.toml. rule: "left+both", "right+both" or "all", what "auto" became. both, left_only,
    right_only, no_flank: animals by what they are known from (no_flank: no record says a side). excluded: animals
    the rule leaves out.
    """

    asked: str
    rule: str
    both: tuple[str, ...]
    left_only: tuple[str, ...]
    right_only: tuple[str, ...]
    no_flank: tuple[str, ...]

    @property
    def excluded(self) -> frozenset[str]:
        """Animals that the rule leaves out."""
        out = {"left+both": self.right_only, "right+both": self.left_only, "all": ()}[self.rule]
        return frozenset(out)

    def known(self, rule: str) -> int:
        """Return how many animals are known under a rule."""
        one_side = {"left+both": self.left_only, "right+both": self.right_only}
        extra = one_side[rule] if rule in one_side else self.left_only + self.right_only
        return len(self.both) + len(self.no_flank) + len(extra)


def known_sides(survey: Survey) -> dict[str, frozenset[str]]:
    """Return animal -> sides it is known from in the whole catalogue: {"left", "right"}, one of them, or none.

    From every identified record, of any year, and from statements about its "flank" (left, right or both).
    """
    sides: dict[str, set[str]] = defaultdict(set)
    for o in survey.observations:
        if o.individual:
            sides[o.individual] |= _sides(o.flank)
    for individual in survey.individuals:
        for statement in individual.statements:
            if statement.about == "flank":
                sides[individual.id] |= _sides(statement.value)
    return {name: frozenset(found) for name, found in sides.items()}


def flank_rule(survey: Survey, animals: Iterable[str]) -> FlankRule:
    """Apply the survey's flank rule to the animals that could enter a history.

    "auto" chooses the side that knows more of them, left if they are equal: one side for all sessions.
    Raises ParameterError for an unknown rule.
    """
    asked = survey.config.flank_rule
    if asked not in FLANK_RULES:
        raise ParameterError(
            _("Flank rule: expected one of {rules}, found {found!r}.").format(
                rules=", ".join(FLANK_RULES), found=asked
            )
        )
    sides = known_sides(survey)
    groups: dict[frozenset[str], list[str]] = defaultdict(list)
    for name in sorted(set(animals)):
        groups[sides.get(name, frozenset())].append(name)
    left, right = tuple(groups[frozenset({"left"})]), tuple(groups[frozenset({"right"})])
    rule = asked
    if asked == "auto":
        rule = "left+both" if len(left) >= len(right) else "right+both"
    return FlankRule(asked, rule, tuple(groups[frozenset(SIDES)]), left, right, tuple(groups[frozenset()]))


def flank_findings(result: FlankRule) -> list[Finding]:
    """Return what a reader must know of the rule's effect."""
    found = []
    if result.excluded:
        count = len(result.excluded)
        found.append(
            Finding(
                "flank-excluded",
                ", ".join(sorted(result.excluded)),
                ngettext(
                    "{count} animal is known only from the side that rule {rule} leaves out; it is not counted.",
                    "{count} animals are known only from the side that rule {rule} leaves out; they are not counted.",
                    count,
                ).format(count=count, rule=result.rule),
                _("Known under left+both: {left}, under right+both: {right}.").format(
                    left=result.known("left+both"), right=result.known("right+both")
                ),
                "warning",
            )
        )
    if result.rule == "all" and result.left_only and result.right_only:
        found.append(
            Finding(
                "flank-all",
                "",
                _(
                    "All animals are taken: {left} known from the left only and {right} from the right only; "
                    "one cat may be counted twice."
                ).format(left=len(result.left_only), right=len(result.right_only)),
                _('Set flank_rule = "auto" unless both sides of these animals were compared by other means.'),
                "warning",
            )
        )
    return found


def _sides(flank: str) -> set[str]:
    return set(SIDES) if flank == "both" else {flank} & set(SIDES)
