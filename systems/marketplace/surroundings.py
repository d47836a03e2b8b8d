"""Which of the three environments a program runs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.settings import one_of

if TYPE_CHECKING:
    from systems.chassis.settings import Reader

#: Environment → the NODE_ENV that goes with it.
NODE_ENVS = {"dev": "development", "staging": "production", "production": "production"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """dev, staging or production."""

    name: str

    @property
    def is_dev(self) -> bool:
        """Whether it is a developer's own machine: NODE_ENV=development."""
        return self.name == "dev"

    @property
    def is_production(self) -> bool:
        """Whether customers are served here."""
        return self.name == "production"


def read(reader: Reader) -> Surroundings:
    """The environment of NODE_ENV and APP_ENV; what does not fit is noted."""
    node_env = reader.optional("NODE_ENV", one_of("development", "production"), "development")
    usual = "dev" if node_env == "development" else "production"
    name = reader.optional("APP_ENV", one_of(*NODE_ENVS), usual)
    if NODE_ENVS[name] != node_env:
        reader.refuse("APP_ENV")
    return Surroundings(name)
