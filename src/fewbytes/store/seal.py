"""Authenticated encryption of a store: AES-256-GCM (NIST SP 800-38D), by the package cryptography.

Every message (a block's codes, a block's rest, what was learned, the remarks) is its nonce of 96
random bits, the encrypted bytes, and a tag of 128 bits. Bound to it is what it is part of: the
codec, the shape of the images, and which kind of part. The key of each store is derived from the
secret key and the store's own random salt, so that nonces may be random (at most 2^32 messages
under one key) and stores share none.

The manifest stays readable: codec, source, class names, shapes, counts and the lengths of all
parts are not secret. It is whole or refused: a tag under another derived key covers all of it, and
with it the hash and the place of every block, so that none can be changed, swapped, dropped or
taken from another store by someone who writes hashes anew. Nothing keeps anybody from putting
another store in its place, one that is not encrypted or an older one: look at what
`Store.manifest.encryption` says.

Random nonces make the bytes of an encrypted store differ each time it is made.
"""

from __future__ import annotations

import hmac
import json
import os
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from fewbytes import keys
from fewbytes.errors import CorruptError, MissingExtraError
from fewbytes.store.manifest import CIPHER, Encryption, Manifest
from fewbytes.types import Shape

NONCE_BYTES, TAG_BYTES = 12, 16

CHECK, BLOCKS, MANIFEST = "fewbytes store check", "fewbytes store", "fewbytes store manifest"
"""What keys are derived for."""


@dataclass(frozen=True)
class Seal:
    """Encrypts and decrypts the parts of one store. It can be pickled, and holds no key then: each
    process finds the key by its name.
    """

    entry: Encryption
    codec: str
    image_shape: Shape

    @classmethod
    def new(cls, key: str, codec: str, image_shape: Shape) -> Seal:
        """For a store to be, under the key of that name and a salt of its own.

        Raises:
            SecretKeyError: there is no such key.
            MissingExtraError: cryptography is not installed.
        """
        _cryptography()
        salt = os.urandom(keys.KEY_BYTES)
        check = keys.check_value(keys.find(key), CHECK, salt)
        return cls(Encryption(CIPHER, key, salt.hex(), check.hex()), codec, tuple(image_shape))

    @classmethod
    def of(cls, manifest: Manifest) -> Seal | None:
        """Of the store that the manifest describes, once the manifest is seen to be as it was
        written; None where the store is not encrypted.

        Raises:
            SecretKeyError: its key is missing, or another.
            CorruptError: the manifest was changed.
        """
        if (entry := manifest.encryption) is None:
            return None
        seal = cls(entry, manifest.codec, manifest.image_shape)
        if not hmac.compare_digest(seal._tag(manifest), entry.tag):
            raise CorruptError("the manifest was changed by somebody who lacks the secret key")
        return seal

    def signed(self, manifest: Manifest) -> Manifest:
        """The manifest with this encryption, and its tag. Raises as `check_key` does."""
        return replace(manifest, encryption=replace(self.entry, tag=self._tag(manifest)))

    def _tag(self, manifest: Manifest) -> str:
        bare = replace(manifest, encryption=replace(self.entry, tag=""))
        return hmac.digest(self._derived(MANIFEST), bare.to_bytes(), "sha256").hex()

    def check_key(self) -> None:
        """Raise SecretKeyError unless the right key is there, and MissingExtraError where
        cryptography is not.
        """
        self._cipher  # noqa: B018 (raises)

    def encrypt(self, content: bytes | memoryview, part: str) -> bytes:
        """A message: nonce, encrypted content, tag. Raises as `check_key` does."""
        nonce = os.urandom(NONCE_BYTES)
        encrypted: bytes = self._cipher.encrypt(nonce, content, self._about(part))
        return nonce + encrypted

    def decrypt(self, message: bytes | memoryview, part: str) -> bytes:
        """The content of a message.

        Raises:
            CorruptError: it was changed, or is another part, or one of another store; and as
                `check_key` does.
        """
        cipher, nonce = self._cipher, bytes(message[:NONCE_BYTES])
        from cryptography.exceptions import InvalidTag  # there, where the cipher is

        try:
            if len(message) < NONCE_BYTES + TAG_BYTES:
                raise InvalidTag
            content: bytes = cipher.decrypt(nonce, message[NONCE_BYTES:], self._about(part))
        except InvalidTag:
            raise CorruptError(f"the encrypted {part} are not as they were written") from None
        return content

    def _about(self, part: str) -> bytes:
        """What a message is bound to."""
        return json.dumps([CIPHER, self.codec, self.image_shape, part]).encode()

    @cached_property
    def _cipher(self) -> Any:
        return _cryptography()(self._derived(BLOCKS))

    def _derived(self, purpose: str) -> bytes:
        """The key of this store for a purpose."""
        salt, check = bytes.fromhex(self.entry.salt), bytes.fromhex(self.entry.check)
        key = keys.checked(self.entry.key, CHECK, salt, check, "this store")
        return keys.derived(key, purpose, salt)

    def __getstate__(self) -> dict[str, Any]:
        """For worker processes: no key is sent."""
        return {name: value for name, value in self.__dict__.items() if name != "_cipher"}


def _cryptography() -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise MissingExtraError("encryption", "cryptography", "encrypt") from None
    return AESGCM
