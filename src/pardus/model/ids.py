"""Ids are `organisation:local`, always: two partners can both have an F01 and never collide."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from datetime import datetime

from pardus.model.errors import ParameterError
from pardus.model.language import _

_DIGEST = re.compile(r"[0-9a-f]{64}")
_ORGANISATION = re.compile(r"[a-z][a-z0-9-]{0,31}")


def check_organisation(organisation: str) -> str:
    """Return the organisation id if it is one: a-z, 0-9 and '-', starting with a letter, at most 32.

    Raises ParameterError otherwise.
    """
    if not _ORGANISATION.fullmatch(organisation):
        raise ParameterError(
            _(
                "Organisation id {found!r}: expected 1 to 32 of a-z, 0-9 and '-', "
                "starting with a letter, for example 'llnp'."
            ).format(found=organisation)
        )
    return organisation


def qualify(organisation: str, local: str) -> str:
    """Return `organisation:local`; a local part that is already qualified is kept as it is.

    The local part is NFC-normalised and stripped of surrounding blanks. Raises ParameterError if
    it is empty or holds a control character.
    """
    local = unicodedata.normalize("NFC", local).strip()
    if not local or (not local.isprintable() and any(unicodedata.category(c) == "Cc" for c in local)):
        raise ParameterError(_("Id {found!r}: expected at least one visible character.").format(found=local))
    head, colon, _rest = local.partition(":")
    if colon and _ORGANISATION.fullmatch(head):
        return local
    return f"{check_organisation(organisation)}:{local}"


def split(qualified: str) -> tuple[str, str]:
    """Return (organisation, local). Raises ParameterError if the id is not qualified."""
    head, colon, local = qualified.partition(":")
    if not colon or not local or not _ORGANISATION.fullmatch(head):
        raise ParameterError(_("Id {found!r}: expected organisation:local.").format(found=qualified))
    return head, local


def derived(organisation: str, *parts: str) -> str:
    """Return an id made from content: the same parts give the same id on any machine.

    20 hexadecimal digits of SHA-256 over the parts joined by a unit separator.
    """
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"{check_organisation(organisation)}:{digest[:20]}"


def is_digest(text: str) -> bool:
    """Say whether a text is a SHA-256 as it is written here: 64 hexadecimal digits in lower case."""
    return _DIGEST.fullmatch(text) is not None


def uuid7(at: datetime, entropy: bytes) -> str:
    """Return a UUIDv7 (RFC 9562): 48 bits of milliseconds since 1970, then 74 random bits.

    at: timezone-aware. entropy: 10 random bytes. The id of a log entry, made by whoever says it.
    """
    if len(entropy) != 10:
        raise ParameterError(f"uuid7 needs 10 random bytes, got {len(entropy)}")
    milliseconds = int(at.timestamp() * 1000)
    number = (milliseconds << 80) | int.from_bytes(entropy, "big")
    number = number & ~(0xF << 76) | (0x7 << 76)  # version 7
    number = number & ~(0x3 << 62) | (0x2 << 62)  # variant of RFC 9562
    return str(uuid.UUID(int=number))
