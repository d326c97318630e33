"""Keys of a partner: one to sign (Ed25519), one to receive (age X25519). Exchanged in person, known by fingerprint."""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pyrage
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pardus.model.errors import Finding, PackageError, ParameterError
from pardus.model.language import _

SIGNATURE_BYTES = 64
LEAST_PASSPHRASE = 12
LOCKED = "pardus-locked-1"
SCRYPT_COST = 2**16
AGE = b"age-encryption.org/v1"


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

    def secret(self, purpose: str) -> bytes:
        """Return 32 bytes that only the holder of the keys can make, another for each purpose."""
        return hmac.new(self.signing, f"pardus {purpose}".encode(), hashlib.sha256).digest()

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


def lock(keys: PrivateKeys, passphrase: str) -> bytes:
    """Return private keys as a file encrypted by a passphrase (scrypt, ChaCha20-Poly1305).

    Raises ParameterError for a short passphrase.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise ParameterError(
            _("The passphrase has {n} characters; expected {least} or more.").format(
                n=len(passphrase), least=LEAST_PASSPHRASE
            )
        )
    text = f"pardus-private-1 {keys.organisation} {keys.signing.hex()} {keys.receiving}"
    salt, nonce = os.urandom(16), os.urandom(12)
    head = f"{LOCKED} {SCRYPT_COST} {salt.hex()} {nonce.hex()}"
    sealed = ChaCha20Poly1305(_stretch(passphrase, salt)).encrypt(nonce, text.encode(), head.encode())
    return f"{head} {sealed.hex()}\n".encode()


def unlock(data: bytes, passphrase: str) -> PrivateKeys:
    """Read what `lock` wrote. Raises PackageError if the passphrase is another one or the file is something else."""
    try:
        head, _blank, sealed = data.decode("ascii").strip().rpartition(" ")
        form, cost, salt, nonce = head.split(" ")
        if (form, cost) != (LOCKED, str(SCRYPT_COST)):
            raise ValueError(form)
        key = _stretch(passphrase, bytes.fromhex(salt))
        text = ChaCha20Poly1305(key).decrypt(bytes.fromhex(nonce), bytes.fromhex(sealed), head.encode())
        kind, organisation, signing, receiving = text.decode().split(" ")
        if kind != "pardus-private-1":
            raise ValueError(kind)
        return PrivateKeys(organisation, bytes.fromhex(signing), receiving)
    except (InvalidTag, ValueError) as error:
        raise PackageError(
            _("The keys can't be opened: another passphrase, or not a file of keys.")
        ) from error


def _stretch(passphrase: str, salt: bytes) -> bytes:
    """Return the 32 bytes that scrypt (RFC 7914) makes of a passphrase: 64 MB and a fraction of a second."""
    text = unicodedata.normalize("NFC", passphrase).encode()
    return Scrypt(salt=salt, length=32, n=SCRYPT_COST, r=8, p=1).derive(text)


def encrypt_file(source: Path, target: Path, recipients: tuple[PublicKeys, ...]) -> None:
    """Write a file encrypted so that each of the recipients can read it; memory stays flat."""
    to = [pyrage.x25519.Recipient.from_str(r.receiving) for r in recipients]
    pyrage.encrypt_file(str(source), str(target), to)


def is_encrypted(path: Path) -> bool:
    """Say whether a file is encrypted by age."""
    with path.open("rb") as file:
        return file.read(len(AGE)) == AGE


def decrypt_file(keys: PrivateKeys, source: Path, target: Path) -> None:
    """Write what is encrypted to us. Raises PackageError if it is not; the target may then hold part of it."""
    try:
        pyrage.decrypt_file(str(source), str(target), [pyrage.x25519.Identity.from_str(keys.receiving)])
    except (pyrage.DecryptError, OSError) as error:
        raise PackageError(
            _("The package is refused; nothing was opened."),
            [
                Finding(
                    "not-for-us",
                    source.name,
                    _("It is not encrypted to the keys of {organisation}, or it was altered.").format(
                        organisation=keys.organisation
                    ),
                )
            ],
        ) from error


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
