"""Nothing: each room's fixtures stand in its own conftest."""
