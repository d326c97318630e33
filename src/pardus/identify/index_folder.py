"""The matcher's index in the survey folder: written whole, read if it is still true, else built anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pardus.identify.matcher import CoatMatcher
from pardus.identify.patch_index import PatchIndex
from pardus.identify.projection import DIMENSIONS, WHITENING
from pardus.identify.votes import RIVALS
from pardus.model.coat import KINDS
from pardus.model.errors import SurveyError
from pardus.model.language import _

FORMAT = 2
OUTGROWN = 4
"""An index whose catalogue has grown by this factor since its projection was learned is stale."""

HEAD = "index.json"


def _settings(coat_version: int) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "coat": coat_version,
        "dimensions": DIMENSIONS,
        "whitening": WHITENING,
        "rivals": RIVALS,
    }


def write_index(folder: Path, matcher: CoatMatcher, coat_version: int, learned_on: int) -> None:
    """Write an index; a reader sees the old one or the new one, never half of one.

    coat_version: of the descriptors. learned_on: number of pictures its projection was learned from.
    """
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    for kind, index in matcher.indexes.items():
        (fresh / kind).mkdir(parents=True)
        index.write(fresh / kind)
    pictures = [list(p) for p in zip(matcher.ids, matcher.events, matcher.flanks, strict=True)]
    head = _settings(coat_version) | {"learned_on": learned_on, "count": len(pictures), "pictures": pictures}
    head["patches"] = {kind: len(index) for kind, index in matcher.indexes.items()}
    (fresh / HEAD).write_text(json.dumps(head, ensure_ascii=False), encoding="utf-8")
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def staleness(folder: Path, coat_version: int, flanks: dict[str, str]) -> str:
    """Return why an index must be built anew, as a sentence, or "".

    flanks: picture id -> flank as people have it now. New pictures do not make an index stale (they are added),
    removed ones and changed flanks do.
    """
    try:
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
        wanted = _settings(coat_version)
        pictures = {str(id_): str(flank) for id_, _event, flank in head["pictures"]}
        learned_on = int(head["learned_on"])
    except (OSError, ValueError, KeyError, TypeError):
        return _("There is no index, or it is damaged.")
    if {key: head.get(key) for key in wanted} != wanted:
        return _("It was made by another version of the program or with other settings.")
    if any(flanks.get(id_) != flank for id_, flank in pictures.items()):
        return _("Pictures were removed, or their flanks corrected.")
    if len(flanks) > OUTGROWN * max(learned_on, 1):
        return _("The catalogue has grown from {before} to {now} pictures since it was made.").format(
            before=learned_on, now=len(flanks)
        )
    return ""


def read_index(folder: Path) -> CoatMatcher:
    """Read an index that is not stale. Raises SurveyError if it is damaged."""
    try:
        head = json.loads((folder / HEAD).read_text(encoding="utf-8"))
        pictures = [(str(a), str(b), str(c)) for a, b, c in head["pictures"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SurveyError(
            _("The index in {folder} can't be read ({reason}). Delete the folder; it is built anew.").format(
                folder=folder, reason=error
            )
        ) from error
    indexes = {kind: PatchIndex.read(folder / kind) for kind in KINDS}
    if head.get("count") != len(pictures) or head.get("patches") != {k: len(i) for k, i in indexes.items()}:
        raise SurveyError(
            _(
                "The index in {folder} does not fit its list of pictures. Delete the folder; it is built anew."
            ).format(folder=folder)
        )
    return CoatMatcher(indexes, pictures)
