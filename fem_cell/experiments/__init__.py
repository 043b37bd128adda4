"""Virtual experiments: what is done to a cell, and how a laboratory would evaluate it."""
