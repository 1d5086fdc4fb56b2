"""A programme moves in by the command line, beside a running server."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from installation import Installation
from lifecycle.test_move_in import REFERRERS
from stories.test_command_line import CAMPAIGN, REWARD, hit

WRONG = "email,code\nnobody,x\ncy@example.org,cy20\n"


def test_old_codes_are_live_in_a_running_server(
    installation_on: Installation, tmp_path: Path
) -> None:
    server, file = installation_on.serve(), tmp_path / "old.csv"
    file.write_text(REFERRERS)
    shop = installation_on.json(*CAMPAIGN, *REWARD)
    job = installation_on.json("import", str(file), "--campaign", "shop", "--yes")
    assert (job["status"], job["new"], job["product"]) == ("done", 2, "Rewardful")
    assert "t" in hit(server.url, shop["site_key"], "CY20").json()
    refused = installation_on.run("import", "--campaign", "shop", "--take-back", job["id"])
    assert refused.returncode == 1
    assert "Something has happened since with what these rows brought: 2" in refused.stderr
    assert installation_on.run("verify").returncode == 0


def test_what_is_wrong_is_named_and_nothing_written(cli: Installation, tmp_path: Path) -> None:
    cli.json(*CAMPAIGN)
    file, report = tmp_path / "old.csv", tmp_path / "report.csv"
    file.write_text(WRONG)
    mine = ("import", str(file), "--campaign", "shop")
    refused = cli.run(*mine, "--yes", "--report", str(report))
    assert refused.returncode == 1
    assert "row 2, email: it is no e-mail address" in refused.stdout
    assert "nothing was imported" in refused.stderr
    assert list(csv.reader(report.read_text("utf-8-sig").splitlines()))[1:] == [
        ["2", "wrong", "email", "it is no e-mail address"],
        ["3", "new", "", ""],
    ]
    looked = json.loads(cli.run(*mine, "--check", "--json").stdout)
    assert (looked["wrong"], looked["problems"][0]["row"]) == (1, 2)
    unasked = cli.run(*mine, "--leave-wrong")
    assert "add --yes" in unasked.stderr
    unmapped = cli.run(*mine, "--map", "code=Nope")
    assert "the file has no column 'Nope'" in unmapped.stderr
    done = cli.json(*mine, "--leave-wrong", "--yes")
    taken = cli.run("import", "--campaign", "shop", "--take-back", done["id"])
    assert "is taken back" in taken.stdout, taken.stderr


def test_a_usage_that_makes_no_sense_is_told(cli: Installation) -> None:
    cli.json(*CAMPAIGN)
    assert cli.run("import", "--campaign", "shop").returncode == 2
    bad = cli.run("import", "--campaign", "shop", "--take-back", "imp_1")
    assert (bad.returncode, "no import imp_1" in bad.stderr) == (1, True)
