"""The language in which people are spoken to: gettext over a context variable.

Every sentence for a person is written `_("...")` (plural: `ngettext`), with named placeholders filled
after translation: `_("{count} files are damaged.").format(count=3)`. Catalogues are in
`pardus/locale/<language>/LC_MESSAGES/pardus.po`.
"""

from __future__ import annotations

import gettext as _gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LANGUAGES = ("en", "ru", "zh")
LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"

_current: ContextVar[str] = ContextVar("pardus_language", default="en")


@cache
def _translations(language: str) -> _gettext.NullTranslations:
    return _gettext.translation("pardus", LOCALE_DIR, languages=[language], fallback=True)


def _(message: str) -> str:
    """Translate a sentence into the current language."""
    return _translations(_current.get()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Translate a sentence with a number in it, in the right plural form."""
    return _translations(_current.get()).ngettext(singular, plural, count)


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
