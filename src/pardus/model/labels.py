"""Labels as people write them on pictures and in tables: which animal is meant, or why it can't be said."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pardus.model.language import N_, _
from pardus.model.lookalike import clean, skeleton

REASONS: dict[str, str] = {
    "blank": N_("nobody is named"),
    "group": N_("a group of animals, not one"),
    "cub": N_("a cub that has no passport of its own"),
    "two-names": N_("two different animals are named"),
    "ambiguous": N_("several animals look like this when written"),
    "typo": N_("no animal is called so; one is written almost like it"),
    "unknown": N_("no animal is called so"),
}

_NOBODY = frozenset(
    [
        "?",
        "??",
        "-",
        "--",
        "na",
        "n/a",
        "none",
        "unknown",
        "unidentified",
        "unid",
        "unident",
        "noid",
        "no-id",
        "nn",
        "нет",
        "неизв",
        "неизв.",
        "неизвестно",
        "неизвестен",
        "неизвестна",
        "неопр",
        "неопр.",
        "неопределен",
        "неопределён",
        "不明",
        "未知",
        "无法识别",
        "未识别",
    ]
)
_GROUP = re.compile(
    r"\b(family|group|litter|pair|cubs|animals|leopards|tigers|individuals|семья|семейство|группа|выводок|пара|котята|"
    r"особи|особей|леопарды|леопарда|тигры)\b|家庭|家族|一家|群|\d+\s*只|\bx\s*\d+$|^\d+\s+\w+",
    re.IGNORECASE,
)
_CUB = re.compile(
    r"^(?P<mother>.+?)(?:['’]s)?\s+(cub|kitten|kit|котенок|котёнок|детеныш|детёныш|幼崽|幼仔)\s*(?P<number>\d*)$",
    re.IGNORECASE,
)
_EQUALS = re.compile(r"\s*(?:=|==|≡|он же|она же|aka|即)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a label says. individual: id as known, "" = unidentified, for `reason` (a key of REASONS).

    read_as: how it was read where it is not written as known. near: ids it may mean.
    """

    individual: str = ""
    reason: str = ""
    read_as: str = ""
    near: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Say the reason."""
        text = _(REASONS[self.reason]) if self.reason else ""
        return f"{text} ({', '.join(self.near)})" if self.near else text


class Labels:
    """The names by which animals of a catalogue are known: ids, names, aliases."""

    def __init__(self, names: Mapping[str, str], groups: Iterable[str] = ()) -> None:
        """names: how it is written -> individual. groups: names of groups of animals."""
        self._exact = {clean(name): who for name, who in names.items()}
        self._groups = {skeleton(name) for name in groups}
        self._alike: dict[str, set[str]] = defaultdict(set)
        for name, who in self._exact.items():
            self._alike[skeleton(name)].add(who)

    def read(self, label: str) -> Meant:
        """Return who is meant.

        Blanks, case, width and look-alike letters never hide an animal; a typing error is never guessed, because a
        digit more or less is another animal.
        """
        text = clean(label)
        if not text or text.casefold() in _NOBODY:
            return Meant(reason="blank")
        found = self._one(text)
        if found is not None:
            return found
        parts = [p for p in _EQUALS.split(text) if p]
        if len(parts) > 1:
            meant = {m.individual for p in parts if (m := self._one(p)) is not None and m.individual}
            if len(meant) == 1:
                return Meant(meant.pop(), read_as=text)
            if meant:
                return Meant(reason="two-names", near=tuple(sorted(meant)))
        if skeleton(text) in self._groups or _GROUP.search(text):
            return Meant(reason="group")
        cub = _CUB.match(text)
        if cub is not None:
            mother = self._one(cub["mother"])
            return Meant(reason="cub", near=(mother.individual,) if mother and mother.individual else ())
        near = sorted({who for name, who in self._exact.items() if _one_off(skeleton(name), skeleton(text))})
        return Meant(reason="typo" if near else "unknown", near=tuple(near[:3]))

    def _one(self, text: str) -> Meant | None:
        if text in self._exact:
            return Meant(self._exact[text])
        alike = self._alike.get(skeleton(text), set())
        if len(alike) == 1:
            return Meant(next(iter(alike)), read_as=text)
        return Meant(reason="ambiguous", near=tuple(sorted(alike))) if alike else None


def parts_of(label: str) -> list[str]:
    """Return the names that a label sets equal ("F8 = Agnes cub 1"), cleaned; one if it does not."""
    return [p for p in (clean(x) for x in _EQUALS.split(clean(label))) if p]


def is_group(label: str) -> bool:
    """Whether a label speaks of several animals ("family of 5")."""
    return bool(_GROUP.search(clean(label)))


def cub_of(label: str) -> str:
    """Return the mother's name in "Agnes cub 1", "" if it is no such label."""
    found = _CUB.match(clean(label))
    return found["mother"].strip() if found else ""


def is_nobody(label: str) -> bool:
    """Whether a label names nobody."""
    text = clean(label)
    return not text or text.casefold() in _NOBODY


def _one_off(a: str, b: str) -> bool:
    """Whether two words differ by one letter more, less, other, or two swapped (Damerau 1964), and are long enough."""
    if a == b or min(len(a), len(b)) < 3 or abs(len(a) - len(b)) > 1:
        return False
    if len(a) > len(b):
        a, b = b, a
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[start:] == b[start + 1 :]
    rest_a, rest_b = a[start:], b[start:]
    return rest_a[1:] == rest_b[1:] or (
        len(rest_a) > 1 and rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:]
    )
