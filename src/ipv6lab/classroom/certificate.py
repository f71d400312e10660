"""The class's own TLS certificate: nobody outside can vouch for a room without Internet."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from ipv6lab.words.errors import LabError
from ipv6lab.words.message import _

DAYS = 90  # browsers refuse long ones; a class is over by then


class Pair(NamedTuple):
    """The files of a certificate and its key (PEM)."""

    certificate: Path
    key: Path


def ensure(folder: Path, names: Sequence[str]) -> Pair:
    """The certificate in a folder, made anew where it does not name all of `names`, or ends soon.

    Names are host names or addresses. A laptop that joined knows it by its fingerprint, and joins
    again where it was made anew.
    """
    pair = Pair(folder / "class.crt", folder / "class.key")
    if not _serves(pair, names):
        _make(pair, names)
    return pair


def fingerprint(certificate: bytes) -> str:
    """The SHA-256 of a certificate (DER), in hex."""
    return hashlib.sha256(certificate).hexdigest()


def of(pair: Pair) -> str:
    """The fingerprint of a certificate file."""
    return fingerprint(ssl.PEM_cert_to_DER_cert(pair.certificate.read_text(encoding="ascii")))


def _serves(pair: Pair, names: Sequence[str]) -> bool:
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
        known = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    there = {str(one.value) for one in known}
    ends = found.not_valid_after_utc
    return set(names) <= there and ends > datetime.now(UTC) + timedelta(days=7)


def _make(pair: Pair, names: Sequence[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ipv6lab class")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A machine without a battery for its clock may be hours behind.
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        for file, data in (
            (pair.key, private),
            (pair.certificate, made.public_bytes(serialization.Encoding.PEM)),
        ):
            fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with open(fd, "wb") as opened:
                opened.write(data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LabError(
            _("{file} cannot be written: {reason}.", file=str(pair.key), reason=reason)
        ) from None


def _name(text: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
