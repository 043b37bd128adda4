"""Running a case: the protocol, what is recorded, and how a run ends."""
