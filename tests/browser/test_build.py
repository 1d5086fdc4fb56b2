"""The served files are what the source says, small enough, and every release stays."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import brotli
import pytest

from browser.stage import SITE

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "server" / "goodword" / "web" / "scripts"
SNIPPET = ROOT / "snippet"
GATES = {"gw": (2013, 2246), "thanks": (1408, 1600), "embed": (568, 760)}
"""Bytes that the current release may take: brotli 11, gzip 9. They may only ever go down."""

Listing = dict[str, Any]


@pytest.fixture(scope="module")
def listing() -> Listing:
    read: Listing = json.loads((SCRIPTS / "gw.versions.json").read_text())
    return read


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory, node: str, node_modules: Path) -> Path:
    """What the source builds now."""
    folder = tmp_path_factory.mktemp("scripts")
    subprocess.run([node, "build.mjs", str(folder)], cwd=SNIPPET, check=True, timeout=120)
    return folder


@pytest.mark.parametrize("script", GATES)
def test_the_served_script_is_built_from_the_source(
    listing: Listing, rebuilt: Path, script: str
) -> None:
    name = f"{script}.{listing['current'][script]}.js"
    assert (rebuilt / name).read_bytes() == (SCRIPTS / name).read_bytes()


def test_the_source_has_the_types_it_claims(node: str, node_modules: Path) -> None:
    check = [node, str(node_modules / "typescript" / "bin" / "tsc"), "--noEmit"]
    subprocess.run(check, cwd=SNIPPET, check=True, timeout=120)


def test_every_release_is_there_whole_and_as_listed(listing: Listing) -> None:
    assert {each.name for each in SCRIPTS.glob("*.js")} == set(listing["files"])
    for name, facts in listing["files"].items():
        plain = (SCRIPTS / name).read_bytes()
        br, gz = ((SCRIPTS / (name + end)).read_bytes() for end in (".br", ".gz"))
        assert brotli.decompress(br) == gzip.decompress(gz) == plain
        digest = base64.b64encode(hashlib.sha384(plain).digest()).decode()
        assert facts == {
            "integrity": f"sha384-{digest}",
            "bytes": len(plain),
            "br": len(br),
            "gz": len(gz),
        }


@pytest.mark.parametrize("script", GATES)
def test_the_script_has_not_grown(
    listing: Listing, script: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = (SCRIPTS / f"{script}.{listing['current'][script]}.js").read_bytes()
    sizes = (len(brotli.compress(plain, quality=11)), len(gzip.compress(plain, 9, mtime=0)))
    with capsys.disabled():
        sys.stdout.write(f"\n{script}.js: {sizes[0]} bytes brotli, {sizes[1]} bytes gzip\n")
    assert all(size <= gate for size, gate in zip(sizes, GATES[script], strict=True)), sizes


def test_the_scripts_have_no_way_to_run_text_or_write_markup(listing: Listing) -> None:
    for name in listing["files"]:
        text = (SCRIPTS / name).read_text()
        for word in ("eval", "Function(", "innerHTML", "document.write", "setTimeout", "unload"):
            assert word not in text


def test_the_lock_file_names_no_place_to_download_from() -> None:
    assert '"resolved"' not in (SNIPPET / "package-lock.json").read_text()


def test_importing_the_module_on_a_server_does_nothing(
    node: str, node_modules: Path, tmp_path: Path
) -> None:
    out = tmp_path / "goodword.mjs"
    write = (
        "import { bundleModule } from './build.mjs'; import { writeFileSync } from 'node:fs';"
        f"writeFileSync({json.dumps(str(out))}, await bundleModule())"
    )
    subprocess.run([node, "--input-type=module", "-e", write], cwd=SNIPPET, check=True)
    use = (
        f"import {{ init }} from {json.dumps(str(out))};"
        f"const goodword = init({{ site: '{SITE}', api: 'https://go.example' }});"
        "goodword('convert', { order: '1' }); console.log(typeof goodword)"
    )
    run = subprocess.run(
        [node, "--input-type=module", "-e", use], capture_output=True, text=True, check=True
    )
    assert run.stdout == "function\n"
