"""What a run leaves behind: series, records, checkpoints, fields and pictures."""
