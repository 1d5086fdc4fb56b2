"""Everything leaves one goodword by the command line, and moves into another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from installation import Installation
from stories.test_command_line import CAMPAIGN, REWARD, hit


@pytest.fixture
def shop(cli: Installation) -> dict[str, str]:
    """A campaign with one referrer, whose code it is."""
    made = cli.json(*CAMPAIGN, *REWARD)
    ada = cli.json("referrer", "create", "--campaign", "shop", "--email", "ada@example.com")
    return made | {"code": ada["code"]}


def test_a_code_works_where_it_moved_to(
    cli: Installation, shop: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "all.jsonl"
    out = cli.json("export", str(file))
    assert out == {"file": str(file), "keys": f"{file}.keys", "campaigns": [shop["id"]]}
    assert [each.stat().st_mode & 0o777 for each in (file, Path(out["keys"]))] == [0o600, 0o600]
    taken = cli.run("export", str(file))
    assert (taken.returncode, "is there already" in taken.stderr) == (1, True)
    there = Installation(tmp_path / "there" / "data")
    try:
        server = there.serve()
        moved = there.json("import", str(file))
        assert (moved["campaigns"], moved["known"]) == ([shop["id"]], [])
        assert "t" in hit(server.url, shop["site_key"], shop["code"]).json()
        assert there.json("import", str(file))["known"] == [shop["id"]]
        assert there.run("verify").returncode == 0
    finally:
        there.close()


def test_what_can_not_move_in_says_why(
    cli: Installation, shop: dict[str, str], tmp_path: Path
) -> None:
    file, there = tmp_path / "all.zip", Installation(tmp_path / "there" / "data")
    done = cli.run("export", str(file), "--campaign", "shop", "--keys", str(tmp_path / "keys"))
    assert "keep them apart" in done.stdout, done.stderr
    lacking = there.run("import", str(file))
    assert (lacking.returncode, "the keys of Shop are missing" in lacking.stderr) == (1, True)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(file.read_bytes()[:-100])
    damaged = there.run("import", str(cut), "--keys", str(tmp_path / "keys"))
    assert (damaged.returncode, "damaged or cut short" in damaged.stderr) == (1, True)
    assert there.run("import", str(tmp_path / "keys")).returncode == 2
    nothing = there.run("export", str(tmp_path / "none.jsonl"))
    assert (nothing.returncode, "there is no campaign yet" in nothing.stderr) == (1, True)
    moved = there.run("import", str(file), "--keys", str(tmp_path / "keys"))
    assert "moved in: Shop" in moved.stdout, moved.stderr
    assert json.loads((tmp_path / "keys").read_text())["goodword_keys"] == 1
