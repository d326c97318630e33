"""Templates of pages: everything escaped, a missing value an error, words by gettext."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from pardus.model.language import _, ngettext


def templates_of(package: str) -> Environment:
    """Return a new environment of the templates in a package's folder `templates`; filters are for the caller."""
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=select_autoescape(default=True, default_for_string=True),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(_, ngettext, newstyle=True)
    return environment
