"""The class's key for what leaves the room: Ed25519 (RFC 8032), made when it is first needed.

The private half is among the class's secrets and stays on the machine; ``gradebook/class.pub`` is
for everybody who verifies, and goes along with the class.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipv6lab.classroom.folder import Class, write_private
from ipv6lab.classroom.gradebook.ledger import FOLDER
from ipv6lab.words.errors import LabError
from ipv6lab.words.jsontext import as_json
from ipv6lab.words.message import _

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE = "marks.key"
PUBLIC = "class.pub"
FOR = b"ipv6lab marks 1\n"  # what a signature of ours begins with, so that it is for nothing else


def public_file(found: Class) -> Path:
    return found.folder / FOLDER / PUBLIC


def at_hand(found: Class) -> bool:
    """Whether this machine can sign for the class: it has the key, or the class has none yet."""
    return (found.secrets / PRIVATE).exists() or not public_file(found).exists()


def canonical(claims: Any) -> bytes:
    """What is signed: JSON in one form."""
    return as_json(claims, sort_keys=True, separators=(",", ":")).encode()


def sign(found: Class, claims: Any) -> dict[str, Any]:
    """The claims with who signed them, and the signature. Raises LabError without the key."""
    key = _key(found)
    known = key.public_key().public_bytes_raw()
    signature = key.sign(FOR + canonical(claims))
    return {"claims": claims, "key": known.hex(), "signature": signature.hex()}


def holds(block: dict[str, Any]) -> bool:
    """Whether a signature is of these claims, by the key that it names."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        # In one form alone, or a byte of them could be another.
        texts = [block[name] for name in ("key", "signature")]
        known, signature = (bytes.fromhex(text) for text in texts)
        if [known.hex(), signature.hex()] != texts:
            return False
        key = Ed25519PublicKey.from_public_bytes(known)
        key.verify(signature, FOR + canonical(block["claims"]))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return True


def fingerprint(key: str) -> str:
    """A public key in short, for people to compare.

    >>> fingerprint("00" * 32)
    '6668 7AAD F862 BD77 6C8F C18B 8E9F 8E20'
    """
    text = hashlib.sha256(bytes.fromhex(key)).hexdigest()[:32].upper()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def public(file: Path) -> str:
    """The key in a file, in hex. Raises LabError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise LabError(
            _("{file} cannot be read: {reason}.", file=str(file), reason=reason)
        ) from None
    except ValueError:
        key = None  # type: ignore[assignment,unused-ignore]
    if not isinstance(key, Ed25519PublicKey):
        raise LabError(
            _("{file} is no class's key; a class's is gradebook/class.pub.", file=str(file))
        )
    return key.public_bytes_raw().hex()


def _key(found: Class) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not at_hand(found):
        raise LabError(
            _(
                "The key that signs for this class stayed on the machine where the class was: sign "
                "there, or bring its {file} here.",
                file=f"secrets/{PRIVATE}",
            )
        )
    file = found.secrets / PRIVATE
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except FileNotFoundError:
        key = Ed25519PrivateKey.generate()
        text = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        file.parent.mkdir(mode=0o700, exist_ok=True)
        write_private(file, text)
    except ValueError:
        raise LabError(_("{file} is damaged: it is no key.", file=str(file))) from None
    assert isinstance(key, Ed25519PrivateKey)
    shown = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    there = public_file(found)
    there.parent.mkdir(mode=0o700, exist_ok=True)
    if not there.exists():
        write_private(there, shown)
    return key
