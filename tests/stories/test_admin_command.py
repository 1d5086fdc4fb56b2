"""Admins made on the command line, with the role they are given."""

from __future__ import annotations

from installation import Installation


def test_an_admin_is_an_owner_unless_another_role_is_said(cli: Installation) -> None:
    refused = cli.run("admin", "create", "--email", "eve@shop.example", "--role", "reader")
    assert refused.returncode == 1
    assert "role: the first admin has to be an owner" in refused.stderr
    first = cli.json("admin", "create", "--email", "ann@shop.example")
    second = cli.json("admin", "create", "--email", "eve@shop.example", "--role", "reader")
    assert (first["role"], second["role"]) == ("owner", "reader")
    assert cli.run("admin", "create", "--email", "x@y.example", "--role", "king").returncode == 2
