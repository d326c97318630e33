"""Truth first: landscape, population, cameras, pictures."""
