"""What a folder's `package-lock.json` says, installed into its `node_modules`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

NPM = "lib/node_modules/npm/bin/npm-cli.js"
"""npm beside the Node of the wheel, for machines that have none."""


def node_packages(folder: Path, node: str) -> Path:
    """The folder's `node_modules`, installed anew where they are not what the lock file says."""
    modules = folder / "node_modules"
    wanted = _versions(folder / "package-lock.json")
    if not wanted.items() <= _versions(modules / ".package-lock.json").items():
        npm = shutil.which("npm")
        command = [npm] if npm else [node, str(Path(node).parents[1] / NPM)]
        subprocess.run([*command, "ci", "--ignore-scripts"], cwd=folder, check=True, timeout=300)
    return modules


def _versions(lock: Path) -> dict[str, str]:
    """The version of each package; those that only some machines need are left out."""
    if not lock.exists():
        return {}
    packages = json.loads(lock.read_text())["packages"]
    return {
        name: package["version"]
        for name, package in packages.items()
        if name and not package.get("optional")
    }
