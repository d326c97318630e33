"""Every action that has a key: by place on the keyboard (KeyboardEvent.code), so that no layout changes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pardus.model.language import N_, _

_CODE = re.compile(
    r"(Shift\+)?(Key[A-Z]|Digit[0-9]|Numpad[0-9]|Arrow(Up|Down|Left|Right)|F[1-9]|Space|Enter|Backspace|Slash|"
    r"Comma|Period|Semicolon|Quote|BracketLeft|BracketRight|Minus|Equal|Backslash|Home|End|PageUp|PageDown)"
)


@dataclass(frozen=True, slots=True)
class Action:
    """Something a key does. page: where ("" = everywhere). words: what it does, to be translated."""

    name: str
    page: str
    code: str
    words: str


ACTIONS = (
    Action("sheet", "", "Shift+Slash", N_("Show the keys")),
    Action("same", "match", "KeyS", N_("Same animal")),
    Action("different", "match", "KeyD", N_("Different animals")),
    Action("cannot-tell", "match", "KeyF", N_("Cannot tell")),
    Action("bad-crop", "match", "KeyX", N_("Bad crop of the query")),
    Action("bad-crop-b", "match", "Shift+KeyX", N_("Bad crop of the candidate")),
    Action("two-animals", "match", "KeyT", N_("Two animals in the query's box")),
    Action("two-animals-b", "match", "Shift+KeyT", N_("Two animals in the candidate's box")),
    Action("undo", "match", "KeyU", N_("Take back the last answer")),
    Action("skip", "match", "KeyN", N_("Leave it for later")),
    Action("blink", "match", "KeyB", N_("Blink: hold to lay one over the other")),
    Action("lines", "match", "KeyL", N_("Lines between marks that agree")),
    Action("flip", "match", "KeyM", N_("Mirror both pictures")),
    Action("brighter", "match", "KeyC", N_("More contrast")),
    Action("plain", "match", "KeyV", N_("Contrast and zoom as they were")),
    Action("zoom-in", "match", "Equal", N_("Closer")),
    Action("zoom-out", "match", "Minus", N_("Farther")),
    Action("pan-left", "match", "ArrowLeft", N_("Move left")),
    Action("pan-right", "match", "ArrowRight", N_("Move right")),
    Action("pan-up", "match", "ArrowUp", N_("Move up")),
    Action("pan-down", "match", "ArrowDown", N_("Move down")),
    Action("next-plate", "match", "Period", N_("Next picture of the candidate")),
    Action("previous-plate", "match", "Comma", N_("Previous picture of the candidate")),
    Action("next-query", "match", "Shift+Period", N_("Next picture of the query")),
    Action("previous-query", "match", "Shift+Comma", N_("Previous picture of the query")),
    Action("left", "triage", "KeyL", N_("Left flank")),
    Action("right", "triage", "KeyR", N_("Right flank")),
    Action("front", "triage", "KeyF", N_("From the front")),
    Action("rear", "triage", "KeyB", N_("From behind")),
    Action("unknown", "triage", "KeyU", N_("Flank can't be seen")),
    Action("quality-poor", "triage", "Digit1", N_("Quality: poor")),
    Action("quality-fair", "triage", "Digit2", N_("Quality: fair")),
    Action("quality-good", "triage", "Digit3", N_("Quality: good")),
    Action("blank", "triage", "KeyE", N_("Empty: nothing there")),
    Action("not-ours", "triage", "KeyO", N_("Another species")),
    Action("take-back", "triage", "KeyZ", N_("Take back")),
    Action("next", "triage", "ArrowRight", N_("Next picture")),
    Action("previous", "triage", "ArrowLeft", N_("Previous picture")),
    Action("event", "triage", "KeyA", N_("For the whole event, or for one picture")),
    Action("play", "clip", "Space", N_("Play or stop")),
    Action("step", "clip", "Period", N_("One frame on")),
    Action("step-back", "clip", "Comma", N_("One frame back")),
)


def checked_keys(keys: Mapping[object, object]) -> dict[str, str]:
    """Return what is a key of an action, without what is none or is the usual one."""
    usual = {action.name: action.code for action in ACTIONS}
    return {
        name: code
        for name, code in keys.items()
        if isinstance(name, str)
        and isinstance(code, str)
        and usual.get(name, code) != code
        and _CODE.fullmatch(code)
    }


def keymap(own: Mapping[str, str], *pages: str) -> dict[str, str]:
    """Return action -> code for some pages and for everywhere."""
    return {a.name: own.get(a.name, a.code) for a in ACTIONS if not a.page or a.page in pages}


def twice(own: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return pairs of actions of one page that have the same key."""
    seen: dict[tuple[str, str], str] = {}
    found = []
    for action in ACTIONS:
        for page in {action.page} if action.page else {a.page for a in ACTIONS}:
            place = (page, own.get(action.name, action.code))
            if seen.setdefault(place, action.name) != action.name:
                found.append((seen[place], action.name))
    return found


def key_label(code: str) -> str:
    """Return what stands on a key, for buttons: of a Latin keyboard, since letters stand there too on the others."""
    shift, _plus, place = code.rpartition("+")
    names = {
        "ArrowLeft": "←", "ArrowRight": "→", "ArrowUp": "↑", "ArrowDown": "↓", "Slash": "/", "Comma": ",",
        "Period": ".", "Semicolon": ";", "Quote": "'", "BracketLeft": "[", "BracketRight": "]", "Minus": "−",
        "Equal": "+", "Backslash": "\\", "Space": _("Space"), "Enter": "Enter", "Backspace": "⌫",
    }  # fmt: skip
    label = names.get(place, place.removeprefix("Key").removeprefix("Digit"))
    if shift and place == "Slash":
        return "?"
    return f"⇧{label}" if shift else label
