"""How allauth keeps second steps: their secrets sealed."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter

from accounts.sealing import seal, unseal


class SecondStepAdapter(DefaultMFAAdapter):
    """Secrets and the seeds of recovery codes are never in the database as they are."""

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
