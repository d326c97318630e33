"""Keys of a partner: one to sign (Ed25519), one to receive (age X25519). Exchanged in person, known by fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pardus.model.errors import PackageError
from pardus.model.language import _

SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """What a partner gives to others. signing: 32 raw bytes. receiving: an age recipient, "age1..."."""

    organisation: str
    signing: bytes
    receiving: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all three parts, as ten groups of four hex digits, to be read out loud and compared."""
        digest = hashlib.sha256(
            b"\x1f".join((self.organisation.encode(), self.signing, self.receiving.encode()))
        ).hexdigest()[:40]
        return " ".join(digest[i : i + 4] for i in range(0, 40, 4))


@dataclass(frozen=True, slots=True)
class PrivateKeys:
    """What a partner keeps. signing: 32 raw bytes. receiving: an age identity. Never printed."""

    organisation: str
    signing: bytes
    receiving: str

    def __repr__(self) -> str:
        """Hide the secrets."""
        return f"PrivateKeys({self.organisation!r})"

    def public(self) -> PublicKeys:
        """Return the part to give away."""
        signing = Ed25519PrivateKey.from_private_bytes(self.signing).public_key()
        receiving = pyrage.x25519.Identity.from_str(self.receiving).to_public()
        return PublicKeys(
            self.organisation, signing.public_bytes(Encoding.Raw, PublicFormat.Raw), str(receiving)
        )

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature (64 bytes) over the exact bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.signing).sign(message)

    def decrypt(self, data: bytes) -> bytes:
        """Return what was encrypted to us. Raises PackageError if it was not meant for us or was altered."""
        try:
            return bytes(pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(self.receiving)]))
        except pyrage.DecryptError as error:
            raise PackageError(
                _("The package is not encrypted to the keys of {organisation}, or it was altered.").format(
                    organisation=self.organisation
                )
            ) from error


def make_keys(organisation: str) -> PrivateKeys:
    """Return new keys for an organisation, from the operating system's randomness."""
    signing = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return PrivateKeys(organisation, signing, str(pyrage.x25519.Identity.generate()))


def is_signed(keys: PublicKeys, message: bytes, signature: bytes) -> bool:
    """Say whether a signature over these exact bytes was made with the partner's key."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(keys.signing).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def encrypt(data: bytes, recipients: tuple[PublicKeys, ...]) -> bytes:
    """Return data encrypted so that each of the recipients can read it."""
    return bytes(pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(r.receiving) for r in recipients]))


def public_text(keys: PublicKeys) -> str:
    """Return public keys as one line for a file or a message."""
    return f"pardus-keys-1 {keys.organisation} {keys.signing.hex()} {keys.receiving}"


def read_public(text: str) -> PublicKeys:
    """Read what `public_text` wrote. Raises PackageError if it is something else."""
    parts = text.split()
    try:
        if len(parts) != 4 or parts[0] != "pardus-keys-1" or len(bytes.fromhex(parts[2])) != 32:
            raise ValueError(text)
        pyrage.x25519.Recipient.from_str(parts[3])
        return PublicKeys(parts[1], bytes.fromhex(parts[2]), parts[3])
    except (ValueError, pyrage.RecipientError) as error:
        raise PackageError(
            _("Expected one line with public keys of a partner, beginning with 'pardus-keys-1'.")
        ) from error
