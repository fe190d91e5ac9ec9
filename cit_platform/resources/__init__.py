"""What the assets work with: the lake, the engine, the source and the run lock."""
