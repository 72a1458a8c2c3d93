"""torch's own random states: kept, put back, and seeded for a while without a trace outside."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from torch import Tensor

# the CPU's state is always kept beside the device's
_DEVICES: dict[str, tuple[Callable[[torch.device], Tensor], Callable[[Tensor, torch.device], None]]] = {
    "cuda": (torch.cuda.get_rng_state, torch.cuda.set_rng_state),
    "mps": (lambda _device: torch.mps.get_rng_state(), lambda state, _device: torch.mps.set_rng_state(state)),
}


def states(device: torch.device) -> dict[str, Tensor]:
    """The random states that a run on a device draws from, by name."""
    found = {"torch": torch.get_rng_state()}
    if device.type in _DEVICES:
        found[device.type] = _DEVICES[device.type][0](device)
    return found


def restore(kept: Mapping[str, Tensor], device: torch.device) -> None:
    """Put the states back; one of another kind of device is left out."""
    torch.set_rng_state(kept["torch"])
    if device.type in _DEVICES and device.type in kept:
        _DEVICES[device.type][1](kept[device.type], device)


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Random numbers from a seed inside; outside it is as if none had been drawn."""
    before = states(device)
    torch.manual_seed(seed)
    try:
        yield
    finally:
        restore(before, device)
