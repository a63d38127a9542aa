"""Units as other people's flows want them: behind a bus, as a core, as a tile."""
