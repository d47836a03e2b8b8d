"""Each room's fixtures stand in its own conftest; pytest wants its own plugins named here."""

pytest_plugins = ["pytester"]
