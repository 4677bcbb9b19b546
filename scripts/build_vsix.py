"""Builds the VSIX: the bundled client, and the Python server with its libraries, all of them pure Python.

One file then serves every platform, and a user needs nothing but a Python interpreter. Run by `make vsix`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
STAGE = BUILD / "vsix"
LIBRARIES = STAGE / "bundled" / "libs"
FROM_SOURCE = {"aiohttp": {"AIOHTTP_NO_EXTENSIONS": "1"}, "markupsafe": {}}
"""Libraries without a pure wheel: built from source, without their optional compiled parts."""
SHIPPED = (".vscodeignore", "package.json", "package.nls.json", "LICENSE", "CHANGELOG.md")
PAGE = "vscode-client/README.md"
"""What marketplaces and VS Code show of the extension: its links must lead somewhere without the repository."""
COMPILED = (".so", ".pyd", ".dylib", ".dll")


def main() -> None:
    """Builds build/issuelens-<version>.vsix."""
    manifest = json.loads((ROOT / "package.json").read_text())
    shutil.rmtree(STAGE, ignore_errors=True)
    LIBRARIES.mkdir(parents=True)
    install_libraries()
    shutil.copytree(
        ROOT / "server" / "issuelens", LIBRARIES / "issuelens", ignore=shutil.ignore_patterns("__pycache__")
    )
    prune(LIBRARIES)
    for name in SHIPPED:
        shutil.copy(ROOT / name, STAGE / name)
    shutil.copy(ROOT / PAGE, STAGE / "README.md")
    for name in ("l10n", "media", "walkthrough"):
        shutil.copytree(ROOT / "vscode-client" / name, STAGE / "vscode-client" / name)
    shutil.copytree(ROOT / "dist", STAGE / "dist")
    write_manifest(manifest)
    target = BUILD / f"issuelens-{manifest['version']}.vsix"
    target.unlink(missing_ok=True)
    package(target)
    sys.stdout.write(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.1f} MB\n")


def install_libraries() -> None:
    """Installs what requirements/runtime.txt pins, hashes checked, without compiled code."""
    pins = pinned((ROOT / "requirements" / "runtime.txt").read_text())
    pure = [text for name, text in pins.items() if name not in FROM_SOURCE]
    anywhere = ["--platform", "any", "--abi", "none", "--implementation", "py", "--python-version", "3.11"]
    install(pure, ["--only-binary", ":all:", *anywhere], {})
    for name, environment in FROM_SOURCE.items():
        install([pins[name]], ["--no-binary", name], environment)


def pinned(text: str) -> dict[str, str]:
    """Name -> its lines in a requirements file. Those for another platform are left out."""
    blocks = re.split(r"\n(?=\S)", text.strip())
    named = {re.split(r"[=\[ ]", block)[0].lower(): block for block in blocks if not block.startswith("#")}
    return {name: block for name, block in named.items() if "sys_platform == 'win32'" not in block.split("\\")[0]}


def install(pins: list[str], options: list[str], environment: dict[str, str]) -> None:
    """Installs pinned libraries into the stage."""
    listed = BUILD / "vsix-requirements.txt"
    listed.write_text("\n".join(pins) + "\n")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--no-compile"]
    command += ["--target", str(LIBRARIES), "--upgrade", *options, "-r", str(listed)]
    subprocess.run(command, check=True, env={**os.environ, **environment})
    listed.unlink()


def prune(libraries: Path) -> None:
    """Removes compiled parts that have a pure twin, tests and scripts; checks that nothing compiled is left."""
    for path in sorted(libraries.rglob("*"), reverse=True):
        if path.suffix in COMPILED and path.name.startswith("_speedups"):
            path.unlink()
        elif path.is_dir() and path.name in ("__pycache__", "tests", "testing", "bin"):
            shutil.rmtree(path)
    left = [str(path.relative_to(libraries)) for path in libraries.rglob("*") if path.suffix in COMPILED]
    if left:
        raise SystemExit(f"compiled files in the VSIX: {', '.join(left)}")


def write_manifest(manifest: dict[str, object]) -> None:
    """The manifest as shipped: what only the build needs is left out."""
    for name in ("devDependencies", "scripts", "private"):
        manifest.pop(name, None)
    (STAGE / "package.json").write_text(json.dumps(manifest, indent=2) + "\n")


def package(target: Path) -> None:
    """Packs the stage with vsce."""
    vsce = ROOT / "node_modules" / ".bin" / "vsce"
    command = [str(vsce), "package", "--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"]
    subprocess.run([*command, "--out", str(target)], cwd=STAGE, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
