"""Codes as words: what is stored as "adult" or "left+both" and what a reader is told."""

from __future__ import annotations

from collections.abc import Iterable

from pardus.model.language import N_, _, again, current_language

SEXES = {"female": N_("female"), "male": N_("male")}
STAGES = {"adult": N_("adult"), "subadult": N_("subadult"), "juvenile": N_("cub"), "": N_("age not stated")}
FLANKS = {"left": N_("left"), "right": N_("right"), "both": N_("both")}
TOGETHER = {
    "litter": N_("female with cubs"),
    "pair": N_("male and female together"),
    "mother-young": N_("mother and grown young"),
    "same-sex": N_("two of one sex together"),
}
QUANTITIES = {
    "D": N_("density"),
    "E(N)": N_("expected number of animals with their centre in the area"),
    "N": N_("number of animals with their centre in the area at the time (realised)"),
    "lambda0": N_("expected detections per unit of effort at the activity centre (lambda0)"),
    "g0": N_("probability of detection at the activity centre (g0)"),
    "sigma": N_("scale of movement (sigma)"),
    "z": N_("shape of the detection curve (z)"),
    "esa": N_("effective sampling area"),
    "pmix": N_("share of the class"),
}
FLANK_RULES = {
    "left+both": N_("left or both flanks"),
    "right+both": N_("right or both flanks"),
    "all": N_("all animals"),
    "auto": N_("the flank that knows more animals, and both"),
}
CAMERA_RULES = {
    "any": N_("a station works while any of its cameras works"),
    "all": N_("a station works while all of its cameras work"),
    "sum": N_("the days of all cameras are added"),
}
CURVES = {
    "HHN": N_("hazard half-normal"),
    "HHR": N_("hazard hazard-rate"),
    "HEX": N_("hazard exponential"),
    "HAN": N_("hazard annular normal"),
    "HCG": N_("hazard cumulative gamma"),
    "HVP": N_("hazard variable power"),
    "HN": N_("half-normal"),
    "HR": N_("hazard-rate"),
    "EX": N_("exponential"),
}
KINDS = {
    "proximity": N_("binary detections by occasion"),
    "count": N_("counts of events by occasion"),
    "multi": N_("one detection at most by animal and occasion"),
}
DISTRIBUTIONS = {"poisson": N_("Poisson"), "binomial": N_("fixed (binomial)")}
DOUBTS = {
    "authors-disagree": N_("two people disagree"),
    "chain": N_("a chain of answers that contradicts itself"),
    "one-catalogue": N_("two animals of one catalogue would be one"),
    "sex": N_("sexes differ"),
    "too-fast": N_("two places faster than a cat"),
    "after-death": N_("seen after its death"),
    "look-alike-ids": N_("ids that look alike"),
    "unchecked": N_("places and times were not compared"),
    "open": N_("nobody has answered"),
}
UNITS = {"m": N_("m")}
METHODS = {"human": N_("by a person"), "machine": N_("by a machine")}
SEVERITIES = {"error": N_("error"), "warning": N_("warning")}
STRIPS = {"border strip": N_("border strip")}


def word(table: dict[str, str], code: str) -> str:
    """Return the word for a code, or the code where there is none."""
    return _(table[code]) if code in table else code


def listing(items: Iterable[str]) -> str:
    """Return items one after the other, with the comma of the language."""
    return _(", ").join(items)


def sentence_blank() -> str:
    """Return what stands between two sentences: a blank, or nothing in Chinese."""
    return "" if current_language() == "zh" else " "


def unit(text: str) -> str:
    """Return a unit of a result, which is kept in English or in the language of the run, in the current language."""
    said = word(UNITS, str(text)) if str(text) in UNITS else again(text)
    if current_language() == "ru":
        said = said.replace("km2", "км2")
    return said.replace("km2", "km²").replace("км2", "км²")


def classes(stages: Iterable[str]) -> str:
    """Return age classes as words."""
    return listing(word(STAGES, stage) for stage in stages)
