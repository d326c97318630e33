"""The rules of trust: they see bytes and what is known already, and say every reason to refuse. No file, no socket."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pardus.exchange.keys import PublicKeys, is_signed
from pardus.exchange.manifest import Manifest, read_manifest
from pardus.model.errors import Finding, PackageError
from pardus.model.language import _


@dataclass(frozen=True, slots=True)
class Known:
    """What a receiver knows before it opens a package.

    me: own organisation. partners: organisation -> pinned keys. last: stream -> (sequence, SHA-256 of the manifest)
    of the newest package taken (see `Manifest.stream`). tiers: origin -> highest tier agreed. agreement: SHA-256 of
    the agreement in force, "" if there is none yet.
    """

    me: str
    partners: Mapping[str, PublicKeys]
    last: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    tiers: Mapping[str, str] = field(default_factory=dict)
    agreement: str = ""


def manifest_hash(data: bytes) -> str:
    """Return the SHA-256 (hex) of a manifest's bytes: the name of a package in the chain of its origin."""
    return hashlib.sha256(data).hexdigest()


def check(data: bytes, signature: bytes, known: Known, now: datetime) -> Manifest:
    """Return the manifest if everything about it may be trusted. Raises PackageError with all reasons otherwise.

    data: exact bytes of manifest.json. signature: 64 bytes of manifest.sig. now: aware. Nothing of the manifest is used
    for anything but the refusal before its signature has been found to be that of the pinned key of its origin.
    """
    manifest = read_manifest(data)
    keys = known.partners.get(manifest.origin)
    if keys is None:
        raise PackageError(
            _("The package says it comes from {origin}, whose keys are not known here.").format(
                origin=ascii(manifest.origin)
            ),
            [
                Finding(
                    "unknown-origin",
                    ascii(manifest.origin),
                    _("Add the partner's keys after comparing fingerprints."),
                )
            ],
        )
    if manifest.key != keys.fingerprint or not is_signed(keys, data, signature):
        raise PackageError(
            _("The signature is not that of {origin}.").format(origin=manifest.origin),
            [
                Finding(
                    "bad-signature",
                    manifest.origin,
                    _("The manifest was altered, or signed with another key than the one known here."),
                    _(
                        "Ask the partner for the package again; compare fingerprints in person if keys were renewed."
                    ),
                )
            ],
        )
    findings = [*_chain(manifest, data, known), *_terms(manifest, known, now)]
    if findings:
        raise PackageError(_("The package of {origin} is refused.").format(origin=manifest.origin), findings)
    return manifest


def _chain(manifest: Manifest, data: bytes, known: Known) -> list[Finding]:
    sequence, digest = known.last.get(manifest.stream, (0, ""))
    if manifest.sequence == sequence and manifest_hash(data) == digest:
        return []  # the same package again: taking it twice adds nothing
    if manifest.sequence <= sequence:
        return [
            Finding(
                "rollback",
                f"{manifest.origin} {manifest.sequence}",
                _("An older or replaced package: number {last} was taken already.").format(last=sequence),
            )
        ]
    if manifest.sequence > sequence + 1:
        return [
            Finding(
                "gap",
                f"{manifest.origin} {manifest.sequence}",
                _("Package number {missing} has not been taken yet.").format(missing=sequence + 1),
                _("Open the packages in their order."),
            )
        ]
    if manifest.previous != digest:
        return [
            Finding("broken-chain", manifest.origin, _("It does not follow the package that was taken last."))
        ]
    return []


def _terms(manifest: Manifest, known: Known, now: datetime) -> list[Finding]:
    found = []
    if known.me not in manifest.recipients:
        found.append(
            Finding(
                "wrong-recipient",
                known.me,
                _("It is meant for {names}.").format(names=", ".join(manifest.recipients)),
            )
        )
    if not set(manifest.recipients) <= {known.me, *known.partners}:
        found.append(
            Finding(
                "unknown-recipient", ", ".join(manifest.recipients)[:200], _("Not all are partners here.")
            )
        )
    if manifest.expires and datetime.fromisoformat(manifest.expires) <= now:
        found.append(Finding("expired", manifest.expires, _("It may not be used after this date.")))
    if manifest.not_before and datetime.fromisoformat(manifest.not_before) > now:
        found.append(Finding("embargo", manifest.not_before, _("It may not be opened before this date.")))
    agreed = known.tiers.get(manifest.origin)
    if agreed is not None and manifest.tier > agreed:
        found.append(
            Finding("tier", manifest.tier, _("The agreement goes to {tier} only.").format(tier=agreed))
        )
    if known.agreement and manifest.agreement != known.agreement:
        found.append(
            Finding(
                "agreement", manifest.origin, _("It was made under another agreement than the one in force.")
            )
        )
    return found
