"""How much of the disks coolwatch takes, and what is free there."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.settings import Settings
from detector.service.setup.places import Place, nearest_there, places
from streams.sinks.spool import MIB, kept_free


@dataclass(frozen=True, slots=True)
class Held:
    """What one place takes, in bytes."""

    name: str
    path: Path
    size: int

    def __str__(self) -> str:
        return f"{self.name} {self.size / MIB:.1f} MiB in {self.path}"


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk with the places that are on it; bytes."""

    total: int
    free: int
    held: tuple[Held, ...]

    @property
    def short(self) -> bool:
        """Whether less is free than the spool leaves to the others."""
        return self.free < kept_free(self.total)

    @property
    def names(self) -> str:
        """Names of what lies on it, with commas between."""
        return ", ".join(held.name for held in self.held)

    def __str__(self) -> str:
        return f"{self.free / MIB:.1f} of {self.total / MIB:.0f} MiB are free on the disk of {self.names}"


@dataclass(frozen=True, slots=True)
class DiskUse:
    """All places together, against the one budget; bytes."""

    budget: int
    disks: tuple[Disk, ...]

    @property
    def used(self) -> int:
        """Bytes that all places take together."""
        return sum(held.size for held in self.held)

    @property
    def held(self) -> list[Held]:
        """All places, whichever disk they are on."""
        return [held for disk in self.disks for held in disk.held]

    @property
    def over(self) -> bool:
        """Whether the budget is exceeded."""
        return self.used > self.budget

    @property
    def short(self) -> list[Disk]:
        """The disks that have almost nothing free."""
        return [disk for disk in self.disks if disk.short]


def disk_use(settings: Settings) -> DiskUse:
    """As it is now. Raises OSError where a disk cannot be asked."""
    by_device: dict[int, list[Held]] = {}
    for place in places(settings):
        device = nearest_there(place.path).stat().st_dev
        by_device.setdefault(device, []).append(Held(place.name, place.path, _size(place)))
    return DiskUse(settings.state.disk_mib * MIB, tuple(_disk(held) for held in by_device.values()))


def _disk(held: list[Held]) -> Disk:
    usage = shutil.disk_usage(nearest_there(held[0].path))
    return Disk(usage.total, usage.free, tuple(held))


def _size(place: Place) -> int:
    size = 0
    for path in place.there():
        with suppress(FileNotFoundError):
            size += 0 if path.is_dir() else path.stat().st_size
    return size
