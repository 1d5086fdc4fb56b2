"""Who may come in: tables of cases."""

from __future__ import annotations

import pytest

from goodword.access.decide import (
    SESSION_IDLE,
    ApiKey,
    Failures,
    KeptSession,
    Scope,
    after_a_try,
    approves_own,
    local_path,
    may,
    password_fault,
    read_email,
    session_expiry,
    wait_after,
    wants_renewal,
)
from goodword.clock import DAY, HOUR
from goodword.model import Role


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 1), (6, 2), (7, 4), (10, 32), (14, 512), (15, 900), (5000, 900)],
)
def test_from_the_fifth_failure_on_the_wait_doubles_up_to_a_quarter_of_an_hour(
    failures: int, seconds: int
) -> None:
    assert wait_after(failures) == seconds * 1000


def test_a_try_counts_as_failed_from_its_beginning() -> None:
    fourth = Failures(account="a", failures=4, blocked_until=0)
    assert after_a_try(fourth, 7000) == Failures(account="a", failures=5, blocked_until=8000)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("12345678", None),
        ("x" * 256, None),
        ("pässwörd 🐎", None),
        ("1234567", "at least 8"),
        ("", "at least 8"),
        ("x" * 257, "at most 256"),
        ("with a\ttab", "control"),
        ("nul\0nul\0nul", "control"),
        ("surrogate\ud800", "control"),
    ],
)
def test_a_password_has_8_to_256_printable_characters(password: str, fault: str | None) -> None:
    found = password_fault(password)
    assert found is None if fault is None else fault in (found or "")


@pytest.mark.parametrize(
    ("text", "email"),
    [
        (" Ada@Shop.Example ", "ada@shop.example"),
        ("ada+admin@shop.example", "ada+admin@shop.example"),
        ("ada", None),
        ("", None),
        ("ada@shop.example\0", None),
        ("a@b.example\nBcc: c@d.example", None),
    ],
)
def test_an_admins_email_has_one_spelling(text: str, email: str | None) -> None:
    assert read_email(text) == email


@pytest.mark.parametrize(
    "text",
    ["/admin/", "/admin/leads?sort=joined&page=2", "/", "/a//b", "/admin/?next=https://x.example"],
)
def test_a_log_in_leads_on_to_a_path_of_this_server(text: str) -> None:
    assert local_path(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "admin",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:evil.example",
        "/a\r\nSet-Cookie: x=1",
        "/\0",
        "/" + "a" * 2000,
    ],
)
def test_a_log_in_leads_on_to_nothing_else(text: str) -> None:
    assert local_path(text) is None


def _kept(created_at: int, expires_at: int) -> KeptSession:
    return KeptSession(
        hash=b"",
        admin_id="adm",
        email="",
        role=Role.READER,
        created_at=created_at,
        expires_at=expires_at,
    )


@pytest.mark.parametrize(("used", "ends"), [(0, 14), (10, 24), (16, 30), (29, 30)])
def test_a_session_lasts_14_days_after_its_last_use_and_30_in_all(used: int, ends: int) -> None:
    assert session_expiry(_kept(0, used * DAY + SESSION_IDLE)) == ends * DAY


def test_the_use_of_a_session_is_noted_once_an_hour() -> None:
    assert not wants_renewal(_kept(0, SESSION_IDLE), HOUR - 1)
    assert wants_renewal(_kept(0, SESSION_IDLE), HOUR)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.OWNER, {Role.OWNER, Role.MANAGER, Role.READER}),
        (Role.MANAGER, {Role.MANAGER, Role.READER}),
        (Role.READER, {Role.READER}),
    ],
)
def test_a_role_may_do_what_the_lesser_ones_may(role: Role, allowed: set[Role]) -> None:
    assert {least for least in Role if may(role, least)} == allowed


@pytest.mark.parametrize(
    ("emails", "own"),
    [
        (["ada@gmail.com"], True),
        (["friend@example.com", "A.Da+refer@GoogleMail.com"], True),
        ([None, ""], False),
        ([], False),
        (["ada@example.com", "dada@gmail.com"], False),
    ],
)
def test_nobody_approves_their_own_however_they_spell_their_address(
    emails: list[str | None], own: bool
) -> None:
    assert approves_own("Ada@gmail.com", emails) is own


def test_a_door_that_is_no_person_approves_nothing_of_its_own() -> None:
    assert not approves_own("api", ["ada@example.com", None])


@pytest.mark.parametrize(
    ("scope", "campaign_id", "wanted", "allowed"),
    [
        (Scope.READ, None, Scope.READ, True),
        (Scope.READ, None, Scope.WRITE, False),
        (Scope.WRITE, None, Scope.READ, True),
        (Scope.WRITE, None, Scope.WRITE, True),
        (Scope.WRITE, "camp_1", Scope.WRITE, True),
        (Scope.WRITE, "camp_2", Scope.READ, False),
    ],
)
def test_a_key_may_do_what_its_scope_says_in_its_campaign(
    scope: Scope, campaign_id: str | None, wanted: Scope, allowed: bool
) -> None:
    key = ApiKey(
        id="key",
        campaign_id=campaign_id,
        scope=scope,
        created_at=0,
        last_used_at=None,
        revoked_at=None,
    )
    assert key.allows(wanted, "camp_1") is allowed
