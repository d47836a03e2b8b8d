"""Kernels for their tests, all gone after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.systems.kernel.kernels import kernel, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proofbook.stack import Stack, Twin
    from tests.systems.kernel.kernels import Kernel

    Starter = Callable[..., Kernel]


@pytest.fixture(scope="session")
def common(stand_ins: Stack) -> Iterator[Kernel]:
    """A Kernel that tests share: none of them may rely on an empty chain, none may break it."""
    with stand_ins.twin("kernel") as twin:
        start(twin, process="kms")
        shared = kernel(twin)
        with shared.client:
            yield shared


@pytest.fixture
def kernel_twin(stand_ins: Stack) -> Iterator[Twin]:
    """A fresh store, nothing started."""
    with stand_ins.twin("kernel") as twin:
        yield twin


@pytest.fixture
def start_kernel(kernel_twin: Twin) -> Iterator[Starter]:
    """Starts Kernels on a fresh store: `start_kernel(env={"SIGNER_ID": "key-v2"}, instance="2")`."""
    start(kernel_twin, process="kms")
    started: list[Kernel] = []

    def make(**more: Any) -> Kernel:
        started.append(kernel(kernel_twin, **more))
        return started[-1]

    yield make
    for each in started:
        each.client.close()


@pytest.fixture
def own(start_kernel: Starter) -> Kernel:
    """A Kernel on a fresh store."""
    return start_kernel()
