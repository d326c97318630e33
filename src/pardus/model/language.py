"""The language in which people are spoken to: gettext over a context variable.

Every sentence for a person is written `_("...")` (plural: `ngettext`), with named placeholders filled
after translation: `_("{count} files are damaged.").format(count=3)`. Catalogues are in
`pardus/locale/<language>/LC_MESSAGES/pardus.po`.

What comes back is a `Sentence`: text that remembers how it was said, so that a warning kept in a log in one language
can be read in another (`again`).
"""

from __future__ import annotations

import gettext as _gettext
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from numbers import Real
from pathlib import Path
from string import Formatter
from typing import Any

LANGUAGES = ("en", "ru", "zh")
LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"

_current: ContextVar[str] = ContextVar("pardus_language", default="en")


@cache
def _translations(language: str) -> _gettext.NullTranslations:
    return _gettext.translation("pardus", LOCALE_DIR, languages=[language], fallback=True)


class Sentence(str):
    """Text in one language that can be said again in another. It is the text itself wherever a str is wanted.

    key: the English sentence with its placeholders, "" if it is not known; plural and number: of `ngettext`; values: of
    the placeholders. Only the text takes part in comparisons. Joined to other text it is a plain str again.
    """

    key: str
    plural: str
    number: int
    values: Mapping[str, Any]

    def __new__(
        cls,
        text: str,
        key: str = "",
        plural: str = "",
        number: int = 0,
        values: Mapping[str, Any] | None = None,
    ) -> Sentence:
        """Return the text with how it was said."""
        made = super().__new__(cls, text)
        made.key, made.plural, made.number, made.values = key, plural, number, values or {}
        return made

    def format(self, *args: object, **kwargs: object) -> str:
        """Fill the placeholders, numbers as the current language writes them; named ones are remembered."""
        if _current.get() == "ru":
            text = _WRITTEN.vformat(str(self), args, kwargs)
        else:  # str.format writes them so, and much faster
            text = super().format(*args, **kwargs)
        return text if args else Sentence(text, self.key, self.plural, self.number, kwargs)


class _Written(Formatter):
    """Fills placeholders with numbers as Russian writes them: 1 234,5.

    Degrees keep their point in every language: they are copied into maps and receivers.
    """

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        value, name = super().get_field(field_name, args, kwargs)
        return (_Degrees(value) if field_name in _DEGREES and isinstance(value, float) else value), name

    def format_field(self, value: Any, format_spec: str) -> str:
        text = str(super().format_field(value, format_spec))
        number = isinstance(value, Real) and not isinstance(value, _Degrees)
        return text.translate(_SIGNS) if number else text


class _Degrees(float):
    """Latitude or longitude."""


_DEGREES = ("latitude", "longitude")
_SIGNS = str.maketrans({".": ",", ",": "\u00a0"})
_WRITTEN = _Written()


def _(message: str) -> str:
    """Translate a sentence into the current language."""
    return Sentence(_translations(_current.get()).gettext(message), message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Translate a sentence with a number in it, in the right plural form."""
    text = _translations(_current.get()).ngettext(singular, plural, count)
    return Sentence(text, singular, plural, count)


def again(text: str) -> str:
    """Say a sentence of ours in the current language; one that does not know how it was said stays as it is.

    Not for text that people wrote: a name that reads like one of our sentences would be translated.
    """
    if not text:
        return ""
    if not isinstance(text, Sentence) or not text.key:
        return _(text)
    template = ngettext(text.key, text.plural, text.number) if text.plural else _(text.key)
    values = {k: again(v) if isinstance(v, Sentence) else v for k, v in text.values.items()}
    try:
        return template.format(**values) if values else template
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        return text  # a value that is kept as text only, where the sentence wants a number


def together(sentences: Iterable[str], joint: str = " ") -> Sentence:
    """Return sentences one after the other as one that still knows how each was said."""
    parts = {f"s{n}": sentence for n, sentence in enumerate(sentences)}
    return Sentence(joint.join(parts.values()), joint.join(f"{{{name}}}" for name in parts), values=parts)


def said(texts: Iterable[str]) -> dict[str, Any]:
    """Return text -> how it was said, for sentences that need it: goes into JSON beside the texts themselves."""
    return {
        str(t): _how(t)
        for t in texts
        if isinstance(t, Sentence) and t.key and (t.values or t.plural or t.key != t)
    }


def remembered(text: str, how: Mapping[str, Any]) -> str:
    """Return a text from JSON as a sentence again, if `said` kept how it was said."""
    if text not in how:
        return text
    return _sentence(text, how[text])


def _how(sentence: Sentence) -> dict[str, Any]:
    found: dict[str, Any] = {"key": sentence.key}
    if sentence.plural:
        found |= {"plural": sentence.plural, "count": sentence.number}
    if sentence.values:
        found["values"] = {name: _value(value) for name, value in sentence.values.items()}
    return found


def _value(value: Any) -> Any:
    if isinstance(value, Sentence) and value.key:
        return {"text": str(value), **_how(value)}
    value = value.item() if hasattr(value, "item") else value
    if value is None or isinstance(value, bool | int | str):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else str(value)


def _sentence(text: str, how: Mapping[str, Any]) -> Sentence:
    values = {
        name: _sentence(value["text"], value) if isinstance(value, Mapping) else value
        for name, value in how.get("values", {}).items()
    }
    return Sentence(text, how["key"], how.get("plural", ""), how.get("count", 0), values)


def N_(message: str) -> str:
    """Mark a sentence for translation without translating it now (module-level tables)."""
    return message


def current_language() -> str:
    """Return "en", "ru" or "zh"."""
    return _current.get()


def set_language(language: str) -> None:
    """Speak this language from now on. Raises ValueError for one we do not have."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    _current.set(language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language within a `with` block."""
    before = current_language()
    set_language(language)
    try:
        yield
    finally:
        _current.set(before)
