"""Secrets are sealed at rest, and a key can be replaced while both are set."""

import base64
import secrets

import pytest

from service.vault import VaultLocked, open_vault


def key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def test_what_is_sealed_comes_back_and_never_looks_the_same() -> None:
    vault = open_vault(key())
    once, again = vault.seal("the salt"), vault.seal("the salt")

    assert (vault.open(once), vault.open(again)) == ("the salt", "the salt")
    assert once != again
    assert "the salt" not in once


def test_a_new_key_opens_what_the_old_one_sealed_while_both_are_set() -> None:
    old, new = key(), key()
    sealed = open_vault(old).seal("the salt")

    assert open_vault(f"{new}, {old}").open(sealed) == "the salt"
    with pytest.raises(VaultLocked, match="opens no stored secret"):
        open_vault(new).open(sealed)


def test_what_the_old_key_sealed_is_sealed_anew_and_then_the_old_key_may_go() -> None:
    old, new = key(), key()
    sealed = open_vault(old).seal("the salt")
    renewed = open_vault(f"{new}, {old}").renew(sealed)

    assert open_vault(new).open(renewed) == "the salt"
    assert open_vault(f"{new}, {old}").renew(renewed) == renewed
    with pytest.raises(VaultLocked, match="opens no stored secret"):
        open_vault(new).renew(sealed)


def test_without_a_key_nothing_is_sealed_and_a_bad_key_is_named_with_its_remedy() -> None:
    with pytest.raises(VaultLocked, match="MAKEGOOD_SECRETS_KEY is not set: make one with"):
        open_vault("").seal("the salt")
    with pytest.raises(VaultLocked, match="not 32 bytes in URL-safe base64"):
        open_vault("short")
