"""What a resolved microstructure amounts to: effective properties."""
